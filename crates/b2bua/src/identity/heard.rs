//! What an INVITE says about who calls, as far as its sender is believed.
//!
//! A carrier is believed by the rule of its trunk (`identity.believe`), a phone in nothing but its wishes: to stay
//! unknown, and which of its numbers to show. Who it is was proved by its credentials (RELIABILITY A2). RFC 3323, RFC 3325, RFC 5806, RFC 7044,
//! RFC 7433.

use std::sync::Arc;

use callplan::{
    E164, Said, Site, Trunk,
    number::{Digits, Numbering},
    resolve,
};
use sip::{Message, Name, header::NameAddr, uri::Uri};
use smallvec::SmallVec;

use super::told::Why;

/// Most entries of Diversion and of History-Info that are taken along; a longer trail is a loop, or a lie.
const TRAIL_MAX: usize = 8;
/// Longest user-to-user value that is taken along.
const USER_TO_USER_MAX: usize = 512;
/// Passports that are taken along, and the longest of them.
const PASSPORTS_MAX: usize = 4;
const PASSPORT_MAX: usize = 4096;
/// Most identities that a phone may prefer: one of each scheme (RFC 3325 §9.2).
const PREFERRED_MAX: usize = 2;
/// Longest display name, in characters.
const NAME_MAX: usize = 64;

/// Who calls, as heard.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    /// The number, whether it may be shown or not.
    pub(crate) number: Option<E164>,
    /// The name; empty if none is believed.
    pub(crate) name: Arc<str>,
    /// Neither may be shown.
    pub(crate) is_private: bool,
    /// What the call brings along.
    pub(crate) luggage: Option<Arc<Luggage>>,
}

/// What a call brings along beside its caller. Most bring nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Luggage {
    /// Who sent the call on, the last first (RFC 5806).
    pub(crate) diversions: SmallVec<[Diverted; 2]>,
    /// Where it has been, each with its index (RFC 7044 §5). What is no number, or is not to be told, keeps its place.
    pub(crate) history: SmallVec<[(Option<E164>, Box<str>); 2]>,
    /// From one end for the other, opaque to us (RFC 7433).
    pub(crate) user_to_user: Option<Box<str>>,
    /// Who vouches for the caller, signed (RFC 8224); whether that holds is for others to judge.
    pub(crate) passports: SmallVec<[Box<str>; 1]>,
}

/// Somebody who sent a call on.
#[derive(Clone, Debug)]
pub(crate) struct Diverted {
    /// `None` if it is no number, or is not to be told (RFC 5806 §5.1).
    pub(crate) number: Option<E164>,
    pub(crate) reason: Box<str>,
    /// How often, as far as they say.
    pub(crate) counter: u16,
}

impl Luggage {
    /// The same, now that the number of ours that led the call was not where it stayed.
    pub(crate) fn sent_on_by(&self, number: E164, why: Why) -> Self {
        let mut sent_on = self.clone();
        let diverted = Diverted { number: Some(number), reason: why.reason().into(), counter: 1 };
        sent_on.diversions.insert(0, diverted);
        sent_on.diversions.truncate(TRAIL_MAX);
        let index: Box<str> = match self.history.last() {
            // Whoever sent it here has said so.
            Some((Some(last), _)) if *last == number => return sent_on,
            Some((_, index)) => format!("{index}.1").into(),
            None => "1".into(),
        };
        if sent_on.history.len() < TRAIL_MAX {
            sent_on.history.push((Some(number), index));
        }
        sent_on
    }

    fn is_empty(&self) -> bool {
        let has_no_trail = self.diversions.is_empty() && self.history.is_empty();
        has_no_trail && self.user_to_user.is_none() && self.passports.is_empty()
    }
}

/// What a carrier says.
pub(crate) fn by_trunk(site: &Site, trunk: &Trunk, request: &Message) -> Heard {
    // A passport proves itself, so nobody has to be believed to read it.
    let believes = |said| trunk.identity.believe.has(said) || said == Said::Identity;
    let read = |uri: &Uri<'_>| number_of(site, trunk, uri);
    let vouchers: SmallVec<[NameAddr<'_>; 2]> =
        [(Said::PAssertedIdentity, Name::PAssertedIdentity), (Said::RemotePartyId, Name::RemotePartyId)]
            .into_iter()
            .filter(|(said, _)| believes(*said))
            .flat_map(|(_, name)| request.addresses(name).flatten())
            .filter(is_of_caller)
            .collect();
    let from = request.from();
    let named = vouchers.iter().find_map(|voucher| Some((read(&voucher.uri)?, voucher.display())));
    let hides = |voucher: &NameAddr<'_>| matches!(voucher.params.value("privacy"), Some(privacy) if !privacy.eq_ignore_ascii_case("off"));
    let is_private = asks_privacy(request) || vouchers.iter().any(hides);
    let (number, name) = match named {
        Some((number, name)) => (Some(number), name.or_else(|| from.display())),
        None => (read(&from.uri), from.display()),
    };
    let name = name.filter(|_| believes(Said::Name)).map_or_else(|| "".into(), |name| shown(&name));
    Heard { number, name, is_private, luggage: luggage(request, believes, &read) }
}

/// What a phone says.
pub(crate) fn by_phone(request: &Message) -> Heard {
    let luggage = luggage(request, |said| said == Said::UserToUser, &|_| None);
    Heard { is_private: asks_privacy(request), luggage, ..Heard::default() }
}

/// The numbers that a phone would like to show, the dearest first (RFC 3325 §9.2); which of them it may is the
/// site's to say.
pub(crate) fn preferred(site: &Site, request: &Message) -> SmallVec<[E164; 2]> {
    let entries = request.addresses(Name::PPreferredIdentity).flatten();
    let numbers = entries.filter_map(|entry| resolve::home(site).read(&digits_of(&entry.uri)?));
    numbers.take(PREFERRED_MAX).collect()
}

fn luggage(
    request: &Message,
    believes: impl Fn(Said) -> bool,
    read: &dyn Fn(&Uri<'_>) -> Option<E164>,
) -> Option<Arc<Luggage>> {
    let mut luggage = Luggage::default();
    let is_history_withheld = is_asked(request, &["history", "header", "session"]);
    if believes(Said::Diversion) {
        let entries = request.addresses(Name::Diversion).flatten().map(|entry| {
            let value = |name| entry.params.value(name);
            let hides =
                is_history_withheld || value("privacy").is_some_and(|it| !it.eq_ignore_ascii_case("off"));
            Diverted {
                number: read(&entry.uri).filter(|_| !hides),
                reason: value("reason").filter(|reason| is_token(reason)).unwrap_or("unknown").into(),
                counter: value("counter").and_then(|counter| counter.parse().ok()).unwrap_or(1).max(1),
            }
        });
        luggage.diversions = entries.take(TRAIL_MAX).collect();
    }
    if believes(Said::HistoryInfo) {
        let entries = request.addresses(Name::HistoryInfo).flatten().filter_map(|entry| {
            let index = entry.params.value("index").filter(|index| is_index(index))?;
            let hides = is_history_withheld || says_private(entry.uri.headers());
            Some((read(&entry.uri).filter(|_| !hides), index.into()))
        });
        luggage.history = entries.take(TRAIL_MAX).collect();
    }
    if believes(Said::UserToUser) {
        let value = request.header(Name::UserToUser).filter(|value| value.len() <= USER_TO_USER_MAX);
        luggage.user_to_user = value.map(Into::into);
    }
    if believes(Said::Identity) {
        let passports = request.headers(Name::Identity).filter(|value| value.len() <= PASSPORT_MAX);
        luggage.passports = passports.take(PASSPORTS_MAX).map(Into::into).collect();
    }
    (!luggage.is_empty()).then(|| Arc::new(luggage))
}

/// Whether somebody asks in a message not to be named (RFC 3323 §4.2, RFC 3325 §9.3).
pub(crate) fn is_withheld(message: &Message) -> bool {
    is_asked(message, &["id", "user", "header"])
}

/// Whether Privacy has one of these words (RFC 3323 §4.2).
fn is_asked(message: &Message, words: &[&str]) -> bool {
    let is_one = |word: &str| words.iter().any(|it| word.trim().eq_ignore_ascii_case(it));
    message.values(Name::Privacy).flat_map(|list| list.split(';')).any(is_one)
}

/// Whether an entry of History-Info asks not to be told on, in the headers of its URI (RFC 7044 §10.1).
fn says_private(headers: &str) -> bool {
    let mut fields = headers.split('&').filter_map(|field| field.split_once('='));
    fields.any(|(name, value)| name.eq_ignore_ascii_case("Privacy") && !value.eq_ignore_ascii_case("none"))
}

/// Whether it names who calls: `Remote-Party-ID` may name who is called as well.
fn is_of_caller(voucher: &NameAddr<'_>) -> bool {
    voucher.params.value("party").is_none_or(|party| party.eq_ignore_ascii_case("calling"))
}

/// Whether the caller asked to stay unknown: by Privacy or by a From that names nobody (RFC 3323 §4.1).
fn asks_privacy(request: &Message) -> bool {
    let is_nobody = |user: &str| user.eq_ignore_ascii_case("anonymous");
    is_withheld(request) || request.from().uri.user().is_some_and(is_nobody)
}

/// The number in a SIP or tel URI as this trunk writes it. A user part may carry the parameters of the tel URI
/// it was made from (RFC 3261 §19.1.6).
fn number_of(site: &Site, trunk: &Trunk, uri: &Uri<'_>) -> Option<E164> {
    trunk.format.readings(&digits_of(uri)?, Numbering::of(site.country)?).next()
}

fn digits_of(uri: &Uri<'_>) -> Option<Digits> {
    let user = uri.dialled()?;
    Digits::read(user.split_once(';').map_or(&*user, |(number, _)| number)).ok()
}

/// A display name as it may be shown: no control characters, at most 64 characters (RELIABILITY A2).
pub(crate) fn shown(name: &str) -> Arc<str> {
    name.chars().filter(|char| !char.is_control()).take(NAME_MAX).collect::<String>().trim().into()
}

fn is_token(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_index(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}
