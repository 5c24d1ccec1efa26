//! Random calls of a site, event by event, and whether each ended where somebody wrote that it may.
//!
//! The engine is driven by itself, without `explain`: whatever is rung answers, declines or is silent as it comes,
//! timers run out in any order, and now and then something happens that nobody waits for. What was written is read
//! from the texts again, by another reader; what was printed is the page of `plan show`.

use std::{collections::BTreeMap, time::Duration};

use callplan::{
    Act, Attest, E164, Fact, GroupId, HoursId, Mood, PersonId, PersonState, PhoneId, QueueId, Refusal, Site,
    Source, Tally, Telling, describe,
    queue::{Exit, StopWhy},
    step::{
        Action, Ask, ByHand, Caller, Cursor, End, Entry, Event, Facts, Steps, Target, TargetId, TimerId,
        Word, World, step,
    },
};
use clock::{Chance, Now};

/// Events of a walk before its caller has enough and hangs up.
const EVENTS_MAX: usize = 120;

/// A site, what was written for it, and what is printed of it.
pub(crate) struct Walker {
    site: Site,
    written: toml::Table,
    /// The lines of every plan's page, by the names of their nodes.
    printed: BTreeMap<String, String>,
    chance: Chance,
}

/// How a step is printed that rings whom layers name.
const LAYERS: &str = "ring the first of";

/// How walks ended.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ends {
    /// At words of the config.
    pub(crate) written: usize,
    /// At what `plan show` prints, and nobody wrote in these words.
    pub(crate) printed: usize,
    /// The caller hung up.
    pub(crate) left: usize,
    /// Events in all.
    pub(crate) events: usize,
}

impl Ends {
    /// All of them.
    pub(crate) const fn walks(self) -> usize {
        self.written + self.printed + self.left
    }
}

/// What a walk came to.
enum Ended {
    Left,
    /// At this node, with the target who answered, if somebody did.
    At(String, End, Option<Target>),
}

impl Walker {
    /// A walker of a site that was loaded from these texts.
    pub(crate) fn new(site: Site, sources: &[Source], seed: u8) -> Self {
        let mut written = toml::Table::new();
        for source in sources {
            let text: toml::Table = source.text.parse().expect("it was loaded");
            for (key, value) in text {
                let known = written.entry(key).or_insert_with(|| toml::Value::Table(toml::Table::new()));
                if let (Some(known), toml::Value::Table(more)) = (known.as_table_mut(), value) {
                    known.extend(more);
                }
            }
        }
        let pages: String =
            (0..site.plans.len()).map(|plan| describe(&site, plan.into()).to_string()).collect();
        let line = |line: &str| {
            let (name, deed) = line.split_once(' ').expect("a name and what it does");
            (name.to_owned(), deed.trim().to_owned())
        };
        let printed = pages.lines().map(line).collect();
        Self { site, written, printed, chance: Chance::from_seed([seed; 32]) }
    }

    /// Walks so often, and sees how each walk ends.
    pub(crate) fn walk(&mut self, walks: usize) -> Ends {
        let mut ends = Ends::default();
        for _ in 0..walks {
            let mut call = Call::new(&self.site, &mut self.chance);
            let ended = call.run(&self.site, &mut self.chance);
            ends.events += call.events.len();
            match ended {
                Ended::Left => ends.left += 1,
                Ended::At(node, end, target) => {
                    let deeds = self.deeds(end, target);
                    let is_printed = deeds.iter().any(|deed| self.is_printed(&node, deed));
                    let is_written = deeds.iter().any(|deed| self.is_written(&node, deed));
                    // A step of a written plan does what stands there in so many words.
                    let is_step = !node.contains(':') && !node.contains('.');
                    assert!(
                        is_printed && (is_written || !is_step),
                        "a call ended at {node} by {end:?}, {target:?}, and nobody wrote so: {:?}\nprinted {:?}",
                        call.events,
                        self.printed.get(&node)
                    );
                    if is_written { ends.written += 1 } else { ends.printed += 1 }
                }
            }
        }
        ends
    }

    /// What a node has to do for a call to end there so; of who answered there are several that may ring them.
    fn deeds(&self, end: End, target: Option<Target>) -> Vec<String> {
        let site = &self.site;
        if let Some(target) = target {
            let person = match target {
                Target::Phone(phone) => site[phone].person,
                Target::Number { by, .. } => by,
                Target::Agent(_) => None,
            };
            let groups = site.groups.iter().filter(|it| person.is_some_and(|one| it.members.contains(&one)));
            let queues = site
                .queues
                .iter()
                .filter(|it| person.is_some_and(|one| it.rules.people().any(|own| own == one)));
            let rotas = site.rotas.iter().filter(|it| person.is_some_and(|one| it.people.contains(&one)));
            let alone = match target {
                Target::Phone(phone) => format!("ring phone:{}", site[phone].name),
                Target::Number { to, .. } => format!("forward {to}"),
                Target::Agent(agent) => format!("agent {}", site[agent].name),
            };
            return person
                .map(|person| format!("ring person:{}", site[person].name))
                .into_iter()
                .chain(groups.map(|group| format!("ring group:{}", group.name)))
                .chain(queues.map(|queue| format!("queue {}", queue.name)))
                .chain(rotas.map(|rota| format!("ring rota:{}", rota.name)))
                .chain([alone, LAYERS.to_owned()])
                .collect();
        }
        let deed = match end {
            End::Voicemail { mailbox, .. } => format!("voicemail {}", site[mailbox].name),
            End::Rejected(Refusal::Busy) => "reject busy".to_owned(),
            End::Rejected(Refusal::Decline) => "reject decline".to_owned(),
            End::Rejected(Refusal::Unallocated) => "reject unallocated".to_owned(),
            End::Rejected(Refusal::NoAnswer) => "reject no-answer".to_owned(),
            End::HungUp => "hangup".to_owned(),
            End::WentHome(queue) => format!("queue {}", site[queue].name),
            End::Left | End::Failed(_) => return Vec::new(),
        };
        vec![deed]
    }

    fn is_printed(&self, node: &str, deed: &str) -> bool {
        let Some(line) = self.printed.get(node) else { return false };
        let does =
            line.rsplit_once(": ").filter(|_| line.starts_with("when ") || line.starts_with("unless "));
        let does = does.map_or(line.as_str(), |(_, does)| does);
        let rest = does.strip_prefix(deed);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([',', ' ', ';']))
    }

    /// Whether the texts have these words where the node says that they stand.
    fn is_written(&self, node: &str, deed: &str) -> bool {
        let Some((plan, step)) = node.split_once('#') else { return false };
        let (mut parts, at) = (step.split('.'), |keys: &[&str]| {
            let first = self.written.get(*keys.first()?)?;
            keys[1..].iter().try_fold(first, |value, key| value.get(key))
        });
        let number = parts.next().and_then(|number| number.parse::<usize>().ok()).unwrap_or(0);
        let (branch, part) = (parts.next(), parts.next());
        let value = match (plan.split_once(':'), branch) {
            (None, branch) => {
                let step = at(&["plans", plan, "steps"]).and_then(|steps| steps.get(number.checked_sub(1)?));
                branch.map_or(step, |branch| step.and_then(|step| step.get(branch)))
            }
            (Some(("group", name)), Some(branch)) => at(&["groups", name, branch]),
            (Some(("queue", name)), Some(branch)) => at(&["queues", name, &format!("when_{branch}")]),
            (Some(("menu", name)), Some(branch)) => match branch.strip_prefix("key-") {
                Some(key) => at(&["menus", name, "keys", key]),
                None => at(&["menus", name, branch, "then"]),
            },
            (Some(_), _) => None,
        };
        let value = if part.is_some() { value.and_then(|value| value.get("then")) } else { value };
        value.is_some_and(|value| says(value, deed))
    }
}

/// Whether a step or a destination says so.
fn says(value: &toml::Value, deed: &str) -> bool {
    let (word, what) = deed.split_once(' ').unwrap_or((deed, ""));
    if let Some(text) = value.as_str() {
        return match word {
            "hangup" => text == "hangup",
            "ring" => text == what,
            "forward" => text.strip_prefix("number:") == Some(what),
            word => text.strip_prefix(word).and_then(|rest| rest.strip_prefix(':')) == Some(what),
        };
    }
    if deed == LAYERS {
        return value.get("layers").or(value.get("sticky")).is_some();
    }
    let Some(said) = value.get(word) else { return false };
    said.as_str().map_or(said.as_bool() == Some(true), |text| text == what)
}

/// A call under way, and the switch around it.
struct Call {
    cursor: Cursor,
    facts: Facts,
    switch: Switch,
    ringing: BTreeMap<TargetId, Target>,
    /// What the line was asked last that the caller waits in.
    asked: Option<Ask>,
    /// What happened, for who has to find out.
    events: Vec<Event>,
}

/// A switch of random people.
struct Switch {
    now: Now,
    seed: u32,
}

impl Switch {
    /// A number below `below` that stays the same for `of` during one call.
    fn drawn(&self, of: u32, below: u32) -> u32 {
        let mixed = (self.seed ^ of.wrapping_mul(0x9e37_79b9)).wrapping_mul(0x85eb_ca6b);
        (mixed >> 16) % below
    }
}

impl World for Switch {
    fn now(&self) -> Now {
        self.now
    }

    fn contacts(&self, phone: PhoneId) -> u8 {
        u8::try_from(self.drawn(phone.0, 3)).expect("below three")
    }

    fn calls_of(&self, person: PersonId) -> u16 {
        u16::try_from(self.drawn(100 + person.0, 3)).expect("below three")
    }

    fn state_of(&self, person: PersonId) -> PersonState {
        let mood = [Mood::Available, Mood::Available, Mood::Away, Mood::DoNotDisturb]
            [self.drawn(200 + person.0, 4) as usize];
        let forward = (self.drawn(300 + person.0, 6) == 0).then(|| "+12025550160".parse().expect("a number"));
        PersonState { mood, forward, ..PersonState::default() }
    }

    fn has_blocked(&self, person: PersonId, _: E164) -> bool {
        self.drawn(400 + person.0, 20) == 0
    }

    fn is_listed(&self, _: callplan::ListId, _: E164) -> bool {
        false
    }

    fn held(&self, hours: HoursId) -> Option<ByHand> {
        let is_open = [None, None, Some(true), Some(false)][self.drawn(500 + hours.0, 4) as usize]?;
        let until = (self.drawn(550 + hours.0, 2) == 0).then_some(self.now.wall);
        Some(ByHand { is_open, until })
    }

    fn pointer(&self, group: GroupId) -> u32 {
        self.drawn(600 + group.0, 7)
    }

    fn tally_of(&self, person: PersonId) -> Tally {
        Tally { calls: self.drawn(700 + person.0, 5), ..Tally::default() }
    }
}

impl Call {
    fn new(site: &Site, chance: &mut Chance) -> Self {
        let mut pick = |len: usize| pick(chance, len);
        let entry = loop {
            let entry = match pick(13) {
                0..=4 if !site.numbers.is_empty() => Entry::Number(pick(site.numbers.len()).into()),
                5..=7 if !site.plans.is_empty() => Entry::Plan(pick(site.plans.len()).into()),
                8 if !site.people.is_empty() => Entry::Person(pick(site.people.len()).into()),
                9 if !site.groups.is_empty() => Entry::Group(pick(site.groups.len()).into()),
                10 if !site.phones.is_empty() => Entry::Phone(pick(site.phones.len()).into()),
                12 if !site.queues.is_empty() => Entry::Queue(pick(site.queues.len()).into()),
                11 if !site.mailboxes.is_empty() => Entry::Mailbox(pick(site.mailboxes.len()).into()),
                _ => continue,
            };
            break entry;
        };
        let listed: Vec<E164> = site.lists.iter().flat_map(|list| list.numbers.iter().copied()).collect();
        let caller = match pick(4) {
            0 => Caller::Withheld,
            1 if !site.phones.is_empty() => Caller::Phone(pick(site.phones.len()).into()),
            2 if !listed.is_empty() => Caller::Number(listed[pick(listed.len())]),
            _ => Caller::Number("+12025550142".parse().expect("a number")),
        };
        let mut facts = Facts::new(caller, entry);
        facts.chance = chance.u64();
        // From 2026 on, any minute of two years.
        let minutes = u64::from(chance.below(2 * 366 * 24 * 60));
        let start = Now { wall: clock::Wall::from_unix_micros(1_767_225_600_000_000), ..Now::default() };
        let now = start.after(Duration::from_secs(60 * minutes));
        let switch = Switch { now, seed: chance.u32() };
        Self {
            cursor: Cursor::new(),
            facts,
            switch,
            ringing: BTreeMap::new(),
            asked: None,
            events: Vec::new(),
        }
    }

    fn run(&mut self, site: &Site, chance: &mut Chance) -> Ended {
        let mut event = Event::Enter;
        let mut steps = Steps::default();
        loop {
            self.events.push(event);
            steps.clear();
            step(site, &mut self.cursor, &self.facts, &self.switch, event, &mut steps);
            for action in &steps.actions {
                if let Action::Start { target, who, .. } = *action {
                    self.ringing.insert(target, who);
                } else if let Action::Line { ask, .. } = *action {
                    self.asked = Some(ask);
                } else if let Action::Bridge { target } = *action {
                    let act = &site[self.cursor.node()].act;
                    assert!(matches!(act, Act::Ring(_) | Act::Forward(_) | Act::Queue(_)));
                    return self.at(site, End::Left, self.ringing.get(&target).copied());
                } else if let Action::End(End::Failed(fault)) = *action {
                    panic!("{fault:?} at {}: {:?}", site.node_name(self.cursor.node()), self.events);
                } else if let Action::End(end) = *action {
                    return if end == End::Left { Ended::Left } else { self.at(site, end, None) };
                }
            }
            assert!(self.events.len() <= EVENTS_MAX + 4, "it never ends: {:?}", self.events);
            assert!(self.cursor.is_waiting(), "nothing is waited for: {:?}", self.events);
            self.switch.now = self.switch.now.after(Duration::from_secs(u64::from(chance.below(20))));
            event = self.happens(site, chance);
        }
    }

    fn at(&self, site: &Site, end: End, target: Option<Target>) -> Ended {
        Ended::At(site.node_name(self.cursor.node()), end, target)
    }

    /// What comes next: mostly something that is waited for.
    fn happens(&mut self, site: &Site, chance: &mut Chance) -> Event {
        let is_late = self.events.len() > EVENTS_MAX;
        if is_late || chance.below(60) == 0 {
            // Whoever left once is gone; what is left is the end of a recording.
            let has_left = self.events.contains(&Event::CallerLeft);
            return if has_left { Event::RecordDone { left: true } } else { Event::CallerLeft };
        }
        if let Some(queue) = self.cursor.line().filter(|_| pick(chance, 2) == 0) {
            return Event::Line(self.word(site, queue, chance));
        }
        let targets: Vec<_> = self.cursor.targets().collect();
        let timers: Vec<_> = self.cursor.timers().collect();
        match pick(chance, 10) {
            0..=4 if !targets.is_empty() => {
                let target = targets[pick(chance, targets.len())];
                let key = ['1', '1', '2', '7'][pick(chance, 4)];
                let pressed = |target: TargetId| Event::KeyOf { target, key };
                let says: [&dyn Fn(TargetId) -> Event; 7] = [
                    &Event::Ringing,
                    &Event::Ringing,
                    &Event::Busy,
                    &Event::Declined,
                    &Event::Unreachable,
                    &Event::Answered,
                    &pressed,
                ];
                says[pick(chance, 7)](target)
            }
            5 | 6 if !timers.is_empty() => Event::TimerFired(timers[pick(chance, timers.len())]),
            7 => Event::Key(['0', '1', '2', '3', '9', '*', '#'][pick(chance, 7)]),
            8 => Event::RecordDone { left: pick(chance, 2) == 0 },
            // What nobody waits for.
            9 if pick(chance, 10) == 0 => {
                let target = TargetId(chance.below(40));
                [Event::Answered(target), Event::Busy(target), Event::TimerFired(TimerId::Turn), Event::Enter]
                    [chance.below(4) as usize]
            }
            _ => {
                let is_fact = timers.contains(&TimerId::Fact);
                if is_fact && pick(chance, 2) == 0 {
                    let somebody = pick(chance, site.people.len() + 1);
                    let person = (somebody < site.people.len()).then(|| PersonId::from(somebody));
                    let last = person.map(|person| (person, self.switch.now.wall));
                    for telling in
                        [Telling::Known(last.is_some()), Telling::Owner(person), Telling::LastAgent(last)]
                    {
                        self.facts.told.tell(telling);
                    }
                    self.facts.told.attested(Attest::ALL[pick(chance, Attest::ALL.len())].1);
                    return [Event::Told(Fact::ContactKnown), Event::Told(Fact::CallerAttest)]
                        [pick(chance, 2)];
                }
                Event::PlayDone
            }
        }
    }
}

impl Call {
    /// What a line says of its caller: what it was asked for, or whatever comes to it.
    fn word(&mut self, site: &Site, queue: QueueId, chance: &mut Chance) -> Word {
        let rules = &site[queue].rules;
        let person = rules.members[pick(chance, rules.members.len())];
        let exits = [
            Some(Exit::Unstaffed),
            rules.callers_max.map(|_| Exit::Full),
            rules.wait_max.map(|_| Exit::Waited),
            site[queue].hours.map(|_| Exit::Closed),
        ];
        let exits: Vec<Exit> = exits.into_iter().flatten().collect();
        let leaves = Word::Leave(exits[pick(chance, exits.len())]);
        match self.asked.take() {
            Some(Ask::Join) if pick(chance, 4) > 0 => return Word::Waits,
            Some(Ask::Join) => return leaves,
            Some(Ask::Answered(agent)) if pick(chance, 4) > 0 => return Word::Join(agent),
            Some(Ask::Answered(agent)) => return Word::Stop(agent, StopWhy::CallerLeft),
            Some(Ask::Key(_) | Ask::Refused(..)) | None => {}
        }
        match pick(chance, 12) {
            0..=6 => Word::Ring(person),
            7 => Word::Stop(person, StopWhy::Timeout),
            8 | 9 => Word::Say { position: 2, wait: None },
            10 => Word::Offer('1'),
            _ => leaves,
        }
    }
}

fn pick(chance: &mut Chance, len: usize) -> usize {
    chance.below(u32::try_from(len).expect("few")) as usize
}
