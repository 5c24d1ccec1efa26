//! What a SUBSCRIBE asks for (RFC 6665 §4.2.1).

use std::time::Duration;

use sip::{Message, Name, Status, header::Valued};

use super::package::{ALLOW_EVENTS, Package};

/// The shortest interval; a shorter one is told 423.
const INTERVAL_MIN: u32 = 60;
/// What is granted at most.
const INTERVAL_MAX: u32 = 7200;
/// What a watcher wants that does not say.
const INTERVAL_DEFAULT: u32 = 3600;
/// Bytes of an event id.
const ID_MAX: usize = 64;

/// Why a SUBSCRIBE is refused, and the header that says more.
pub(crate) type Refused = (Status, Option<(Name, &'static str)>);

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) package: Package,
    /// Tells subscriptions of one dialog apart; NOTIFY repeats it (RFC 6665 §4.5.2).
    pub(crate) id: Option<Box<str>>,
    /// For how long; zero wants one look, or no more of it.
    pub(crate) interval: Duration,
}

impl Asked {
    /// Reads a SUBSCRIBE.
    ///
    /// # Errors
    /// What its sender is told.
    pub(crate) fn read(request: &Message) -> Result<Self, Refused> {
        let bad_event = (Status::BAD_EVENT, Some((Name::AllowEvents, ALLOW_EVENTS)));
        let event = request.header(Name::Event).and_then(|event| Valued::parse(event).ok());
        let event = event.ok_or(bad_event)?;
        let package = Package::of(event.value).ok_or(bad_event)?;
        let id = event.params.value("id").filter(|id| id.len() <= ID_MAX).map(Into::into);
        if request.addresses(Name::Contact).next().is_none_or(|contact| contact.is_err()) {
            return Err((Status::BAD_REQUEST, None));
        }
        if !package.is_accepted_by(request) {
            return Err((Status::NOT_ACCEPTABLE, Some((Name::Accept, package.content_type()))));
        }
        let seconds = match request.expires().unwrap_or(INTERVAL_DEFAULT) {
            1..INTERVAL_MIN => {
                return Err((Status::INTERVAL_TOO_BRIEF, Some((Name::MinExpires, "60"))));
            }
            seconds => seconds.min(INTERVAL_MAX),
        };
        Ok(Self { package, id, interval: Duration::from_secs(seconds.into()) })
    }

    /// Value of Event, in parts.
    pub(crate) fn event(package: Package, id: Option<&str>) -> [&str; 3] {
        id.map_or([package.name(), "", ""], |id| [package.name(), ";id=", id])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(lines: &str) -> String {
        let text = format!(
            "SUBSCRIBE sip:102@pbx SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@pbx>;tag=1\r\n\
             To: <sip:102@pbx>\r\nCall-ID: 1\r\nCSeq: 1 SUBSCRIBE\r\n{lines}\r\n"
        );
        match Asked::read(&Message::parse(text.into()).unwrap()) {
            Ok(Asked { package, id, interval }) => {
                format!("{} {}", Asked::event(package, id.as_deref()).concat(), interval.as_secs())
            }
            Err((status, None)) => status.to_string(),
            Err((status, Some((name, value)))) => format!("{status} {name}: {value}"),
        }
    }

    #[test]
    fn what_is_asked_for_is_granted_within_bounds_or_refused_by_name() {
        let contact = "Contact: <sip:a@192.0.2.9>\r\n";
        let is = |lines: &str, expected: &str| {
            assert_eq!(asked(&format!("{contact}{lines}")), expected, "{lines}");
        };
        is("Event: dialog\r\n", "dialog 3600");
        is("o: Dialog;id=7;include-session-description\r\nExpires: 600\r\n", "dialog;id=7 600");
        is("Event: presence\r\nExpires: 86400\r\n", "presence 7200");
        is("Event: message-summary\r\nExpires: 0\r\n", "message-summary 0");
        is("Event: dialog\r\nExpires: 59\r\n", "423 Min-Expires: 60");
        let bad_event = "489 Allow-Events: message-summary, dialog, presence";
        is("", bad_event);
        is("Event: call-completion\r\n", bad_event);
        is("Event: presence.winfo\r\n", bad_event);
        is("Event: dialog\r\nAccept: text/plain, application/*;q=0.5\r\n", "dialog 3600");
        is(
            "Event: dialog\r\nAccept: application/dialog-info+xml;q=0\r\n",
            "406 Accept: application/dialog-info+xml",
        );
        is("Event: presence\r\nAccept: application/xpidf+xml\r\n", "406 Accept: application/pidf+xml");
        assert_eq!(asked("Event: dialog\r\n"), "400", "nobody to notify");
    }
}
