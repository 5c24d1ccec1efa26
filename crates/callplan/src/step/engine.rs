//! From event to node to the next wait: the loop that every state shares.

use std::{mem, time::Duration};

use super::{
    Action, Caller, Cursor, End, Entry, Event, Facts, Fault, HOPS_MAX, NODES_PER_CALL_MAX, Outcome, Reason,
    ReasonKind, Steps, StopWhy, Stray, TargetId, TimerId, World, cursor::State, cursor::Timers, guard::Gate,
};
use crate::{Act, LanguageId, NodeId, NumberId, Prompt, Ringback, SetBy, Site, Who};

/// One step under way: what it reads and where it writes.
pub(super) struct Engine<'a> {
    pub(super) site: &'a Site,
    pub(super) cursor: &'a mut Cursor,
    pub(super) facts: &'a Facts,
    pub(super) world: &'a dyn World,
    pub(super) out: &'a mut Steps,
}

/// What a state makes of an event.
pub(super) enum Flow {
    /// The cursor waits, in the state it was given.
    Wait,
    /// The call leaves the node for another.
    Go(NodeId),
    /// The call leaves the node for where it falls.
    Fall,
    /// Caller and target are joined.
    Bridge(TargetId),
    /// The call ends.
    End(End),
}

impl Engine<'_> {
    /// Takes one event and leaves the cursor waiting or over.
    pub(super) fn handle(mut self, event: Event) {
        let state = mem::replace(&mut self.cursor.state, State::Over);
        let mut flow = self.react(state, event);
        let mut hops = 0;
        loop {
            let node = match flow {
                Flow::Wait => return,
                Flow::Bridge(target) => return self.bridge(target),
                Flow::End(end) => return self.end(end),
                Flow::Go(node) => Some(node),
                Flow::Fall => self.site[self.cursor.node].next,
            };
            flow = match node {
                Some(_) if hops == HOPS_MAX => Flow::End(End::Failed(Fault::Loop)),
                Some(node) => self.enter(node),
                None => Flow::End(End::Failed(Fault::DeadEnd)),
            };
            hops += 1;
        }
    }

    fn react(&mut self, state: State, event: Event) -> Flow {
        match state {
            State::New => return self.arrive(event),
            State::Over => return self.ignore(State::Over, Stray::AfterEnd),
            // A fact that nobody waits for is simply known from now on.
            state if matches!(event, Event::Told(_)) && !matches!(state, State::Wondering) => {
                return self.wait(state);
            }
            State::Wondering
            | State::Ringing(_)
            | State::Playing
            | State::Hoping(_)
            | State::Looking(_)
            | State::Asking(_)
            | State::Waiting(_)
            | State::Message(_) => {}
        }
        if self.cursor.version != self.site.version {
            self.stop_all(&state, StopWhy::Fault);
            return Flow::End(End::Failed(Fault::Version));
        }
        if let Event::TimerFired(timer) = event {
            if !self.cursor.timers.runs(timer) {
                return self.ignore(state, Stray::Timer);
            }
            self.cursor.timers.set(timer, false);
            self.because(ReasonKind::TimeUp(timer));
        }
        if event == Event::CallerLeft && !matches!(state, State::Message(_)) {
            self.stop_all(&state, StopWhy::CallerLeft);
            return Flow::End(End::Left);
        }
        match state {
            State::Wondering => self.wondering(event),
            State::Ringing(ringing) => self.ringing(ringing, event),
            State::Hoping(hoping) => self.hoping(hoping, event),
            State::Looking(looking) => self.looking(looking, event),
            State::Asking(asking) => self.asking(asking, event),
            State::Waiting(waiting) => self.waiting(waiting, event),
            State::Message(message) => self.message(message, event),
            State::Playing if event == Event::PlayDone => Flow::Fall,
            state @ (State::Playing | State::New | State::Over) => self.ignore(state, Stray::of(event)),
        }
    }

    fn arrive(&mut self, event: Event) -> Flow {
        match event {
            Event::Enter => {
                self.cursor.version = self.site.version;
                self.cursor.asked = self.world.now().mono;
                let plan = self.facts.entry.plan(self.site);
                self.ask_for(self.site[plan].facts);
                Flow::Go(self.site.entry(plan))
            }
            Event::CallerLeft => Flow::End(End::Left),
            Event::Ringing(_)
            | Event::Answered(_)
            | Event::Busy(_)
            | Event::Declined(_)
            | Event::Unreachable(_)
            | Event::SentOn { .. }
            | Event::KeyOf { .. }
            | Event::Key(_)
            | Event::PlayDone
            | Event::RecordDone { .. }
            | Event::Told(_)
            | Event::Line(_)
            | Event::TimerFired(_) => self.ignore(State::New, Stray::of(event)),
        }
    }

    /// Comes to a node.
    fn enter(&mut self, node: NodeId) -> Flow {
        self.clear_timers();
        if self.cursor.nodes == NODES_PER_CALL_MAX {
            return Flow::End(End::Failed(Fault::TooLong));
        }
        self.cursor.nodes += 1;
        self.cursor.node = node;
        self.cursor.entered = self.world.now().mono;
        self.begin(node)
    }

    /// Begins the node that the call is at, or passes it if its guard does not hold.
    pub(super) fn begin(&mut self, node: NodeId) -> Flow {
        let site = self.site;
        let before = self.out.reasons.len();
        match site[node].guard.as_ref().map_or(Gate::Open, |guard| self.gate(guard)) {
            Gate::Open => {}
            Gate::Shut => {
                self.because(ReasonKind::Passed);
                return Flow::Fall;
            }
            Gate::Untold => return self.wonder(),
        }
        if let Some(Who::First(layers)) = site[node].act.ring().map(|ring| ring.who)
            && self.wonders_about(layers)
        {
            // All of it is asked again once more is known.
            self.out.reasons.truncate(before);
            return self.wonder();
        }
        if site[node].act.is_spoken() && self.wonders_which_language() {
            self.out.reasons.truncate(before);
            return self.wonder();
        }
        self.because(ReasonKind::Began);
        if site[node].act.is_service() {
            self.lets_hear(Ringback::Tone);
        }
        match &site[node].act {
            Act::Ring(ring) => self.ring(ring),
            Act::Forward(forward) => self.forward(forward),
            Act::Play(prompt) => {
                self.answer();
                self.play(*prompt);
                self.wait(State::Playing)
            }
            Act::Ask(ask) => self.offer_key(*ask),
            Act::Directory { .. } => self.look_up(),
            Act::Language(language) => {
                self.cursor.language = Some(*language);
                Flow::Fall
            }
            Act::Menu(menu) => self.ask(*menu),
            Act::Queue(queue) => self.line_up_in(*queue),
            Act::Voicemail(mailbox) => self.voicemail(*mailbox),
            Act::Reject(refusal) => Flow::End(End::Rejected(*refusal)),
            Act::Hangup => Flow::End(End::HungUp),
            Act::Goto(node) => Flow::Go(*node),
        }
    }

    fn bridge(&mut self, target: TargetId) {
        self.clear_timers();
        self.act(Action::Bridge { target });
    }

    fn end(&mut self, end: End) {
        self.clear_timers();
        self.because(ReasonKind::Ended(end));
        self.act(Action::End(end));
    }

    /// Leaves by the exit that the step has for `outcome`: its own, else the one for unanswered, else
    /// where it falls.
    pub(super) fn leave(&mut self, outcome: Outcome, exits: [Option<NodeId>; 3]) -> Flow {
        self.because(ReasonKind::Over(outcome));
        let [busy, declined, unanswered] = exits;
        let own = match outcome {
            Outcome::Busy => busy,
            Outcome::Declined => declined,
            Outcome::NoAnswer | Outcome::Unreachable | Outcome::Answered => None,
        };
        own.or(unanswered).map_or(Flow::Fall, Flow::Go)
    }

    /// Stays as it is: the event means nothing here.
    pub(super) fn ignore(&mut self, state: State, stray: Stray) -> Flow {
        self.because(ReasonKind::Ignored(stray));
        self.wait(state)
    }

    /// Waits in `state`.
    pub(super) fn wait(&mut self, state: State) -> Flow {
        self.cursor.state = state;
        Flow::Wait
    }

    /// Answers the caller, the first time.
    pub(super) fn answer(&mut self) {
        if !mem::replace(&mut self.cursor.answered, true) {
            self.act(Action::Answer);
        }
    }

    pub(super) fn play(&mut self, prompt: Prompt) {
        let language = self.speaks();
        self.act(match prompt {
            Prompt::File(_) | Prompt::Shipped(_) => {
                Action::Play { prompt: self.site.in_language(prompt, language) }
            }
            Prompt::Hours(hours) => {
                let held = self.world.held(hours);
                let sentence = self.site[hours].sentence(self.world.now().wall, held);
                Action::Say(self.site.said_in(sentence, language))
            }
        });
    }

    /// Whether it may still be told what the caller is spoken to in, and nobody has chosen.
    fn wonders_which_language(&self) -> bool {
        self.site.languages.len() > 1
            && self.cursor.language.is_none()
            && matches!(self.facts.caller, Caller::Number(_))
            && self.facts.told.language().is_none()
            && !self.is_too_late()
    }

    /// What the caller is spoken to in, which is told where there is a choice.
    pub(super) fn speaks(&mut self) -> LanguageId {
        let number = self.called().and_then(|number| self.site[number].language);
        let contact = self.facts.told.language().flatten();
        let said = [(self.cursor.language, SetBy::Step), (contact, SetBy::Contact), (number, SetBy::Number)];
        let said = said.into_iter().find_map(|(language, by)| Some((language?, by)));
        let (language, by) = said.unwrap_or((LanguageId(0), SetBy::Site));
        if self.site.languages.len() > 1 && self.cursor.spoken.replace(language) != Some(language) {
            self.because(ReasonKind::Speaks { language, by });
        }
        language
    }

    /// What the caller hears from now on while somebody rings.
    pub(super) fn lets_hear(&mut self, ringback: Ringback) {
        if mem::replace(&mut self.cursor.ringback, ringback) != ringback {
            self.act(Action::Ringback(ringback));
        }
    }

    /// The number of ours that was called, if one was.
    pub(super) const fn called(&self) -> Option<NumberId> {
        match self.facts.entry {
            Entry::Number(number) => Some(number),
            Entry::Person(_)
            | Entry::Phone(_)
            | Entry::CallBack(_)
            | Entry::Group(_)
            | Entry::Queue(_)
            | Entry::Mailbox(_)
            | Entry::Plan(_) => None,
        }
    }

    pub(super) fn arm(&mut self, timer: TimerId, after: Duration) {
        self.cursor.timers.set(timer, true);
        self.act(Action::Timer { timer, after });
    }

    pub(super) fn disarm(&mut self, timer: TimerId) {
        if self.cursor.timers.runs(timer) {
            self.cursor.timers.set(timer, false);
            self.act(Action::ClearTimer(timer));
        }
    }

    fn clear_timers(&mut self) {
        if self.cursor.timers != Timers::default() {
            TimerId::ALL.into_iter().for_each(|timer| self.disarm(timer));
        }
    }

    fn stop_all(&mut self, state: &State, why: StopWhy) {
        match state {
            State::Ringing(ringing) => self.stop_live(ringing, why),
            State::Waiting(waiting) => self.stop_rung(waiting, why),
            State::New
            | State::Wondering
            | State::Playing
            | State::Hoping(_)
            | State::Looking(_)
            | State::Asking(_)
            | State::Message(_)
            | State::Over => {}
        }
    }

    pub(super) fn act(&mut self, action: Action) {
        self.out.actions.push(action);
    }

    pub(super) fn because(&mut self, kind: ReasonKind) {
        self.out.reasons.push(Reason { node: self.cursor.node, kind });
    }
}
