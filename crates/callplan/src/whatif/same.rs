//! Two sites that decide the same call, event by event, until somebody sees a difference.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use clock::Instant;

use super::words;
use crate::{
    InLine, Prompt, QueueId, Site,
    journal::{Course, Heard, Recalled, Recorded},
    parse::show,
    step::{Action, Cursor, Event, Steps, TimerId, step},
};

/// The first thing that somebody sees otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct First {
    /// When, counted from the beginning of the plan.
    pub at: Duration,
    /// What was so.
    pub was: String,
    /// What would have been.
    pub now: String,
}

/// Where two sites part.
pub(super) struct Parts {
    pub(super) course: usize,
    pub(super) first: First,
}

impl fmt::Display for First {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "after {}: was {}, now {}", show(self.at), self.was, self.now)
    }
}

/// Where the sites part; `None` if they never do.
pub(super) fn parts(sites: [&Site; 2], recorded: [&Recorded; 2]) -> Option<Parts> {
    let [old, new] = [recorded[0].site(sites[0]), recorded[1].site(sites[1])];
    let courses = recorded[0].courses.iter().zip(&recorded[1].courses).enumerate();
    courses.into_iter().find_map(|(number, (was, is))| {
        let first = course([&old, &new], [was, is])?;
        Some(Parts { course: number, first })
    })
}

fn course(sites: [&Site; 2], courses: [&Course; 2]) -> Option<First> {
    let mut cursors = [Cursor::new(), Cursor::new()];
    let mut worlds = [Recalled::default(), Recalled::default()];
    let mut clocks = [Due::new(), Due::new()];
    let began = courses[0].moments.first()?.now.mono;
    let at = |mono: Instant| mono.since(began);
    for (place, was) in courses[0].moments.iter().enumerate() {
        // What the new site has nobody for is where they part at the latest.
        let Some(is) = courses[1].moments.get(place) else {
            let now = "somebody is not there any more".to_owned();
            return Some(First { at: at(was.now.mono), was: "it went on".to_owned(), now });
        };
        if let Some(now) = runs_out_otherwise(&clocks, was.event, was.now.mono) {
            return Some(First { at: at(was.now.mono), was: words::event(was.event), now });
        }
        let mut seen = [Vec::new(), Vec::new()];
        let mut otherwise = None;
        for (side, moment) in [was, is].into_iter().enumerate() {
            let (mut facts, mut steps) = (courses[side].facts, Steps::default());
            facts.told = moment.told;
            worlds[side].comes_to(moment);
            step(sites[side], &mut cursors[side], &facts, &worlds[side], moment.event, &mut steps);
            otherwise = worlds[side].take_unasked().first().map(|heard| unknown(sites[side], *heard));
            let (timers, acts): (Vec<Action>, Vec<Action>) =
                steps.actions.iter().copied().partition(|it| is_timer(*it));
            if let Event::TimerFired(timer) = moment.event {
                clocks[side].remove(&timer);
            }
            timers.into_iter().for_each(|timer| arm(&mut clocks[side], timer, moment.now.mono));
            seen[side] = acts.into_iter().map(|action| Sensed::of(sites[side], action)).collect();
            if side == 1 {
                let queue = steps.actions.iter().find_map(|action| queue_of(*action));
                if let Some(queue) = queue.filter(|queue| is_served_otherwise(sites, *queue)) {
                    otherwise = Some(format!("queue:{} is served otherwise", sites[1][queue].name));
                }
            }
        }
        let differs = seen[0].iter().zip(&seen[1]).position(|(was, is)| was != is);
        let differs =
            differs.or_else(|| (seen[0].len() != seen[1].len()).then(|| seen[0].len().min(seen[1].len())));
        let spot = |place: usize, side: usize| {
            seen[side].get(place).map_or_else(|| "nothing more".to_owned(), |sensed| sensed.words.clone())
        };
        if let Some(differs) = differs {
            let (was_so, mut now) = (spot(differs, 0), spot(differs, 1));
            if now == was_so {
                now += ", which sounds otherwise";
            }
            return Some(First { at: at(was.now.mono), was: was_so, now });
        }
        if let Some(now) = otherwise {
            let was_so = seen[0].last().map_or_else(|| "nothing".to_owned(), |sensed| sensed.words.clone());
            return Some(First { at: at(was.now.mono), was: was_so, now });
        }
    }
    None
}

/// What is asked that nobody had asked then.
fn unknown(site: &Site, heard: Heard) -> String {
    let who = match heard {
        Heard::Contacts(phone, _) => format!("phone:{}", site[phone].name),
        Heard::Calls(person, _)
        | Heard::State(person, _)
        | Heard::Blocked(person, ..)
        | Heard::Tally(person, _) => format!("person:{}", site[person].name),
        Heard::Listed(list, ..) => format!("list:{}", site[list].name),
        Heard::Held(hours, _) => format!("hours:{}", site[hours].name),
        Heard::Pointer(group, _) => format!("group:{}", site[group].name),
    };
    format!("{who} is asked for, and nobody knows how it stood there")
}

/// When timers are up.
type Due = BTreeMap<TimerId, Instant>;

const fn is_timer(action: Action) -> bool {
    matches!(action, Action::Timer { .. } | Action::ClearTimer(_))
}

fn arm(due: &mut Due, action: Action, now: Instant) {
    if let Action::Timer { timer, after } = action {
        due.insert(timer, now + after);
    } else if let Action::ClearTimer(timer) = action {
        due.remove(&timer);
    }
}

/// A timer of the new site that is up before what happens next, or is not up where that of the old one is.
fn runs_out_otherwise([old, new]: &[Due; 2], event: Event, now: Instant) -> Option<String> {
    let differs = |timer: &TimerId| old.get(timer) != new.get(timer);
    if let Event::TimerFired(timer) = event {
        return differs(&timer).then(|| match new.get(&timer) {
            Some(at) if *at > now => format!("{} lasts longer", words::timer(timer)),
            Some(_) => format!("{} was up before", words::timer(timer)),
            None => format!("nothing waits for {}", words::timer(timer)),
        });
    }
    let is_up = |(timer, at): (&TimerId, &Instant)| {
        (*at < now && differs(timer)).then(|| format!("{} was up before", words::timer(*timer)))
    };
    new.iter().find_map(is_up)
}

/// What somebody hears or sees of what is done.
#[derive(Clone, Debug, PartialEq)]
struct Sensed {
    words: String,
    /// What a file sounds like.
    sounds: Vec<Option<Arc<[u8]>>>,
}

impl Sensed {
    fn of(site: &Site, action: Action) -> Self {
        let sound = |prompt: Prompt| match prompt {
            Prompt::File(file) => site[file].bytes.clone(),
            Prompt::Shipped(_) | Prompt::Hours(_) => None,
        };
        let sounds = if let Action::Say(sentence) = action {
            sentence.phrases().iter().map(|phrase| sound(Prompt::File(*phrase))).collect()
        } else if let Action::Play { prompt } | Action::Music(InLine::Prompt(prompt)) = action {
            vec![sound(prompt)]
        } else if let Action::Screen { screen, .. } = action {
            vec![sound(screen.say)]
        } else {
            Vec::new()
        };
        Self { words: words::action(site, action), sounds }
    }
}

const fn queue_of(action: Action) -> Option<QueueId> {
    if let Action::Line { queue, .. } = action { Some(queue) } else { None }
}

/// Whether a queue of the new site serves its callers by other rules, or other people, than before.
fn is_served_otherwise([old, new]: [&Site; 2], queue: QueueId) -> bool {
    let Some(before) = old.queue(&new[queue].name) else { return true };
    let people = |site: &Site, queue: QueueId| -> Vec<_> {
        site[queue].rules.people().map(|person| site[person].name.clone()).collect()
    };
    let ways = |site: &Site, queue: QueueId| {
        let mut rules = (*site[queue].rules).clone();
        rules.members.clear();
        rules.widen.iter_mut().for_each(|widen| widen.with.clear());
        rules
    };
    people(old, before) != people(new, queue) || ways(old, before) != ways(new, queue)
}
