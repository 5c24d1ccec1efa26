//! A small site whose nodes a test writes itself, and a driver that shows what the engine asks for.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use clock::{Instant, Now, Wall};
use jiff::tz::TimeZone;

use crate::{
    Act, Class, Country, Directory, E164, Emergency, Forward, Group, GroupId, Ha1, Hours, HoursId, Keys,
    Limits, LineExits, List, ListId, Listed, Listen, Lookup, Mailbox, MailboxId, Menu, MenuId, Mood, Node,
    NodeId, Order, Pattern, Person, PersonId, PersonState, Phone, PhoneId, Plan, PlanId, PlanKind, Prompt,
    PromptFile, PromptId, Public, Queue, QueueId, Retry, Ring, Screening, Shipped, Silence, Site, Span,
    StepName, Tables, Tally, Who,
    journal::Journal,
    queue::{CallBack, Rules},
    step::{Action, ByHand, Caller, Cursor, Entry, Event, Facts, Steps, Target, TargetId, World},
};

/// Ana has two phones, dan none.
pub(super) const ANA: PersonId = PersonId(0);
pub(super) const BEN: PersonId = PersonId(1);
pub(super) const CHO: PersonId = PersonId(2);
pub(super) const DAN: PersonId = PersonId(3);
pub(super) const ANA_DESK: PhoneId = PhoneId(0);
pub(super) const BEN_DESK: PhoneId = PhoneId(2);
/// A phone without a person.
pub(super) const LOBBY: PhoneId = PhoneId(4);
/// Each of ana, ben and cho, in one order or another.
pub(super) const ALL: GroupId = GroupId(0);
pub(super) const IN_ORDER: GroupId = GroupId(1);
pub(super) const ROUND_ROBIN: GroupId = GroupId(2);
pub(super) const LONGEST_IDLE: GroupId = GroupId(3);
pub(super) const FEWEST_CALLS: GroupId = GroupId(4);
pub(super) const LEAST_TALK: GroupId = GroupId(5);
pub(super) const RANDOM: GroupId = GroupId(6);
pub(super) const WEIGHTED: GroupId = GroupId(7);
/// Ana, ben and cho again; leaves to node 1 full, 2 waited, 3 unstaffed.
pub(super) const SUPPORT: QueueId = QueueId(0);
pub(super) const MENU: MenuId = MenuId(0);
pub(super) const MAILBOX: MailboxId = MailboxId(0);
pub(super) const GREETING: Prompt = Prompt::File(PromptId(0));
pub(super) const OFFICE: HoursId = HoursId(0);

const PHONES: [(&str, Option<PersonId>); 5] = [
    ("ana-desk", Some(ANA)),
    ("ana-soft", Some(ANA)),
    ("ben-desk", Some(BEN)),
    ("cho-desk", Some(CHO)),
    ("lobby", None),
];

pub(super) fn number(text: &str) -> E164 {
    E164::parse(text).unwrap()
}

pub(super) fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn rules() -> Rules {
    Rules {
        members: vec![ANA, BEN, CHO],
        weights: vec![1, 1, 1],
        order: Order::InOrder,
        each: secs(15),
        rest: secs(30),
        wrap: secs(10),
        widen: Vec::new(),
        callers_max: Some(3),
        wait_max: Some(secs(480)),
        announce_every: Some(secs(45)),
        closes: false,
        call_back: Some(CallBack { offer_after: secs(60), key: '1', tries: 3, again: secs(300) }),
    }
}

pub(super) fn node(act: Act, next: Option<u32>) -> Node {
    Node { plan: PlanId(0), name: StepName::step(1), guard: None, act, next: next.map(NodeId) }
}

/// A ring step of 15 s a turn and 40 s in all that leaves to node 1 busy, 2 declined, 3 unanswered.
pub(super) fn ring(who: Who) -> Node {
    let ring = Ring {
        who,
        each: secs(15),
        total: secs(40),
        screening: Screening::Unsaid,
        busy: Some(NodeId(1)),
        declined: Some(NodeId(2)),
        unanswered: Some(NodeId(3)),
    };
    node(Act::Ring(ring), None)
}

/// A forward step with the same exits.
pub(super) fn forward(to: &str) -> Node {
    let forward = Forward {
        to: number(to),
        total: secs(25),
        screening: Screening::Unsaid,
        busy: Some(NodeId(1)),
        declined: Some(NodeId(2)),
        unanswered: Some(NodeId(3)),
    };
    node(Act::Forward(forward), None)
}

/// The step under test as node 0, and terminals at nodes 1, 2 and 3 that tell the exits apart.
pub(super) fn site_with(first: Node) -> Site {
    use crate::Refusal::{Busy, Decline, NoAnswer};
    let ends = [Busy, Decline, NoAnswer].map(|refusal| node(Act::Reject(refusal), None));
    let mut nodes = vec![first];
    nodes.extend(ends);
    site(nodes)
}

pub(super) fn site(nodes: Vec<Node>) -> Site {
    let text = |text: &str| -> Arc<str> { text.into() };
    let people = ["ana", "ben", "cho", "dan"].iter().enumerate().map(|(at, name)| Person {
        name: text(name),
        label: text(name),
        ext: None,
        mobile: None,
        follow: Default::default(),
        forward: None,
        away: None,
        rings_for: None,
        allow: Vec::new(),
        present: Vec::new(),
        calls_max: 2,
        call_waiting: false,
        records_prompts: false,
        phones: (0..PHONES.len())
            .filter(|p| PHONES[*p].1 == Some(PersonId::from(at)))
            .map(PhoneId::from)
            .collect(),
        mailbox: MAILBOX,
        plan: PlanId(0),
        per_day: None,
        mask: false,
        is_tallied: true,
        pin: None,
        music: None,
        listed: true,
        ringback: None,
    });
    let phones = PHONES.map(|(name, person)| Phone {
        name: text(name),
        person,
        owner: person,
        ext: None,
        session: Default::default(),
        location: None,
        transport: None,
        ha1: Ha1::default(),
        plan: PlanId(0),
    });
    let group = |name, order| Group {
        name: text(name),
        ext: None,
        members: vec![ANA, BEN, CHO],
        weights: vec![1, 1, 5],
        order,
        plan: PlanId(0),
        shown: Default::default(),
        answered_elsewhere: true,
        follow: false,
        ringback: None,
    };
    let mut keys = Keys::default();
    keys.set('1', NodeId(1));
    Site::from(Tables {
        version: 1,
        hash: [0; 32],
        name: text("Test"),
        timezone: TimeZone::UTC,
        country: Country::parse("US").unwrap(),
        domain: text("pbx.example"),
        public: Public::Auto,
        listen: Listen { udp: Vec::new(), tcp: Vec::new(), tls: Vec::new(), rtp: 16384..=32767 },
        stir: Default::default(),
        tls: crate::Tls::default(),
        tests: Vec::new(),
        ring: secs(30),
        trunks: Vec::new(),
        agents: Vec::new(),
        people: people.collect(),
        phones: phones.into(),
        groups: vec![
            group("all", Order::All),
            group("in-order", Order::InOrder),
            group("round-robin", Order::RoundRobin),
            group("longest-idle", Order::LongestIdle),
            group("fewest-calls", Order::FewestCalls),
            group("least-talk", Order::LeastTalk),
            group("random", Order::Random),
            group("weighted", Order::Weighted),
        ],
        queues: vec![Queue {
            name: text("support"),
            ext: None,
            rules: Arc::new(rules()),
            tells_wait: true,
            music: None,
            ringback: None,
            hours: None,
            exits: LineExits {
                full: Some(NodeId(1)),
                waited: Some(NodeId(2)),
                unstaffed: Some(NodeId(3)),
                closed: None,
            },
            plan: PlanId(0),
            shown: Default::default(),
            answered_elsewhere: false,
        }],
        hours: vec![Hours {
            name: text("office"),
            timezone: TimeZone::UTC,
            // Open on the morning of the day the epoch began, a Thursday.
            week: [3].iter().fold(Default::default(), |mut week: [Vec<Span>; 7], day| {
                week[*day] = vec![Span { open: 0, close: 720 }];
                week
            }),
            holidays: Vec::new(),
            almanac: None,
            toggle: None,
            said: None,
        }],
        rotas: Vec::new(),
        remotes: Vec::new(),
        campaigns: Vec::new(),
        tags: vec![text("vip")],
        lists: vec![List { name: text("vip"), numbers: [number("+12025550170")].into() }],
        speech: Default::default(),
        languages: Vec::new(),
        music: Vec::new(),
        music_on_hold: None,
        prompts: vec![PromptFile {
            name: text("welcome"),
            file: text("welcome.wav"),
            says: None,
            bytes: None,
            recorded: None,
            variants: Vec::new(),
        }],
        mailboxes: vec![Mailbox {
            name: text("reception"),
            owner: None,
            ext: None,
            plan: PlanId(0),
            pin: None,
            greeting: Prompt::Shipped(Shipped::LeaveMessage),
            max: secs(120),
            silence: secs(4),
            lamp: Vec::new(),
        }],
        company_phone: None,
        last_mailbox: Some(MAILBOX),
        directory: Some(Directory {
            ask: PromptId(0),
            nobody: PromptId(0),
            nobody_else: PromptId(0),
            more: PromptId(0),
            entries: [ANA, BEN]
                .map(|person| Listed { person, words: vec![text("2"), text("26")], offer: PromptId(0) })
                .into(),
        }),
        menus: vec![Menu {
            name: text("main"),
            greeting: GREETING,
            dial_extension: false,
            keys,
            silence: Silence { after: secs(6), retry: Retry { repeat: 1, then: NodeId(2) } },
            invalid: Retry { repeat: 1, then: NodeId(3) },
            plan: PlanId(0),
        }],
        plans: vec![Plan {
            name: text("plan"),
            kind: PlanKind::Written,
            nodes: vec![NodeId(0)],
            facts: crate::FactSet::default(),
            mask: false,
        }],
        nodes,
        numbers: Vec::new(),
        dial: vec![crate::DialRule {
            name: text("us"),
            to: vec![Pattern::Prefix(1)],
            except: Vec::new(),
            class: crate::ClassId(0),
            trunks: Vec::new(),
        }],
        classes: vec![Class { name: text("internal") }],
        emergency: Emergency::default(),
        caller_id_code: None,
        verified: Vec::new(),
        verified_file: None,
        codes: crate::Codes::default(),
        park: crate::Park::default(),
        probe: None,
        money: None,
        always: Vec::new(),
        limits: Limits {
            calls_max: 100,
            calls_per_person: 4,
            calls_per_minute: 30,
            legs_max: 60,
            stranger_rate: 200,
            stranger_network_rate: 2000,
            silence_max: Duration::from_secs(60),
            facts_budget: Duration::from_millis(400),
            per_day: None,
            max_exposure_per_hour: None,
        },
        queue_names: Lookup::default(),
        by_number: Lookup::default(),
        by_extension: Lookup::default(),
        phone_names: Lookup::default(),
        person_names: Lookup::default(),
        group_names: Lookup::default(),
        trunk_names: Lookup::default(),
        mailbox_names: Lookup::default(),
        plan_names: Lookup::default(),
        agent_names: Lookup::default(),
    })
}

/// A switch on which every phone is registered once and nobody talks, unless a test says otherwise.
#[derive(Clone, Debug)]
pub(super) struct Switch {
    pub(super) now: Now,
    pub(super) contacts: [u8; 5],
    pub(super) calls: [u16; 4],
    pub(super) pointer: u32,
    pub(super) tallies: [Tally; 4],
    pub(super) states: [PersonState; 4],
    pub(super) blocked: Vec<(PersonId, E164)>,
    pub(super) listed: Vec<(ListId, E164)>,
    pub(super) held: Option<ByHand>,
}

impl Switch {
    pub(super) const fn new() -> Self {
        let now = Now { mono: Instant::ZERO, wall: Wall::from_unix_micros(0) };
        Self {
            now,
            contacts: [1; 5],
            calls: [0; 4],
            pointer: 0,
            tallies: [Tally { ended: None, calls: 0, talk: Duration::ZERO }; 4],
            states: [PersonState { mood: Mood::Available, before: Mood::Available, forward: None }; 4],
            blocked: Vec::new(),
            listed: Vec::new(),
            held: None,
        }
    }
}

impl World for Switch {
    fn now(&self) -> Now {
        self.now
    }

    fn contacts(&self, phone: PhoneId) -> u8 {
        self.contacts[phone.index()]
    }

    fn calls_of(&self, person: PersonId) -> u16 {
        self.calls[person.index()]
    }

    fn state_of(&self, person: PersonId) -> PersonState {
        self.states[person.index()]
    }

    fn has_blocked(&self, person: PersonId, number: E164) -> bool {
        self.blocked.contains(&(person, number))
    }

    fn is_listed(&self, list: ListId, number: E164) -> bool {
        self.listed.contains(&(list, number))
    }

    fn held(&self, _: HoursId) -> Option<ByHand> {
        self.held
    }

    fn pointer(&self, _: GroupId) -> u32 {
        self.pointer
    }

    fn tally_of(&self, person: PersonId) -> Tally {
        self.tallies[person.index()]
    }
}

/// A call through plan 0.
pub(super) struct Call {
    pub(super) site: Site,
    pub(super) switch: Switch,
    pub(super) facts: Facts,
    pub(super) cursor: Cursor,
    pub(super) steps: Steps,
    pub(super) journal: Journal,
}

impl Call {
    pub(super) fn new(site: Site) -> Self {
        let facts = Facts::new(Caller::Number(number("+12025550142")), Entry::Plan(PlanId(0)));
        let (cursor, steps, journal) = (Cursor::new(), Steps::default(), Journal::new(Now::default()));
        Self { site, switch: Switch::new(), facts, cursor, steps, journal }
    }

    /// What the engine asks for upon `event`, in short.
    pub(super) fn on(&mut self, event: Event) -> String {
        self.steps.clear();
        let Self { site, switch, facts, cursor, steps, journal } = self;
        journal.step(site, cursor, facts, switch, event, steps);
        let shown = self.steps.actions.iter().map(|action| show(&self.site, action)).collect::<Vec<_>>();
        shown.join(", ")
    }

    /// The same after each of several events, only the last shown.
    pub(super) fn after(&mut self, events: &[Event]) -> String {
        events.iter().map(|event| self.on(*event)).last().unwrap_or_default()
    }
}

/// An action in a few words.
pub(super) fn show(site: &Site, action: &Action) -> String {
    let mut text = String::new();
    match action {
        Action::Start { target: TargetId(target), who: Target::Phone(phone), .. } => {
            write!(text, "start {target} {}", site[*phone].name)
        }
        Action::Start { target: TargetId(target), who: Target::Number { to, .. }, is_screened } => {
            write!(text, "start {target} {to}{}", if *is_screened { " screened" } else { "" })
        }
        Action::Start { target: TargetId(target), who: Target::Agent(agent), .. } => {
            write!(text, "start {target} agent {}", agent.0)
        }
        Action::Screen { target: TargetId(target), .. } => write!(text, "screen {target}"),
        Action::Stop { target: TargetId(target), why } => write!(text, "stop {target} {why:?}"),
        Action::Ask(facts) => {
            write!(text, "ask {}", facts.iter().map(crate::Fact::name).collect::<Vec<_>>().join(" "))
        }
        Action::Timer { timer, after } => write!(text, "timer {timer:?} {}s", after.as_secs()),
        Action::ClearTimer(timer) => write!(text, "clear {timer:?}"),
        Action::Play { prompt: Prompt::File(prompt) } => write!(text, "play {}", site[*prompt].name),
        Action::Play { prompt: Prompt::Shipped(shipped) } => write!(text, "play {shipped:?}"),
        Action::Play { prompt: Prompt::Hours(hours) } => write!(text, "play {}", site[*hours].name),
        Action::Say(sentence) => write!(text, "say {}", sentence.text(site)),
        Action::Tell(notice) => write!(text, "tell {notice:?}"),
        Action::Music(heard) => write!(text, "music {heard:?}"),
        Action::Ringback(ringback) => write!(text, "ringback {}", ringback.word(site)),
        Action::Line { queue, ask } => write!(text, "{}: {ask:?}", site[*queue].name),
        Action::Collect { on } => write!(text, "collect {on}"),
        Action::Record { max, silence, .. } => {
            write!(text, "record {}s {}s", max.as_secs(), silence.as_secs())
        }
        Action::Advance { to, .. } => write!(text, "advance {to}"),
        Action::Bridge { target: TargetId(target) } => write!(text, "bridge {target}"),
        Action::End(end) => write!(text, "end {end:?}"),
        Action::Answer | Action::StopPlay | Action::StopRecord => write!(text, "{action:?}"),
    }
    .unwrap();
    text
}
