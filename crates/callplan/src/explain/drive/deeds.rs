//! What the plan has done to parties, on paper: who rings, who is asked, what is played and taken down.

use std::time::Duration;

use super::Drive;
use crate::{
    MailboxId, Screen,
    explain::{Finish, Reply, RingEnd, Rung, Seen},
    step::{Event, Outcome, Target, TargetId, TimerId},
};

impl Drive<'_> {
    pub(super) fn start(&mut self, target: TargetId, who: Target) {
        self.see(Seen::RangStart(who));
        self.ringing.push((target, self.rung.len()));
        let (from, until) = (self.now, self.now);
        self.rung.push(Rung { who, from, until, end: None });
        self.started.push(target);
        let behaviour = self.question.behaviour(self.site, who, self.now);
        if let Some(after) = behaviour.rings {
            self.due.plan(self.now + after, Event::Ringing(target));
        }
        let sends = self.question.sends_on(self.site, who);
        let sends = sends.map(|(after, to)| (after, Event::SentOn { target, to }));
        let says = || behaviour.says.and_then(|(after, outcome)| Some((after, says(target, outcome)?)));
        let says = sends.or_else(says);
        if let Some((after, event)) = says {
            self.due.plan(self.now + after, event);
        }
    }

    /// Somebody picked up and is asked.
    pub(super) fn screen(&mut self, target: TargetId, screen: Screen) {
        let Some((_, at)) = self.ringing.iter().find(|(ringing, _)| *ringing == target) else { return };
        let who = self.rung[*at].who;
        self.see(Seen::Screened(who));
        if let Some((after, reply)) = self.question.behaviour(self.site, who, self.now).presses {
            let key = match reply {
                Reply::Accept => screen.accept,
                Reply::Decline => screen.decline,
                Reply::Other => 'A',
            };
            self.due.plan(self.now + after, Event::KeyOf { target, key });
        }
    }

    /// A target rings no longer.
    pub(super) fn silence(&mut self, target: TargetId, end: RingEnd) {
        let Some(at) = self.ringing.iter().position(|(ringing, _)| *ringing == target) else { return };
        let rung = &mut self.rung[self.ringing.remove(at).1];
        (rung.until, rung.end) = (self.now, Some(end));
        let who = rung.who;
        self.see(Seen::RangStop(who, end));
    }

    pub(super) fn bridge(&mut self, target: TargetId) {
        let who =
            self.ringing.iter().find(|(ringing, _)| *ringing == target).map(|(_, at)| self.rung[*at].who);
        self.silence(target, RingEnd::Said(Outcome::Answered));
        if let Some(who) = who {
            self.see(Seen::Bridged(who));
            self.end = Some(Finish::Bridged(who));
        }
    }

    pub(super) fn arm(&mut self, timer: TimerId, after: Duration) {
        self.due.forget(|event| event == Event::TimerFired(timer));
        if matches!(timer, TimerId::Key | TimerId::Digit)
            && let Some(key) = self.keys.pop().flatten()
        {
            self.due.plan(self.now, Event::Key(key));
        }
        self.due.plan(self.now + after, Event::TimerFired(timer));
    }

    pub(super) fn record(&mut self, mailbox: MailboxId, max: Duration) {
        self.see(Seen::Recording(mailbox));
        self.recording = Some((mailbox, self.now));
        // Whoever speaks past the limit is cut there; everybody else hangs up when done.
        if self.question.speaks < max {
            self.due.plan(self.now + self.question.speaks, Event::CallerLeft);
        } else {
            self.due.plan(self.now + max, Event::RecordDone { left: true });
        }
    }
}

/// How a target says it.
const fn says(target: TargetId, outcome: Outcome) -> Option<Event> {
    match outcome {
        Outcome::Answered => Some(Event::Answered(target)),
        Outcome::Busy => Some(Event::Busy(target)),
        Outcome::Declined => Some(Event::Declined(target)),
        Outcome::Unreachable => Some(Event::Unreachable(target)),
        Outcome::NoAnswer => None,
    }
}
