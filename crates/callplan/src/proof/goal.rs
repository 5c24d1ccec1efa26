//! How calls end, in the words of `ends`.

use std::fmt;

use crate::{
    Act, AgentId, E164, GroupId, MailboxId, PersonId, PhoneId, QueueId, Refusal, Site,
    explain::{Explanation, Finish},
    step::{End, Target},
};

/// A way for a call to end; without a name any of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Goal {
    /// Talking to a person, on whichever phone or on their own mobile.
    Person(Option<PersonId>),
    /// Talking to somebody of a group.
    Group(GroupId),
    /// In the line of a queue, however the wait is over: whoever is turned away was never in it.
    Queue(Option<QueueId>),
    /// Talking to whoever is at a phone, be it a person's or nobody's.
    Phone(Option<PhoneId>),
    /// Talking to a number outside.
    Number(Option<E164>),
    /// Talking to an agent.
    Agent(Option<AgentId>),
    /// In voicemail, whether a message is left or not.
    Voicemail(Option<MailboxId>),
    /// Refused.
    Reject(Option<Refusal>),
    /// Hung up on after a message was played.
    Announcement,
    /// Hung up on by the plan, message or not.
    Hangup,
    /// The caller gave up first.
    CallerLeft,
}

/// Kinds that take no name.
pub(crate) const PLAIN: [(&str, Goal); 10] = [
    ("person", Goal::Person(None)),
    ("queue", Goal::Queue(None)),
    ("phone", Goal::Phone(None)),
    ("number", Goal::Number(None)),
    ("agent", Goal::Agent(None)),
    ("voicemail", Goal::Voicemail(None)),
    ("reject", Goal::Reject(None)),
    ("announcement", Goal::Announcement),
    ("hangup", Goal::Hangup),
    ("caller-left", Goal::CallerLeft),
];

/// How callers are refused, in the words of a plan.
pub(crate) const REFUSALS: [(&str, Refusal); 4] = [
    ("busy", Refusal::Busy),
    ("decline", Refusal::Decline),
    ("unallocated", Refusal::Unallocated),
    ("no-answer", Refusal::NoAnswer),
];

impl Goal {
    /// Whether a call ends so.
    pub(crate) fn is_met(self, site: &Site, course: &Explanation) -> bool {
        match (self, course.end) {
            (Self::Queue(which), _) => course.line.is_some_and(|line| which.is_none_or(|it| it == line)),
            (_, None) => false,
            (goal, Some(Finish::Bridged(Target::Phone(phone)))) => {
                let person = site[phone].person;
                match goal {
                    Self::Person(who) => person.is_some() && who.is_none_or(|who| person == Some(who)),
                    Self::Group(group) => person.is_some_and(|it| site[group].members.contains(&it)),
                    Self::Phone(which) => which.is_none_or(|which| which == phone),
                    Self::Number(_)
                    | Self::Agent(_)
                    | Self::Queue(_)
                    | Self::Voicemail(_)
                    | Self::Reject(_)
                    | Self::Announcement
                    | Self::Hangup
                    | Self::CallerLeft => false,
                }
            }
            (goal, Some(Finish::Bridged(who @ Target::Number { to, .. }))) => {
                let person = at_mobile(site, who);
                match goal {
                    Self::Number(number) => number.is_none_or(|number| number == to),
                    Self::Person(who) => person.is_some() && who.is_none_or(|who| person == Some(who)),
                    Self::Group(group) => person.is_some_and(|it| site[group].members.contains(&it)),
                    Self::Phone(_)
                    | Self::Agent(_)
                    | Self::Queue(_)
                    | Self::Voicemail(_)
                    | Self::Reject(_)
                    | Self::Announcement
                    | Self::Hangup
                    | Self::CallerLeft => false,
                }
            }
            (goal, Some(Finish::Bridged(Target::Agent(agent)))) => {
                matches!(goal, Self::Agent(which) if which.is_none_or(|which| which == agent))
            }
            (goal, Some(Finish::Ended(end))) => goal.is_end(end, course, site),
        }
    }

    fn is_end(self, end: End, course: &Explanation, site: &Site) -> bool {
        match (self, end) {
            (Self::Voicemail(which), End::Voicemail { mailbox, .. }) => which.is_none_or(|it| it == mailbox),
            (Self::Reject(how), End::Rejected(refusal)) => how.is_none_or(|it| it == refusal),
            (Self::Announcement, End::HungUp) => is_announced(site, course),
            (Self::Hangup, End::HungUp) | (Self::CallerLeft, End::Left) => true,
            (
                _,
                End::Voicemail { .. }
                | End::Rejected(_)
                | End::HungUp
                | End::Left
                | End::WentHome(_)
                | End::Failed(_),
            ) => false,
        }
    }

    /// As the config writes it.
    pub fn words(self, site: &Site) -> String {
        let of = |kind: &str, name: Option<String>| {
            name.map_or_else(|| kind.to_owned(), |name| format!("{kind}:{name}"))
        };
        match self {
            Self::Person(who) => of("person", who.map(|who| site[who].name.to_string())),
            Self::Group(group) => format!("group:{}", site[group].name),
            Self::Queue(which) => of("queue", which.map(|which| site[which].name.to_string())),
            Self::Phone(which) => of("phone", which.map(|which| site[which].name.to_string())),
            Self::Number(number) => of("number", number.map(|number| number.to_string())),
            Self::Agent(which) => of("agent", which.map(|which| site[which].name.to_string())),
            Self::Voicemail(which) => of("voicemail", which.map(|which| site[which].name.to_string())),
            Self::Reject(how) => of("reject", how.map(|how| word(how).to_owned())),
            Self::Announcement => "announcement".to_owned(),
            Self::Hangup => "hangup".to_owned(),
            Self::CallerLeft => "caller-left".to_owned(),
        }
    }
}

const fn word(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Busy => "busy",
        Refusal::Decline => "decline",
        Refusal::Unallocated => "unallocated",
        Refusal::NoAnswer => "no-answer",
    }
}

/// The person who is rung at a number outside that is their own mobile.
fn at_mobile(site: &Site, who: Target) -> Option<PersonId> {
    let Target::Number { to, by: Some(person), .. } = who else { return None };
    (site[person].mobile == Some(to)).then_some(person)
}

/// Whether the last thing before the plan hung up was a message.
fn is_announced(site: &Site, course: &Explanation) -> bool {
    let mut taken = course.visited.iter().rev().filter(|visit| visit.taken).skip(1);
    taken.next().is_some_and(|visit| matches!(site[visit.node].act, Act::Play(_)))
}

/// How a call ends, in the words of `ends`.
pub fn ended(site: &Site, course: &Explanation) -> String {
    Ended { site, course }.to_string()
}

/// How a call ends of which nothing else is known, in the same words.
pub(crate) fn end_of(site: &Site, end: Finish) -> String {
    match end {
        Finish::Bridged(Target::Phone(phone)) => match site[phone].person {
            Some(person) => format!("person:{}", site[person].name),
            None => format!("phone:{}", site[phone].name),
        },
        Finish::Bridged(who @ Target::Number { to, .. }) => match at_mobile(site, who) {
            Some(person) => format!("person:{}", site[person].name),
            None => format!("number:{to}"),
        },
        Finish::Bridged(Target::Agent(agent)) => format!("agent:{}", site[agent].name),
        Finish::Ended(end) => match end {
            End::Voicemail { mailbox, .. } => format!("voicemail:{}", site[mailbox].name),
            End::Rejected(refusal) => format!("reject:{}", word(refusal)),
            End::HungUp => "hangup".to_owned(),
            End::Left => "caller-left".to_owned(),
            End::WentHome(queue) => format!("queue:{}", site[queue].name),
            End::Failed(_) => "failed".to_owned(),
        },
    }
}

struct Ended<'a> {
    site: &'a Site,
    course: &'a Explanation,
}

impl fmt::Display for Ended<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let site = self.site;
        match self.course.end {
            None => match self.course.line {
                Some(queue) => write!(f, "queue:{}", site[queue].name),
                None => f.write_str("nowhere"),
            },
            Some(Finish::Ended(End::HungUp)) if is_announced(site, self.course) => {
                f.write_str("announcement")
            }
            Some(end) => f.write_str(&end_of(site, end)),
        }
    }
}
