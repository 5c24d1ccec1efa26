//! The driver: a clock that jumps from event to event, and parties that behave as assumed.

mod deeds;
mod hearing;
mod waiting;

use std::{mem, time::Duration};

use clock::{Instant, Now};

use super::{
    Cost, Explanation, Finish, Line, Question, RingEnd, Rung, Seen, TimelineEvent, Visit,
    assumed::{Assumed, Due},
    cost,
    line::{Line as Row, WAIT_MAX},
    print,
    question::Press,
    words,
};
use crate::{
    Atom, Fact, GroupId, MESSAGE_MIN, MailboxId, NodeId, Notice, QueueId, Site, StepName, Telling,
    journal::Journal,
    model::{Branch, PlanKind},
    queue,
    step::{Action, Cursor, Event, Facts, Outcome, Reason, ReasonKind, Steps, TargetId},
};

/// A call under way on paper.
pub(super) struct Drive<'a> {
    site: &'a Site,
    question: &'a Question,
    cursor: Cursor,
    facts: Facts,
    /// Time since the call arrived.
    now: Duration,
    due: Due<Event>,
    /// Targets that ring, by their place in `rung`.
    ringing: Vec<(TargetId, usize)>,
    rung: Vec<Rung>,
    /// Their targets.
    started: Vec<TargetId>,
    /// Keys the caller presses when asked, or none, those still to come.
    keys: Vec<Option<char>>,
    collecting: bool,
    /// For whom, and since when.
    recording: Option<(MailboxId, Duration)>,
    visited: Vec<Visit>,
    asked: Vec<String>,
    lines: Vec<Line>,
    decisions: Vec<Reason>,
    timeline: Vec<TimelineEvent>,
    turns: Vec<(GroupId, u32)>,
    rounds: Vec<(QueueId, u32)>,
    told: Vec<(Duration, Notice)>,
    rows: Vec<Row>,
    /// In whose line the caller is or was last.
    line: Option<QueueId>,
    end: Option<Finish>,
    /// What the plan was told, as the switch would keep it.
    journal: Journal,
}

impl<'a> Drive<'a> {
    pub(super) fn new(site: &'a Site, question: &'a Question) -> Self {
        let mut due = Due::default();
        due.plan(Duration::ZERO, Event::Enter);
        let mut keys = Vec::new();
        for press in &question.press {
            match *press {
                Press::Asked(key) => keys.push(Some(key)),
                Press::Nothing => keys.push(None),
                Press::At(at, key) => due.plan(at, Event::Key(key)),
            }
        }
        keys.reverse();
        if let Some(at) = question.leaves {
            due.plan(at, Event::CallerLeft);
        }
        question.line.iter().for_each(|(at, word)| due.plan(*at, Event::Line(*word)));
        let mut facts = Facts::new(question.caller, question.entry);
        facts.told.attested(question.attest);
        facts.chance = question.chance;
        Self {
            site,
            question,
            cursor: Cursor::new(),
            facts,
            now: Duration::ZERO,
            due,
            ringing: Vec::new(),
            rung: Vec::new(),
            started: Vec::new(),
            keys,
            collecting: false,
            recording: None,
            visited: Vec::new(),
            asked: Vec::new(),
            lines: Vec::new(),
            decisions: Vec::new(),
            timeline: Vec::new(),
            turns: Vec::new(),
            rounds: Vec::new(),
            told: Vec::new(),
            rows: Vec::new(),
            line: None,
            end: None,
            journal: Journal::new(Now { mono: Instant::ZERO, wall: question.at }),
        }
    }

    /// Lets everything happen that is due. It ends because the engine ends every call.
    pub(super) fn run(mut self) -> (Explanation, Journal) {
        let mut steps = Steps::default();
        while !self.cursor.is_over() {
            if self.row_is_next() {
                if self.is_endless() {
                    break;
                }
                continue;
            }
            let Some((at, event)) = self.due.next() else { break };
            self.now = at;
            let Some(event) = self.happen(event) else { continue };
            let before = self.cursor.line();
            steps.clear();
            let Self { site, question, cursor, facts, journal, turns, .. } = &mut self;
            let world = Assumed { site, question, turns, now: at };
            journal.step(site, cursor, facts, &world, event, &mut steps);
            for reason in &steps.reasons {
                self.tell(*reason);
            }
            for action in &steps.actions {
                self.carry_out(*action);
            }
            if let Some(queue) = before.filter(|_| self.cursor.line() != before) {
                self.row_of(queue, queue::Event::Leaves);
            }
        }
        let journal = mem::replace(&mut self.journal, Journal::new(Now::default()));
        (self.conclude(), journal)
    }

    const fn world(&self) -> Assumed<'_> {
        Assumed { site: self.site, question: self.question, turns: self.turns.as_slice(), now: self.now }
    }

    /// What an event is by the time it is due; `None` if nobody notices it.
    fn happen(&mut self, event: Event) -> Option<Event> {
        match event {
            Event::Key('#') if self.recording.is_some() => {
                // Whoever presses # waits for the goodbye, so hanging up after the last word is off.
                self.due.forget(|event| event == Event::CallerLeft);
                if let Some(at) = self.question.leaves {
                    self.due.plan(at.max(self.now), Event::CallerLeft);
                }
                return Some(self.recorded());
            }
            Event::Key(_) if !self.collecting => return None,
            Event::RecordDone { .. } => return Some(self.recorded()),
            // All that is known of a contact comes with one answer; of two that say the same the later counts.
            Event::Told(_) => {
                if self.tells(Fact::ContactLanguage) {
                    self.facts.told.tell(Telling::Language(None));
                }
                self.question.told.iter().for_each(|telling| self.facts.told.tell(*telling));
            }
            Event::Busy(target) => self.silence(target, RingEnd::Said(Outcome::Busy)),
            Event::Declined(target) => self.silence(target, RingEnd::Said(Outcome::Declined)),
            Event::Unreachable(target) | Event::SentOn { target, .. } => {
                self.silence(target, RingEnd::Said(Outcome::Unreachable))
            }
            Event::Enter
            | Event::Ringing(_)
            | Event::Answered(_)
            | Event::KeyOf { .. }
            | Event::Key(_)
            | Event::PlayDone
            | Event::Line(_)
            | Event::TimerFired(_)
            | Event::CallerLeft => {}
        }
        Some(event)
    }

    fn recorded(&mut self) -> Event {
        let began = self.recording.take();
        let left = began.is_some_and(|(_, since)| self.now - since >= MESSAGE_MIN);
        if let Some((mailbox, _)) = began {
            self.see(Seen::Recorded { mailbox, left });
        }
        self.due.forget(|event| matches!(event, Event::RecordDone { .. }));
        Event::RecordDone { left }
    }

    fn carry_out(&mut self, action: Action) {
        match action {
            Action::Start { target, who, .. } => self.start(target, who),
            Action::Screen { target, screen } => self.screen(target, screen),
            Action::Stop { target, why } => {
                self.due.forget(|event| event.target() == Some(target));
                self.silence(target, RingEnd::Stopped(why));
            }
            Action::Timer { timer, after } => self.arm(timer, after),
            Action::ClearTimer(timer) => self.due.forget(|event| event == Event::TimerFired(timer)),
            Action::Ask(facts) => {
                let told = facts.iter().find(|fact| self.tells(*fact));
                told.into_iter().for_each(|fact| self.due.plan(self.now, Event::Told(fact)));
            }
            Action::Answer => self.see(Seen::Answered),
            Action::Play { prompt } => self.play(prompt),
            Action::Say(sentence) => self.say_all(sentence),
            Action::Tell(notice) => self.notice(notice),
            Action::Music(heard) => self.music(heard),
            Action::Ringback(ringback) => self.ringback(ringback),
            Action::Line { queue, ask } => self.ask_row(queue, ask),
            Action::StopPlay => self.due.forget(|event| event == Event::PlayDone),
            Action::Collect { on } => self.collecting = on,
            Action::Record { mailbox, max, .. } => self.record(mailbox, max),
            Action::StopRecord => self.due.plan(self.now, Event::RecordDone { left: true }),
            Action::Advance { group, to } => {
                let members = &self.site[group].members;
                let person = usize::try_from(to).ok().and_then(|at| members.get(at));
                let name = person.map_or("", |person| &*self.site[*person].name);
                self.turns.push((group, to));
                self.say(format!("the next call begins with {name}"));
            }
            Action::Bridge { target } => self.bridge(target),
            Action::End(end) => {
                self.see(Seen::Ended(end));
                self.end = Some(Finish::Ended(end));
            }
        }
    }

    /// Whether anything is said of a fact: most callers are no contacts, and the answer that says so comes at once.
    fn tells(&self, fact: Fact) -> bool {
        self.question.tells(fact) || fact == Fact::ContactLanguage && self.site.languages.len() > 1
    }

    fn see(&mut self, what: Seen) {
        self.timeline.push(TimelineEvent { at: self.now, what });
    }

    fn say(&mut self, text: String) {
        self.lines.push(self.line(self.cursor.node(), text));
    }

    /// Until when and why a schedule that was asked is held, where the switch has it so.
    fn held(&self, atom: Atom) -> String {
        let Atom::Open(hours) = atom else { return String::new() };
        let now = self.question.at + self.now;
        let hold = self.question.hold_of(hours, now);
        hold.map_or_else(String::new, |hold| hold.words(&self.site[hours]))
    }

    /// Puts a decision into words.
    fn tell(&mut self, reason: Reason) {
        self.decisions.push(reason);
        match reason.kind {
            ReasonKind::Asked { atom, answer } => {
                self.asked.push(words::asked(self.site, atom, answer) + &self.held(atom));
            }
            ReasonKind::Passed => self.begin(reason.node, false),
            ReasonKind::Began => self.begin(reason.node, true),
            kind @ (ReasonKind::Turn { .. }
            | ReasonKind::Rang { .. }
            | ReasonKind::NotRung { .. }
            | ReasonKind::NoRoute
            | ReasonKind::OnDuty { .. }
            | ReasonKind::Layer { .. }
            | ReasonKind::Rings(_)
            | ReasonKind::Screened { .. }
            | ReasonKind::Heard { .. }
            | ReasonKind::SentOn { .. }
            | ReasonKind::NotSentOn { .. }
            | ReasonKind::TimeUp(_)
            | ReasonKind::Over(_)
            | ReasonKind::Pressed { .. }
            | ReasonKind::Dials(_)
            | ReasonKind::Spelled(_)
            | ReasonKind::Speaks { .. }
            | ReasonKind::Dialled { .. }
            | ReasonKind::SkippedGreeting
            | ReasonKind::Recorded { .. }
            | ReasonKind::Waits(_)
            | ReasonKind::Told(_)
            | ReasonKind::Taken { .. }
            | ReasonKind::LeftLine { .. }
            | ReasonKind::Ignored(_)
            | ReasonKind::Ended(_)) => {
                let text = words::told(self.site, kind, |target| self.rung_name(target));
                self.lines.extend(text.map(|text| self.line(reason.node, text)));
            }
        }
    }

    /// A node is come to, and taken or passed.
    fn begin(&mut self, node: NodeId, taken: bool) {
        self.visited.push(Visit { at: self.now, node, taken });
        let (what, details) = words::act(self.site, &self.site[node].act);
        let asked = mem::take(&mut self.asked).join(", ");
        if self.site[node].guard.is_none() {
            let line = self.line(node, details);
            self.lines.push(Line { what: Some(what.to_owned()), ..line });
        } else {
            let line = self.line(node, asked);
            self.lines.push(Line { what: Some(format!("{what}?")), taken: Some(taken), ..line });
            if taken && !details.is_empty() {
                self.lines.push(self.line(node, details));
            }
        }
        if taken && let Some(drawn) = words::drawn(self.site, &self.site[node].act, self.question.chance) {
            self.lines.push(self.line(node, drawn));
        }
    }

    const fn line(&self, node: NodeId, text: String) -> Line {
        Line { at: self.now, node, what: None, taken: None, text }
    }

    /// Who a target is, by name.
    fn rung_name(&self, target: TargetId) -> String {
        let at = self.started.iter().position(|started| *started == target);
        at.and_then(|at| self.rung.get(at))
            .map_or_else(String::new, |rung| words::target(self.site, rung.who))
    }

    fn conclude(mut self) -> Explanation {
        let (site, lasts) = (self.site, self.now);
        for (_, at) in mem::take(&mut self.ringing) {
            self.rung[at].until = lasts;
        }
        let nodes: Vec<_> = self.visited.iter().map(|visit| visit.node).collect();
        let not_asked = self.not_asked(&nodes);
        let footing = print::footing(site, self.end, lasts, &not_asked, &nodes);
        let mut explanation = Explanation {
            names: self.lines.iter().map(|line| site.node_name(line.node)).collect(),
            heading: print::heading(site, self.question),
            footing,
            lines: self.lines,
            decisions: self.decisions,
            visited: self.visited,
            timeline: self.timeline,
            turns: self.turns,
            rounds: self.rounds,
            told: self.told,
            line: self.line,
            rung: self.rung,
            not_asked,
            end: self.end,
            lasts,
            cost: None,
        };
        explanation.cost = cost::of(site, self.question, &explanation);
        // Behind the line that says how it ends, if anything has a price or would need one.
        let cost = explanation.cost.as_ref().filter(|cost| !cost.legs.is_empty()).map(Cost::to_string);
        explanation.footing.splice(1..1, cost);
        explanation
    }

    /// Steps of the plans gone through that the call never came to.
    fn not_asked(&self, visited: &[NodeId]) -> Vec<NodeId> {
        let mut plans: Vec<_> = visited.iter().map(|node| self.site[*node].plan).collect();
        plans.dedup();
        let nodes = plans.iter().flat_map(|plan| &self.site[*plan].nodes).copied();
        let is_step = |node: &NodeId| {
            let StepName { branch, part, .. } = self.site[*node].name;
            // What leaves a queue stands in its plan, whose one step the call came to elsewhere.
            let is_line = matches!(self.site[self.site[*node].plan].kind, PlanKind::Queue(_));
            branch == Branch::None && part == 0 && !is_line
        };
        let mut missed: Vec<_> = nodes.filter(is_step).filter(|node| !visited.contains(node)).collect();
        missed.dedup();
        missed
    }
}
