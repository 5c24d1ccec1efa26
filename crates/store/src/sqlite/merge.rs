//! Changes of bindings into their table.
//!
//! A group of ten bindings written in place touches ten pages of 4 KB, appended it touches one; merged in
//! the order of their keys, four thousand changes touch a page of five thousand bindings once.

use rusqlite::{Connection, TransactionBehavior};

/// Changes appended before they are merged: some seconds of a thousand a second. A merge holds the writer
/// for about 20 ms.
const MERGED_AT: usize = 4096;

/// How many changes wait for their merge.
#[derive(Debug)]
pub(super) struct Changes(usize);

impl Changes {
    /// Those the process before left are due with the first group.
    pub(super) fn of_before() -> Self {
        Self(MERGED_AT)
    }

    /// So many more were committed; merges when enough are there. A merge that fails is tried again after
    /// the next group: the changes say the same until then.
    pub(super) fn committed(&mut self, connection: &mut Connection, count: usize) {
        self.0 += count;
        if self.0 >= MERGED_AT && merge(connection).is_ok() {
            self.0 = 0;
        }
    }
}

/// Merges every change.
pub(super) fn merge(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "INSERT OR REPLACE INTO bindings
            SELECT phone, instance, contact, path, flow, behind_nat, call_id, cseq, q, agent, expires, interval_s
            FROM last_changes WHERE contact IS NOT NULL;
        DELETE FROM bindings
            WHERE (phone, instance) IN (SELECT phone, instance FROM last_changes WHERE contact IS NULL);
        DELETE FROM binding_changes;",
    )?;
    transaction.commit()
}
