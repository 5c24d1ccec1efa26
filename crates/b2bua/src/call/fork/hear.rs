//! What B legs tell, and what it means for their targets: who rings, who answered, who is tried next.

use callplan::step::Event;
use clock::Key;
use sip::Status;

use super::{Fork, State, Verdict, Who, stop_leg};
use crate::{
    call::{Call, Hands, Phase, log::Kind},
    cause::Release,
    leg::{Leg, News},
};

/// Who ended a branch, beside the status that stands for it: what else may be tried depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The party, or we as it has nothing in common with us.
    Refused,
    /// Nobody: no answer came, or no way led there.
    Unanswered,
    /// The trunk, which lets us in at none of its addresses: to the call it is out of order, whatever it says (P11).
    NotLetIn,
}

impl Call {
    /// News of a B leg.
    pub(in crate::call) fn news_of_branch(&mut self, leg: Key<Leg>, news: News, hands: &mut Hands<'_>) {
        let Some(index) = self.fork.position(leg) else { return self.news_of_past(leg, news, hands) };
        let target = self.fork.branches[index].target;
        match news {
            News::Ringing => self.branch_rings(index, false, hands),
            News::EarlyMedia => self.branch_rings(index, true, hands),
            News::Answered => self.branch_answered(index, leg, hands),
            News::AnsweredTooLate => self.note(hands.core, Kind::AnswerTooLate, 0, target.0, 0),
            News::Refused(status) => self.branch_failed(index, leg, (status, End::Refused), hands),
            News::Unanswered(status) => self.branch_failed(index, leg, (status, End::Unanswered), hands),
            News::NotLetIn => {
                self.branch_failed(index, leg, (Status::SERVICE_UNAVAILABLE, End::NotLetIn), hands);
            }
            News::HungUp(release) => self.branch_hung_up(index, leg, release, hands),
            News::ChangeAsked | News::OfferAsked | News::ChangeTaken | News::ChangeRefused(_) => {
                self.change(leg, news, hands);
            }
            News::Moved => self.moved(leg, hands),
            News::Gone => self.branch_gone(index, hands),
            News::Changed => self.agree_anew(hands),
            News::Key(key) => self.key(leg, key, hands),
            News::Cancelled | News::Acknowledged | News::StreamClosed => {}
        }
    }

    fn branch_rings(&mut self, index: usize, with_media: bool, hands: &mut Hands<'_>) {
        let at_ms = self.log.at_ms(hands.core.now.mono);
        let branch = &mut self.fork.branches[index];
        let target = branch.target;
        if let State::Calling(leg) = branch.state {
            branch.state = State::Ringing(leg);
            branch.record.rang_ms = Some(at_ms);
            self.note(hands.core, Kind::Rang, u8::from(with_media), target.0, 0);
            self.rang(leg, hands);
            self.advance(Event::Ringing(target), hands);
        }
        self.tell_ringing(index_leg(&self.fork, index), with_media, hands);
    }

    fn branch_answered(&mut self, index: usize, leg: Key<Leg>, hands: &mut Hands<'_>) {
        let at_ms = self.log.at_ms(hands.core.now.mono);
        let branch = &mut self.fork.branches[index];
        let target = branch.target;
        if branch.state.is_over() || !matches!(self.phase, Phase::Routing(_)) {
            // The call decided otherwise while the answer was on its way up.
            return stop_leg(leg, Release::AnsweredElsewhere, hands);
        }
        branch.state = State::Up(leg);
        branch.record.answered_ms = Some(at_ms);
        branch.record.status = Status::OK.code();
        if let Some(tab) = branch.tab.take() {
            hands.core.begin_tab(leg, tab);
        }
        self.hide_with(index);
        self.note(hands.core, Kind::Answered, 0, target.0, 0);
        self.stop_others(target, leg, hands);
        self.advance(Event::Answered(target), hands);
    }

    fn branch_failed(
        &mut self,
        index: usize,
        leg: Key<Leg>,
        (status, end): (Status, End),
        hands: &mut Hands<'_>,
    ) {
        let branch = &self.fork.branches[index];
        let (target, was_wanted) = (branch.target, !branch.state.is_over());
        self.note(hands.core, Kind::Refused, 0, target.0, status.code().into());
        self.branch_over(index, status, hands);
        if !was_wanted || !self.sent_on(index, leg, hands) {
            self.after_branch(index, end, hands);
        }
    }

    fn branch_hung_up(&mut self, index: usize, leg: Key<Leg>, release: Release, hands: &mut Hands<'_>) {
        let talking = matches!(self.phase, Phase::Talking(b) if b == leg);
        let target = self.fork.branches[index].target;
        if self.screens.end(target, hands.core) {
            // They heard what it is about: wherever else they had sent the call, nobody is rung there in their place.
            self.fork.onward.forget(target);
        }
        self.branch_over(index, Status::OK, hands);
        if talking {
            self.callee_hung_up(release, hands);
        } else {
            self.after_branch(index, End::Refused, hands);
        }
    }

    fn branch_gone(&mut self, index: usize, hands: &mut Hands<'_>) {
        if !self.fork.branches[index].state.is_over() {
            self.branch_over(index, Status::REQUEST_TIMEOUT, hands);
            self.after_branch(index, End::Unanswered, hands);
        }
        if let State::Over(leg, _) = &mut self.fork.branches[index].state {
            *leg = None;
        }
    }

    /// A branch ended: the next trunk is tried, or where the call was sent on to, or the plan hears what its target came to.
    pub(super) fn after_branch(&mut self, index: usize, end: End, hands: &mut Hands<'_>) {
        if !matches!(self.phase, Phase::Routing(_)) {
            return;
        }
        let branch = &self.fork.branches[index];
        let (State::Over(_, status), target) = (&branch.state, branch.target) else { return };
        let status = *status;
        let is_urgent = matches!(&branch.who, Who::Number(outside) if outside.is_urgent());
        if Verdict::of(status) == Verdict::Declined && !is_urgent {
            self.stop_target(target, Release::Refused(status), hands);
        } else if self.tries_next_flow(index, (status, end), hands) {
            return;
        } else if let Who::Number(outside) = self.fork.branches[index].who.clone()
            && (is_urgent && status.code() >= 300 || self.fails_over(index, status))
        {
            let remote =
                index_leg(&self.fork, index).and_then(|leg| Some(hands.legs.get(leg)?.flow().remote));
            if self.start_outside(target, outside.after((status, end), remote), hands) {
                return;
            }
        }
        let Some(event) = self.fork.outcome(target) else { return };
        if matches!(event, Event::Declined(_)) || !self.go_on(target, hands) {
            self.advance(event, hands);
        }
    }

    /// Whether this status of this trunk lets the next one be tried.
    fn fails_over(&self, index: usize, status: Status) -> bool {
        let party = &self.fork.branches[index].record.party;
        let trunk = self.site.trunk(party.strip_prefix("trunk:").unwrap_or(party));
        trunk.is_some_and(|trunk| {
            let rule = &self.site[trunk].fail_over;
            (status == Status::REQUEST_TIMEOUT && rule.timeout) || rule.statuses.contains(&status.code())
        })
    }
}

fn index_leg(fork: &Fork, index: usize) -> Option<Key<Leg>> {
    fork.branches[index].state.leg()
}
