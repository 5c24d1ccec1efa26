//! What a call is to be: who calls, what it leads to, what it holds of the limits.

use std::sync::Arc;

use callplan::{
    E164, Feature, PhoneId, Site,
    resolve::{self, Resolution},
    step::{Cursor, Entry, Facts},
};
use sip::{Name, Status};
use smallvec::SmallVec;
use store::Direction;

use super::emergency::Help;
use crate::{
    call::{Caller, Course, Dialled, Said},
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
        let person: SmallVec<[Holding; 2]> =
            site[phone].person.map(|person| Holding::Person(site[person].name.clone())).into_iter().collect();
        let wanted = |direction, course, dialled: String, caller, is_emergency| Self {
            caller,
            dialled: dialled.into(),
            direction,
            course,
            holdings: person.clone(),
            is_emergency,
            help: None,
        };
        // Who only says something takes part in no call more.
        let said = |said, caller| {
            let wanted = wanted(Direction::Internal, Course::Said(said), dialled.to_owned(), caller, false);
            Self { holdings: SmallVec::new(), ..wanted }
        };
        let listening = |listener, caller| {
            let course = Course::Listening(Box::new(listener));
            wanted(Direction::Internal, course, dialled.to_owned(), caller, false)
        };
        Ok(match resolve::resolve_as(site, phone, dialled, prefers) {
            Resolution::Inside(entry) => {
                let called = if let Entry::Number(number) = entry { Some(number) } else { None };
                let caller = Caller { called, ..caller };
                let facts = Facts::new(caller.facts, entry);
                let course = Course::Plan(Box::new((Cursor::new(), facts)));
                wanted(Direction::Internal, course, shown(dialled).to_string(), caller, false)
            }
            Resolution::Outside { to, rule, present } => {
                let trunks = site[rule].trunks.iter().copied().collect();
                let course = Dialled { to: to.into(), e164: Some(to), trunks, is_emergency: false };
                let caller = Caller { present, ..caller };
                wanted(Direction::Outbound, Course::Dialled(course), to.to_string(), caller, false)
            }
            Resolution::Short { to, rule, present } => {
                let trunks = site[rule].trunks.iter().copied().collect();
                let course = Dialled { to, e164: None, trunks, is_emergency: false };
                let caller = Caller { present, ..caller };
                wanted(Direction::Outbound, Course::Dialled(course), to.to_string(), caller, false)
            }
            Resolution::Emergency(digits) => {
                let trunks = site.emergency.trunks.iter().copied().collect();
                let course = Dialled { to: digits, e164: None, trunks, is_emergency: true };
                let caller = Caller { present: resolve::shown_for_help(site, phone), ..caller };
                let help = Some(Help { phone, dialled: digits, shown: caller.present });
                let course = Course::Dialled(course);
                Self { help, ..wanted(Direction::Outbound, course, digits.to_string(), caller, true) }
            }
            Resolution::Feature(
                feature @ (Feature::DoNotDisturb
                | Feature::Away
                | Feature::Available
                | Feature::Forward
                | Feature::ForwardOff
                | Feature::Block
                | Feature::Reminder),
                rest,
            ) => said(Said::Feature(feature, rest), caller),
            Resolution::Feature(Feature::Messages, _) => {
                let person = site[phone].person.ok_or((Status::FORBIDDEN, None))?;
                let listener = Listener::of(site[site[person].mailbox].name.clone());
                listening(listener, caller)
            }
            Resolution::Feature(Feature::Mailbox, _) => listening(Listener::stranger(), caller),
            Resolution::Feature(Feature::HotDesk, _) => {
                let is_lent = site[phone].is_lent();
                let guest = if is_lent { Listener::parting_guest() } else { Listener::guest() };
                Self { holdings: SmallVec::new(), ..listening(guest, caller) }
            }
            Resolution::Toggle(hours) => said(Said::Toggle(hours), caller),
            // Who takes a place in a call begins none, and whom nobody waits for there is refused before.
            Resolution::Feature(..) | Resolution::Slot(_) => return Err((Status::NOT_FOUND, None)),
            Resolution::Refused(refused) => {
                let status = Status::new(refused.status()).unwrap_or(Status::FORBIDDEN);
                return Err((status, None));
            }
        })
    }
}
