//! What is asked of `explain` before a call, and what will come of it.

use std::time::Duration;

use callplan::{explain::Question, step::Caller};
use clock::{Now, Wall};

use super::{Run, call::Call, expected::Expected, outside::Course, said};

/// Longer than anybody is asked.
const TALKS_ASKED: Duration = Duration::from_secs(12);

/// What will come of a call.
pub(super) struct Prospect {
    pub(super) course: Course,
    /// When the caller gives up.
    pub(super) leaves: Option<Duration>,
    /// When its CANCEL came in vain, for it was answered before.
    pub(super) cancelled_in_vain: Option<Duration>,
}

impl Run {
    /// What is asked of `explain`: all that an operator could know when the call arrives.
    fn question(&self, call: &Call, arrives: Wall) -> Question {
        let mut question = call.question(&self.office, arrives, self.way);
        question.pointers = self.turns.clone();
        question.rounds = self.rounds.clone();
        question.states = self.said.states.clone();
        question.signed_out = self.said.out.clone();
        if matches!(call.caller, Caller::Number(_)) && !call.is_untold {
            question.told = said::tellings(&self.office.site, &self.world);
        }
        question.tallies = self.tallies.on(self.office.site.day(arrives));
        question.calls = self.calls();
        question
    }

    /// What will come of a call, and what its caller will do.
    pub(super) fn prospect(&self, call: &mut Call, arrived: Now) -> Prospect {
        let mut question = self.question(call, arrived.wall);
        let (footing, since) = ((&self.office, self.way), (arrived.mono, &*self.silences));
        let course_of = |call: &Call, question: &Question| Course::of(call, question, footing, since);
        if let Some(share) = call.gives_up_late {
            question.leaves = None;
            let answered = Expected::answered(&course_of(call, &question).explanation);
            let late = answered.filter(|at| *at > Duration::from_secs(1));
            let micros = 2 * self.way.as_micros() as u64 * u64::from(share) / 1_000;
            call.leaves = late.map(|at| at + Duration::from_micros(micros)).or(call.leaves);
            question.leaves = call.leaves;
        }
        let mut course = course_of(call, &question);
        if course.asked().next().is_some() && call.talks < TALKS_ASKED {
            // Whoever is asked does not hang up meanwhile.
            call.talks += TALKS_ASKED;
        }
        match course.line_at_once(&self.office) {
            Some(queue) if call.before > 0 => {
                question.waiting = vec![(queue, call.before)];
                question.chance += u64::from(call.before);
                question.talks = call.talks;
                course = course_of(call, &question);
            }
            Some(_) | None => call.before = 0,
        }
        let leaves = call.leaves;
        let mut cancelled_in_vain = None;
        if let (Some(at), Some(leaves)) = (Expected::answered(&course.explanation), leaves)
            && (at..at + 2 * self.way).contains(&leaves)
        {
            // The CANCEL crosses the answer, so the caller says BYE as soon as it hears of it (RFC 3261 §15).
            cancelled_in_vain = Some(leaves);
            call.leaves = Some(at + 2 * self.way);
            question.leaves = call.leaves;
            course = course_of(call, &question);
        }
        Prospect { course, leaves, cancelled_in_vain }
    }

    fn calls(&self) -> Vec<(callplan::PersonId, u16)> {
        let person = |agent: &usize| self.office.site.phones[*agent].person;
        self.talking.iter().filter_map(person).map(|person| (person, 1)).collect()
    }
}
