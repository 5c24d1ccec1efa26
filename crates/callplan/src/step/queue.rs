//! The queue step: a caller in a line, told and offered by the machine of that line ([`queue`](crate::queue)), which
//! outlives every call. What the line says of people comes here and becomes phones; what phones say goes back.
//!
//! ```text
//!   Join ──> (line) ── Waits ──> music ── Ring(ana) ──> Start ana's phones ── Answered ──> (line) ── Join(ana) ──> Bridge
//!              │                   ^ PlayDone │ Tell          └── Refused ──> (line)
//!              └── Leave(exit) ────────────────────────────────────────────────────────────> the queue's exit
//! ```

use std::time::Duration;

use super::{
    Action, Caller, End, Event, NotRung, Outcome, ReasonKind, StopWhy, Stray, TargetId, World,
    branch::Branch,
    cursor::State,
    engine::{Engine, Flow},
    ring::Ringing,
};
use crate::{
    InLine, Mood, Notice, PersonId, QueueId, Site,
    queue::{Exit, Refusal, StopWhy as Why},
    resolve::{self, Resolution},
};

/// What a call asks of the line that its caller waits in, or is about to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ask {
    /// Takes the caller in, or says where else they go.
    Join,
    /// The caller pressed a key.
    Key(char),
    /// Somebody who was rung picked up; joined once the line says so.
    Answered(PersonId),
    /// Somebody who was to be rung won't answer.
    Refused(PersonId, Refusal),
}

/// What the line says of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Word {
    /// They are in the line.
    Waits,
    /// Somebody is rung for them.
    Ring(PersonId),
    /// Somebody is rung for them no longer.
    Stop(PersonId, Why),
    /// They talk to who picked up; out of the line.
    Join(PersonId),
    /// They leave the line.
    Leave(Exit),
    /// They are told where they stand.
    Say {
        /// How many are served before them, and themselves.
        position: u16,
        /// How long it may take, as far as that can be told.
        wait: Option<Duration>,
    },
    /// They may go home and be called back.
    Offer(char),
    /// They go home and keep their place.
    Home,
}

/// A caller in a line.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    queue: QueueId,
    /// Phones of agents that are rung, or that answered and are to be joined.
    tries: Vec<Try>,
    /// Said that the caller keeps the place; hung up on once it was heard.
    goes_home: bool,
}

/// One phone of an agent.
#[derive(Clone, Copy, Debug)]
struct Try {
    agent: PersonId,
    target: TargetId,
    state: Branch,
}

impl Waiting {
    pub(super) const fn queue(&self) -> QueueId {
        self.queue
    }

    /// Targets that ring, or that answered and are about to be joined.
    pub(super) fn targets(&self) -> impl Iterator<Item = TargetId> {
        self.tries.iter().filter(|it| it.is_up()).map(|it| it.target)
    }
}

/// Whether a person who serves a queue could be rung now, for whomever: registered, not in another call, and willing.
pub fn may_serve(site: &Site, world: &dyn World, person: PersonId) -> bool {
    let state = world.state_of(person);
    let entry = &site[person];
    let calls_max = if entry.call_waiting { entry.calls_max } else { 1 };
    state.mood == Mood::Available
        && state.forward.is_none()
        && !entry.is_always_elsewhere()
        && world.calls_of(person) < calls_max
        && entry.phones.iter().any(|phone| world.contacts(*phone) > 0)
}

/// Whether a person would be rung for this caller: it is not themselves, and nobody whom they have blocked.
pub fn may_serve_whom(site: &Site, world: &dyn World, person: PersonId, caller: Caller) -> bool {
    match caller {
        Caller::Phone(phone) => site[phone].person != Some(person),
        Caller::Number(number) => !world.has_blocked(person, number),
        Caller::Withheld => true,
    }
}

/// Whether a person could call this caller back: as if they dialled the number themselves.
pub fn may_call_back(site: &Site, person: PersonId, caller: Caller) -> bool {
    let (Caller::Number(number), Some(phone)) = (caller, site[person].phones.first()) else { return false };
    match resolve::resolve(site, *phone, &number.to_string()) {
        Resolution::Inside(_) | Resolution::Outside { .. } | Resolution::Short { .. } => true,
        Resolution::Emergency(_)
        | Resolution::Feature(..)
        | Resolution::Slot(_)
        | Resolution::Toggle(_)
        | Resolution::Refused(_) => false,
    }
}

/// Whether a caller in this line may come to be offered to be called back.
pub(crate) fn may_go_home(site: &Site, queue: QueueId, caller: Caller) -> bool {
    let rules = &site[queue].rules;
    rules.call_back.is_some() && rules.people().any(|person| may_call_back(site, person, caller))
}

impl Engine<'_> {
    /// Comes to a line: the caller is answered, for whoever waits hears something.
    pub(super) fn line_up_in(&mut self, queue: QueueId) -> Flow {
        self.act(Action::Line { queue, ask: Ask::Join });
        self.wait(State::Waiting(Waiting { queue, tries: Vec::new(), goes_home: false }))
    }

    /// A caller in a line hears something, or one who asks to be taken in.
    pub(super) fn waiting(&mut self, waiting: Waiting, event: Event) -> Flow {
        match event {
            Event::Line(word) => self.line_says(waiting, word),
            Event::PlayDone if waiting.goes_home => Flow::End(End::WentHome(waiting.queue)),
            Event::PlayDone if self.cursor.answered => {
                self.music_in_line(waiting.queue);
                self.wait(State::Waiting(waiting))
            }
            Event::Key(key) => {
                self.act(Action::Line { queue: waiting.queue, ask: Ask::Key(key) });
                self.wait(State::Waiting(waiting))
            }
            Event::Ringing(target) => self.agent_rings(waiting, target),
            Event::Answered(target) => self.agent_said(waiting, target, Outcome::Answered),
            Event::Busy(target) => self.agent_said(waiting, target, Outcome::Busy),
            Event::Declined(target) => self.agent_said(waiting, target, Outcome::Declined),
            Event::Unreachable(target) => self.agent_said(waiting, target, Outcome::Unreachable),
            // A caller who waits is not taken out of the line by the phone of one who serves it.
            Event::SentOn { target, .. } => self.agent_said(waiting, target, Outcome::Busy),
            Event::Enter
            | Event::KeyOf { .. }
            | Event::PlayDone
            | Event::RecordDone { .. }
            | Event::Told(_)
            | Event::TimerFired(_)
            | Event::CallerLeft => self.ignore(State::Waiting(waiting), Stray::NotAwaited),
        }
    }

    fn line_says(&mut self, mut waiting: Waiting, word: Word) -> Flow {
        let queue = waiting.queue;
        match word {
            // A line that knows nothing of the caller has nothing to say.
            Word::Say { .. } | Word::Offer(_) | Word::Home if !self.cursor.answered => {
                return self.ignore(State::Waiting(waiting), Stray::NotAwaited);
            }
            Word::Waits => {
                self.because(ReasonKind::Waits(queue));
                self.answer();
                if self.site[queue].rules.call_back.is_some() {
                    self.act(Action::Collect { on: true });
                }
                self.music_in_line(queue);
            }
            Word::Ring(agent) if waiting.goes_home || waiting.tries.iter().any(|it| it.agent == agent) => {
                return self.ignore(State::Waiting(waiting), Stray::NotAwaited);
            }
            Word::Ring(agent) => self.ring_agent(&mut waiting, agent),
            Word::Stop(agent, why) => {
                let why = match why {
                    Why::Timeout | Why::SignedOut => StopWhy::Timeout,
                    Why::AnsweredElsewhere if self.site[queue].answered_elsewhere => {
                        StopWhy::AnsweredElsewhere
                    }
                    Why::AnsweredElsewhere => StopWhy::Missed,
                    Why::CallerLeft => StopWhy::CallerLeft,
                };
                self.stop_agent(&mut waiting, agent, why);
            }
            Word::Join(agent) => {
                let answered = |it: &&Try| it.agent == agent && it.state == Branch::Done(Outcome::Answered);
                // Whoever hung up before they could be joined is no loss: the call ends as one that was answered.
                let joined = waiting.tries.iter().find(answered).map(|it| it.target);
                waiting.tries.retain(|it| Some(it.target) != joined);
                self.stop_rung(&waiting, StopWhy::AnsweredElsewhere);
                let Some(joined) = joined else { return Flow::End(End::HungUp) };
                self.because(ReasonKind::Taken { queue, agent });
                return Flow::Bridge(joined);
            }
            Word::Leave(exit) => return self.leaves_line(&waiting, exit),
            Word::Say { position, wait } => {
                let wait = wait.filter(|_| self.site[queue].tells_wait);
                self.tell(Notice::Place { position, wait });
            }
            Word::Offer(key) => self.tell(Notice::Offer(key)),
            Word::Home => {
                self.act(Action::Collect { on: false });
                self.stop_rung(&waiting, StopWhy::Timeout);
                waiting.tries.clear();
                waiting.goes_home = true;
                self.tell(Notice::KeptPlace);
            }
        }
        self.wait(State::Waiting(waiting))
    }

    /// Lets the caller hear what is heard in the line.
    fn music_in_line(&mut self, queue: QueueId) {
        let heard = match self.site.in_line(queue, self.called()) {
            InLine::Prompt(prompt) => InLine::Prompt(self.site.in_language(prompt, self.speaks())),
            heard @ (InLine::Tone | InLine::Music(_)) => heard,
        };
        self.act(Action::Music(heard));
    }

    fn tell(&mut self, notice: Notice) {
        self.because(ReasonKind::Told(notice));
        self.act(Action::Tell(notice));
    }

    /// Goes where the queue sends who leaves its line so.
    fn leaves_line(&mut self, waiting: &Waiting, exit: Exit) -> Flow {
        self.because(ReasonKind::LeftLine { queue: waiting.queue, exit });
        self.stop_rung(waiting, StopWhy::Timeout);
        if self.cursor.answered {
            self.act(Action::StopPlay);
            if self.site[waiting.queue].rules.call_back.is_some() {
                self.act(Action::Collect { on: false });
            }
        }
        let exits = self.site[waiting.queue].exits;
        let own = match exit {
            Exit::Full => exits.full,
            Exit::Waited => exits.waited,
            Exit::Unstaffed => exits.unstaffed,
            Exit::Closed => exits.closed,
        };
        own.map_or(Flow::End(End::HungUp), Flow::Go)
    }

    /// Calls every phone of an agent.
    fn ring_agent(&mut self, waiting: &mut Waiting, agent: PersonId) {
        let mut ringing = Ringing::beside(self.cursor.following, waiting.tries.len());
        let before = self.out.reasons.len();
        self.call_person(agent, true, &mut ringing);
        self.cursor.following = ringing.branches.following();
        let called = ringing.branches.states().enumerate().map(|(at, state)| Try {
            agent,
            target: ringing.branches.target(at),
            state,
        });
        waiting.tries.extend(called);
        if ringing.targets().next().is_none() {
            let is_busy = self.out.reasons[before..]
                .iter()
                .any(|reason| matches!(reason.kind, ReasonKind::NotRung { why: NotRung::Busy(_), .. }));
            let refusal = if is_busy { Refusal::Busy } else { Refusal::Unreachable };
            self.act(Action::Line { queue: waiting.queue, ask: Ask::Refused(agent, refusal) });
        }
    }

    fn agent_rings(&mut self, mut waiting: Waiting, target: TargetId) -> Flow {
        let Some(it) = waiting.tries.iter_mut().find(|it| it.target == target && it.state.is_live()) else {
            return self.ignore(State::Waiting(waiting), Stray::Target);
        };
        if it.state == Branch::Called {
            it.state = Branch::Rings;
            self.because(ReasonKind::Rings(target));
        }
        self.wait(State::Waiting(waiting))
    }

    /// A phone of an agent is done with. A decline is the person's, whichever phone says it; else they are done with
    /// when the last of their phones is.
    fn agent_said(&mut self, mut waiting: Waiting, target: TargetId, outcome: Outcome) -> Flow {
        let Some(at) = waiting.tries.iter().position(|it| it.target == target && it.state.is_live()) else {
            return self.ignore(State::Waiting(waiting), Stray::Target);
        };
        self.because(ReasonKind::Heard { target, outcome });
        let (agent, queue) = (waiting.tries[at].agent, waiting.queue);
        waiting.tries[at].state = Branch::Done(outcome);
        let is_other = |it: &Try| it.agent == agent && it.state.is_live();
        match outcome {
            Outcome::Answered => {
                let mut others = waiting.clone();
                others.tries.retain(is_other);
                self.stop_rung(&others, StopWhy::AnsweredElsewhere);
                waiting.tries.retain(|it| !is_other(it));
                self.act(Action::Line { queue, ask: Ask::Answered(agent) });
            }
            Outcome::Declined => {
                waiting.tries.remove(at);
                self.stop_agent(&mut waiting, agent, StopWhy::DeclinedElsewhere);
                self.act(Action::Line { queue, ask: Ask::Refused(agent, Refusal::Declined) });
            }
            Outcome::Busy | Outcome::Unreachable | Outcome::NoAnswer => {
                if !waiting.tries.iter().any(is_other) {
                    let own = waiting.tries.iter().filter(|it| it.agent == agent);
                    let is_busy = own.into_iter().any(|it| it.state == Branch::Done(Outcome::Busy));
                    let refusal = if is_busy { Refusal::Busy } else { Refusal::Unreachable };
                    waiting.tries.retain(|it| it.agent != agent);
                    self.act(Action::Line { queue, ask: Ask::Refused(agent, refusal) });
                }
            }
        }
        self.wait(State::Waiting(waiting))
    }

    /// Stops whatever rings or has answered of an agent.
    fn stop_agent(&mut self, waiting: &mut Waiting, agent: PersonId, why: StopWhy) {
        for it in waiting.tries.iter().filter(|it| it.agent == agent && it.is_up()) {
            self.act(Action::Stop { target: it.target, why });
        }
        waiting.tries.retain(|it| it.agent != agent);
    }

    /// Stops everybody who is rung, or who answered and is not joined.
    pub(super) fn stop_rung(&mut self, waiting: &Waiting, why: StopWhy) {
        for it in waiting.tries.iter().filter(|it| it.is_up()) {
            self.act(Action::Stop { target: it.target, why });
        }
    }
}

impl Try {
    /// Whether its leg may still be there.
    fn is_up(&self) -> bool {
        self.state.is_live() || self.state == Branch::Done(Outcome::Answered)
    }
}
