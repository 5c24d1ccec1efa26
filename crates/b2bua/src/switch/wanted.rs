//! What a call is to be: who calls, what it leads to, what it holds of the limits.

use std::sync::Arc;

use callplan::{
    DialId, E164, Feature, PhoneId, PromptFile, Site,
    number::Digits,
    resolve::{self, Resolution},
    step::{Cursor, Entry, Facts},
};
use sip::{Name, Status};
use smallvec::SmallVec;
use store::Direction;

use super::emergency::Help;
use crate::{
    call::{Caller, Course, Dialled, Said, Taking},
    identity::heard::shown,
    service::mailbox::Listener,
    shared::limit::Holding,
};

/// What a call is to be, before it has a slot.
pub(super) struct Wanted {
    pub(super) caller: Caller,
    pub(super) dialled: Arc<str>,
    pub(super) direction: Direction,
    pub(super) course: Course,
    pub(super) holdings: SmallVec<[Holding; 2]>,
    /// No limit holds, and no drain.
    pub(super) is_emergency: bool,
    /// Somebody calls for help.
    pub(super) help: Option<Help>,
}

/// Why a call is refused before it begins, and what its caller is told.
pub(super) type Refused = (Status, Option<(Name, String)>);

impl Wanted {
    /// A slot, called by a phone before it sends somebody there.
    pub(super) fn asking(site: &Site, phone: PhoneId, dialled: &str) -> Self {
        let person = site[phone].person.map(|person| Holding::Person(site[person].name.clone()));
        Self {
            caller: Caller::of_phone(site, phone),
            dialled: dialled.into(),
            direction: Direction::Internal,
            course: Course::Asking,
            holdings: person.into_iter().collect(),
            is_emergency: false,
            help: None,
        }
    }

    /// What a phone of ours asks for by dialling, in the one order of `resolve`; outside it would like to show one
    /// of these numbers.
    pub(super) fn by_dialling(
        site: &Site,
        phone: PhoneId,
        dialled: &str,
        prefers: &[E164],
    ) -> Result<Self, Refused> {
        let present = resolve::presented(site, phone, prefers);
        let caller = Caller { present, ..Caller::of_phone(site, phone) };
        let dialling = Dialling { site, phone, dialled, caller };
        Ok(match resolve::resolve_as(site, phone, dialled, prefers) {
            Resolution::Inside(entry) => dialling.inside(entry),
            Resolution::Outside { to, rule, present } => {
                dialling.outside(to.into(), to.to_string(), Some(to), rule, present)
            }
            Resolution::Short { to, rule, present } => {
                dialling.outside(to, to.to_string(), None, rule, present)
            }
            Resolution::Emergency(digits) => dialling.help(digits),
            Resolution::Feature(
                feature @ (Feature::DoNotDisturb
                | Feature::Away
                | Feature::Available
                | Feature::Forward
                | Feature::ForwardOff
                | Feature::Block
                | Feature::Queue
                | Feature::Rehearse
                | Feature::Reminder),
                rest,
            ) => dialling.says(Said::Feature(feature, rest)),
            Resolution::Feature(Feature::Messages, _) => {
                let person = site[phone].person.ok_or((Status::FORBIDDEN, None))?;
                dialling.listens(Listener::of(site[site[person].mailbox].name.clone()))
            }
            Resolution::Feature(Feature::Mailbox, _) => dialling.listens(Listener::stranger()),
            Resolution::Feature(Feature::HotDesk, _) => {
                let is_lent = site[phone].is_lent();
                let guest = if is_lent { Listener::parting_guest() } else { Listener::guest() };
                Self { holdings: SmallVec::new(), ..dialling.listens(guest) }
            }
            Resolution::Feature(Feature::RecordPrompt, number) => dialling.records(number)?,
            Resolution::Toggle(hours) => dialling.says(Said::Toggle(hours)),
            // Who takes a place in a call begins none, and whom nobody waits for there is refused before.
            Resolution::Feature(..) | Resolution::Slot(_) => return Err((Status::NOT_FOUND, None)),
            Resolution::Refused(refused) => {
                let status = Status::new(refused.status()).unwrap_or(Status::FORBIDDEN);
                return Err((status, None));
            }
        })
    }
}

/// A phone of ours that dials.
struct Dialling<'a> {
    site: &'a Site,
    phone: PhoneId,
    dialled: &'a str,
    caller: Caller,
}

impl Dialling<'_> {
    fn inside(self, entry: Entry) -> Wanted {
        let Self { caller, dialled, .. } = self;
        let called = if let Entry::Number(number) = entry { Some(number) } else { None };
        let course = Course::Plan(Box::new((Cursor::new(), Facts::new(caller.facts, entry))));
        Self { caller: Caller { called, ..caller }, ..self }.within(course, shown(dialled).to_string())
    }

    /// To a number outside, or a short one, by the trunks of a rule.
    fn outside(
        self,
        to: Digits,
        dialled: String,
        e164: Option<E164>,
        rule: DialId,
        present: Option<E164>,
    ) -> Wanted {
        let trunks = self.site[rule].trunks.iter().copied().collect();
        let course = Course::Dialled(Dialled { to, e164, trunks, is_emergency: false });
        let caller = Caller { present, ..self.caller };
        Wanted { direction: Direction::Outbound, ..Self { caller, ..self }.within(course, dialled) }
    }

    /// A call for help.
    fn help(self, digits: Digits) -> Wanted {
        let trunks = self.site.emergency.trunks.iter().copied().collect();
        let course = Course::Dialled(Dialled { to: digits, e164: None, trunks, is_emergency: true });
        let shown = resolve::shown_for_help(self.site, self.phone);
        let help = Some(Help { phone: self.phone, dialled: digits, shown });
        let caller = Caller { present: shown, ..self.caller };
        let wanted = Self { caller, ..self }.within(course, digits.to_string());
        Wanted { direction: Direction::Outbound, is_emergency: true, help, ..wanted }
    }

    /// Who only says something takes part in no call more.
    fn says(self, said: Said) -> Wanted {
        let dialled = self.dialled.to_owned();
        Wanted { holdings: SmallVec::new(), ..self.within(Course::Said(said), dialled) }
    }

    fn listens(self, listener: Listener) -> Wanted {
        let dialled = self.dialled.to_owned();
        self.within(Course::Listening(Box::new(listener)), dialled)
    }

    /// Who may record prompts, if there is one of this number.
    fn records(self, number: Option<Digits>) -> Result<Wanted, Refused> {
        let person = self.site[self.phone].person.map(|person| &self.site[person]);
        if !person.is_some_and(|person| person.records_prompts) {
            return Err((Status::FORBIDDEN, None));
        }
        let is_it = |prompt: &&PromptFile| number.is_some_and(|it| prompt.recorded.as_deref() == Some(&*it));
        let prompt = self.site.prompts.iter().find(is_it).ok_or((Status::NOT_FOUND, None))?;
        let (course, dialled) = (Course::Taking(Box::new(Taking::new(prompt.name.clone()))), self.dialled);
        Ok(self.within(course, dialled.to_owned()))
    }

    /// A course inside.
    fn within(self, course: Course, dialled: String) -> Wanted {
        let person = self.site[self.phone].person.map(|it| Holding::Person(self.site[it].name.clone()));
        Wanted {
            caller: self.caller,
            dialled: dialled.into(),
            direction: Direction::Internal,
            course,
            holdings: person.into_iter().collect(),
            is_emergency: false,
            help: None,
        }
    }
}
