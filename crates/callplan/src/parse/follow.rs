//! `ring` of a person: what rings for them, and when.

use std::{ops::RangeInclusive, time::Duration};

use super::{
    reader::{Kind, Reader},
    site::RING,
    table::Value,
    value,
};
use crate::{
    finding::Code,
    model::{Follow, Mobile, PlanId, Screening, SendOn, When, WhenSet},
};

/// How long after the beginning something may ring.
const AFTER: RangeInclusive<Duration> = Duration::ZERO..=*RING.end();

/// Where calls go for whoever is away.
#[derive(Clone, Copy)]
pub(super) enum Away {
    /// Their own mailbox.
    OwnMailbox,
    /// What has a plan.
    Plan(PlanId),
}

impl<'a> Reader<'a> {
    /// `[{ phones = true }, { mobile = true, after = "12s", screen = true }]`.
    pub(super) fn follow(&mut self, value: Value<'a>) -> Option<Follow> {
        let wanted = "what rings: [{ phones = true }, { mobile = true, after = \"12s\" }]";
        let items = value.list(wanted, self.found)?;
        if items.is_empty() {
            self.found.report(Code::Empty, value.place, "nothing rings", format!("write {wanted}"));
        }
        let mut follow = Follow { phones: None, mobile: None };
        for item in items {
            self.part(item, &mut follow);
        }
        Some(follow)
    }

    /// `{ to = "+12025550177", when = "no-answer" }`; `when` may name several.
    pub(super) fn sends_on(&mut self, value: Value<'a>) -> Option<SendOn> {
        let wanted = "a table: { to = \"+12025550177\", when = \"no-answer\" }";
        let mut table = value.table("`forward`", wanted, self.found)?;
        let to = table.need("to", "write the number: to = \"+12025550177\"", self.found);
        let when = table.need("when", "write when calls go there: when = \"no-answer\"", self.found);
        table.finish(self.found);
        let to = to.and_then(|value| value::number(value, self.found));
        let when: WhenSet = match when? {
            one if one.as_text().is_some() => value::word(one, &When::ALL, self.found).into_iter().collect(),
            several => {
                let wanted = "when: [\"busy\", \"no-answer\"]";
                let read = |item, found: &mut _| value::word(item, &When::ALL, found);
                value::list(several, wanted, self.found, read)?.into_iter().collect()
            }
        };
        Some(SendOn { to: to?, when })
    }

    /// `"voicemail:self"`, or whatever has a plan.
    pub(super) fn away(&mut self, value: Value<'a>) -> Option<Away> {
        if value.as_text() == Some("voicemail:self") {
            return Some(Away::OwnMailbox);
        }
        let kinds = [Kind::Person, Kind::Group, Kind::Phone, Kind::Menu, Kind::Plan, Kind::Voicemail];
        let named = self.named(value, &kinds)?;
        let plan = if named.kind == Kind::Voicemail {
            let mailbox = self.names.mailbox(named.name, named.place, self.found)?;
            Some(self.names.plan_of_mailbox(mailbox))
        } else {
            self.plan_of(named.kind, named.name, named.place)
        };
        plan.map(Away::Plan)
    }

    fn part(&mut self, item: Value<'a>, follow: &mut Follow) {
        let wanted = "a table: { mobile = true, after = \"12s\" }";
        let Some(mut table) = item.table("what rings", wanted, self.found) else { return };
        let [phones, mobile, after, screen] =
            ["phones", "mobile", "after", "screen"].map(|key| table.entry(key));
        table.finish(self.found);
        let is_set = |entry: &Option<_>, found: &mut _| {
            entry.is_some_and(|entry: super::table::Entry<'a>| value::word_true(entry.value, found))
        };
        let (is_phones, is_mobile) = (is_set(&phones, self.found), is_set(&mobile, self.found));
        let after =
            after.and_then(|entry| value::duration(entry.value, AFTER, self.found)).unwrap_or_default();
        match (phones, mobile) {
            (Some(_), Some(second)) => {
                let message = "phones and mobile ring each at their own time";
                self.found.report(Code::TwoActions, second.place, message, "make them two tables");
                return;
            }
            (None, None) => {
                let mend = "write phones = true or mobile = true";
                self.found.report(Code::MissingKey, item.place, "this says nothing that rings", mend);
                return;
            }
            (Some(_), None) | (None, Some(_)) => {}
        }
        let is_twice = is_phones && follow.phones.is_some() || is_mobile && follow.mobile.is_some();
        if is_twice {
            self.found.report(Code::ListedTwice, item.place, "this rings already", "keep one of them");
        }
        if let (true, Some(screen)) = (is_phones, screen) {
            let message = "whoever picks up a phone of ours is not asked";
            self.found.report(Code::KeyDoesNotApply, screen.place, message, "leave it out");
        }
        if is_phones {
            follow.phones = Some(after);
        }
        if is_mobile {
            let screening = screen.map_or(Screening::Unsaid, |entry| self.screening(entry.value));
            follow.mobile = Some(Mobile { after, screening });
        }
    }
}
