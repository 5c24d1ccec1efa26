//! Screening: who picks up outside is asked, and takes the call only by the key that says so.
//!
//! ```text
//! Called, Rings ── picks up ──> Asked ── accept ──> Bridge
//!                                 ├── decline ─────────────────────> declined
//!                                 └── no key in time, hangs up ────> unanswered
//! ```
//!
//! Others ring on meanwhile, and whoever takes the call first has it. The time of a step is for ringing: who is asked as
//! it ends may still answer.

use clock::Instant;

use super::{
    Action, Event, Outcome, ReasonKind, StopWhy, Stray, TargetId, TimerId,
    branch::{Branch, Callee},
    cursor::State,
    engine::{Engine, Flow},
    ring::Ringing,
};
use crate::{LanguageId, Screen};

/// What is due of single targets, by their places.
#[derive(Clone, Debug, Default)]
pub(super) struct Agenda {
    due: Vec<(Instant, u8)>,
    /// What the timer is armed for.
    awaited: Option<Instant>,
}

impl Agenda {
    /// Something is due of the target at a place.
    pub(super) fn note(&mut self, at: Instant, place: usize) {
        self.due.push((at, u8::try_from(place).expect("there are at most BRANCHES_MAX")));
    }

    /// The earliest that still means something.
    fn next(&self, mut matters: impl FnMut(usize) -> bool) -> Option<(Instant, usize)> {
        let entries = self.due.iter().map(|(at, place)| (*at, usize::from(*place)));
        entries.filter(|(_, place)| matters(*place)).min()
    }

    /// When something is due of the target at a place.
    pub(super) fn due(&self, place: usize) -> Instant {
        let own = self.due.iter().find(|(_, other)| usize::from(*other) == place);
        own.map_or(Instant::ZERO, |(at, _)| *at)
    }

    /// Nothing is due of it any more.
    pub(super) fn strike(&mut self, place: usize) {
        self.due.retain(|(_, other)| usize::from(*other) != place);
    }
}

impl Engine<'_> {
    /// How somebody outside is asked whom this step rings; `None` if they are not.
    pub(super) fn screen_of(&self, ringing: &Ringing, callee: Callee) -> Option<Screen> {
        let Callee::Outside(by) = callee else { return None };
        let said = self.site[self.cursor.node].act.screening()?;
        // Where nobody else rings, a voicemail takes the call from nobody.
        let beside = by.filter(|_| !ringing.is_sent_on);
        said.or(beside.and_then(|person| self.site[person].follow.screen(ringing.is_of_group)))
    }

    /// The place of a target that picked up and has to be asked.
    pub(super) fn is_to_be_asked(&self, ringing: &Ringing, target: TargetId) -> Option<(usize, Screen)> {
        let at = ringing.branches.live(target)?;
        Some((at, self.screen_of(ringing, ringing.branches.callee(at))?))
    }

    /// Asks whoever picked up.
    pub(super) fn ask_callee(&mut self, mut ringing: Ringing, (at, screen): (usize, Screen)) -> Flow {
        let target = ringing.branches.target(at);
        if std::mem::replace(ringing.branches.state(at), Branch::Asked) == Branch::Asked {
            return self.ignore(State::Ringing(ringing), Stray::Target);
        }
        // Whoever is called is one of us.
        let screen = Screen { say: self.site.in_language(screen.say, LanguageId(0)), ..screen };
        self.because(ReasonKind::Screened { target, screen });
        self.act(Action::Screen { target, screen });
        ringing.agenda.note(self.world.now().mono + screen.within, at);
        self.keep_ringing(ringing)
    }

    /// Whoever is asked pressed a key.
    pub(super) fn callee_pressed(&mut self, mut ringing: Ringing, target: TargetId, key: char) -> Flow {
        let asked = self.is_to_be_asked(&ringing, target);
        match asked.filter(|(at, _)| *ringing.branches.state(*at) == Branch::Asked) {
            Some((at, screen)) if key == screen.accept => self.done_with(ringing, at, Outcome::Answered),
            Some((at, screen)) if key == screen.decline => {
                self.act(Action::Stop { target, why: StopWhy::NotTaken });
                self.done_with(ringing, at, Outcome::Declined)
            }
            // They are asked again by themselves.
            Some(_) => self.keep_ringing(ringing),
            None => self.ignore(State::Ringing(ringing), Stray::of(Event::KeyOf { target, key })),
        }
    }

    /// What comes next of single targets is due.
    pub(super) fn target_due(&mut self, mut ringing: Ringing) -> Flow {
        let Some((_, at)) = next_due(&mut ringing) else { return self.keep_ringing(ringing) };
        if *ringing.branches.state(at) == Branch::Later {
            return self.begin_later(ringing, at);
        }
        ringing.agenda.strike(at);
        self.act(Action::Stop { target: ringing.branches.target(at), why: StopWhy::NotTaken });
        self.done_with(ringing, at, Outcome::NoAnswer)
    }

    /// Calls somebody whose time has come, or who is all that is left of a member.
    pub(super) fn begin_later(&mut self, mut ringing: Ringing, at: usize) -> Flow {
        self.call_now(at, &mut ringing);
        if ringing.branches.state(at).is_live() {
            self.keep_ringing(ringing)
        } else {
            self.member_on(ringing, at)
        }
    }

    /// Arms the timer of whatever is due next of single targets.
    pub(super) fn wait_for_targets(&mut self, ringing: &mut Ringing) {
        match next_due(ringing) {
            Some((at, _)) => {
                let after = at.since(self.world.now().mono);
                let is_new = ringing.agenda.awaited.replace(at) != Some(at);
                if is_new || !self.cursor.timers.runs(TimerId::Target) {
                    self.arm(TimerId::Target, after);
                }
            }
            None => {
                self.disarm(TimerId::Target);
            }
        }
    }
}

fn next_due(ringing: &mut Ringing) -> Option<(Instant, usize)> {
    let Ringing { agenda, branches, .. } = ringing;
    agenda.next(|place| matches!(branches.state(place), Branch::Asked | Branch::Later))
}
