//! `[[always]]`: what holds for every call.

use super::{
    nearest::nearest,
    proof::Prover,
    table::{Table, Value},
    value,
};
use crate::{
    finding::Code,
    model::{E164, Site},
    proof::{Always, Goal, Point, Spot},
    step::Entry,
};

impl<'a> Prover<'_, 'a> {
    pub(super) fn rule(&mut self, value: Value<'a>) -> Option<Always> {
        let mut table = value.table("a rule", "a table: [[always]]", self.found)?;
        let name = table.take("name").and_then(|value| value::words(value, self.found));
        if let Some(name) = name {
            table.what = format!("rule \"{name}\"");
        } else {
            table.what = "a rule".to_owned();
        }
        let is_silent = !table.has("every_call_ends_in") && !table.has("no_call_reaches");
        let to = self.called(&mut table);
        let ends =
            self.items(&mut table, "every_call_ends_in", "ends: [\"person\", \"voicemail\"]", Self::goal);
        let shuns = self.items(&mut table, "no_call_reaches", "[\"class:international\"]", Self::shunned);
        if is_silent {
            let message = format!("{} forbids nothing", table.what);
            let mend = "write every_call_ends_in = [\"person\", \"voicemail\"] or no_call_reaches = [\"class:international\"]";
            self.found.report(Code::ExpectsNothing, table.place, message, mend);
        }
        table.finish(self.found);
        let (file, line) = self.found.spot(value.place);
        let name = name.map_or_else(|| says(self.site, &ends, &shuns), str::to_owned);
        Some(Always { name: name.into(), spot: Spot { file, line }, to, ends, shuns })
    }

    /// What no call may come by. A class that no dial rule has is reached by none, so that a rule may name it ahead of
    /// the dial rule that some day brings it about; one that is nearly another's name is a slip of the pen.
    fn shunned(&mut self, value: Value<'a>) -> Option<Point> {
        let class = value.as_text().and_then(|text| text.strip_prefix("class:"));
        let Some(class) = class.filter(|class| self.site.class(class).is_none() && !class.is_empty()) else {
            return self.point(value);
        };
        let known = self.site.classes.iter().map(|known| &*known.name);
        if nearest(class, known).is_some() {
            return self.point(value);
        }
        let message = format!("no dial rule has class \"{class}\", so that no call reaches it anyway");
        let mend = "leave it for the day when one has, or take it out";
        let place = value.inside().part("class:".len().."class:".len() + class.len());
        self.found.report(Code::ClassOfNobody, place, message, mend);
        None
    }

    /// Numbers of ours and extensions.
    fn called(&mut self, table: &mut Table<'a>) -> Vec<Entry> {
        self.items(table, "to", "what is called: [\"+12025550100\", \"101\"]", |prover, item| {
            let text = item.text("a number of ours or an extension: \"+12025550100\"", prover.found)?;
            if let Some(number) = E164::parse(text) {
                return prover.names.number(number, item.place, prover.found).map(Entry::Number);
            }
            let owner = prover.site.extension(text).map(Entry::from);
            if owner.is_none() {
                let mend = "write a number of [numbers] or an extension, as in \"101\"";
                let message = format!("\"{text}\" is neither a number of ours nor an extension");
                prover.found.report(Code::NobodySuch, item.place, message, mend);
            }
            owner
        })
    }
}

/// A rule in words: `every call ends in person or voicemail`.
fn says(site: &Site, ends: &[Goal], shuns: &[Point]) -> String {
    let ends: Vec<_> = ends.iter().map(|goal| goal.words(site)).collect();
    let shuns: Vec<_> = shuns.iter().map(|point| point.words(site)).collect();
    let every = (!ends.is_empty()).then(|| format!("every call ends in {}", ends.join(", ")));
    let none = (!shuns.is_empty()).then(|| format!("no call reaches {}", shuns.join(", ")));
    every.into_iter().chain(none).collect::<Vec<_>>().join("; ")
}
