//! The ways out of a node, each with what leads there.

use std::{fmt, time::Duration};

use crate::{
    model::{Act, NodeId, PlanKind, Queue, Site},
    parse::show,
};

/// A way out of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// What has to happen.
    pub on: On,
    /// Where it leads.
    pub to: NodeId,
}

/// What makes a call leave a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The caller finds nobody in the directory. Whoever is found has the call as by their extension.
    NotFound,
    /// The caller presses this key.
    Key(char),
    /// Nothing is pressed for so long, in each of so many rounds.
    Silence(Duration, u16),
    /// A key that leads nowhere is pressed, in each of so many rounds.
    WrongKey(u16),
    /// All who are rung are busy.
    Busy,
    /// They decline.
    Declined,
    /// Whatever is left, after so long at most.
    Else(Duration),
    /// The message was heard.
    Then,
    /// So many wait in the line.
    Full(u16),
    /// They have waited for so long.
    Waited(Duration),
    /// Nobody is signed in.
    Unstaffed,
    /// The line is closed.
    Closed,
    /// It is a jump.
    Goto,
    /// The guard does not hold.
    Otherwise,
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounds = |rounds: u16| if rounds > 1 { format!(" {rounds} times") } else { String::new() };
        match self {
            Self::Key(key) => write!(f, "key {key}"),
            Self::Silence(after, times) => write!(f, "silence {}{}", show(*after), rounds(*times)),
            Self::WrongKey(times) => write!(f, "wrong key{}", rounds(*times)),
            Self::NotFound => f.write_str("nobody found"),
            Self::Busy => f.write_str("busy"),
            Self::Declined => f.write_str("declined"),
            Self::Else(total) => write!(f, "else, {}", show(*total)),
            Self::Then => f.write_str("then"),
            Self::Full(most) => write!(f, "full, {most} wait"),
            Self::Waited(longest) => write!(f, "waited {}", show(*longest)),
            Self::Unstaffed => f.write_str("nobody signed in"),
            Self::Closed => f.write_str("closed"),
            Self::Goto => f.write_str("goto"),
            Self::Otherwise => f.write_str("otherwise"),
        }
    }
}

impl Site {
    /// Every way out of a node, the unusual ones first and the fall to the next step last. A menu shows its keys
    /// where it is at home, and so does a queue its exits: a step that leads there has one way.
    pub fn exits(&self, id: NodeId) -> Vec<Exit> {
        let node = &self[id];
        let mut exits = Vec::new();
        let mut add = |on, to: Option<NodeId>| exits.extend(to.map(|to| Exit { on, to }));
        match &node.act {
            Act::Ring(ring) => {
                add(On::Busy, ring.busy);
                add(On::Declined, ring.declined);
                add(On::Else(ring.total), ring.unanswered.or(node.next));
            }
            Act::Forward(forward) => {
                add(On::Busy, forward.busy);
                add(On::Declined, forward.declined);
                add(On::Else(forward.total), forward.unanswered.or(node.next));
            }
            Act::Play(_) | Act::Language(_) => add(On::Then, node.next),
            Act::Ask(ask) => {
                add(On::Key(ask.key), Some(ask.to));
                add(On::Silence(ask.within, 1), node.next);
            }
            Act::Directory { nobody } => add(On::NotFound, nobody.or(node.next)),
            Act::Menu(menu) if self[node.plan].kind == PlanKind::Menu(*menu) => {
                let menu = &self[*menu];
                menu.keys.iter().for_each(|(key, to)| add(On::Key(key), Some(to)));
                let (silence, invalid) = (menu.silence.retry, menu.invalid);
                let rounds = |repeat: u8| u16::from(repeat) + 1;
                add(On::Silence(menu.silence.after, rounds(silence.repeat)), Some(silence.then));
                add(On::WrongKey(rounds(invalid.repeat)), Some(invalid.then));
            }
            Act::Menu(menu) => add(On::Goto, Some(self.entry(self[*menu].plan))),
            Act::Queue(queue) if self[node.plan].kind == PlanKind::Queue(*queue) => {
                let Queue { rules, exits, .. } = &self[*queue];
                add(On::Full(rules.callers_max.unwrap_or(0)), exits.full);
                add(On::Waited(rules.wait_max.unwrap_or_default()), exits.waited);
                add(On::Unstaffed, exits.unstaffed);
                add(On::Closed, exits.closed);
            }
            Act::Queue(queue) => add(On::Goto, Some(self.entry(self[*queue].plan))),
            Act::Goto(to) => add(On::Goto, Some(*to)),
            Act::Voicemail(_) | Act::Reject(_) | Act::Hangup => {}
        }
        if node.guard.is_some() {
            add(On::Otherwise, node.next);
        }
        exits
    }
}
