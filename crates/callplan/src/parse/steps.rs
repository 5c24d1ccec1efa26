//! `[plans.x]`: steps, and the jumps that leave them.

use std::{ops::RangeInclusive, time::Duration};

use super::{
    nearest::one_of,
    place::Place,
    reader::{Kind, Reader},
    site::RING,
    table::{Entry, Table, Value},
    value,
    voice::WAIT,
};
use crate::{
    draft::{After, Deed, Outcomes, Step},
    finding::Code,
    model::{Layer, Layers, PlanId, Prompt, Refusal, Screening, Who},
};

/// How deep a step written as a destination lies in others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Nesting(u8);

impl Nesting {
    pub(crate) const OUTERMOST: Self = Self(0);
    /// Deeper than this nobody can follow; it is time for a plan with a name.
    pub(super) const MAX: Self = Self(3);

    pub(super) const fn inner(self) -> Self {
        Self(self.0 + 1)
    }
}

/// What a step can do; every step does exactly one.
#[derive(Clone, Copy)]
enum Action {
    Ring,
    Forward,
    Play,
    Say,
    SayHours,
    Ask,
    Directory,
    Menu,
    Queue,
    Voicemail,
    Reject,
    Hangup,
    Goto,
    Layers,
    Sticky,
    Agent,
}

const ACTIONS: [(&str, Action); 16] = [
    ("ring", Action::Ring),
    ("forward", Action::Forward),
    ("play", Action::Play),
    ("say", Action::Say),
    ("say_hours", Action::SayHours),
    ("ask", Action::Ask),
    ("directory", Action::Directory),
    ("menu", Action::Menu),
    ("queue", Action::Queue),
    ("voicemail", Action::Voicemail),
    ("reject", Action::Reject),
    ("hangup", Action::Hangup),
    ("goto", Action::Goto),
    ("layers", Action::Layers),
    ("sticky", Action::Sticky),
    ("agent", Action::Agent),
];
pub(super) const REFUSALS: [(&str, Refusal); 3] =
    [("busy", Refusal::Busy), ("decline", Refusal::Decline), ("unallocated", Refusal::Unallocated)];
/// Whom a caller is taken back to.
pub(crate) const STICKY: [(&str, Layer); 2] =
    [("last-agent", Layer::LastAgent), ("last-texter", Layer::LastTexter)];
/// How long a talk or a text counts.
pub(super) const WITHIN: RangeInclusive<Duration> =
    Duration::from_secs(60)..=Duration::from_secs(10 * 366 * 86_400);
/// Steps of one plan.
const STEPS_MAX: usize = 1000;

/// The keys that qualify an action. What an action does not take out has no meaning for it.
pub(super) struct Qualities<'a> {
    lasts: Option<Entry<'a>>,
    screen: Option<Entry<'a>>,
    busy: Option<Entry<'a>>,
    declined: Option<Entry<'a>>,
    pub(super) otherwise: Option<Entry<'a>>,
    then: Option<Entry<'a>>,
    language: Option<Entry<'a>>,
    key: Option<Entry<'a>>,
    within: Option<Entry<'a>>,
    /// Where the key of an ask step leads; by itself it is an action.
    goto: Option<Entry<'a>>,
}

impl<'a> Reader<'a> {
    /// Reads `[plans]`: the steps of each.
    pub(crate) fn plans(&mut self) -> Vec<Vec<Step>> {
        let names = self.names;
        names.plans.entries.iter().map(|entry| self.plan(*entry)).collect()
    }

    fn plan(&mut self, entry: Entry<'a>) -> Vec<Step> {
        let what = format!("plan `{}`", entry.key);
        let Some(mut table) = entry.value.table(&what, "a table: [plans.main]", self.found) else {
            return Vec::new();
        };
        let mend =
            "write what happens, in order: steps = [{ ring = \"person:rosa\" }, { voicemail = \"rosa\" }]";
        let steps = table.need("steps", mend, self.found);
        if self.mask(&mut table) == Some(true) {
            self.masked.extend(self.names.plans.find::<PlanId>(entry.key));
        }
        table.finish(self.found);
        let Some(steps) = steps else { return Vec::new() };
        let Some(items) = steps.list("a list of steps: [{ menu = \"main\" }]", self.found) else {
            return Vec::new();
        };
        if items.is_empty() {
            self.found.report(Code::EmptyPlan, steps.place, format!("{what} has no steps"), mend);
        }
        if items.len() > STEPS_MAX {
            let mend = "take it apart into several plans";
            self.found.report(
                Code::TooLarge,
                steps.place,
                format!("{what} has more than {STEPS_MAX} steps"),
                mend,
            );
        }
        items.into_iter().take(STEPS_MAX).map(|item| self.step(item)).collect()
    }

    fn step(&mut self, value: Value<'a>) -> Step {
        let broken = Step { place: value.place, guard: None, deed: Deed::Broken(After::Unknown) };
        let wanted = "a step: { ring = \"person:rosa\" }";
        let Some(mut table) = value.table("a step", wanted, self.found) else { return broken };
        let guard = self.guard(&mut table);
        let deed = self.deed(&mut table, Nesting::OUTERMOST);
        table.finish(self.found);
        Step { place: value.place, guard, deed }
    }

    /// What a step's table tells to do.
    pub(super) fn deed(&mut self, table: &mut Table<'a>, nesting: Nesting) -> Deed {
        let goto = if table.has("ask") { table.entry("goto") } else { None };
        let written = |(word, action)| Some((word, action, table.entry(word)?));
        let actions: Vec<_> = ACTIONS.into_iter().filter_map(written).collect();
        let mut qualities = Qualities {
            lasts: table.entry("for"),
            screen: table.entry("screen"),
            busy: table.entry("busy"),
            declined: table.entry("declined"),
            otherwise: table.entry("else"),
            then: table.entry("then"),
            language: table.entry("language"),
            key: table.entry("key"),
            within: table.entry("within"),
            goto,
        };
        let Some((word, action, entry)) = actions.first() else {
            if let Some(language) = qualities.language.take() {
                return self.language_step(language, qualities, nesting);
            }
            let words = ACTIONS.map(|(word, _)| word).into_iter().chain(["language"]);
            let mend = format!("write one of {}", one_of(words));
            self.found.report(Code::StepWithoutAction, table.place, "this step does nothing", mend);
            return Deed::Broken(After::Unknown);
        };
        if let Some((second, _, other)) = actions.get(1) {
            let message = format!("a step does one thing, and this one has `{word}` and `{second}`");
            self.found.again(Code::TwoActions, other.place, entry.place, message, "make them two steps");
        }
        let deed = self.action(*action, entry.value, &mut qualities, nesting);
        self.has_no_meaning(qualities, word);
        deed
    }

    fn has_no_meaning(&mut self, left: Qualities<'a>, word: &str) {
        for leftover in left.left() {
            let message = format!("`{}` has no meaning for `{word}`", leftover.key);
            self.found.report(Code::KeyDoesNotApply, leftover.place, message, "leave it out");
        }
    }

    /// `{ language = "es" }`: what the caller is spoken to in from here on.
    fn language_step(&mut self, entry: Entry<'a>, mut with: Qualities<'a>, nesting: Nesting) -> Deed {
        let then = with.then.take().map(|entry| self.jump(entry.value, nesting.inner()));
        self.has_no_meaning(with, "language");
        let after = if then.is_some() { After::Nothing } else { After::Next };
        let language = self.speaks(entry.value);
        language.map_or(Deed::Broken(after), |language| Deed::Language { language, then })
    }

    fn action(
        &mut self,
        action: Action,
        value: Value<'a>,
        with: &mut Qualities<'a>,
        nesting: Nesting,
    ) -> Deed {
        let ends = match action {
            Action::Ask => return self.ask(value, with),
            Action::Ring => return self.ring(value, with, nesting),
            Action::Forward => return self.forward(value, with, nesting),
            Action::Play => {
                let prompt = self.prompt(value);
                return self.play(prompt, with, nesting);
            }
            Action::Say => {
                let language = with.language.take();
                let prompt = self.said_here(value, language);
                return self.play(prompt, with, nesting);
            }
            Action::SayHours => {
                let prompt = self.said_hours(value);
                return self.play(prompt, with, nesting);
            }
            Action::Directory => {
                let is_true = value::word_true(value, self.found);
                let nobody = with.otherwise.take().map(|entry| self.jump(entry.value, nesting.inner()));
                let after = if nobody.is_some() { After::Nothing } else { After::Next };
                self.listed_at.get_or_insert(value);
                return if is_true { Deed::Directory { nobody } } else { Deed::Broken(after) };
            }
            Action::Menu => self.menu_name(value).map(Deed::Menu),
            Action::Queue => self.queue_name(value).map(Deed::Queue),
            Action::Voicemail => self.mailbox_name(value).map(Deed::Voicemail),
            Action::Reject => value::word(value, &REFUSALS, self.found).map(Deed::Reject),
            Action::Hangup => value::word_true(value, self.found).then_some(Deed::Hangup),
            Action::Goto => self.goto(value).map(Deed::Goto),
            Action::Layers => return self.layers(value, with, nesting),
            Action::Sticky => return self.sticky(value, with, nesting),
            Action::Agent => return self.agent_step(value, with, nesting),
        };
        ends.unwrap_or(Deed::Broken(After::Nothing))
    }

    fn play(&mut self, prompt: Option<Prompt>, with: &mut Qualities<'a>, nesting: Nesting) -> Deed {
        let then = with.then.take().map(|entry| self.jump(entry.value, nesting.inner()));
        let after = if then.is_some() { After::Nothing } else { After::Next };
        prompt.map_or(Deed::Broken(after), |prompt| Deed::Play { prompt, then })
    }

    fn ring(&mut self, value: Value<'a>, with: &mut Qualities<'a>, nesting: Nesting) -> Deed {
        let lasts = with.lasts.take().and_then(|entry| value::duration(entry.value, RING, self.found));
        let outcomes = self.outcomes(with, nesting);
        let named = self.named(value, &[Kind::Person, Kind::Group, Kind::Phone, Kind::Rota]);
        // A phone by itself is no way out of the building.
        let is_phone = named.is_some_and(|named| named.kind == Kind::Phone);
        let screen = if is_phone { None } else { with.screen.take() };
        let screening = self.screening_of(screen);
        // A group may lead elsewhere by itself.
        let is_person =
            named.is_some_and(|named| matches!(named.kind, Kind::Person | Kind::Phone | Kind::Rota));
        let after = match (&outcomes.otherwise, is_person) {
            (Some(_), _) => After::Nothing,
            (None, true) => After::Next,
            (None, false) => After::Unknown,
        };
        let who = named.and_then(|named| self.who(named));
        who.map_or(Deed::Broken(after), |who| Deed::Ring { who, lasts, screening, outcomes })
    }

    fn forward(&mut self, value: Value<'a>, with: &mut Qualities<'a>, nesting: Nesting) -> Deed {
        let lasts = with.lasts.take().and_then(|entry| value::duration(entry.value, RING, self.found));
        let outcomes = self.outcomes(with, nesting);
        let screening = self.screening_of(with.screen.take());
        let after = if outcomes.otherwise.is_some() { After::Nothing } else { After::Next };
        if value.as_text().is_some_and(|text| text.starts_with("rota:")) {
            let rota = self.named(value, &[Kind::Rota]);
            let rota = rota.and_then(|rota| self.names.rota(rota.name, rota.place, self.found));
            return rota.map_or(Deed::Broken(after), |rota| Deed::Ring {
                who: Who::OnCall(rota),
                lasts,
                screening,
                outcomes,
            });
        }
        let (place, to) = (value.place, value::number(value, self.found));
        to.map_or(Deed::Broken(after), |to| Deed::Forward { to, place, lasts, screening, outcomes })
    }

    /// `{ ask = "urgent", key = "9", within = "5s", goto = "urgent" }`.
    fn ask(&mut self, value: Value<'a>, with: &mut Qualities<'a>) -> Deed {
        let prompt = self.prompt(value);
        let mut need = |entry: Option<Entry<'a>>, key: &str, mend: &str| {
            if entry.is_none() {
                let message = format!("this asks for a key and has no `{key}`");
                self.found.report(Code::MissingKey, value.place, message, mend);
            }
            entry
        };
        let key = need(with.key.take(), "key", "write the key to press: key = \"9\"");
        let within = need(with.within.take(), "within", "write how long it is waited for: within = \"5s\"");
        let goto = need(with.goto.take(), "goto", "write the plan that it leads to: goto = \"urgent\"");
        let key = key.and_then(|entry| value::key(entry.value, self.found));
        let within = within.and_then(|entry| value::duration(entry.value, WAIT, self.found));
        let to = goto.and_then(|entry| self.goto(entry.value));
        let asked = || Some(Deed::Ask { prompt: prompt?, key: key?, within: within?, to: to? });
        asked().unwrap_or(Deed::Broken(After::Next))
    }

    /// Who a call may be for, in order.
    fn layers(&mut self, value: Value<'a>, with: &mut Qualities<'a>, nesting: Nesting) -> Deed {
        let lasts = with.lasts.take().and_then(|entry| value::duration(entry.value, RING, self.found));
        let outcomes = self.outcomes(with, nesting);
        let screening = self.screening_of(with.screen.take());
        let after = if outcomes.otherwise.is_some() { After::Nothing } else { After::Next };
        let wanted = "a list of layers: [\"contact.owner\", \"site.company_phone\"]";
        let Some(items) = value.list(wanted, self.found) else { return Deed::Broken(after) };
        let mut layers: Vec<(Layer, Place)> = Vec::new();
        for item in &items {
            let Some(layer) = value::word(*item, &Layer::ALL, self.found) else { continue };
            if let Some((_, first)) = layers.iter().find(|(other, _)| *other == layer) {
                let message = format!("`{}` is written twice", layer.word());
                self.found.again(Code::LayerTwice, item.place, *first, message, "keep the first");
            }
            layers.push((layer, item.place));
        }
        if items.is_empty() {
            let mend = "write who it is for, in order: [\"contact.owner\", \"site.company_phone\"]";
            self.found.report(Code::NoLayer, value.place, "this rings nobody", mend);
        }
        let layers: Vec<_> = layers.into_iter().map(|(layer, _)| layer).collect();
        self.layered.extend(&layers);
        if layers.is_empty() {
            return Deed::Broken(after);
        }
        Deed::Ring { who: Who::First(Layers::new(&layers, None)), lasts, screening, outcomes }
    }

    /// Who talked with the caller last, or texted them.
    fn sticky(&mut self, value: Value<'a>, with: &mut Qualities<'a>, nesting: Nesting) -> Deed {
        let lasts = with.lasts.take().and_then(|entry| value::duration(entry.value, RING, self.found));
        let within = with.within.take().and_then(|entry| value::duration(entry.value, WITHIN, self.found));
        let outcomes = self.outcomes(with, nesting);
        let screening = self.screening_of(with.screen.take());
        let after = if outcomes.otherwise.is_some() { After::Nothing } else { After::Next };
        let layer = value::word(value, &STICKY, self.found);
        layer.map_or(Deed::Broken(after), |layer| {
            let who = Who::First(Layers::new(&[layer], within));
            Deed::Ring { who, lasts, screening, outcomes }
        })
    }

    fn screening_of(&mut self, screen: Option<Entry<'a>>) -> Screening {
        screen.map_or(Screening::Unsaid, |entry| self.screening(entry.value))
    }

    fn outcomes(&mut self, with: &mut Qualities<'a>, nesting: Nesting) -> Outcomes {
        let mut jump =
            |entry: &mut Option<Entry<'a>>| entry.take().map(|entry| self.jump(entry.value, nesting.inner()));
        Outcomes {
            busy: jump(&mut with.busy),
            declined: jump(&mut with.declined),
            otherwise: jump(&mut with.otherwise),
            overrides: false,
        }
    }
}

impl<'a> Qualities<'a> {
    fn left(self) -> impl Iterator<Item = Entry<'a>> {
        let ringing = [self.lasts, self.busy, self.declined, self.otherwise, self.then];
        let others = [self.screen, self.language, self.key, self.within, self.goto];
        ringing.into_iter().chain(others).flatten()
    }
}
