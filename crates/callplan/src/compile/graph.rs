//! The graph's nodes, plan by plan.

use super::shorthand::{Around, expand, line};
use crate::{
    draft::{After, Deed, Exits, Jump, Outcomes, Overflow, Ringing, Step, To, Use},
    model::{
        Act, Agent, AgentId, Ask, Branch, FactSet, Forward, Group, GroupId, Guard, LineExits, Mailbox,
        MailboxId, Menu, MenuId, Node, NodeId, Number, NumberId, Person, PersonId, Phone, PhoneId, Plan,
        PlanId, PlanKind, Prompt, Queue, QueueId, Refusal, Screening, Shipped, StepName, Who,
    },
    parse::{Basics, Findings, Names, Place},
};

/// Everything the graph is made of.
pub(crate) struct Drafts<'d, 'a> {
    pub(crate) names: &'d Names<'a>,
    pub(crate) site: &'d Basics<'a>,
    pub(crate) plans: &'d [Vec<Step>],
    pub(crate) numbers: &'d [(Number, Use)],
    pub(crate) menus: &'d [(Menu, Exits)],
    pub(crate) groups: &'d [(Group, Ringing)],
    pub(crate) queues: &'d [(Queue, Overflow)],
    pub(crate) people: &'d [Person],
    pub(crate) phones: &'d [Phone],
    pub(crate) mailboxes: &'d [Mailbox],
    pub(crate) agents: &'d [(Agent, Option<Jump>)],
}

/// Plans and nodes, and where each node was written.
pub(crate) struct Graph {
    pub(crate) plans: Vec<Plan>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) places: Vec<Place>,
    /// The menus with their exits set.
    pub(crate) menus: Vec<Menu>,
    /// The queues with theirs.
    pub(crate) queues: Vec<Queue>,
}

pub(super) struct Compiler<'d, 'a> {
    pub(super) drafts: &'d Drafts<'d, 'a>,
    plans: Vec<Plan>,
    nodes: Vec<Option<Node>>,
    places: Vec<Place>,
    /// Where each group's own `busy` and `else` lead.
    pub(super) overflow: Vec<(Option<NodeId>, Option<NodeId>)>,
    /// Where each agent's own `else` leads.
    pub(super) stands_in: Vec<Option<NodeId>>,
}

/// Names the nodes of one branch, one after another.
pub(super) struct Naming {
    pub(super) plan: PlanId,
    pub(super) step: u16,
    pub(super) branch: Branch,
    part: u8,
}

/// Compiles everything. Numbers that lead nowhere and shorthand that is never reached are findings.
pub(crate) fn compile(drafts: &Drafts<'_, '_>, found: &mut Findings) -> Graph {
    let mut compiler = Compiler {
        drafts,
        plans: Vec::new(),
        nodes: Vec::new(),
        places: Vec::new(),
        overflow: Vec::new(),
        stands_in: Vec::new(),
    };
    compiler.name_plans();
    // Groups and agents first: others lead to their overflow.
    for (index, (group, ringing)) in drafts.groups.iter().enumerate() {
        compiler.group(GroupId::from(index), group, ringing);
    }
    for (index, (agent, otherwise)) in drafts.agents.iter().enumerate() {
        compiler.agent(AgentId::from(index), agent, otherwise.as_ref());
    }
    for (index, steps) in drafts.plans.iter().enumerate() {
        compiler.written(PlanId::from(index), steps, drafts.names.plans.place(index));
    }
    for (index, (_, use_)) in drafts.numbers.iter().enumerate() {
        compiler.number(NumberId::from(index), use_, found);
    }
    let menus = drafts.menus.iter().enumerate();
    let menus = menus.map(|(index, (menu, exits))| compiler.menu(MenuId::from(index), menu, exits)).collect();
    let queues = drafts.queues.iter().enumerate();
    let queues = queues.map(|(index, (queue, overflow))| Queue {
        exits: compiler.queue(QueueId::from(index), queue.plan, overflow),
        ..queue.clone()
    });
    let queues = queues.collect();
    for (index, person) in drafts.people.iter().enumerate() {
        let steps = [ring(Who::Person(PersonId::from(index))), Deed::Voicemail(person.mailbox)];
        compiler.built_in(person.plan, &steps, drafts.names.people.place(index));
    }
    for (index, phone) in drafts.phones.iter().enumerate() {
        let mailbox = phone.person.map(|person| Deed::Voicemail(drafts.people[person.index()].mailbox));
        let steps =
            [ring(Who::Phone(PhoneId::from(index))), mailbox.unwrap_or(Deed::Reject(Refusal::NoAnswer))];
        compiler.built_in(phone.plan, &steps, drafts.names.phones.place(index));
    }
    for (index, mailbox) in drafts.mailboxes.iter().enumerate() {
        let place = drafts.names.mailbox_place(MailboxId::from(index));
        compiler.built_in(mailbox.plan, &[Deed::Voicemail(MailboxId::from(index))], place);
    }
    compiler.finish(menus, queues)
}

const fn ring(who: Who) -> Deed {
    let outcomes = Outcomes { busy: None, declined: None, otherwise: None, overrides: false };
    Deed::Ring { who, lasts: None, screening: Screening::Unsaid, outcomes }
}

impl Compiler<'_, '_> {
    /// Names every plan and keeps a node free for its entry.
    fn name_plans(&mut self) {
        let names = self.drafts.names;
        let mut name = |text: String, kind, place| {
            let facts = FactSet::default();
            self.plans.push(Plan { name: text.into(), kind, nodes: Vec::new(), facts, mask: false });
            self.nodes.push(None);
            self.places.push(place);
        };
        for entry in &names.plans.entries {
            name(entry.key.to_owned(), PlanKind::Written, entry.place);
        }
        for (index, entry) in names.numbers.entries.iter().enumerate() {
            name(format!("number:{}", entry.key), PlanKind::Number(NumberId::from(index)), entry.place);
        }
        for (index, entry) in names.menus.entries.iter().enumerate() {
            name(format!("menu:{}", entry.key), PlanKind::Menu(MenuId::from(index)), entry.place);
        }
        for (index, entry) in names.groups.entries.iter().enumerate() {
            name(format!("group:{}", entry.key), PlanKind::Group(GroupId::from(index)), entry.place);
        }
        for (index, entry) in names.queues.entries.iter().enumerate() {
            name(format!("queue:{}", entry.key), PlanKind::Queue(QueueId::from(index)), entry.place);
        }
        for (index, entry) in names.people.entries.iter().enumerate() {
            name(format!("person:{}", entry.key), PlanKind::Person(PersonId::from(index)), entry.place);
        }
        for (index, entry) in names.phones.entries.iter().enumerate() {
            name(format!("phone:{}", entry.key), PlanKind::Phone(PhoneId::from(index)), entry.place);
        }
        for (index, mailbox) in self.drafts.mailboxes.iter().enumerate() {
            let id = MailboxId::from(index);
            name(format!("voicemail:{}", mailbox.name), PlanKind::Mailbox(id), names.mailbox_place(id));
        }
        for (index, entry) in names.agents.entries.iter().enumerate() {
            name(format!("agent:{}", entry.key), PlanKind::Agent(AgentId::from(index)), entry.place);
        }
    }

    fn group(&mut self, id: GroupId, group: &Group, ringing: &Ringing) {
        let place = self.drafts.names.groups.place(id.index());
        let busy = ringing.outcomes.busy.as_ref();
        let busy = busy.map(|jump| self.jump(&mut Naming::new(group.plan, 1, Branch::Busy), jump));
        let otherwise = ringing.outcomes.otherwise.as_ref();
        let otherwise = otherwise.map(|jump| self.jump(&mut Naming::new(group.plan, 1, Branch::Else), jump));
        self.overflow.push((busy, otherwise));
        let last = self.last_resort();
        let steps =
            if otherwise.is_some() { vec![ring(Who::Group(id))] } else { vec![ring(Who::Group(id)), last] };
        self.built_in(group.plan, &steps, place);
    }

    /// An agent, and who stands in for it; else where calls end that nobody answers.
    fn agent(&mut self, id: AgentId, agent: &Agent, otherwise: Option<&Jump>) {
        let place = self.drafts.names.agents.place(id.index());
        let otherwise = otherwise.map(|jump| self.jump(&mut Naming::new(agent.plan, 1, Branch::Else), jump));
        self.stands_in.push(otherwise);
        let calls = ring(Who::Agent(id));
        let steps = if otherwise.is_some() { vec![calls] } else { vec![calls, self.last_resort()] };
        self.built_in(agent.plan, &steps, place);
    }

    /// The line, and where those go who leave it; who finds nobody signed in goes where calls end that nobody answers.
    fn queue(&mut self, id: QueueId, plan: PlanId, overflow: &Overflow) -> LineExits {
        let place = self.drafts.names.queues.place(id.index());
        self.built_in(plan, &[Deed::Queue(id)], place);
        let mut exit =
            |branch, jump: Option<&Jump>| jump.map(|jump| self.jump(&mut Naming::new(plan, 1, branch), jump));
        let full = exit(Branch::Full, overflow.full.as_ref());
        let waited = exit(Branch::Waited, overflow.waited.as_ref());
        let unstaffed = exit(Branch::Unstaffed, overflow.unstaffed.as_ref());
        let closed = exit(Branch::Closed, overflow.closed.as_ref());
        let unstaffed = unstaffed.unwrap_or_else(|| {
            let naming = &mut Naming::new(plan, 1, Branch::Unstaffed);
            let last = self.last_resort();
            let act = self.act(naming, &last);
            self.ending(naming, place, act)
        });
        LineExits { full, waited, unstaffed: Some(unstaffed), closed }
    }

    /// Where a call ends that nobody answered and that was told nothing else.
    fn last_resort(&self) -> Deed {
        self.drafts.site.mailbox.map_or(Deed::Reject(Refusal::NoAnswer), Deed::Voicemail)
    }

    fn written(&mut self, plan: PlanId, steps: &[Step], place: Place) {
        let steps: Vec<_> = steps.iter().map(|step| (&step.deed, step.guard.as_ref(), step.place)).collect();
        self.sequence(plan, &steps, place);
    }

    fn built_in(&mut self, plan: PlanId, deeds: &[Deed], place: Place) {
        let steps: Vec<_> = deeds.iter().map(|deed| (deed, None, place)).collect();
        self.sequence(plan, &steps, place);
    }

    fn number(&mut self, id: NumberId, use_: &Use, found: &mut Findings) {
        let drafts = self.drafts;
        let plan = drafts.names.plan_of_number(id);
        let place = drafts.names.numbers.place(id.index());
        let deeds = match use_ {
            Use::Plan(to) => vec![Deed::Goto(Jump { place, to: To::Plan(*to) })],
            Use::Shorthand(short) => {
                let around = Around {
                    site: drafts.site,
                    people: drafts.people,
                    groups: drafts.groups,
                    agents: drafts.agents,
                };
                expand(short, place, &around, found)
            }
            Use::Inbound(rules) => line(rules),
            Use::Broken => Vec::new(),
        };
        self.built_in(plan, &deeds, place);
    }

    fn menu(&mut self, id: MenuId, menu: &Menu, exits: &Exits) -> Menu {
        let place = self.drafts.names.menus.place(id.index());
        self.built_in(menu.plan, &[Deed::Menu(id)], place);
        let mut menu = menu.clone();
        for (key, jump) in &exits.keys {
            let node = self.jump(&mut Naming::new(menu.plan, 1, Branch::Key(*key)), jump);
            menu.keys.set(*key, node);
        }
        // Without an exit the menu was a finding; its own entry stands in.
        let mut exit = |branch, jump: Option<&Jump>| match jump {
            Some(jump) => self.jump(&mut Naming::new(menu.plan, 1, branch), jump),
            None => self.ending(&mut Naming::new(menu.plan, 1, branch), place, Act::Hangup),
        };
        menu.silence.retry.then = exit(Branch::Silence, exits.silence.as_ref());
        menu.invalid.then = exit(Branch::Invalid, exits.invalid.as_ref());
        menu
    }

    /// Steps one after another: each falls to the next.
    fn sequence(&mut self, plan: PlanId, steps: &[(&Deed, Option<&Guard>, Place)], place: Place) {
        let ids: Vec<_> = steps.iter().enumerate().map(|(at, _)| self.slot(plan, at)).collect();
        for (at, (deed, guard, place)) in steps.iter().enumerate() {
            let step = u16::try_from(at + 1).expect("a plan's steps are bounded");
            let (act, next) = self.step(plan, step, deed, guard.is_some(), ids.get(at + 1).copied(), *place);
            let node = Node { plan, name: StepName::step(step), guard: guard.cloned(), act, next };
            self.set(ids[at], node, deed.place().unwrap_or(*place));
        }
        if steps.is_empty() {
            // A plan without steps was a finding.
            let slot = self.slot(plan, 0);
            let node = Node { plan, name: StepName::step(1), guard: None, act: Act::Hangup, next: None };
            self.set(slot, node, place);
        }
    }

    /// What a step does and where it falls. A message with a `then` of its own falls there; under a guard
    /// it becomes a node aside, because a call that does not take the step falls to the next one.
    fn step(
        &mut self,
        plan: PlanId,
        step: u16,
        deed: &Deed,
        is_guarded: bool,
        next: Option<NodeId>,
        place: Place,
    ) -> (Act, Option<NodeId>) {
        let (Deed::Play { then: Some(then), .. } | Deed::Language { then: Some(then), .. }) = deed else {
            return (self.act(&mut Naming::new(plan, step, Branch::None), deed), next);
        };
        let mut naming = Naming::new(plan, step, Branch::Then);
        let act = self.act(&mut naming, deed);
        if !is_guarded {
            return (act, Some(self.jump(&mut naming, then)));
        }
        let name = naming.next();
        let then = self.jump(&mut naming, then);
        let aside = Node { plan, name, guard: None, act, next: Some(then) };
        (Act::Goto(self.push(aside, place)), next)
    }

    /// What a deed does, with the nodes of its outcomes made.
    fn act(&mut self, naming: &mut Naming, deed: &Deed) -> Act {
        match deed {
            Deed::Ring { who, lasts, screening, outcomes } => {
                self.ring(naming, *who, *lasts, *screening, outcomes)
            }
            Deed::Forward { to, lasts, screening, outcomes, .. } => Act::Forward(Forward {
                to: *to,
                total: lasts.unwrap_or(self.drafts.site.ring),
                screening: *screening,
                busy: self.outcome(naming, Branch::Busy, outcomes.busy.as_ref()),
                declined: self.outcome(naming, Branch::Declined, outcomes.declined.as_ref()),
                unanswered: self.outcome(naming, Branch::Else, outcomes.otherwise.as_ref()),
            }),
            Deed::Play { prompt, .. } => Act::Play(*prompt),
            Deed::Ask { prompt, key, within, to } => Act::Ask(Ask {
                prompt: *prompt,
                key: *key,
                within: *within,
                to: self.outcome_in(naming, Branch::Key(*key), to),
            }),
            Deed::Directory { nobody } => {
                Act::Directory { nobody: self.outcome(naming, Branch::Else, nobody.as_ref()) }
            }
            Deed::Language { language, .. } => Act::Language(*language),
            Deed::Menu(menu) => Act::Menu(*menu),
            Deed::Queue(queue) => Act::Queue(*queue),
            Deed::Voicemail(mailbox) => Act::Voicemail(*mailbox),
            Deed::Reject(refusal) => Act::Reject(*refusal),
            Deed::Hangup => Act::Hangup,
            Deed::Goto(jump) => Act::Goto(self.jump(naming, jump)),
            Deed::Broken(After::Nothing) => Act::Hangup,
            // What could not be read stands in as a step that neither rings nor ends.
            Deed::Broken(After::Next | After::Unknown) => Act::Play(Prompt::Shipped(Shipped::Beep)),
        }
    }

    /// The node a jump leads to, made if it is a step of its own.
    pub(super) fn jump(&mut self, naming: &mut Naming, jump: &Jump) -> NodeId {
        let deed = match &jump.to {
            To::Plan(plan) => return NodeId(plan.0),
            To::Deed(deed) => deed,
        };
        let name = naming.next();
        let act = self.act(naming, deed);
        let next = match &**deed {
            Deed::Play { then: Some(then), .. } | Deed::Language { then: Some(then), .. } => {
                Some(self.jump(naming, then))
            }
            Deed::Ask { .. }
            | Deed::Directory { nobody: None }
            | Deed::Ring { outcomes: Outcomes { otherwise: None, .. }, .. }
            | Deed::Forward { outcomes: Outcomes { otherwise: None, .. }, .. } => {
                let last = self.last_resort();
                let last = self.act(naming, &last);
                Some(self.ending(naming, jump.place, last))
            }
            Deed::Ring { .. }
            | Deed::Forward { .. }
            | Deed::Directory { .. }
            | Deed::Play { then: None, .. }
            | Deed::Language { then: None, .. }
            | Deed::Menu(_)
            | Deed::Queue(_)
            | Deed::Voicemail(_)
            | Deed::Reject(_)
            | Deed::Hangup
            | Deed::Goto(_)
            | Deed::Broken(_) => None,
        };
        let node = Node { plan: naming.plan, name, guard: None, act, next };
        self.push(node, deed.place().unwrap_or(jump.place))
    }

    fn ending(&mut self, naming: &mut Naming, place: Place, act: Act) -> NodeId {
        let node = Node { plan: naming.plan, name: naming.next(), guard: None, act, next: None };
        self.push(node, place)
    }

    /// The node of a plan's step: its entry for the first, a new one for the others.
    fn slot(&mut self, plan: PlanId, at: usize) -> NodeId {
        if at == 0 {
            return NodeId(plan.0);
        }
        self.nodes.push(None);
        self.places.push(self.places[plan.index()]);
        NodeId::from(self.nodes.len() - 1)
    }

    fn push(&mut self, node: Node, place: Place) -> NodeId {
        self.nodes.push(None);
        self.places.push(place);
        let id = NodeId::from(self.nodes.len() - 1);
        self.set(id, node, place);
        id
    }

    fn set(&mut self, id: NodeId, node: Node, place: Place) {
        self.plans[node.plan.index()].nodes.push(id);
        self.places[id.index()] = place;
        self.nodes[id.index()] = Some(node);
    }

    fn finish(mut self, menus: Vec<Menu>, queues: Vec<Queue>) -> Graph {
        let nodes: Vec<Node> = self
            .nodes
            .into_iter()
            .map(|node| node.expect("every slot belongs to a step that was compiled"))
            .collect();
        for plan in &mut self.plans {
            plan.nodes.sort_by_key(|id| nodes[id.index()].name);
        }
        Graph { plans: self.plans, nodes, places: self.places, menus, queues }
    }
}

impl Naming {
    pub(super) const fn new(plan: PlanId, step: u16, branch: Branch) -> Self {
        Self { plan, step, branch, part: 0 }
    }

    /// The next name of the branch.
    fn next(&mut self) -> StepName {
        let name = StepName { step: self.step, branch: self.branch, part: self.part };
        self.part = self.part.saturating_add(1);
        name
    }
}
