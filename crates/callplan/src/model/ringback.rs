//! What callers hear while somebody rings.

use super::{Act, Country, MusicId, Node, NumberId, PlanKind, Prompt, QueueId, Site, Who};

/// What a caller hears while somebody rings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Ringback {
    /// `tone`: what their own phone plays, or the country's tone if they were answered before.
    #[default]
    Tone,
    /// `music:calm`: music before any answer, so that the call costs nothing yet.
    Early(MusicId),
    /// `answer+music:calm`: the call is answered, and is paid for, as soon as somebody rings.
    Answered(MusicId),
}

impl Ringback {
    /// The music, if it is some.
    pub const fn music(self) -> Option<MusicId> {
        match self {
            Self::Tone => None,
            Self::Early(music) | Self::Answered(music) => Some(music),
        }
    }

    /// As it is written.
    pub fn word(self, site: &Site) -> String {
        match self {
            Self::Tone => "tone".to_owned(),
            Self::Early(music) => format!("music:{}", site[music].name),
            Self::Answered(music) => format!("answer+music:{}", site[music].name),
        }
    }
}

/// What a caller hears who waits in a line, over and over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InLine {
    /// The country's ringing tone.
    Tone,
    /// A prompt, which is played again and again.
    Prompt(Prompt),
    /// Music.
    Music(MusicId),
}

impl Site {
    /// The country whose tones a caller hears: that of the number they called, else the site's.
    pub fn country_of(&self, called: Option<NumberId>) -> Country {
        called.and_then(|number| self[number].country).unwrap_or(self.country)
    }

    /// What a caller hears in the line of a queue: as the queue has it, else as the number does that was called.
    pub fn in_line(&self, queue: QueueId, called: Option<NumberId>) -> InLine {
        let queue = &self[queue];
        match (queue.ringback, queue.music) {
            (Some(ringback), _) => ringback.music().map_or(InLine::Tone, InLine::Music),
            (None, Some(prompt)) => InLine::Prompt(prompt),
            (None, None) => self.ringback(None, called).music().map_or(InLine::Tone, InLine::Music),
        }
    }

    /// What a caller hears while a node rings, as far as it is the same for every call: of a plan that several numbers
    /// share their own words are not.
    pub fn ringback_of(&self, node: &Node) -> Ringback {
        let called = if let PlanKind::Number(number) = self[node.plan].kind { Some(number) } else { None };
        match &node.act {
            Act::Ring(ring) => self.ringback(Some(ring.who), called),
            Act::Forward(_) => self.ringback(None, called),
            Act::Play(_)
            | Act::Ask(_)
            | Act::Language(_)
            | Act::Directory { .. }
            | Act::Menu(_)
            | Act::Queue(_)
            | Act::Voicemail(_)
            | Act::Reject(_)
            | Act::Hangup
            | Act::Goto(_) => Ringback::Tone,
        }
    }

    /// What a caller hears while somebody rings: as who rings has it, else as the number does that was called.
    pub fn ringback(&self, who: Option<Who>, called: Option<NumberId>) -> Ringback {
        let own = who.and_then(|who| match who {
            Who::Person(person) => self[person].ringback,
            Who::Group(group) => self[group].ringback,
            Who::Phone(phone) => self[phone].person.and_then(|person| self[person].ringback),
            Who::Rota(_) | Who::OnCall(_) | Who::First(_) | Who::Agent(_) => None,
        });
        own.or_else(|| called.and_then(|number| self[number].ringback)).unwrap_or_default()
    }
}
