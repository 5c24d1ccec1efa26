//! What is true on a switch now, as assumptions of a question, and which of it the way of a call hung on.
//!
//! Knows nothing of where it comes from. What somebody assumed by hand counts more than what is so.

use std::time::Duration;

use super::{Explanation, Given, Party, Question, given::Behaviour, words};
use crate::{
    Act, E164, GroupId, PersonId, PersonState, PhoneId, QueueId, Site,
    hold::Hold,
    journal::{self, Heard, Journal},
    step::{Event, Target},
};

/// How a switch stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Present {
    /// At how many contacts phones are registered.
    pub contacts: Vec<(PhoneId, u8)>,
    /// What people said of themselves.
    pub states: Vec<(PersonId, PersonState)>,
    /// Calls that people have.
    pub calls: Vec<(PersonId, u16)>,
    /// Numbers of which people want no calls.
    pub blocked: Vec<(PersonId, E164)>,
    /// How many wait in lines.
    pub waiting: Vec<(QueueId, u16)>,
    /// Who has signed out of which queue.
    pub signed_out: Vec<(PersonId, QueueId)>,
    /// Whose turn it is in groups.
    pub pointers: Vec<(GroupId, u32)>,
    /// Where the next rounds of queues begin.
    pub rounds: Vec<(QueueId, u32)>,
}

/// Something that was so, and that the call hung on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Of what: `phone:ana-desk`, `hours:office`.
    pub of: String,
    /// What was so.
    pub is: String,
}

impl Question {
    /// Takes for true what is so, but for what is assumed already.
    pub fn assume_present(&mut self, site: &Site, present: &Present) {
        for (phone, contacts) in &present.contacts {
            if !self.is_given(site, *phone) {
                let behaviour = match contacts {
                    0 => Behaviour::ABSENT,
                    _ => Behaviour { contacts: *contacts, ..Behaviour::NO_ANSWER },
                };
                self.given.push(Given::new(Party::Phone(*phone), behaviour));
            }
        }
        // The last of them counts, so what was assumed stays behind.
        self.states.splice(0..0, present.states.iter().copied());
        self.calls.splice(0..0, present.calls.iter().copied());
        self.waiting.splice(0..0, present.waiting.iter().copied());
        self.pointers.splice(0..0, present.pointers.iter().copied());
        self.rounds.splice(0..0, present.rounds.iter().copied());
        self.blocked.extend(&present.blocked);
        self.signed_out.extend(present.signed_out.iter().map(|(person, queue)| (*person, Some(*queue))));
    }

    /// Whether anything is assumed of a phone.
    fn is_given(&self, site: &Site, phone: PhoneId) -> bool {
        self.given.iter().any(|given| Self::covers(site, given.party, Target::Phone(phone)).is_some())
    }
}

/// What was so of all that was looked up for a call, each once, in the order of the first look. `by_hand` is the
/// question before anything true was assumed.
pub fn hung_on(
    site: &Site,
    question: &Question,
    by_hand: &Question,
    course: &Explanation,
    journal: &Journal,
) -> Vec<Fact> {
    let recorded = journal::read(site, journal.bytes()).unwrap_or_default();
    let moments: Vec<_> = recorded.courses.iter().flat_map(|course| &course.moments).collect();
    let told = moments.iter().any(|moment| matches!(moment.event, Event::Told(_)));
    let told = question.told.iter().filter(|telling| told && !by_hand.told.contains(*telling));
    let told = told.map(|telling| {
        let words = telling.words(site);
        let (of, is) = words.split_once('=').unwrap_or((&words, "true"));
        Fact { of: of.to_owned(), is: is.to_owned() }
    });
    let looked = moments.iter().flat_map(|moment| &moment.heard);
    let looked = looked.filter_map(|heard| fact(site, question, by_hand, *heard));
    let lines =
        course.visited.iter().filter(|visit| visit.taken).filter_map(|visit| {
            if let Act::Queue(queue) = site[visit.node].act { Some(queue) } else { None }
        });
    let lines = lines.flat_map(|queue| line(site, question, by_hand, queue));
    let mut facts: Vec<Fact> = Vec::new();
    for fact in told.chain(looked).chain(lines) {
        if !facts.contains(&fact) {
            facts.push(fact);
        }
    }
    facts
}

/// One answer in words; `None` if it was assumed by hand, or says nothing.
fn fact(site: &Site, question: &Question, by_hand: &Question, heard: Heard) -> Option<Fact> {
    let of_person = |person: PersonId| format!("person:{}", site[person].name);
    let (of, is) = match heard {
        Heard::Contacts(phone, contacts) => {
            return (!by_hand.is_given(site, phone)).then(|| registered(site, phone, contacts));
        }
        Heard::Calls(person, calls) => (of_person(person), calls_in(calls)),
        Heard::State(person, state) => {
            let is_assumed = by_hand.states.iter().any(|(who, _)| *who == person);
            return (!is_assumed).then(|| Fact { of: of_person(person), is: state.to_string() });
        }
        Heard::Blocked(person, number, true) if !by_hand.blocked.contains(&(person, number)) => {
            (of_person(person), format!("blocks {number}"))
        }
        Heard::Blocked(..) => return None,
        Heard::Listed(list, number, is_in) => {
            let has = if is_in { "has" } else { "was not given" };
            (format!("list:{}", site[list].name), format!("{has} {number}"))
        }
        Heard::Held(hours, held) => {
            if by_hand.held.iter().any(|(which, _)| *which == hours) {
                return None;
            }
            let word =
                held.map_or("left to itself", |by| if by.is_open { "held open" } else { "held closed" });
            let hold = question.holds.iter().rfind(|hold| hold.hours == hours && hold.is_on(question.at));
            let more =
                hold.filter(|_| held.is_some()).map_or_else(String::new, |it| Hold::words(it, &site[hours]));
            (format!("hours:{}", site[hours].name), format!("{word}{more}"))
        }
        Heard::Pointer(group, at) => {
            let members = &site[group].members;
            let next = usize::try_from(at).ok().and_then(|at| members.get(at)).or_else(|| members.first())?;
            (format!("group:{}", site[group].name), format!("{} is next", site[*next].name))
        }
        Heard::Tally(person, tally) => {
            let talked = words::time(tally.talk);
            (of_person(person), format!("answered {} today, talked for {talked}", tally.calls))
        }
    };
    Some(Fact { of, is })
}

/// How the line of a queue and those who serve it stand.
fn line(site: &Site, question: &Question, by_hand: &Question, queue: QueueId) -> Vec<Fact> {
    let of = || format!("queue:{}", site[queue].name);
    let is_said = by_hand.waiting.iter().any(|(which, _)| *which == queue);
    let waiting = question.waiting.iter().rfind(|(which, _)| *which == queue && !is_said);
    let mut facts: Vec<_> =
        waiting.map(|(_, count)| Fact { of: of(), is: format!("{count} waiting") }).into_iter().collect();
    for person in site[queue].rules.people() {
        let name = || format!("person:{}", site[person].name);
        let is_out = |question: &Question| question.signed_out.contains(&(person, Some(queue)));
        if is_out(question) && !is_out(by_hand) {
            facts.push(Fact { of: name(), is: format!("out of {}", site[queue].name) });
            continue;
        }
        for phone in site[person].phones.iter().filter(|phone| !by_hand.is_given(site, **phone)) {
            let contacts = question.behaviour(site, Target::Phone(*phone), Duration::ZERO).contacts;
            facts.push(registered(site, *phone, contacts));
        }
        let state = question.states.iter().rfind(|(who, _)| *who == person).map(|(_, state)| *state);
        let is_assumed = by_hand.states.iter().any(|(who, _)| *who == person);
        let state = state.filter(|_| !is_assumed).unwrap_or_default();
        facts.push(Fact { of: name(), is: state.to_string() });
        let calls = question.calls.iter().rfind(|(who, _)| *who == person).map_or(0, |(_, calls)| *calls);
        facts.push(Fact { of: name(), is: calls_in(calls) });
    }
    facts
}

fn registered(site: &Site, phone: PhoneId, contacts: u8) -> Fact {
    let is = match contacts {
        0 => "not registered".to_owned(),
        1 => "registered".to_owned(),
        many => format!("registered at {many} contacts"),
    };
    Fact { of: format!("phone:{}", site[phone].name), is }
}

fn calls_in(calls: u16) -> String {
    match calls {
        0 => "in no call".to_owned(),
        1 => "in 1 call".to_owned(),
        many => format!("in {many} calls"),
    }
}
