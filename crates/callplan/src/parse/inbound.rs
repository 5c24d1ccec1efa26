//! What becomes of calls to lines that are for texts: `[inbound]`, `inbound` of a group, an inbox or a number, and
//! `[inboxes.x]`.
//!
//! | level | says nothing |
//! |---|---|
//! | the site | whoever texted the caller last is rung, else the call is declined |
//! | a group | the site's holds |
//! | an inbox | the call is declined |

use std::collections::BTreeMap;

use super::{
    merge::Sections,
    place::Place,
    reader::{Kind, Reader},
    site::RING,
    steps::{REFUSALS, STICKY, WITHIN},
    table::{Entry, Table, Value},
    value,
};
use crate::{
    draft::Inbound,
    finding::Code,
    model::{GroupId, Layer, NumberId, Refusal, Screening, TextLine, Won},
};

/// What is written of lines for texts, level by level.
#[derive(Default)]
pub(crate) struct Inbounds {
    site: Option<(Inbound, Place)>,
    groups: BTreeMap<GroupId, (Inbound, Place)>,
    /// The inbox of each number that has one, where it names its number, and what it says.
    inboxes: BTreeMap<NumberId, (Place, Inbound, TextLine)>,
    /// Levels that some number follows.
    followed: (bool, Vec<GroupId>),
}

/// What one level says.
enum Says {
    Own(Inbound),
    Follows(Option<GroupId>),
}

impl Default for Inbound {
    fn default() -> Self {
        Self { sticky: Some((Layer::LastTexter, None)), ..Self::refused(Refusal::Decline) }
    }
}

impl Inbound {
    /// Nobody is rung.
    const fn refused(refusal: Refusal) -> Self {
        Self { sticky: None, lasts: None, screening: Screening::Unsaid, forward: None, refusal }
    }
}

impl<'a> Reader<'a> {
    /// Reads `[inbound]`.
    pub(crate) fn site_inbound(&mut self, sections: &mut Sections<'a>) {
        if let Some(table) = sections.find("inbound") {
            let place = table.place;
            self.inbounds.site = Some((self.inbound_table(table), place));
        }
    }

    /// Reads `inbound` of a group.
    pub(super) fn group_inbound(&mut self, group: GroupId, entry: Entry<'a>) {
        if let Some(Says::Own(own)) = self.says(entry.value, false) {
            self.inbounds.groups.insert(group, (own, entry.place));
        }
    }

    /// Reads `[inboxes]`: the number of each, and what becomes of its calls.
    pub(crate) fn inboxes(&mut self) {
        let names = self.names;
        for entry in &names.inboxes.entries {
            let what = format!("inbox `{}`", entry.key);
            let wanted = "a table: { number = \"+12025550103\" }";
            let Some(mut table) = entry.value.table(&what, wanted, self.found) else { continue };
            let mend = "write which of our numbers it is: number = \"+12025550103\"";
            let number = table.need("number", mend, self.found);
            let inbound = table.entry("inbound");
            table.finish(self.found);
            let said = inbound.map(|entry| self.says(entry.value, true));
            let place = number.map_or(entry.place, |value| value.place);
            let number = number.and_then(|value| value::number(value, self.found));
            let number = number.and_then(|number| self.names.number(number, place, self.found));
            let (rules, won, group) = match said {
                None => (Inbound::refused(Refusal::Decline), Won::Unset, None),
                Some(said) => self.settled(said.unwrap_or(Says::Follows(None)), Won::Inbox),
            };
            let line = TextLine { inbox: Some(entry.key.into()), group, won };
            if let Some(number) = number
                && let Some((first, ..)) = self.inbounds.inboxes.insert(number, (place, rules, line))
            {
                let message = "this number has an inbox already";
                self.found.again(Code::ListedTwice, place, first, message, "keep one of the two");
            }
        }
    }

    /// What becomes of calls to a number that is a line for texts, of an inbox or by its own `inbound`; `other` is a key
    /// beside it that says something else.
    pub(super) fn line(
        &mut self,
        number: NumberId,
        own: Option<Entry<'a>>,
        other: Option<Entry<'a>>,
    ) -> Option<(Inbound, TextLine)> {
        let inbox =
            self.inbounds.inboxes.get(&number).map(|(place, rules, line)| (*place, *rules, line.clone()));
        let by = inbox.as_ref().map(|(place, ..)| *place).or(own.map(|entry| entry.place))?;
        let beside = if inbox.is_some() { own.or(other) } else { other };
        if let Some(beside) = beside {
            let what = if inbox.is_some() { "an inbox" } else { "`inbound`" };
            let message = format!("a number has {what} or `{}`, not both", beside.key);
            let mend = format!("leave `{}` out, or give it another number", beside.key);
            self.found.again(Code::LineAndPlan, beside.place, by, message, &mend);
        }
        if let Some((_, rules, line)) = inbox {
            return Some((rules, line));
        }
        let said = self.says(own?.value, true).unwrap_or(Says::Follows(None));
        let (rules, won, group) = self.settled(said, Won::Number);
        Some((rules, TextLine { inbox: None, group, won }))
    }

    /// Which level has the word, where one asks another.
    fn settled(&mut self, said: Says, own: Won) -> (Inbound, Won, Option<GroupId>) {
        let group = match said {
            Says::Own(rules) => return (rules, own, None),
            Says::Follows(group) => group,
        };
        if let Some(group) = group {
            self.inbounds.followed.1.push(group);
            if let Some((rules, _)) = self.inbounds.groups.get(&group) {
                return (*rules, Won::Group, Some(group));
            }
        }
        self.inbounds.followed.0 = true;
        match &self.inbounds.site {
            Some((rules, _)) => (*rules, Won::Site, group),
            None => (Inbound::default(), Won::Usual, group),
        }
    }

    /// Reports what is written for lines that there are none of.
    pub(crate) fn unfollowed(&mut self) {
        let (site, groups) = &self.inbounds.followed;
        let unfollowed = self.inbounds.groups.iter().filter(|(group, _)| !groups.contains(group));
        let mut places: Vec<_> = unfollowed
            .map(|(group, (_, place))| {
                (*place, format!("\"group:{}\"", self.names.groups.name(group.index())))
            })
            .collect();
        let of_site = self.inbounds.site.as_ref().filter(|_| !site);
        places.extend(of_site.map(|(_, place)| (*place, "\"site\"".to_owned())));
        for (place, word) in places {
            let mend = format!("write inbound = {word} for an inbox or a number, or leave this out");
            self.found.report(Code::NobodyFollows, place, "no inbox and no number follows this", mend);
        }
    }

    /// `"decline"`, `"last-texter"`, `"number:+12025550160"`, a table; where others may be followed, `"site"` and
    /// `"group:sales"` too.
    fn says(&mut self, value: Value<'a>, may_follow: bool) -> Option<Says> {
        if let Some(table) = value.as_table("`inbound`") {
            return Some(Says::Own(self.inbound_table(table)));
        }
        let wanted =
            "\"decline\", \"last-texter\", \"number:+12025550160\", or a table: { sticky = \"last-texter\" }";
        let text = value.text(wanted, self.found)?;
        if text == "site" && may_follow {
            return Some(Says::Follows(None));
        }
        if text.contains(':') {
            let kinds = [Kind::Number, Kind::Group];
            let named = self.named(value, if may_follow { &kinds } else { &kinds[..1] })?;
            if named.kind == Kind::Group {
                let group = self.names.group(named.name, named.place, self.found)?;
                return Some(Says::Follows(Some(group)));
            }
            let to = value::number_text(named.name, named.place, self.found)?;
            let forward = Some((to, named.place));
            return Some(Says::Own(Inbound { forward, ..Inbound::refused(Refusal::Decline) }));
        }
        let refused = |(word, refusal)| (word, Inbound::refused(refusal));
        let rung = |(word, layer)| {
            (word, Inbound { sticky: Some((layer, None)), ..Inbound::refused(Refusal::Decline) })
        };
        let words: Vec<_> = STICKY.map(rung).into_iter().chain(REFUSALS.map(refused)).collect();
        value::word(value, &words, self.found).map(Says::Own)
    }

    fn inbound_table(&mut self, mut table: Table<'a>) -> Inbound {
        let place = table.place;
        let sticky = table.take("sticky");
        let forward = table.take("forward");
        let [within, lasts, screen] = ["within", "for", "screen"].map(|key| table.entry(key));
        let refusal = table.take("reject");
        table.finish(self.found);
        if sticky.is_none() {
            for leftover in [within, screen].into_iter().flatten() {
                let message = format!("`{}` has no meaning without `sticky`", leftover.key);
                let mend = "write sticky = \"last-texter\", or leave it out";
                self.found.report(Code::KeyDoesNotApply, leftover.place, message, mend);
            }
        }
        if sticky.is_none() && forward.is_none() && refusal.is_none() {
            let mend = "write sticky = \"last-texter\", forward = \"+12025550160\" or reject = \"decline\"";
            self.found.report(Code::Empty, place, "this says nothing of calls", mend);
        }
        let within = within.and_then(|entry| value::duration(entry.value, WITHIN, self.found));
        let sticky = sticky.and_then(|value| value::word(value, &STICKY, self.found));
        Inbound {
            sticky: sticky.map(|layer| (layer, within)),
            lasts: lasts.and_then(|entry| value::duration(entry.value, RING, self.found)),
            screening: screen.map_or(Screening::Unsaid, |entry| self.screening(entry.value)),
            forward: forward.and_then(|it| Some((value::number(it, self.found)?, it.place))),
            refusal: refusal
                .and_then(|value| value::word(value, &REFUSALS, self.found))
                .unwrap_or(Refusal::Decline),
        }
    }
}
