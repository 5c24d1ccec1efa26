//! What is asked and what is assumed.

use std::time::Duration;

use clock::Wall;
use jiff::civil::Date;

use super::{
    Caller, Entry, Given, Party,
    given::{A_WHILE, Behaviour},
    line::A_CALL,
};
use crate::{
    Attest, E164, Fact, GroupId, HoursId, ListId, Notice, PersonId, PersonState, PlanId, Prompt, QueueId,
    Site, Tally, Telling,
    hold::Hold,
    number::Digits,
    parse::length,
    resolve::{self, Resolution},
    step::{Facts, Target, Word},
};

/// A call that might come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Who calls.
    pub caller: Caller,
    /// What is called.
    pub entry: Entry,
    /// When it arrives.
    pub at: Wall,
    /// Keys the caller presses.
    pub press: Vec<Press>,
    /// How parties behave; whoever is not named is registered, rings and does not answer. The narrower
    /// wins: a phone before its person before a group, and of equals the later.
    pub given: Vec<Given>,
    /// Parties that send calls on to a group, a mailbox or a number of ours, and after how long.
    pub sends: Vec<(Party, Duration, Entry)>,
    /// Outside facts; one that is not among them is never told.
    pub told: Vec<Telling>,
    /// How far the caller's number is vouched for.
    pub attest: Attest,
    /// What people said of themselves; whoever is not named is available.
    pub states: Vec<(PersonId, PersonState)>,
    /// Numbers of which people want no calls.
    pub blocked: Vec<(PersonId, E164)>,
    /// Numbers that were added to lists at run time.
    pub listed: Vec<(ListId, E164)>,
    /// Schedules held open or closed by hand.
    pub held: Vec<(HoursId, bool)>,
    /// Until when those are held, where that is known: callers are told it, but what is assumed lasts.
    pub ends: Vec<(HoursId, Wall)>,
    /// Schedules that the switch has held by hand; what is assumed of one counts more.
    pub holds: Vec<Hold>,
    /// Calls that people have already.
    pub calls: Vec<(PersonId, u16)>,
    /// Whose turn it is in round-robin groups; the first member's if not said.
    pub pointers: Vec<(GroupId, u32)>,
    /// At which place among its members the next round of a round-robin queue begins; at the first if not said.
    pub rounds: Vec<(QueueId, u32)>,
    /// What people did of late; whoever is not named has talked with nobody. Of two for one person the later counts.
    pub tallies: Vec<(PersonId, Tally)>,
    /// What the line of a queue says of the caller, and when; without any a line goes as its queue's rules have it.
    pub line: Vec<(Duration, Word)>,
    /// How many wait in the lines of queues when the caller comes there.
    pub waiting: Vec<(QueueId, u16)>,
    /// Who does not serve a queue, or any; whoever is not named is signed in.
    pub signed_out: Vec<(PersonId, Option<QueueId>)>,
    /// How long a call keeps somebody who took it out of a line before the caller's turn.
    pub talks: Duration,
    /// How long it takes to say something to a caller who waits.
    pub notice: Duration,
    /// What is drawn by chance comes from this number; that of a call of this very moment if not said.
    pub chance: u64,
    /// How long the caller speaks to a mailbox before hanging up; less than
    /// [`MESSAGE_MIN`](crate::MESSAGE_MIN) leaves no message.
    pub speaks: Duration,
    /// When the caller gives up, counted from the call's arrival.
    pub leaves: Option<Duration>,
    /// How long prompts last that are not what their files say.
    pub lengths: Vec<(Prompt, Duration)>,
}

/// A key that the caller presses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// Once the menu has greeted and waits; each menu round takes the next of these.
    Asked(char),
    /// None for once: a menu round goes by in silence.
    Nothing,
    /// At this time, counted from the call's arrival, heard or not.
    At(Duration, char),
}

/// Why a question cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAsked {
    /// `from` is nobody.
    #[error("{0:?} is no caller: give a number such as +12025550142, a phone, an extension or \"withheld\"")]
    From(String),
    /// `to` is nothing a call from outside could be for.
    #[error("{0:?} is none of our numbers; a call from outside reaches only these")]
    To(String),
    /// What the phone dials does not run through a plan.
    #[error("{}", outside(.0))]
    NoPlan(Resolution),
    /// An assumption is not one.
    #[error(
        "{0:?} assumes nothing: write ana=busy, group:sales=no-answer, +12025550160=declined, \
             ana-desk=unreachable, ana=answers, ana=\"answers after 8s\", ana=\"sends on to 202\", ana=blocks, ana=\"idle 5m\", ana=\"answered 3\", \
             ana=\"talked 20m\", ana=\"out of support\" or queue:support=\"3 waiting\""
    )]
    Given(String),
    /// A fact is not one.
    #[error(
        "{0:?} is no fact: write contact.known=yes or no, contact.owner=ana, contact.campaign=spring, \
             contact.tags=vip,late, contact.group=sales, contact.last_agent=ana, contact.last_texter=ana, \
             contact.language=es (each of these may be none) or caller.attest=B (A, B, C, \
             none, bad)"
    )]
    Fact(String),
    /// A time is none.
    #[error("{0:?} is no time: write 2026-12-25T10:00 or \"Fri 2026-12-25 10:00\"")]
    At(String),
    /// A time names another day of the week than its date has.
    #[error("{date} is a {is}, not a {said}: write the date that you mean, or leave the day out")]
    Weekday {
        /// The date.
        date: Date,
        /// What it is.
        is: &'static str,
        /// What was said of it.
        said: &'static str,
    },
}

fn outside(resolution: &Resolution) -> String {
    match resolution {
        Resolution::Emergency(digits) => format!("{digits} is an emergency call and runs through no plan"),
        Resolution::Feature(feature, _) if !feature.joins_calls() => {
            format!("this is the code `{}`: it says something of the dialler and calls nobody", feature.key())
        }
        Resolution::Toggle(_) => "this is the key of a schedule and calls nobody".to_owned(),
        Resolution::Feature(..) | Resolution::Slot(_) => {
            "this takes another call and runs through no plan of its own".to_owned()
        }
        Resolution::Inside(_) => "the call stays inside".to_owned(),
        Resolution::Short { to, .. } => {
            format!("{to} is a short number: the call runs through no plan of ours")
        }
        Resolution::Outside { to, .. } => format!("{to} is outside: the call runs through no plan of ours"),
        Resolution::Refused(refused) => format!("refused with {}: {refused}", refused.status()),
    }
}

impl Question {
    /// A question about a call that arrives at `at`, with nothing assumed.
    pub fn new(caller: Caller, entry: Entry, at: Wall) -> Self {
        Self {
            caller,
            entry,
            at,
            press: Vec::new(),
            given: Vec::new(),
            sends: Vec::new(),
            told: Vec::new(),
            attest: Attest::None,
            states: Vec::new(),
            blocked: Vec::new(),
            listed: Vec::new(),
            held: Vec::new(),
            ends: Vec::new(),
            holds: Vec::new(),
            calls: Vec::new(),
            pointers: Vec::new(),
            rounds: Vec::new(),
            tallies: Vec::new(),
            line: Vec::new(),
            waiting: Vec::new(),
            signed_out: Vec::new(),
            talks: A_CALL,
            notice: Notice::LASTS,
            chance: u64::try_from(at.unix_micros()).unwrap_or(0),
            speaks: A_WHILE,
            leaves: None,
            lengths: Vec::new(),
        }
    }

    /// A call of nobody's, for reading assumptions that belong to no call.
    pub(crate) fn nobody(at: Wall) -> Self {
        Self::new(Caller::Withheld, Entry::Plan(PlanId(0)), at)
    }

    /// Reads who calls and what is called the way an operator writes them: `from` a number, `withheld`, a
    /// phone, a person or an extension; `to` a number of ours or, from inside, whatever that phone may
    /// dial, or a plan as `plan:main`.
    ///
    /// # Errors
    /// The operator's: one of them names nobody, or the call would run through no plan.
    pub fn read(site: &Site, from: &str, to: &str, at: Wall) -> Result<Self, NotAsked> {
        let caller = caller(site, from).ok_or_else(|| NotAsked::From(from.to_owned()))?;
        let plan = to.strip_prefix("plan:").and_then(|name| site.plan(name)).map(Entry::Plan);
        let entry = match (plan, caller) {
            (Some(plan), _) => plan,
            (None, Caller::Phone(phone)) => match resolve::resolve(site, phone, to) {
                Resolution::Inside(entry) => entry,
                other @ (Resolution::Emergency(_)
                | Resolution::Feature(..)
                | Resolution::Slot(_)
                | Resolution::Toggle(_)
                | Resolution::Outside { .. }
                | Resolution::Short { .. }
                | Resolution::Refused(_)) => {
                    return Err(NotAsked::NoPlan(other));
                }
            },
            (None, Caller::Number(_) | Caller::Withheld) => {
                let number = number(site, to).and_then(|number| site.number(number));
                Entry::Number(number.ok_or_else(|| NotAsked::To(to.to_owned()))?)
            }
        };
        Ok(Self::new(caller, entry, at))
    }

    /// Assumes how somebody behaves or what they said of themselves: `ana=busy`, `ana=dnd`, `ana=available
    /// +12025550177` where `ana` sends calls to that number, `ana=blocks` where she wants none of this caller,
    /// `ana=sends on to 202 after 5s` where her phone does so, `ana=idle 5m`, `ana=answered 3` and `ana=talked 20m` where a group goes by it, `hours:office=closed` where the
    /// day/night key says so; `queue:support=3 waiting` where so many came before, and `ana=out of support` or
    /// `ana=out` where she has signed out of that queue or of all.
    ///
    /// # Errors
    /// The operator's: there is no such party, behaviour or state.
    pub fn assume(&mut self, site: &Site, text: &str) -> Result<(), NotAsked> {
        let said = text.split_once('=').and_then(|(name, word)| {
            let name = name.trim();
            Some((site.person(name.strip_prefix("person:").unwrap_or(name))?, word.trim()))
        });
        if let (Some((person, "blocks")), Caller::Number(number)) = (said, self.caller) {
            self.blocked.push((person, number));
            return Ok(());
        }
        if said.is_some_and(|(person, word)| self.assume_tally(person, word)) {
            return Ok(());
        }
        if self.assume_sent_on(site, text).is_some() || self.assume_line(site, said, text) {
            return Ok(());
        }
        let state = said.and_then(|(person, word)| Some((person, PersonState::read(word)?)));
        let held = text.split_once('=').and_then(|(name, word)| {
            let name = name.trim().strip_prefix("hours:")?;
            let hours = site.hours.iter().position(|hours| *hours.name == *name)?;
            let is_open = match word.trim() {
                "open" => true,
                "closed" => false,
                _ => return None,
            };
            Some((HoursId::from(hours), is_open))
        });
        match (state, held) {
            (Some(state), _) => self.states.push(state),
            (None, Some(held)) => self.held.push(held),
            (None, None) => self.given.push(Given::read(site, text)?),
        }
        Ok(())
    }

    /// `ana=sends on to 202`, or `after 5s`: what her phone may dial by that.
    pub(crate) fn assume_sent_on(&mut self, site: &Site, text: &str) -> Option<()> {
        let (party, word) = text.split_once('=')?;
        let to = word.trim().strip_prefix("sends on to ")?;
        let (to, after) = match to.split_once(" after ") {
            Some((to, after)) => (to, length(after.trim())?),
            None => (to, Duration::ZERO),
        };
        let party = Party::named(site, party.trim())?;
        let phone = match party {
            Party::Phone(phone) => phone,
            Party::Person(person) => *site[person].phones.first()?,
            Party::Group(_) | Party::Queue(_) | Party::Number(_) | Party::Agent(_) => return None,
        };
        let Resolution::Inside(entry) = resolve::resolve(site, phone, to.trim()) else { return None };
        match entry {
            Entry::Group(_) | Entry::Number(_) | Entry::Mailbox(_) => self.sends.push((party, after, entry)),
            // They ring as the target that they are named by.
            Entry::Person(_) | Entry::Phone(_) | Entry::CallBack(_) | Entry::Queue(_) | Entry::Plan(_) => {
                return None;
            }
        }
        Some(())
    }

    /// What is assumed of a line: who waits in it, or who has signed out; whether it was that.
    fn assume_line(&mut self, site: &Site, said: Option<(PersonId, &str)>, text: &str) -> bool {
        if let Some((person, word)) = said {
            let which = match word.strip_prefix("out of ") {
                Some(name) => site.queue(name.trim()).map(Some),
                None => (word == "out").then_some(None),
            };
            self.signed_out.extend(which.map(|which| (person, which)));
            return which.is_some();
        }
        let read = || {
            let (name, word) = text.split_once('=')?;
            let queue = site.queue(name.trim().strip_prefix("queue:")?)?;
            Some((queue, word.trim().strip_suffix("waiting")?.trim().parse().ok()?))
        };
        let waiting = read();
        self.waiting.extend(waiting);
        waiting.is_some()
    }

    /// Assumes a fact: `contact.known=yes`, `contact.owner=ana`, `caller.attest=B`.
    ///
    /// # Errors
    /// The operator's: there is no such fact, or it has no such value.
    pub fn tell(&mut self, site: &Site, text: &str) -> Result<(), NotAsked> {
        if let Some((name, value)) = text.split_once('=').filter(|(name, _)| is_attest(name)) {
            let attest = Attest::of(value.trim()).ok_or_else(|| NotAsked::Fact(format!("{name}={value}")))?;
            self.attest = attest;
            return Ok(());
        }
        let telling = text
            .split_once('=')
            .and_then(|(name, value)| Telling::read(site, name.trim(), value.trim(), self.at));
        self.told.push(telling.ok_or_else(|| NotAsked::Fact(text.to_owned()))?);
        Ok(())
    }

    /// How the switch has a schedule held at a time, unless it is assumed to be held otherwise.
    pub(super) fn hold_of(&self, hours: HoursId, now: Wall) -> Option<&Hold> {
        let is_assumed = self.held.iter().any(|(which, _)| *which == hours);
        self.holds.iter().rfind(|hold| !is_assumed && hold.hours == hours && hold.is_on(now))
    }

    /// Everything that is known of the call once all was told.
    pub(crate) fn facts(&self) -> Facts {
        let mut facts = Facts::new(self.caller, self.entry);
        self.told.iter().for_each(|telling| facts.told.tell(*telling));
        facts
    }

    /// Whether it says anything of a fact.
    pub(super) fn tells(&self, fact: Fact) -> bool {
        self.told.iter().any(|telling| telling.fact() == fact)
    }

    /// How much is said of a target by what is said of a party; nothing if it is somebody else's.
    pub(crate) fn covers(site: &Site, party: Party, target: Target) -> Option<u8> {
        match (party, target) {
            (Party::Number(number), Target::Number { to, .. }) => (number == to).then_some(3),
            (Party::Agent(own), Target::Agent(agent)) => (own == agent).then_some(3),
            (Party::Phone(own), Target::Phone(phone)) => (own == phone).then_some(2),
            (Party::Person(person), Target::Phone(phone)) => {
                (site[phone].person == Some(person)).then_some(1)
            }
            (Party::Group(group), Target::Phone(phone)) => {
                site[phone].person.filter(|person| site[group].members.contains(person)).map(|_| 0)
            }
            (Party::Queue(queue), Target::Phone(phone)) => {
                let serves = |person: &PersonId| site[queue].rules.people().any(|own| own == *person);
                site[phone].person.filter(serves).map(|_| 0)
            }
            (Party::Number(_) | Party::Agent(_), Target::Phone(_))
            | (
                Party::Phone(_) | Party::Person(_) | Party::Group(_) | Party::Queue(_),
                Target::Number { .. } | Target::Agent(_),
            )
            | (Party::Agent(_), Target::Number { .. })
            | (Party::Number(_), Target::Agent(_)) => None,
        }
    }

    /// Where a target sends calls on to, and after how long.
    pub(super) fn sends_on(&self, site: &Site, target: Target) -> Option<(Duration, Entry)> {
        let fitting = self
            .sends
            .iter()
            .filter_map(|(party, after, to)| Some((Self::covers(site, *party, target)?, (*after, *to))));
        fitting.max_by_key(|(width, _)| *width).map(|(_, sends)| sends)
    }

    /// How a phone or number behaves so long after the call's arrival.
    pub(crate) fn behaviour(&self, site: &Site, target: Target, now: Duration) -> Behaviour {
        let holds = self.given.iter().filter(|given| given.since <= now);
        let fitting =
            holds.filter_map(|given| Some((Self::covers(site, given.party, target)?, given.behaviour)));
        fitting.max_by_key(|(width, _)| *width).map_or(Behaviour::NO_ANSWER, |(_, behaviour)| behaviour)
    }
}

fn is_attest(name: &str) -> bool {
    name.trim() == Fact::CallerAttest.name()
}

pub(super) fn caller(site: &Site, text: &str) -> Option<Caller> {
    if text == "withheld" {
        return Some(Caller::Withheld);
    }
    let phone_of = |person: PersonId| site[person].phones.first().copied();
    let by_extension = site.extension(text).and_then(|owner| match owner {
        crate::Owner::Person(person) => phone_of(person),
        crate::Owner::Phone(phone) => Some(phone),
        crate::Owner::Group(_) | crate::Owner::Queue(_) | crate::Owner::Mailbox(_) => None,
    });
    let phone = by_extension.or_else(|| site.phone(text)).or_else(|| site.person(text).and_then(phone_of));
    phone.map(Caller::Phone).or_else(|| number(site, text).map(Caller::Number))
}

pub(crate) fn number(site: &Site, text: &str) -> Option<E164> {
    resolve::home(site).read(&Digits::read(text).ok()?)
}
