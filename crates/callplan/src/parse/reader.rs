//! What every table's reader shares: names, findings, the files it may read.

use std::{collections::BTreeMap, sync::Arc};

use sha2::{Digest, Sha256};

use super::{
    inbound::Inbounds,
    language::{Spoken, Written},
    later::Lack,
    merge::SAVE_AS_UTF8,
    money::Spending,
    names::Names,
    nearest::{nearest, one_of},
    place::{Findings, Place},
    table::Value,
    value,
};
use crate::{
    almanac::CalendarFile,
    finding::Code,
    model::{Class, E164, HoursId, Layer, MenuId, PlanId, PromptFile, PromptId, Remote, Speech},
    source::{Assets, Misread, Source, Unread},
};

/// Reads tables to the model.
pub(crate) struct Reader<'a> {
    pub(crate) names: &'a Names<'a>,
    pub(crate) found: &'a mut Findings,
    pub(crate) assets: &'a dyn Assets,
    /// Prompts: those of `[prompts]`, then those written where they are used.
    pub(crate) prompts: Vec<PromptFile>,
    /// Phrases among them, by what they say.
    pub(crate) phrases: BTreeMap<String, PromptId>,
    /// Where callers are let look somebody up first.
    pub(crate) listed_at: Option<Value<'a>>,
    /// Schedules that callers are told, and where first.
    pub(crate) told_hours: BTreeMap<HoursId, Value<'a>>,
    /// Numbers under which prompts are recorded, and where they are written.
    pub(crate) prompt_numbers: Vec<(Arc<str>, Place)>,
    /// What turns text into speech.
    pub(crate) speech: Speech,
    /// Languages that callers are spoken to in, the site's first.
    pub(crate) languages: Vec<Spoken>,
    /// Prompts with variants for languages.
    pub(crate) variants: Vec<Written>,
    /// That nothing speaks now was said.
    pub(crate) is_mute: bool,
    pub(crate) classes: Vec<Class>,
    pub(crate) hash: Sha256,
    /// Where `[listen] tls` is written.
    pub(crate) tls_place: Option<Place>,
    /// Codes of day/night keys, and where they are written.
    pub(crate) toggles: Vec<(Arc<str>, Place)>,
    /// Written plans that say `mask = "both"`.
    pub(crate) masked: Vec<PlanId>,
    /// Numbers that are not ours and may be shown, sorted.
    pub(crate) verified: Vec<E164>,
    /// Where they stand.
    pub(crate) verified_file: Option<Arc<str>>,
    /// Where spending is limited.
    pub(crate) spending: Spending,
    /// What is dialled to show another number.
    pub(crate) caller_id_code: Option<Arc<str>>,
    /// Layers that some step asks about.
    pub(crate) layered: Vec<Layer>,
    /// What is written of lines for texts.
    pub(super) inbounds: Inbounds,
    /// Tags that conditions ask about.
    pub(crate) tags: Vec<Arc<str>>,
    /// What is asked for and not served yet, and where first.
    pub(crate) lacks: BTreeMap<Lack, Place>,
    /// Whether all callers are told that they are recorded.
    pub(crate) discloses: bool,
    /// Calendars by their path, and the number of their text; none if one can't be read.
    pub(crate) calendars: BTreeMap<String, Option<(usize, Arc<CalendarFile>)>>,
    /// Calendars that are fetched.
    pub(crate) remotes: Vec<Remote>,
}

/// A kind of thing, as in `kind:name`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Person,
    Group,
    Queue,
    Phone,
    Menu,
    Plan,
    Voicemail,
    Number,
    Play,
    Rota,
    Agent,
}

const KINDS: [(&str, Kind); 11] = [
    ("person", Kind::Person),
    ("group", Kind::Group),
    ("queue", Kind::Queue),
    ("phone", Kind::Phone),
    ("menu", Kind::Menu),
    ("plan", Kind::Plan),
    ("voicemail", Kind::Voicemail),
    ("number", Kind::Number),
    ("play", Kind::Play),
    ("rota", Kind::Rota),
    ("agent", Kind::Agent),
];

/// A `kind:name` that was read: its kind, its name and where the name stands.
#[derive(Clone, Copy)]
pub(crate) struct Named<'a> {
    pub(crate) kind: Kind,
    pub(crate) name: &'a str,
    pub(crate) place: Place,
}

impl<'a> Reader<'a> {
    /// A reader that has read nothing yet.
    pub(crate) fn new(names: &'a Names<'a>, assets: &'a dyn Assets, found: &'a mut Findings) -> Self {
        Self {
            names,
            found,
            assets,
            prompts: Vec::new(),
            phrases: BTreeMap::new(),
            listed_at: None,
            told_hours: BTreeMap::new(),
            prompt_numbers: Vec::new(),
            speech: Speech::default(),
            languages: vec![Spoken::usual()],
            variants: Vec::new(),
            is_mute: false,
            classes: Vec::new(),
            hash: Sha256::new(),
            tls_place: None,
            toggles: Vec::new(),
            masked: Vec::new(),
            verified: Vec::new(),
            verified_file: None,
            spending: Spending::default(),
            caller_id_code: None,
            layered: Vec::new(),
            inbounds: Inbounds::default(),
            tags: Vec::new(),
            lacks: BTreeMap::new(),
            discloses: false,
            calendars: BTreeMap::new(),
            remotes: Vec::new(),
        }
    }

    /// Counts what was read into the site's hash.
    pub(crate) fn count_in(&mut self, name: &str, bytes: &[u8]) {
        self.hash.update(name.as_bytes());
        self.hash.update((bytes.len() as u64).to_le_bytes());
        self.hash.update(bytes);
    }

    /// Reads `kind:name`, of one of `kinds`.
    pub(crate) fn named(&mut self, value: Value<'a>, kinds: &[Kind]) -> Option<Named<'a>> {
        let spelled =
            |kind: &Kind| KINDS.iter().find(|(_, known)| known == kind).map_or("", |(word, _)| word);
        let wanted = || format!("KIND:NAME, where KIND is {}", one_of(kinds.iter().map(spelled)));
        let text = value.text(&wanted(), self.found)?;
        let word = text.split(':').next().unwrap_or(text);
        let known = KINDS.iter().find(|(known, _)| *known == word && text.len() > word.len());
        let Some((_, kind)) = known else {
            let mend = self.kind_mend(text, word, kinds, &wanted());
            self.found.report(Code::UnknownKind, value.place, format!("\"{text}\" is not KIND:NAME"), mend);
            return None;
        };
        if !kinds.contains(kind) {
            self.found.report(
                Code::WrongKind,
                value.place,
                format!("a {word} can't stand here"),
                format!("write {}", wanted()),
            );
            return None;
        }
        let at = word.len() + 1;
        Some(Named { kind: *kind, name: &text[at..], place: value.inside().part(at..text.len()) })
    }

    /// For a misspelled kind the nearest, for a bare name or another kind that of what has the name.
    fn kind_mend(&self, text: &str, word: &str, kinds: &[Kind], wanted: &str) -> String {
        let (has_kind, name) = text.split_once(':').map_or((false, text), |(_, name)| (true, name.trim()));
        let exists = |kind: &&Kind| match kind {
            Kind::Person => self.names.people.has(name),
            Kind::Group => self.names.groups.has(name),
            Kind::Queue => self.names.queues.has(name),
            Kind::Phone => self.names.phones.has(name),
            Kind::Menu => self.names.menus.has(name),
            Kind::Plan => self.names.plans.has(name),
            Kind::Voicemail => self.names.mailboxes.has(name),
            Kind::Number => name.starts_with('+'),
            Kind::Play => self.names.prompts.has(name),
            Kind::Rota => self.names.rotas.has(name),
            Kind::Agent => self.names.agents.has(name),
        };
        let spelled =
            |kind: &Kind| KINDS.iter().find(|(_, known)| known == kind).map_or("", |(word, _)| *word);
        let near = nearest(word, kinds.iter().map(spelled)).filter(|_| has_kind);
        let kind = near.or_else(|| kinds.iter().find(exists).map(spelled));
        kind.map_or_else(|| format!("write {wanted}"), |kind| format!("write \"{kind}:{name}\""))
    }

    /// A bare name of a menu.
    pub(crate) fn menu_name(&mut self, value: Value<'a>) -> Option<MenuId> {
        let name = value.text("the name of a menu", self.found)?;
        self.names.menu(name, value.inside(), self.found)
    }

    /// The bytes of a file the config can't do without; `mend` says how it comes to be.
    pub(crate) fn file(&mut self, value: Value<'a>, mend: &str) -> Option<Arc<[u8]>> {
        let path = value::path(value, self.found)?;
        match self.asset(path) {
            Ok(bytes) => Some(bytes),
            Err(unread) => {
                self.unread(Code::UnreadableFile, value.place, path, unread, mend);
                None
            }
        }
    }

    /// Reports a file that can't be read; `mend` serves where the file system knows no better.
    pub(crate) fn unread(&mut self, code: Code, place: Place, path: &str, unread: Unread, mend: &str) {
        let Unread { why, mend: better } = unread;
        let mend = if better.is_empty() { mend.to_owned() } else { better };
        self.found.report(code, place, format!("{path} can't be read: {why}"), mend);
    }

    /// A text file, known to findings from now on, and its number in their places.
    pub(crate) fn text_file(&mut self, value: Value<'a>, mend: &str) -> Option<(usize, Arc<str>)> {
        let bytes = self.file(value, mend)?;
        let Source { name, text, misread } = Source::from_bytes(value.as_text().unwrap_or_default(), &bytes);
        if let Some(Misread { is, at }) = misread {
            // Its line is not shown: the file may be one of secrets.
            let line = text[..at].matches('\n').count() + 1;
            let message = format!("{name}, line {line}, is not UTF-8 but {is}");
            self.found.report(Code::NotUtf8, value.place, message, SAVE_AS_UTF8);
            return None;
        }
        Some((self.found.add_text(name, Arc::clone(&text)), text))
    }

    /// The bytes of a file, counted into the site's hash.
    pub(crate) fn asset(&mut self, path: &str) -> Result<Arc<[u8]>, Unread> {
        let bytes = self.assets.read(path)?;
        self.count_in(path, &bytes);
        Ok(bytes)
    }
}
