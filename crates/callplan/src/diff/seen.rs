//! What the parties of a call see, by the names that the config has, so that two sites can be compared.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use crate::{
    Act, Prompt, Refusal, Screen, Site,
    explain::{Explanation, RingEnd, Seen, shipped},
    parse::show,
    proof::ended,
    step::{End, ReasonKind, Target},
    ways::choice::who,
};

/// Something that somebody sees.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    pub(super) at: Duration,
    pub(super) what: String,
    /// What a prompt sounds like: its name may stay while its file is another.
    sound: Option<usize>,
}

/// Which prompt sounds as which, in both sites.
#[derive(Debug, Default)]
pub(super) struct Sounds(BTreeMap<Arc<[u8]>, usize>);

/// A site, and what its prompts sound like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hearing<'s> {
    pub(super) site: &'s Site,
    pub(super) sounds: &'s Sounds,
}

impl Sounds {
    pub(super) fn of(sites: [&Site; 2]) -> Self {
        let mut sounds = BTreeMap::new();
        for bytes in sites.iter().flat_map(|site| site.prompts.iter().filter_map(|it| it.bytes.clone())) {
            let count = sounds.len();
            sounds.entry(bytes).or_insert(count);
        }
        Self(sounds)
    }
}

impl Hearing<'_> {
    /// Everything in order, and whose turn comes next.
    pub(super) fn marks(&self, course: &Explanation) -> Vec<Mark> {
        let site = self.site;
        let asked = |kind| if let ReasonKind::Screened { screen, .. } = kind { Some(screen) } else { None };
        let mut screens = course.decisions.iter().filter_map(|reason| asked(reason.kind));
        let seen = course.timeline.iter().map(|event| {
            let mut sound = None;
            let what = match event.what {
                Seen::RangStart(who) => format!("{} rings", self.target(who)),
                Seen::RangStop(who, end) => self.stops(who, end),
                Seen::Screened(who) => {
                    let screen = screens.next();
                    sound = screen.and_then(|screen| self.sound(screen.say));
                    let how = screen.map_or_else(String::new, |screen| {
                        let Screen { say, accept, decline, within } = screen;
                        let say = self.prompt(say);
                        format!(" by {say}: {accept} takes it, {decline} declines it, {}", show(within))
                    });
                    format!("{} picks up and is asked{how}", self.target(who))
                }
                Seen::Answered => "the caller is answered".to_owned(),
                Seen::Played(prompt) => {
                    sound = self.sound(prompt);
                    format!("the caller hears {}", self.prompt(prompt))
                }
                Seen::Said(sentence) => {
                    sound = sentence.phrases().first().and_then(|first| self.sound(Prompt::File(*first)));
                    format!("the caller hears \"{}\"", sentence.text(site))
                }
                Seen::Ringback(ringback) => {
                    format!("the caller hears {} while somebody rings", ringback.word(site))
                }
                Seen::Recording(mailbox) => format!("a message is recorded for {}", site[mailbox].name),
                Seen::Recorded { mailbox, left: true } => {
                    format!("a message is left for {}", site[mailbox].name)
                }
                Seen::Recorded { mailbox, left: false } => {
                    format!("no message is left for {}", site[mailbox].name)
                }
                Seen::Bridged(who) => format!("the caller talks to {}", self.target(who)),
                Seen::Ended(end) => format!("the call ends: {}", self.end(end)),
            };
            Mark { at: event.at, what, sound }
        });
        let turns = course.turns.iter().map(|(group, to)| {
            let group = &site[*group];
            let next = usize::try_from(*to).ok().and_then(|to| group.members.get(to));
            let next = next.map_or("nobody", |next| &site[*next].name);
            let what = format!("the next call for group:{} begins with {next}", group.name);
            Mark { at: course.lasts, what, sound: None }
        });
        seen.chain(turns).collect()
    }

    fn stops(&self, who: Target, end: RingEnd) -> String {
        match end {
            RingEnd::Said(outcome) => format!("{} says {outcome:?}", self.target(who)),
            RingEnd::Stopped(why) => format!("{} rings no more ({why:?})", self.target(who)),
        }
    }

    fn end(&self, end: End) -> String {
        match end {
            End::Voicemail { mailbox, left } => {
                format!("voicemail:{}{}", self.site[mailbox].name, if left { "" } else { ", no message" })
            }
            End::WentHome(queue) => format!("queue:{}, to be called back", self.site[queue].name),
            End::Rejected(refusal) => format!("reject {}", refused(refusal)),
            End::HungUp => "hang up".to_owned(),
            End::Left => "the caller leaves".to_owned(),
            End::Failed(fault) => format!("{fault:?}"),
        }
    }

    /// A phone and whose it is, or a number and by which trunks it is called.
    fn target(&self, who: Target) -> String {
        match who {
            Target::Phone(phone) => match self.site[phone].person {
                Some(person) => format!("{} ({})", self.site[person].name, self.site[phone].name),
                None => self.site[phone].name.to_string(),
            },
            Target::Agent(agent) => {
                let agent = &self.site[agent];
                format!("agent:{} at {}", agent.name, agent.target)
            }
            Target::Number { to, rule, by } => {
                let trunks = self.site[rule].trunks.iter().map(|trunk| &*self.site[*trunk].name);
                let by = by.map_or_else(String::new, |by| format!(" for {}", self.site[by].name));
                format!("{to} over {}{by}", trunks.collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn prompt(&self, prompt: Prompt) -> String {
        match prompt {
            Prompt::File(file) => self.site[file].name.to_string(),
            Prompt::Shipped(own) => shipped(own).to_owned(),
            Prompt::Hours(hours) => format!("hours:{}", self.site[hours].name),
        }
    }

    fn sound(&self, prompt: Prompt) -> Option<usize> {
        let Prompt::File(file) = prompt else { return None };
        self.sounds.0.get(self.site[file].bytes.as_ref()?).copied()
    }

    /// The steps that a call takes, in the words of the config, and how it ends.
    pub(super) fn steps(&self, course: &Explanation) -> Vec<String> {
        let site = self.site;
        let taken = course.visited.iter().filter(|visit| visit.taken);
        let mut steps: Vec<String> = taken.filter_map(|visit| self.step(&site[visit.node].act)).collect();
        let end = match &*ended(site, course) {
            // What is played stands before it already.
            "announcement" | "hangup" => "hang up".to_owned(),
            end => end.to_owned(),
        };
        if steps.last().is_none_or(|last| *last != end) {
            steps.push(
                if end.starts_with("person:") || end.starts_with("phone:") || end.starts_with("number:") {
                    format!("{end} answers")
                } else {
                    end
                },
            );
        }
        steps
    }

    fn step(&self, act: &Act) -> Option<String> {
        let site = self.site;
        Some(match act {
            Act::Ring(ring) => format!("{} {}", who(site, ring.who), show(ring.total)),
            Act::Forward(forward) => format!("number:{} {}", forward.to, show(forward.total)),
            Act::Play(Prompt::File(file)) => format!("\"{}\"", site[*file].name),
            Act::Play(Prompt::Shipped(own)) => shipped(*own).to_owned(),
            Act::Play(Prompt::Hours(hours)) => format!("say hours:{}", site[*hours].name),
            Act::Ask(ask) => format!("ask {}", ask.key),
            Act::Directory { .. } => "directory".to_owned(),
            Act::Menu(menu) => format!("menu:{}", site[*menu].name),
            Act::Queue(queue) => format!("queue:{}", site[*queue].name),
            Act::Voicemail(mailbox) => format!("voicemail:{}", site[*mailbox].name),
            Act::Reject(refusal) => format!("reject:{}", refused(*refusal)),
            // How it ends says so.
            Act::Hangup | Act::Goto(_) | Act::Language(_) => return None,
        })
    }
}

const fn refused(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Busy => "busy",
        Refusal::Decline => "decline",
        Refusal::Unallocated => "unallocated",
        Refusal::NoAnswer => "no-answer",
    }
}

/// From where on two calls differ; `None` if nobody sees a difference.
pub(super) fn parts(was: &[Mark], now: &[Mark]) -> Option<usize> {
    let same = was.iter().zip(now).take_while(|(was, now)| was == now).count();
    (same < was.len().max(now.len())).then_some(same)
}

impl Mark {
    /// What happens, and when.
    pub(super) fn words(&self) -> String {
        format!("{} after {} s", self.what, self.at.as_secs_f64())
    }
}
