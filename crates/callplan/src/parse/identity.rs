//! `identity` of a trunk, and what numbers, groups and phones show of those who call.

use std::sync::Arc;

use super::{
    reader::Reader,
    table::{Table, Value},
    value,
    words::{FORWARDED, FROM, MASK},
};
use crate::{
    finding::Code,
    model::{FromUser, Identity, Said, SaidSet, Shown},
};

/// An Alert-Info is one line of a message that has to fit a datagram.
const ALERT_MAX: usize = 200;

impl<'a> Reader<'a> {
    /// Reads `identity` of a trunk; `has_user` says whether the trunk has an account that From could name.
    pub(super) fn trunk_identity(&mut self, trunk: &mut Table<'a>, has_user: bool) -> Identity {
        let mut rules = Identity::default();
        let what = format!("`identity` of {}", trunk.what);
        let Some(value) = trunk.take("identity") else { return rules };
        let wanted = "a table: { believe = [\"p-asserted-identity\"], send = [\"p-asserted-identity\"] }";
        let Some(mut table) = value.table(&what, wanted, self.found) else { return rules };
        if let Some(list) = table.take("believe") {
            rules.believe = self.said(list, true);
        }
        if let Some(list) = table.take("send") {
            rules.send = self.said(list, false);
        }
        if let Some(word) = table.take("from") {
            rules.from = value::word(word, &FROM, self.found).unwrap_or_default();
            if rules.from == FromUser::Account && !has_user {
                let mend = "write `user`, or leave `from` out";
                let message = "From can't name the account of a trunk that has no `user`";
                self.found.report(Code::KeyDoesNotApply, word.place, message, mend);
            }
        }
        let forwarded = table.take("forwarded");
        rules.forwarded =
            forwarded.and_then(|word| value::word(word, &FORWARDED, self.found)).unwrap_or_default();
        table.finish(self.found);
        rules
    }

    fn said(&mut self, list: Value<'a>, is_belief: bool) -> SaidSet {
        if list.as_list().is_empty() && list.list("words: [\"p-asserted-identity\"]", self.found).is_some() {
            return SaidSet::default();
        }
        let words = value::list(list, "words: [\"p-asserted-identity\"]", self.found, |item, found| {
            let said = value::word(item, &Said::ALL, found)?;
            // Privacy is the caller's wish and always heeded; a preference is no statement of the network.
            let is_idle = is_belief && matches!(said, Said::Privacy | Said::PPreferredIdentity);
            if is_idle {
                let message = "a trunk is not asked to be believed in this";
                found.report(Code::KeyDoesNotApply, item.place, message, "leave it out");
            }
            (!is_idle).then_some(said)
        });
        SaidSet::of(&words.unwrap_or_default())
    }

    /// Reads `mask`: whether neither side may learn the other's number.
    pub(super) fn mask(&mut self, table: &mut Table<'a>) -> Option<bool> {
        let value = table.take("mask");
        value.and_then(|value| value::word(value, &MASK, self.found))
    }

    /// Reads `mask`, `label_caller` and `alert_info` of a number or group.
    pub(super) fn shown(&mut self, table: &mut Table<'a>) -> Shown {
        let label = table.take("label_caller");
        Shown {
            mask: self.mask(table).unwrap_or_default(),
            label_caller: label.is_some_and(|value| value::word_true(value, self.found)),
            alert_info: self.alert_info(table),
        }
    }

    /// The header's value, as phones' manuals give it (RFC 3261 §20.4).
    fn alert_info(&mut self, table: &mut Table<'a>) -> Option<Arc<str>> {
        let value = table.take("alert_info")?;
        let text =
            value.text("what the phone's manual says: \"<http://127.0.0.1>;info=ring2\"", self.found)?;
        let closes = text.strip_prefix('<').and_then(|rest| rest.find('>'));
        let fits = text.len() <= ALERT_MAX && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if fits && closes.is_some_and(|at| at > 0) {
            return Some(text.into());
        }
        let message = format!("\"{}\" is no value of Alert-Info", text.escape_debug());
        let mend = "write a URI in angle brackets, parameters behind it: \"<http://127.0.0.1>;info=ring2\"";
        self.found.report(Code::BadAlert, value.place, message, mend);
        None
    }
}
