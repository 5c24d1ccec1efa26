//! What a call costs: its legs from and to outside, each for as long as it was answered.

use callplan::money::Amount;
use clock::Key;
use store::LegRecord;

use super::{Call, Hands, release::Ending};
use crate::{
    cause::Cause,
    core::Core,
    leg::{Leg, Party},
    shared::ledger::Tab,
    switch::Log,
};

impl Call {
    /// The caller was answered. One who called a number of ours from outside costs by that number, wherever the call was
    /// sent on to since; whoever helps and calls back costs nobody anything.
    pub(super) fn rate_caller(&self, hands: &mut Hands<'_>) {
        let number = self.caller.called.filter(|_| matches!(self.caller.leg, Party::Trunk(_)));
        if let Some(number) = number {
            let came_for = self.caller.came_for.unwrap_or(self.site[number].e164);
            hands.core.begin_inbound(self.a, came_for);
        }
    }

    /// What was paid for this leg is used up: the call is cut, unless somebody in it talks with help.
    pub(crate) fn spent(&mut self, leg: Key<Leg>, hands: &mut Hands<'_>) {
        if !self.has_called_help() {
            let payer = hands.core.ledger.payer(leg).cloned().unwrap_or_default();
            let line = format!("a call is cut: nothing is left of what {payer} may spend today");
            hands.core.log(Log::Info(line));
            hands.core.counters.cut_by_limit += 1;
            self.end(Ending::by_switch(Cause::Spent), hands);
        }
        self.settle(hands);
    }

    /// Whether help was ever called in it. Who was called stands in the record of a leg, wherever that leg goes.
    fn has_called_help(&self) -> bool {
        let is_help =
            |leg: LegRecord| self.site.emergency.numbers.iter().any(|number| **number == *leg.number);
        self.fork.records().chain([self.a_record.clone()]).any(is_help)
    }

    /// Notes what its legs cost, as if they ended now.
    pub(crate) fn settle_up(&mut self, core: &mut Core) {
        core.settle(self.a, &mut self.a_record);
        self.fork.settle_up(core);
    }

    /// What is reserved for legs that were not answered.
    pub(crate) fn tabs(&self) -> impl Iterator<Item = &Tab> {
        self.fork.tabs()
    }

    /// What it has cost so far; nothing if none of its legs has a price.
    pub(crate) fn cost(&self, core: &Core) -> Option<Amount> {
        let running = self.legs().filter_map(|leg| core.ledger.so_far(leg, core.now.mono));
        let ended = self.a_record.charge.iter().chain(self.fork.charges());
        let ended = ended.map(|charge| Amount::from_billionths(charge.billionths));
        running.chain(ended).reduce(Amount::plus)
    }
}
