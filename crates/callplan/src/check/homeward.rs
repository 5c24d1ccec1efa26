//! Calls that go out to numbers of our own, and come in again as others.

use std::collections::BTreeSet;

use super::Whole;
use crate::{
    finding::Code,
    model::{Act, E164, NodeId, NumberId, Site},
    parse::{Findings, Place},
};

/// Which steps a walk takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ways {
    /// Whatever a call may do.
    Any,
    /// What calls do that nobody takes, whoever calls and whenever: no condition, no key.
    Sure,
}

impl Whole<'_, '_> {
    /// Reports calls that are sent outside to a number of ours: they go out over a trunk, come in over one, and are
    /// two calls from then on. Where such a call is sent there again, it goes round until no line is left.
    pub(super) fn homeward(&self, found: &mut Findings) {
        let site = self.site;
        let mut told = BTreeSet::new();
        for (index, node) in site.nodes.iter().enumerate() {
            let Some(to) = node.act.forward().map(|forward| forward.to) else { continue };
            let Some(number) = site.number(to) else { continue };
            let place = self.nodes[index];
            // What several numbers follow is written once.
            if !told.insert((place, to)) {
                continue;
            }
            let id = NodeId::from(index);
            let comes_back = |ways| comes_back(site, number, id, ways);
            if node.guard.is_none() && comes_back(Ways::Sure) {
                let message = format!(
                    "this sends calls to {to}, a number of ours whose calls come back here: a call that nobody \
                     takes goes round until no line of the trunk is free"
                );
                let mend = "lead to somebody else here: a person, a voicemail, or a number that is not ours";
                found.report(Code::ComesHome, place, message, mend);
            } else {
                let round =
                    if comes_back(Ways::Any) { ", and may come back here again and again" } else { "" };
                self.goes_home(place, to, round, found);
            }
        }
    }

    fn goes_home(&self, place: Place, to: E164, round: &str, found: &mut Findings) {
        let message = format!(
            "this calls {to}, a number of ours, by way of a carrier: the call goes out, is paid for, comes in again \
             as another{round}, and holds two lines of a trunk"
        );
        let mend = "lead to what that number leads to, which costs nothing: its plan, group, queue or person";
        found.report(Code::GoesOutToComeIn, place, message, mend);
    }
}

/// Whether calls to a number come to a node, by way of other numbers of ours as well.
fn comes_back(site: &Site, number: NumberId, wanted: NodeId, ways: Ways) -> bool {
    let mut seen = BTreeSet::new();
    let mut ahead = vec![site.entry(site[number].plan)];
    while let Some(node) = ahead.pop() {
        if !seen.insert(node) {
            continue;
        }
        let is_passed = ways == Ways::Sure && site[node].guard.is_some();
        if is_passed {
            ahead.extend(site[node].next);
            continue;
        }
        if node == wanted {
            return true;
        }
        ahead.extend(site.by_itself(node));
        if ways == Ways::Any {
            ahead.extend(site.by_key(node));
        }
        if let Act::Forward(forward) = &site[node].act
            && let Some(next) = site.number(forward.to)
        {
            ahead.push(site.entry(site[next].plan));
        }
    }
    false
}
