//! What plans decided, decided again from what the record says they were told.

use b2bua::call::decided::{decided_again, decisions};
use callplan::Site;
use clock::Instant;
use store::Record;

use super::Check;

impl Check {
    /// A call is recorded that ran on this site, if it ran on any that is still known.
    pub fn judge_journal(&mut self, now: Instant, site: &Site, record: &Record) {
        if record.began.version != site.version {
            return;
        }
        self.happened.replays += 1;
        let again = match decided_again(site, &record.journal) {
            Ok(Some(again)) => again,
            Ok(None) => return,
            Err(broken) => return self.violate(now, format!("call {}: {broken}", record.call.0)),
        };
        let Some(first) = decisions(&record.events) else { return };
        if first != again {
            let differs = first.iter().zip(&again).position(|(one, other)| one != other);
            let at = differs.unwrap_or(first.len().min(again.len()));
            let (was, is) = (first.get(at), again.get(at));
            let what = format!("call {}: decided {was:?}, and from its journal {is:?}", record.call.0);
            self.violate(now, what);
        }
    }
}
