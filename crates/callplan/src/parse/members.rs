//! Who belongs to a team: short names, or tables that say more of a member.

use super::{place::Place, reader::Reader, table::Value, value};
use crate::{finding::Code, model::PersonId};

/// One member as written; two are alike if they are the same person.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) person: PersonId,
    /// What they weigh where the order is drawn by weight, and where that is written.
    pub(super) weight: Option<(u16, Place)>,
}

impl PartialEq for Member {
    fn eq(&self, other: &Self) -> bool {
        self.person == other.person
    }
}

impl<'a> Reader<'a> {
    /// The members of a team.
    pub(super) fn members(&mut self, value: Value<'a>) -> Vec<Member> {
        let names = self.names;
        let wanted = "short names of people: [\"rosa\", \"tom\"]";
        let members = value::list(value, wanted, self.found, |item, found| {
            let Some(mut table) = item.as_table("a member") else {
                let name =
                    item.text("the short name of a person, or { person = \"rosa\", weight = 3 }", found)?;
                return Some(Member { person: names.person(name, item.inside(), found)?, weight: None });
            };
            let person = table.need("person", "write who it is: person = \"rosa\"", found);
            let weight = table.take("weight");
            table.finish(found);
            let weight =
                weight.map(|value| (value::integer(value, 1..=100, found).unwrap_or(1), value.place));
            let person = person?;
            let name = person.text("the short name of a person", found)?;
            Some(Member { person: names.person(name, person.inside(), found)?, weight })
        });
        members.unwrap_or_default()
    }

    /// Reports weights that nothing goes by, and an order that has none to go by; `by_weight` is where it is written
    /// that members are drawn by weight.
    pub(super) fn weighed(&mut self, members: &[Member], by_weight: Option<Value<'a>>) {
        let mut weights = members.iter().filter_map(|member| member.weight);
        match by_weight {
            Some(ring) => {
                if !members.is_empty() && weights.next().is_none() {
                    let message = "members are to be drawn by weight, and none has one";
                    let mend =
                        "write { person = \"rosa\", weight = 3 } among the members, or ring = \"random\"";
                    self.found.report(Code::MissingKey, ring.place, message, mend);
                }
            }
            None => {
                for (_, place) in weights {
                    let message = "a weight means nothing unless members are drawn by it";
                    let mend = "write ring = \"weighted\", or leave the weight out";
                    self.found.report(Code::KeyDoesNotApply, place, message, mend);
                }
            }
        }
    }
}
