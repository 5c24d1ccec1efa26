//! Two sites that decide the same call, event by event, until somebody sees a difference.

use std::{collections::BTreeMap, fmt, time::Duration};

use clock::Instant;

use crate::{
    InLine, Prompt, QueueId, Site,
    explain::Finish,
    journal::{Course, Heard, Recalled, Recorded},
    parse::show,
    proof::end_of,
    step::{Action, Cursor, Event, Steps, Target, TimerId, step},
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
        if let Some(timer) = runs_out_otherwise(&clocks, was.event, was.now.mono) {
            let (was_so, now) = (format!("{:?}", was.event), format!("{timer:?} is up"));
            return Some(First { at: at(was.now.mono), was: was_so, now });
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
            seen[side] = acts.into_iter().map(|action| told(sites[side], action)).collect();
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
            seen[side].get(place).cloned().unwrap_or_else(|| "nothing more".to_owned())
        };
        if let Some(differs) = differs {
            let (was_so, now) = (spot(differs, 0), spot(differs, 1));
            return Some(First { at: at(was.now.mono), was: was_so, now });
        }
        if let Some(now) = otherwise {
            let was_so = seen[0].last().cloned().unwrap_or_else(|| "nothing".to_owned());
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
fn runs_out_otherwise([old, new]: &[Due; 2], event: Event, now: Instant) -> Option<TimerId> {
    if let Event::TimerFired(timer) = event {
        return (old.get(&timer) != new.get(&timer)).then_some(timer);
    }
    let is_up =
        |(timer, at): (&TimerId, &Instant)| (*at < now && old.get(timer) != Some(at)).then_some(*timer);
    new.iter().find_map(is_up)
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

/// What is done, by the names that the config has.
fn told(site: &Site, action: Action) -> String {
    match action {
        Action::Start { who, is_screened, .. } => {
            let asked = if is_screened { ", to be asked" } else { "" };
            format!("{} is rung{asked}", target(site, who))
        }
        Action::Screen { screen, .. } => {
            let (say, within) = (prompt(site, screen.say), show(screen.within));
            format!("whoever picked up is asked: {say}, {} or {}, {within}", screen.accept, screen.decline)
        }
        Action::Stop { why, .. } => format!("a phone is stopped ({why:?})"),
        Action::Timer { timer, after } => format!("{timer:?} for {}", show(after)),
        Action::ClearTimer(timer) => format!("{timer:?} no longer"),
        Action::Ask(facts) => {
            format!("asks {}", facts.iter().map(crate::Fact::name).collect::<Vec<_>>().join(", "))
        }
        Action::Answer => "the caller is answered".to_owned(),
        Action::Play { prompt: heard } => format!("the caller hears {}", prompt(site, heard)),
        Action::Tell(notice) => format!("the caller is told {notice:?}"),
        Action::Say(sentence) => {
            let phrases = sentence.phrases().iter().map(|phrase| prompt(site, Prompt::File(*phrase)));
            format!("the caller hears {}", phrases.collect::<Vec<_>>().join(" "))
        }
        Action::Music(InLine::Prompt(it)) => format!("in the line: {}", prompt(site, it)),
        Action::Music(InLine::Music(music)) => format!("in the line: music:{}", site[music].name),
        Action::Music(InLine::Tone) => "in the line: the ringing tone".to_owned(),
        Action::Ringback(ringback) => format!("while it rings: {}", ringback.word(site)),
        Action::Line { queue, ask } => {
            let ask = match ask {
                crate::step::Ask::Join => "joins".to_owned(),
                crate::step::Ask::Key(key) => format!("presses {key}"),
                crate::step::Ask::Answered(person) => format!("{} picks up", site[person].name),
                crate::step::Ask::Refused(person, why) => format!("{}: {why:?}", site[person].name),
            };
            format!("queue:{}: {ask}", site[queue].name)
        }
        Action::StopPlay => "silence".to_owned(),
        Action::Collect { on } => format!("keys are {}", if on { "heard" } else { "not heard" }),
        Action::Record { mailbox, max, silence } => {
            format!("voicemail:{} records, {} and {}", site[mailbox].name, show(max), show(silence))
        }
        Action::StopRecord => "the recording ends".to_owned(),
        Action::Advance { group, to } => {
            let members = &site[group].members;
            let next = usize::try_from(to).ok().and_then(|to| members.get(to));
            let next = next.map_or("nobody", |next| &site[*next].name);
            format!("the next call of group:{} begins with {next}", site[group].name)
        }
        Action::Bridge { .. } => "they talk".to_owned(),
        Action::End(end) => end_of(site, Finish::Ended(end)),
    }
}

fn target(site: &Site, who: Target) -> String {
    match who {
        Target::Phone(phone) => site[phone].name.to_string(),
        Target::Number { to, rule, by } => {
            let trunks: Vec<_> = site[rule].trunks.iter().map(|trunk| &*site[*trunk].name).collect();
            let by = by.map_or_else(String::new, |by| format!(" for {}", site[by].name));
            format!("{to} by {}{by}", trunks.join(", "))
        }
        Target::Agent(agent) => format!("agent:{} at {}", site[agent].name, site[agent].target),
    }
}

/// A prompt by its name, and by what it sounds like.
fn prompt(site: &Site, prompt: Prompt) -> String {
    match prompt {
        Prompt::File(file) => {
            let bytes = site[file].bytes.as_deref().unwrap_or_default();
            let sum = bytes.iter().fold(bytes.len() as u64, |sum, byte| {
                (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
            format!("{} [{sum:x}]", site[file].name)
        }
        Prompt::Shipped(shipped) => format!("{shipped:?}"),
        Prompt::Hours(hours) => format!("hours:{}", site[hours].name),
    }
}
