//! `[probe]`: numbers that are tried each night by calls that go out over a trunk and come back in.

use super::{merge::Sections, reader::Reader, table::Value, value};
use crate::{
    finding::Code,
    model::{DayTime, Number, NumberId, Probe},
};

const NUMBERS: &str = "\"all\", or numbers of ours: [\"+12025550100\"]";

impl<'a> Reader<'a> {
    /// Reads `[probe]`; without it nothing is tried by itself.
    pub(crate) fn probe(&mut self, sections: &mut Sections<'a>, all: &[Number]) -> Option<Probe> {
        let mut table = sections.find("probe")?;
        let at = table.need("at", "write when: at = \"03:30\"", self.found);
        let at = at.and_then(|value| self.time_of_night(value));
        let listed = table.take("numbers");
        let from = table.take("from").and_then(|value| {
            let number = value::number(value, self.found)?;
            self.names.number(number, value.inside(), self.found).map(|_| number)
        });
        let trunk = table.take("trunk");
        let has_trunk = trunk.is_some();
        let trunk = trunk.and_then(|value| {
            let name = value.text("the name of a trunk", self.found)?;
            self.names.trunk(name, value.inside(), self.found)
        });
        table.finish(self.found);
        let has_way = |id: &NumberId| has_trunk || all.get(id.index()).is_some_and(|it| it.trunk.is_some());
        let numbers = match listed.filter(|value| value.as_text() != Some("all")) {
            None => (0..all.len()).map(NumberId::from).filter(has_way).collect(),
            Some(value) => self.tried(value, has_way),
        };
        Some(Probe { at: at?, numbers, from, trunk })
    }

    fn time_of_night(&mut self, value: Value<'a>) -> Option<DayTime> {
        let text = value.text("a time of day: \"03:30\"", self.found)?;
        let digits = text.split_once(':').map(|(hours, minutes)| format!("{hours:0>2}{minutes}"));
        let time = digits.and_then(|digits| DayTime::read(&digits));
        if time.is_none() {
            let mend = "write hours and minutes of a clock of 24 hours: \"03:30\"";
            self.found.report(Code::BadProbeTime, value.place, format!("\"{text}\" is no time of day"), mend);
        }
        time
    }

    /// Numbers that are named, each of which has to have a trunk to go out by.
    fn tried(&mut self, value: Value<'a>, has_way: impl Fn(&NumberId) -> bool) -> Vec<NumberId> {
        let names = self.names;
        let numbers = value::list(value, NUMBERS, self.found, |item, found| {
            let number = value::number(item, found)?;
            let id = names.number(number, item.inside(), found)?;
            if !has_way(&id) {
                let message = format!("{number} has no trunk over which it could be tried");
                let mend = "write trunk = \"...\" beside it, or leave it out";
                found.report(Code::ProbeWithoutTrunk, item.place, message, mend);
            }
            Some(id)
        });
        numbers.unwrap_or_default()
    }
}
