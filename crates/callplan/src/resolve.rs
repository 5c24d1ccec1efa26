//! What was dialled means, in one order for everybody; and which of our numbers a carrier's call is for.
//!
//! The order is emergency, day/night key, the choice of a number to show, feature code, slot of a parked call,
//! extension or name, short number of the country, own number, dial rule. Nothing is ever stripped from what was dialled before an emergency number was
//! looked for, and behind a choice it is looked for again, so no rule can swallow one.
//! Whoever finds no rule, or has no permission, is refused. Knows the site; must never know messages:
//! texts from the network become [`Digits`] first and are compared, never pasted.

use std::sync::Arc;

use crate::{
    ClassId, DialId, DialRule, E164, Feature, HoursId, MailboxId, NumberId, NumberKind, Owner, Pattern,
    PersonId, PhoneId, Site, TrunkId,
    number::{Digits, DigitsError, Numbering, is_short, kind_of},
    step::{Caller, Entry},
};

/// The class of calls that stay inside.
const INTERNAL: ClassId = ClassId(0);
/// What is told to who may not even call inside.
const NOT_INSIDE: Resolution = Resolution::Refused(Refused::NotAllowed(INTERNAL));

/// What a phone of ours wants by what it dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// An emergency number. Goes out over the emergency trunks at any limit.
    Emergency(Digits),
    /// What a feature code asks for, and the digits behind it.
    Feature(Feature, Option<Digits>),
    /// A slot for a parked call.
    Slot(u32),
    /// The day/night key of a schedule.
    Toggle(HoursId),
    /// Somebody or something inside.
    Inside(Entry),
    /// A number outside.
    Outside {
        /// Which.
        to: E164,
        /// The rule whose trunks are tried in order.
        rule: DialId,
        /// The number that is shown, ours or verified; `None` if the dialler has none.
        present: Option<E164>,
    },
    /// A short number of the country, dialled as it is: 988, 118500.
    Short {
        /// Which.
        to: Digits,
        /// The rule whose trunks are tried in order.
        rule: DialId,
        /// The number that is shown, ours or verified; `None` if the dialler has none.
        present: Option<E164>,
    },
    /// Nothing it may have.
    Refused(Refused),
}

/// What is wanted of a call that there is already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joining {
    /// A slot to park in or to fetch from.
    Slot(u32),
    /// What a feature code asks for, and the digits behind it.
    Code(Feature, Option<Digits>),
}

impl Resolution {
    /// What it wants of a call that there is already; `None` if it wants one of its own.
    pub const fn joining(self) -> Option<Joining> {
        match self {
            Self::Slot(slot) => Some(Joining::Slot(slot)),
            Self::Feature(feature, rest) if feature.joins_calls() => Some(Joining::Code(feature, rest)),
            Self::Feature(..)
            | Self::Toggle(_)
            | Self::Emergency(_)
            | Self::Inside(_)
            | Self::Outside { .. }
            | Self::Short { .. }
            | Self::Refused(_) => None,
        }
    }
}

/// Why what was dialled leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is neither a number nor a name of ours.
    #[error("what was dialled is no number: {0}")]
    NoNumber(#[from] DigitsError),
    /// It begins like a feature code, and there is none such.
    #[error("there is no such feature code")]
    NoCode,
    /// It is no extension, or nobody there has a mailbox.
    #[error("nobody has a mailbox at this extension")]
    NoMailbox,
    /// It is no extension, and no dial rule holds it.
    #[error("no dial rule allows this number to anybody")]
    NoRule,
    /// It costs more than a call, and no dial rule says that such numbers are meant.
    #[error("a {kind} number costs more than a call, and no dial rule names it: to = [\"type:{kind}\"]", kind = .0.word())]
    NotNamed(NumberKind),
    /// It is a short number, and no dial rule says that such are meant.
    #[error("a short number goes out by a rule that names it: to = [\"type:short\"]")]
    ShortNotNamed,
    /// The dialler has no such number to show.
    #[error("the dialler has not so many numbers to show")]
    NoSuchCallerId,
    /// The dialler lacks the permission.
    #[error("this phone is not allowed to dial such numbers")]
    NotAllowed(ClassId),
}

/// Why calls for somebody can't go on to a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSentOn {
    /// It is a number of ours.
    #[error("it is a number of ours: calls would come back here")]
    Own,
    /// Its person could not dial it either.
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl Refused {
    /// What the dialler is told.
    pub const fn status(self) -> u16 {
        match self {
            Self::NoNumber(error) => error.status(),
            Self::NoCode | Self::NoMailbox => 404,
            Self::NoRule
            | Self::NotNamed(_)
            | Self::ShortNotNamed
            | Self::NoSuchCallerId
            | Self::NotAllowed(_) => 403,
        }
    }
}

/// What `phone` wants by dialling `dialled`, the user part of a request-URI or a `tel:` URI.
///
/// A phone without a person may dial inside and in an emergency.
pub fn resolve(site: &Site, phone: PhoneId, dialled: &str) -> Resolution {
    resolve_as(site, phone, dialled, &[])
}

/// The same for a phone that says which of its numbers it would like to show. What it dials to choose one comes
/// before that.
pub fn resolve_as(site: &Site, phone: PhoneId, dialled: &str, prefers: &[E164]) -> Resolution {
    let digits = match Digits::read(dialled) {
        Ok(digits) => digits,
        Err(error) => match name(site, dialled) {
            Some(entry) => return inside(site, phone, entry),
            None => return Resolution::Refused(error.into()),
        },
    };
    if let Some(number) = emergency(site, &digits) {
        return Resolution::Emergency(number);
    }
    if digits.starts_with(['*', '#']) {
        // A key is a whole code; of two codes that fit the longer is meant.
        if let Some(hours) = toggled(site, &digits) {
            return if may(site, phone, INTERNAL) { Resolution::Toggle(hours) } else { NOT_INSIDE };
        }
        if let Some((which, rest)) = chosen(site, &digits) {
            return shown_as(site, phone, which, &rest);
        }
        return match site.codes.read(&digits) {
            Some((Feature::LeaveMessage, Some(ext))) => message_for(site, phone, &ext),
            Some((feature, _)) if feature.joins_calls() && !may(site, phone, INTERNAL) => NOT_INSIDE,
            Some((feature, rest)) => Resolution::Feature(feature, rest),
            None => Resolution::Refused(Refused::NoCode),
        };
    }
    if let Some(slot) = site.park.slot(&digits) {
        return if may(site, phone, INTERNAL) { Resolution::Slot(slot) } else { NOT_INSIDE };
    }
    if let Some(entry) = site.extension(&digits).map(Entry::from).or_else(|| name(site, dialled)) {
        return inside(site, phone, entry);
    }
    if is_short(site.country, &digits) {
        return short(site, phone, digits, prefers);
    }
    let Some(number) = home(site).read(&digits) else { return Resolution::Refused(Refused::NoRule) };
    if let Some(own) = site.number(number) {
        return inside(site, phone, Entry::Number(own));
    }
    match route(site, number) {
        None => Resolution::Refused(unrouted(number)),
        Some(rule) if !may(site, phone, site[rule].class) => {
            Resolution::Refused(Refused::NotAllowed(site[rule].class))
        }
        Some(rule) => {
            let present = presented(site, phone, prefers);
            Resolution::Outside { to: number, rule, present }
        }
    }
}

/// The numbers that the person of `phone` may show.
pub fn presents(site: &Site, phone: PhoneId) -> &[E164] {
    site[phone].person.map_or(&[], |person| site[person].present.as_slice())
}

/// The number that `phone` shows outside: the first of those it would like to that its person may show, else the
/// person's first.
pub fn presented(site: &Site, phone: PhoneId, prefers: &[E164]) -> Option<E164> {
    let may = presents(site, phone);
    prefers.iter().find(|number| may.contains(number)).or(may.first()).copied()
}

/// The number that a call for help from `phone` shows, whatever the phone would like: the site's for that, else the first
/// of its owner's that leads to us, since whoever helps calls it back, and it says where the phone stands, whoever has
/// signed in at it.
pub fn shown_for_help(site: &Site, phone: PhoneId) -> Option<E164> {
    let may = site[phone].owner.map_or(presents(site, phone), |owner| &site[owner].present);
    let ours = || may.iter().find(|number| site.number(**number).is_some()).copied();
    site.emergency.present.or_else(ours).or_else(|| may.first().copied())
}

/// `*512` before a number: which of the dialler's numbers it is to show, counted from 1, and what is dialled.
fn chosen(site: &Site, digits: &Digits) -> Option<(usize, Digits)> {
    let rest = digits.strip_prefix(&**site.caller_id_code.as_ref()?)?;
    let which = rest.get(..1)?.parse().ok().filter(|which| *which > 0)?;
    Some((which, Digits::read(rest.get(1..)?).ok()?))
}

/// What is dialled behind the choice of a number to show. An emergency stays one.
fn shown_as(site: &Site, phone: PhoneId, which: usize, dialled: &Digits) -> Resolution {
    let resolution = resolve(site, phone, dialled);
    let number = presents(site, phone).get(which - 1).copied();
    match (resolution, number) {
        (Resolution::Outside { to, rule, .. }, Some(_)) => Resolution::Outside { to, rule, present: number },
        (Resolution::Short { to, rule, .. }, Some(_)) => Resolution::Short { to, rule, present: number },
        (Resolution::Outside { .. } | Resolution::Short { .. }, None) => {
            Resolution::Refused(Refused::NoSuchCallerId)
        }
        (other, _) => other,
    }
}

/// A short number, over the trunks of the rule that says most of it.
fn short(site: &Site, phone: PhoneId, to: Digits, prefers: &[E164]) -> Resolution {
    match route_short(site, &to) {
        None => Resolution::Refused(Refused::ShortNotNamed),
        Some(rule) if !may(site, phone, site[rule].class) => {
            Resolution::Refused(Refused::NotAllowed(site[rule].class))
        }
        Some(rule) => Resolution::Short { to, rule, present: presented(site, phone, prefers) },
    }
}

/// The schedule whose day/night key has this code.
pub fn toggled(site: &Site, code: &str) -> Option<HoursId> {
    site.hours.iter().position(|hours| hours.toggle.as_deref() == Some(code)).map(HoursId::from)
}

/// The emergency number of the site that `digits` are. A `+` that a phone puts before everything, and a `#` that
/// ends dialling, take help from nobody.
pub fn emergency(site: &Site, digits: &str) -> Option<Digits> {
    let number = digits.strip_prefix('+').unwrap_or(digits);
    let number = number.strip_suffix('#').unwrap_or(number);
    site.emergency.numbers.iter().find(|own| ***own == *number)?.parse().ok()
}

/// The number under which the site calls for help of any kind: what a phone means by `urn:service:sos` (RFC 5031
/// §4.2).
pub fn help(site: &Site) -> Option<&str> {
    let numbers = &site.emergency.numbers;
    let general = |number: &&Arc<str>| matches!(&***number, "112" | "911" | "000" | "999" | "111");
    numbers.iter().find(general).or_else(|| numbers.first()).map(|number| &**number)
}

/// Whether calls of a number get through whatever anybody blocks: numbers of the site, those that it may show, and
/// whoever helps.
pub fn is_spared(site: &Site, number: E164) -> bool {
    let is_ours = site.number(number).is_some() || site.verified.binary_search(&number).is_ok();
    is_ours || emergency(site, &number.to_string()).is_some()
}

/// The dial rule that leads to an outside number: of those that hold it, the one whose pattern says
/// most, the first written among equals.
pub fn route(site: &Site, number: E164) -> Option<DialId> {
    let rules = site.dial.iter().enumerate().filter_map(|(at, rule)| Some((weight(rule, number)?, at)));
    rules.min_by_key(|&(weight, at)| (u8::MAX - weight, at)).map(|(_, at)| DialId::from(at))
}

/// The dial rule that leads to a short number, chosen in the same way among those that name it.
pub fn route_short(site: &Site, number: &Digits) -> Option<DialId> {
    let weight = |rule: &DialRule| {
        let holds = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.holds_short(number));
        let names = rule.to.iter().filter(|pattern| pattern.holds_short(number));
        names.map(Pattern::weight).max().filter(|_| !holds(&rule.except))
    };
    let rules = site.dial.iter().enumerate().filter_map(|(at, rule)| Some((weight(rule)?, at)));
    rules.min_by_key(|&(weight, at)| (u8::MAX - weight, at)).map(|(_, at)| DialId::from(at))
}

/// Why no rule leads to a number.
fn unrouted(number: E164) -> Refused {
    let dear = kind_of(number).filter(|kind| kind.is_dear());
    dear.map_or(Refused::NoRule, Refused::NotNamed)
}

/// Whether calls for `person` may go on to `to`, at that person's word.
///
/// # Errors
/// Why not: they would come back, or the person may not dial that.
pub fn may_send_on(site: &Site, person: PersonId, to: E164) -> Result<(), NotSentOn> {
    if site.number(to).is_some() {
        return Err(NotSentOn::Own);
    }
    let class = site[route(site, to).ok_or_else(|| unrouted(to))?].class;
    if site[person].allow.contains(&class) { Ok(()) } else { Err(Refused::NotAllowed(class).into()) }
}

/// The number of ours that a call on `trunk` is for, however the carrier writes it.
pub fn inbound(site: &Site, trunk: TrunkId, called: &str) -> Option<NumberId> {
    let called = Digits::read(called).ok()?;
    let readings = site[trunk].format.readings(&called, home(site));
    let ours = |number: &NumberId| site[*number].comes_over(trunk);
    readings.filter_map(|number| site.number(number)).find(ours)
}

/// Whom of us digits or a name stand for: an extension, somebody's name, a number of ours. Whoever asks needs no
/// permission, and gets nothing that leads outside by itself.
pub fn ours(site: &Site, named: &str) -> Option<Entry> {
    let digits = Digits::read(named).ok();
    let own = |digits: &Digits| site.number(home(site).read(digits)?).map(Entry::Number);
    let ext = digits.as_ref().and_then(|digits| site.extension(digits)).map(Entry::from);
    ext.or_else(|| name(site, named)).or_else(|| own(digits.as_ref()?))
}

/// Who calls on `trunk`, from the user part that the carrier vouches for.
pub fn caller(site: &Site, trunk: TrunkId, user: &str) -> Caller {
    let number = Digits::read(user).ok().and_then(|digits| {
        let mut readings = site[trunk].format.readings(&digits, home(site));
        readings.next()
    });
    number.map_or(Caller::Withheld, Caller::Number)
}

/// How the site's country dials.
pub fn home(site: &Site) -> &'static Numbering {
    Numbering::of(site.country).expect("check refuses a country whose numbers are not known")
}

/// How much a rule says about a number; `None` if it does not hold it, or holds one that is dear without naming it.
fn weight(rule: &DialRule, number: E164) -> Option<u8> {
    if rule.except.iter().any(|pattern| pattern.holds(number)) {
        return None;
    }
    let is_dear = kind_of(number).is_some_and(NumberKind::is_dear);
    let takes = |pattern: &&Pattern| if is_dear { pattern.names(number) } else { pattern.holds(number) };
    rule.to.iter().filter(takes).map(Pattern::weight).max()
}

/// The mailbox where messages for an extension lie: a mailbox's own, or that of the person there.
pub fn mailbox_at(site: &Site, ext: &str) -> Option<MailboxId> {
    match site.extension(ext)? {
        Owner::Person(person) => Some(site[person].mailbox),
        Owner::Phone(phone) => site[phone].owner.map(|owner| site[owner].mailbox),
        Owner::Mailbox(mailbox) => Some(mailbox),
        Owner::Group(_) | Owner::Queue(_) => None,
    }
}

/// Whoever leaves a message calls nobody, but may do so only where they may call.
fn message_for(site: &Site, phone: PhoneId, ext: &str) -> Resolution {
    match mailbox_at(site, ext) {
        Some(mailbox) => inside(site, phone, Entry::Mailbox(mailbox)),
        None => Resolution::Refused(Refused::NoMailbox),
    }
}

fn inside(site: &Site, phone: PhoneId, entry: Entry) -> Resolution {
    if may(site, phone, INTERNAL) { Resolution::Inside(entry) } else { NOT_INSIDE }
}

/// Whether the phone's person may dial numbers of a class.
fn may(site: &Site, phone: PhoneId, class: ClassId) -> bool {
    match site[phone].person {
        Some(person) => site[person].allow.contains(&class),
        None => class == INTERNAL,
    }
}

/// Softphones dial people, groups, queues and phones by name.
fn name(site: &Site, name: &str) -> Option<Entry> {
    let person = || site.person(name).map(Entry::Person);
    let group = || site.group(name).map(Entry::Group);
    let queue = || site.queue(name).map(Entry::Queue);
    let phone = || site.phone(name).map(Entry::Phone);
    person().or_else(group).or_else(queue).or_else(phone)
}

impl From<Owner> for Entry {
    fn from(owner: Owner) -> Self {
        match owner {
            Owner::Person(person) => Self::Person(person),
            Owner::Phone(phone) => Self::Phone(phone),
            Owner::Group(group) => Self::Group(group),
            Owner::Queue(queue) => Self::Queue(queue),
            Owner::Mailbox(mailbox) => Self::Mailbox(mailbox),
        }
    }
}
