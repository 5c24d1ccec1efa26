//! What watchers are told: full state in every document (RFC 3842 §5.2, RFC 4235 §4, RFC 3863, RFC 4480).
//!
//! A document has a head of its subscription, with the URI it asked for and a version, and the rest, which all
//! watchers of a thing share: a change is put into words once, whoever many watch.

use std::{
    fmt::{self, Display, Write},
    sync::Arc,
};

use callplan::{Feature, Mood, PersonId, Site};
use clock::Wall;
use sip::header::NameAddr;

use super::{
    lit::{Lights, Lit, Stage},
    package::Package,
    watched::Watched,
};
use crate::shared::{
    keys::Keys,
    messages::{Count, Messages},
    people::People,
    queue::{Line, Lines},
    slots::Taken,
};

/// Most of those who wait in a line that a lamp shows: a document goes in one datagram.
const LINE_MAX: usize = 8;

const ENOUGH: &str = "a text in memory takes everything";

/// The switch as watchers may see it.
pub(crate) struct Outlook<'a> {
    pub(crate) site: &'a Site,
    pub(crate) lights: &'a Lights,
    pub(crate) messages: &'a Messages,
    pub(crate) people: &'a People,
    pub(crate) lines: &'a Lines,
    pub(crate) keys: &'a Keys,
    pub(crate) taken: &'a Taken,
    /// Whether the phone of this name is registered.
    pub(crate) is_registered: &'a dyn Fn(&str) -> bool,
    pub(crate) now: Wall,
}

impl Outlook<'_> {
    /// How a thing stands, without the head.
    pub(crate) fn tell(&self, watched: &Watched, package: Package) -> Arc<str> {
        let mut text = String::new();
        match package {
            Package::MessageSummary => self.summary(watched, &mut text),
            Package::Dialog => self.dialogs(watched, &mut text),
            Package::Presence => self.presence(watched, &mut text),
        }
        .expect(ENOUGH);
        text.into()
    }

    fn summary(&self, watched: &Watched, out: &mut String) -> fmt::Result {
        let Count { new, old } = self.waiting(watched);
        write!(out, "Voice-Message: {new}/{old} (0/0)\r\n")
    }

    /// Messages behind a lamp: a person's own, and those of shared mailboxes that light it.
    fn waiting(&self, watched: &Watched) -> Count {
        let of_person = |id: PersonId| {
            let lights_it =
                |mailbox: &&callplan::Mailbox| mailbox.owner == Some(id) || mailbox.lamp.contains(&id);
            let mailboxes = self.site.mailboxes.iter().filter(lights_it);
            mailboxes.map(|mailbox| self.messages.count(&mailbox.name)).sum()
        };
        match watched {
            Watched::Person(name) => self.site.person(name).map_or_else(Count::default, of_person),
            Watched::Mailbox(name) => self.messages.count(name),
            Watched::Phone(_)
            | Watched::Group(_)
            | Watched::Key(_)
            | Watched::Slot(_)
            | Watched::Queue(_)
            | Watched::Serves(..)
            | Watched::Said(..) => Count::default(),
        }
    }

    /// A thing without a call shows one dialog that is over: there are phones that take no dialog for no news.
    fn dialogs(&self, watched: &Watched, out: &mut String) -> fmt::Result {
        let mut count = 0;
        self.each_dialog(watched, &mut |lit| {
            count += 1;
            dialog(lit, out)
        })?;
        match (count, watched) {
            (0, Watched::Mailbox(name)) if self.messages.count(name).new > 0 => {
                out.write_str("<dialog id=\"messages\"><state>confirmed</state></dialog>\r\n")
            }
            (0, Watched::Said(person, feature)) if self.is_said(person, *feature) => {
                out.write_str("<dialog id=\"state\"><state>confirmed</state></dialog>\r\n")
            }
            (0, Watched::Serves(person, queue)) if self.serves(person, queue) => {
                out.write_str("<dialog id=\"state\"><state>confirmed</state></dialog>\r\n")
            }
            // A dialog for each who waits; who that is is nobody's business but of whoever takes them.
            (0, Watched::Queue(queue)) if self.waiting_in(queue) > 0 => {
                (1..=self.waiting_in(queue).min(LINE_MAX)).try_for_each(|place| {
                    write!(
                        out,
                        "<dialog id=\"{place}\" direction=\"recipient\"><state>early</state></dialog>\r\n"
                    )
                })
            }
            (0, Watched::Key(hours)) if self.keys.of(hours, self.now).is_some() => {
                out.write_str("<dialog id=\"key\"><state>confirmed</state></dialog>\r\n")
            }
            (0, Watched::Slot(slot)) if self.taken.of(*slot).is_some() => {
                out.write_str("<dialog id=\"parked\"><state>confirmed</state></dialog>\r\n")
            }
            (0, _) => out.write_str("<dialog id=\"none\"><state>terminated</state></dialog>\r\n"),
            _ => Ok(()),
        }
    }

    fn presence(&self, watched: &Watched, out: &mut String) -> fmt::Result {
        let mut talks = false;
        self.each_dialog(watched, &mut |_| {
            talks = true;
            Ok(())
        })?;
        let mood = match watched {
            Watched::Person(name) => self.people.of(name).mood,
            Watched::Said(name, feature) if self.is_said(name, *feature) => Mood::DoNotDisturb,
            Watched::Serves(person, queue) if self.serves(person, queue) => Mood::DoNotDisturb,
            Watched::Said(..)
            | Watched::Serves(..)
            | Watched::Queue(_)
            | Watched::Key(_)
            | Watched::Slot(_)
            | Watched::Phone(_)
            | Watched::Group(_)
            | Watched::Mailbox(_) => Mood::Available,
        };
        let (basic, said) = match mood {
            Mood::Available if self.is_closed(watched) || !self.is_reachable(watched) => ("closed", ""),
            Mood::Available => ("open", ""),
            Mood::Away => ("closed", "<rpid:away/>"),
            Mood::DoNotDisturb => ("closed", "<rpid:busy/>"),
        };
        let activity = if talks { "<rpid:on-the-phone/>" } else { "" };
        // It takes messages whatever waits. How many wait is for those whose lamp it lights; that some do, its lamp says.
        let note = match watched {
            Watched::Mailbox(name) if self.messages.count(name).new > 0 => {
                "<note>messages wait</note>".to_owned()
            }
            Watched::Queue(name) if self.waiting_in(name) > 0 => {
                format!("<note>{} wait</note>", self.waiting_in(name))
            }
            Watched::Mailbox(_)
            | Watched::Queue(_)
            | Watched::Serves(..)
            | Watched::Person(_)
            | Watched::Phone(_)
            | Watched::Group(_)
            | Watched::Key(_)
            | Watched::Slot(_)
            | Watched::Said(..) => String::new(),
        };
        write!(
            out,
            "<tuple id=\"line\"><status><basic>{basic}</basic></status>{note}</tuple>\r\n\
             <dm:person id=\"state\"><rpid:activities>{said}{activity}</rpid:activities></dm:person>\r\n"
        )
    }

    /// Whether calls reach a phone, a person, or a group: on a phone of one of its members, whom a group rings while they
    /// are available.
    fn is_reachable(&self, watched: &Watched) -> bool {
        match watched {
            Watched::Phone(name) => (self.is_registered)(name),
            Watched::Person(name) => self.site.person(name).is_none_or(|id| self.reaches(id)),
            // Whoever has their calls forwarded takes none of a group.
            Watched::Group(name) => self.site.group(name).is_none_or(|group| {
                let members = self.site[group].members.iter();
                members.map(|id| (*id, self.people.of(&self.site[*id].name))).any(|(id, said)| {
                    said.mood == Mood::Available && said.forward.is_none() && self.rings(id)
                })
            }),
            // A queue takes callers while anybody serves it.
            Watched::Queue(name) => self.site.queue(name).is_none_or(|queue| {
                let members = &self.site[queue].rules.members;
                members.iter().any(|member| self.serves(&self.site[*member].name, name))
            }),
            Watched::Mailbox(_)
            | Watched::Key(_)
            | Watched::Slot(_)
            | Watched::Said(..)
            | Watched::Serves(..) => true,
        }
    }

    /// Whether calls reach a person: on a phone of theirs, or outside where they have said so.
    fn reaches(&self, id: PersonId) -> bool {
        self.people.of(&self.site[id].name).forward.is_some() || self.rings(id)
    }

    /// Whether a phone of theirs can ring.
    fn rings(&self, id: PersonId) -> bool {
        self.site[id].phones.iter().any(|phone| (self.is_registered)(&self.site[*phone].name))
    }

    /// Whether it is a slot that is taken, or a schedule that is closed, by itself or by its key.
    fn is_closed(&self, watched: &Watched) -> bool {
        if let Watched::Slot(slot) = watched {
            return self.taken.of(*slot).is_some();
        }
        let Watched::Key(name) = watched else { return false };
        let hours = self.site.hours.iter().find(|hours| hours.name == *name);
        let by_itself = || hours.is_some_and(|hours| hours.at(self.now).is_open());
        !self.keys.of(name, self.now).unwrap_or_else(by_itself)
    }

    /// Whether the lamp of a key by which a person says something is lit.
    fn is_said(&self, person: &str, feature: Feature) -> bool {
        let state = self.people.of(person);
        match feature {
            Feature::DoNotDisturb => state.mood == Mood::DoNotDisturb,
            Feature::Away => state.mood == Mood::Away,
            Feature::Forward => state.forward.is_some(),
            Feature::Queue => self.serves_a_queue(person),
            Feature::Available
            | Feature::ForwardOff
            | Feature::Block
            | Feature::Reminder
            | Feature::HotDesk
            | Feature::RecordPrompt
            | Feature::Rehearse
            | Feature::Pickup
            | Feature::GroupPickup
            | Feature::Park
            | Feature::Messages
            | Feature::Mailbox
            | Feature::LeaveMessage => false,
        }
    }

    /// Whether a person serves any of their queues.
    fn serves_a_queue(&self, person: &str) -> bool {
        let out = self.lines.out_of(person);
        let is_member = |queue: &&callplan::Queue| {
            self.site.person(person).is_some_and(|person| queue.rules.members.contains(&person))
        };
        self.site.queues.iter().filter(is_member).any(|queue| !out.contains(&queue.name))
    }

    /// Whether a person is a member of a queue and has not signed out of it.
    fn serves(&self, person: &str, queue: &str) -> bool {
        let ids = self.site.person(person).zip(self.site.queue(queue));
        ids.is_some_and(|(person, queue)| self.site[queue].rules.members.contains(&person))
            && !self.lines.out_of(person).contains(queue)
    }

    /// How many wait in the line of a queue.
    fn waiting_in(&self, queue: &str) -> usize {
        self.lines.get(queue).map_or(0, Line::waiting)
    }

    fn each_dialog(&self, watched: &Watched, work: &mut dyn FnMut(&Lit) -> fmt::Result) -> fmt::Result {
        match watched {
            Watched::Phone(name) => self.lights.of(name).iter().try_for_each(work),
            Watched::Person(name) => match self.site.person(name) {
                Some(person) => self.each_of_person(person, work),
                None => Ok(()),
            },
            Watched::Group(name) => match self.site.group(name) {
                Some(group) => {
                    self.site[group].members.iter().try_for_each(|member| self.each_of_person(*member, work))
                }
                None => Ok(()),
            },
            Watched::Mailbox(_)
            | Watched::Key(_)
            | Watched::Slot(_)
            | Watched::Said(..)
            | Watched::Queue(_)
            | Watched::Serves(..) => Ok(()),
        }
    }

    fn each_of_person(&self, person: PersonId, work: &mut dyn FnMut(&Lit) -> fmt::Result) -> fmt::Result {
        let phones = self.site[person].phones.iter();
        phones.flat_map(|phone| self.lights.of(&self.site[*phone].name)).try_for_each(work)
    }
}

/// Writes the whole document of a subscription to `entity`; what `out` held is dropped.
pub(crate) fn whole(package: Package, entity: &str, version: u32, rest: &str, out: &mut String) {
    out.clear();
    let entity = Escaped(entity);
    match package {
        Package::MessageSummary => {
            let waits = if rest.starts_with("Voice-Message: 0/") { "no" } else { "yes" };
            write!(out, "Messages-Waiting: {waits}\r\nMessage-Account: {entity}\r\n{rest}")
        }
        Package::Dialog => write!(
            out,
            "<?xml version=\"1.0\"?>\r\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" \
             version=\"{version}\" state=\"full\" entity=\"{entity}\">\r\n{rest}</dialog-info>\r\n"
        ),
        Package::Presence => write!(
            out,
            "<?xml version=\"1.0\"?>\r\n<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" \
             xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" \
             xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\" entity=\"{entity}\">\r\n{rest}</presence>\r\n"
        ),
    }
    .expect(ENOUGH);
}

fn dialog(lit: &Lit, out: &mut String) -> fmt::Result {
    let direction = if lit.calls { "initiator" } else { "recipient" };
    let stage = match lit.stage {
        Stage::Trying => "trying",
        Stage::Early => "early",
        Stage::Confirmed => "confirmed",
    };
    write!(out, "<dialog id=\"{:x}\" direction=\"{direction}\"><state>{stage}</state>", lit.leg.raw())?;
    if let Ok(other) = NameAddr::parse(&lit.other) {
        out.write_str("<remote><identity")?;
        if let Some(name) = other.display() {
            write!(out, " display=\"{}\"", Escaped(&name))?;
        }
        let uri = Escaped(other.uri.as_str());
        write!(out, ">{uri}</identity><target uri=\"{uri}\"/></remote>")?;
    }
    out.write_str("</dialog>\r\n")
}

/// Text within XML: nothing in it is markup, and what XML 1.0 forbids is left out (§2.2).
#[derive(Clone, Copy)]
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_odd = |letter: char| matches!(letter, '&' | '<' | '>' | '"') || letter.is_control();
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'&' | b'<' | b'>' | b'"');
        // What nearly all URIs are, without a look at each letter as one.
        if self.0.bytes().all(is_plain) {
            return f.write_str(self.0);
        }
        self.0.split_inclusive(is_odd).try_for_each(|piece| {
            let odd = piece.chars().next_back().filter(|letter| is_odd(*letter));
            f.write_str(&piece[..piece.len() - odd.map_or(0, char::len_utf8)])?;
            f.write_str(match odd {
                Some('&') => "&amp;",
                Some('<') => "&lt;",
                Some('>') => "&gt;",
                Some('"') => "&quot;",
                Some(_) | None => "",
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use clock::Key;

    use super::*;

    #[test]
    fn a_name_from_outside_is_never_markup() {
        let mut out = String::new();
        let other = "\"<Eve & \\\"co\\\">\u{1}\" <sip:+12025550142@pbx>".into();
        let lit = Lit { leg: Key::from_raw(7), stage: Stage::Early, calls: false, other };
        dialog(&lit, &mut out).unwrap();
        assert_eq!(
            out,
            "<dialog id=\"7\" direction=\"recipient\"><state>early</state><remote>\
             <identity display=\"&lt;Eve &amp; &quot;co&quot;&gt;\">sip:+12025550142@pbx</identity>\
             <target uri=\"sip:+12025550142@pbx\"/></remote></dialog>\r\n"
        );
    }

    #[test]
    fn a_summary_says_whether_anything_waits() {
        let said = |rest: &str| {
            let mut out = "of the one before".to_owned();
            whole(Package::MessageSummary, "sip:ana@pbx", 3, rest, &mut out);
            out
        };
        assert_eq!(
            said("Voice-Message: 2/0 (0/0)\r\n"),
            "Messages-Waiting: yes\r\nMessage-Account: sip:ana@pbx\r\nVoice-Message: 2/0 (0/0)\r\n"
        );
        assert!(said("Voice-Message: 0/0 (0/0)\r\n").starts_with("Messages-Waiting: no\r\n"));
    }
}
