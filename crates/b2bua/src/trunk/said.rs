//! What a carrier's response to a REGISTER means (RFC 3261 §10.2.4 to §10.2.8).

use std::time::Duration;

use sip::{
    Message, Name, Status,
    header::{Contacts, NameAddr},
};

/// A grant shorter than this is treated as this: a carrier must not make us ask without pause.
const GRANT_MIN: Duration = Duration::from_secs(20);

/// A Retry-After beyond this is cut: a wrong number must not take a trunk away for a day.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);

/// What a response means to a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Provisional: more will follow.
    Wait,
    /// The carrier knows us for so long.
    Accepted(Duration),
    /// It wants credentials.
    Challenged,
    /// So many seconds are the least it takes.
    TooBrief(u32),
    /// It does not want us, or not before this time has passed.
    Refused(Status, Option<Duration>),
}

impl Said {
    /// Reads a response to a REGISTER that asked for `asked` seconds for the contact of user `word`.
    pub(super) fn by(response: &Message, word: &str, asked: u32) -> Self {
        let status = response.status().unwrap_or(Status::SERVER_INTERNAL_ERROR);
        match status {
            Status::UNAUTHORIZED | Status::PROXY_AUTHENTICATION_REQUIRED => Self::Challenged,
            Status::INTERVAL_TOO_BRIEF => {
                Self::TooBrief(number(response.header(Name::MinExpires)).unwrap_or(0))
            }
            status if status.is_provisional() => Self::Wait,
            status if status.is_success() => {
                let granted = of_contact(response, word).or_else(|| response.expires()).unwrap_or(asked);
                Self::Accepted(Duration::from_secs(granted.into()).max(GRANT_MIN))
            }
            status => Self::Refused(status, retry_after(response)),
        }
    }
}

/// How long a server asks to be left alone (RFC 3261 §20.33), within bounds.
pub fn retry_after(response: &Message) -> Option<Duration> {
    let seconds = number(response.header(Name::RetryAfter)).filter(|seconds| *seconds > 0)?;
    Some(Duration::from_secs(seconds.into()).min(RETRY_AFTER_MAX))
}

/// What our contact was granted, among those that others may have registered for the account.
fn of_contact(response: &Message, word: &str) -> Option<u32> {
    let Ok(Contacts::List(list)) = response.contacts() else { return None };
    let is_ours = |contact: &&NameAddr<'_>| contact.uri.user() == Some(word);
    number(list.iter().find(is_ours)?.params.value("expires"))
}

/// The number a value starts with; Retry-After may go on with a comment (§20.33).
fn number(value: Option<&str>) -> Option<u32> {
    let value = value?;
    let end = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    value[..end].parse().ok()
}
