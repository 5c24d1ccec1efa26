//! `[prompts]`, `[mailboxes.x]` and `[menus.x]`.

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use wave::{SECONDS_MAX, WavError, Wave};

use super::{
    language::Varied,
    later,
    nearest::one_of,
    people::Extensions,
    place::Place,
    reader::Reader,
    steps::Nesting,
    table::{Entry, Table, Value},
    value,
};
use crate::{
    draft::{Deed, Exits, Jump, To},
    finding::Code,
    model::{
        Keys, Mailbox, MailboxId, Menu, MenuId, NodeId, Owner, PROMPT_NUMBER_LEN, PersonId, PlanId, Prompt,
        PromptFile, PromptId, Retry, Shipped, Silence,
    },
};

/// How long a key may be waited for.
pub(super) const WAIT: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(60);
/// How long a message may be.
const MESSAGE: RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(3600);
/// How much silence may end one.
const PAUSE: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(60);

impl<'a> Reader<'a> {
    /// Reads `[prompts]`.
    pub(crate) fn all_prompts(&mut self) {
        let names = self.names;
        let mut others = Vec::new();
        for entry in &names.prompts.entries {
            let unread = || PromptFile {
                name: entry.key.into(),
                file: "".into(),
                says: None,
                bytes: None,
                recorded: None,
                variants: Vec::new(),
            };
            let varied = self.prompt_file(entry.key, entry.value).unwrap_or_else(|| unread().into());
            self.prompts.push(varied.file);
            others.push((varied.others, varied.written));
        }
        // Those of a name come first: their ids are the places of their names.
        for (index, (others, written)) in others.into_iter().enumerate() {
            self.add_variants(PromptId::from(index), others, written);
        }
    }

    /// The number under which a prompt is recorded, and which no other has.
    fn recorded(&mut self, name: &str, value: Value<'a>) -> Option<Arc<str>> {
        if name.is_empty() {
            let message = "a prompt without a name can't be recorded by phone";
            let mend = "declare it under [prompts] and use its name here";
            self.found.report(Code::KeyDoesNotApply, value.place, message, mend);
            return None;
        }
        let number = value.text("a number of a prompt: \"1\"", self.found)?;
        if !(1..=PROMPT_NUMBER_LEN).contains(&number.len()) || !number.bytes().all(|it| it.is_ascii_digit()) {
            let message = format!("\"{number}\" is no number under which a prompt is recorded");
            let mend = format!("write one of up to {PROMPT_NUMBER_LEN} digits: recorded = \"1\"");
            self.found.report(Code::BadPromptNumber, value.place, message, mend);
            return None;
        }
        if let Some((_, first)) = self.prompt_numbers.iter().find(|(own, _)| **own == *number) {
            let message = format!("two prompts are recorded under {number}");
            let mend = "give one of them another number";
            self.found.again(Code::PromptNumberTwice, value.place, *first, message, mend);
            return None;
        }
        let number: Arc<str> = number.into();
        self.prompt_numbers.push((Arc::clone(&number), value.place));
        Some(number)
    }

    /// `{ file = "prompts/welcome.wav" }` or `{ say = "Welcome." }`, or a table of either for each language, and
    /// `recorded = "1"` beside it. A file that can't be used is a warning: the rest works.
    fn prompt_file(&mut self, name: &str, value: Value<'a>) -> Option<Varied> {
        let wanted = "a file or a text: { file = \"prompts/welcome.wav\" }, { say = \"Welcome.\" }";
        let what = if name.is_empty() { "this prompt".to_owned() } else { format!("prompt `{name}`") };
        let mut table = value.table(&what, wanted, self.found)?;
        let [say, language] = ["say", "language"].map(|key| table.entry(key));
        let recorded = table.take("recorded").and_then(|value| self.recorded(name, value));
        let mend = "write { file = \"prompts/....wav\" } or { say = \"...\" }";
        let file = if say.is_none() { table.need("file", mend, self.found) } else { table.take("file") };
        table.finish(self.found);
        if let Some(needless) =
            if say.is_some() { file.map(|file| file.place) } else { language.map(|it| it.place) }
        {
            let message = "a prompt is a file, or a text in some language";
            self.found.report(Code::KeyDoesNotApply, needless, message, "leave it out, or the other");
        }
        if let Some(say) = say {
            let said = self.said_texts(name, say.value, language)?;
            return Some(Varied { file: PromptFile { recorded, ..said.file }, ..said });
        }
        let read = self.varied(name, file?, |reader, name, file, _| reader.sound_file(name, file))?;
        Some(Varied { file: PromptFile { recorded, ..read.file }, ..read })
    }

    fn sound_file(&mut self, name: &str, file: Value<'a>) -> Option<PromptFile> {
        let path = value::path(file, self.found)?;
        let name = if name.is_empty() { path } else { name };
        let bytes = self.wave(file, path);
        Some(PromptFile {
            name: name.into(),
            file: path.into(),
            says: None,
            bytes,
            recorded: None,
            variants: Vec::new(),
        })
    }

    /// The bytes of a WAV that can be played. Any other is a finding at `file`.
    pub(crate) fn wave(&mut self, file: Value<'a>, path: &str) -> Option<Arc<[u8]>> {
        let bytes = match self.asset(path) {
            Ok(bytes) => bytes,
            Err(unread) => {
                let mend = "paths are relative to the config directory";
                self.unread(Code::UnreadablePrompt, file.place, path, unread, mend);
                return None;
            }
        };
        match Wave::open(&bytes) {
            Ok(_) => Some(bytes),
            Err(error) => {
                let error = if bytes.is_empty() { WavError::Empty } else { error };
                let message = format!("{path} can't be played: {error}");
                self.found.report(Code::NotWav, file.place, message, mend_of_sound(path, error));
                None
            }
        }
    }

    /// A prompt by name, or written where it is used.
    pub(crate) fn prompt(&mut self, value: Value<'a>) -> Option<Prompt> {
        if let Some(name) = value.as_text() {
            return self.prompt_name(name, value.inside());
        }
        let file = self.prompt_file("", value)?;
        Some(self.prompt_of(file))
    }

    /// A text that is said where it is written.
    pub(super) fn said_here(&mut self, say: Value<'a>, language: Option<Entry<'a>>) -> Option<Prompt> {
        let said = self.said_texts("", say, language)?;
        Some(self.prompt_of(said))
    }

    fn prompt_of(&mut self, Varied { file, others, written }: Varied) -> Prompt {
        let id = PromptId::from(self.prompts.len());
        self.prompts.push(file);
        self.add_variants(id, others, written);
        Prompt::File(id)
    }

    pub(crate) fn prompt_name(&mut self, name: &str, place: Place) -> Option<Prompt> {
        self.names.prompt(name, place, self.found).map(Prompt::File)
    }

    /// Reads `[mailboxes]` and adds one for each person.
    pub(crate) fn mailboxes(&mut self, extensions: &mut Extensions) -> Vec<Mailbox> {
        let names = self.names;
        let entries = names.mailboxes.entries.iter().enumerate();
        let mut mailboxes: Vec<_> = entries
            .map(|(index, entry)| self.mailbox_entry(MailboxId::from(index), *entry, extensions))
            .collect();
        let own = |(index, name)| {
            let person = PersonId::from(index);
            Mailbox { owner: Some(person), ..empty(name, names.plan_of_mailbox(names.mailbox_of(person))) }
        };
        mailboxes.extend(names.people.names().enumerate().map(own));
        mailboxes
    }

    fn mailbox_entry(&mut self, id: MailboxId, entry: Entry<'a>, extensions: &mut Extensions) -> Mailbox {
        let mut mailbox = empty(entry.key, self.names.plan_of_mailbox(id));
        let what = format!("mailbox `{}`", entry.key);
        let Some(mut table) = entry.value.table(&what, "a table: { max = \"3m\" }", self.found) else {
            return mailbox;
        };
        if let Some(value) = table.take("ext") {
            mailbox.ext = value::extension(value, self.found);
            extensions.give(mailbox.ext.as_ref(), Owner::Mailbox(id), value.place, self.found);
        }
        if let Some(greeting) = table.take("greeting").and_then(|value| self.prompt(value)) {
            mailbox.greeting = greeting;
        }
        if let Some(value) = table.take("max") {
            mailbox.max = value::duration(value, MESSAGE, self.found).unwrap_or(mailbox.max);
        }
        if let Some(value) = table.take("silence") {
            mailbox.silence = value::duration(value, PAUSE, self.found).unwrap_or(mailbox.silence);
        }
        mailbox.pin = table.take("pin_file").and_then(|value| self.pin(value));
        if let Some(value) = table.take("lamp") {
            mailbox.lamp = self.people_named(value);
        }
        self.later(&mut table, later::MAILBOX);
        table.finish(self.found);
        mailbox
    }

    /// Reads `[menus]`: the menus without their exits, and the exits.
    pub(crate) fn menus(&mut self) -> Vec<(Menu, Exits)> {
        let names = self.names;
        let menus = names.menus.entries.iter().enumerate();
        menus.map(|(index, entry)| self.menu(MenuId::from(index), *entry)).collect()
    }

    fn menu(&mut self, id: MenuId, entry: Entry<'a>) -> (Menu, Exits) {
        // The exits' nodes are the compiler's to set.
        let retry = Retry { repeat: 0, then: NodeId(0) };
        let mut menu = Menu {
            name: entry.key.into(),
            greeting: Prompt::Shipped(Shipped::Beep),
            dial_extension: false,
            keys: Keys::default(),
            silence: Silence { after: *WAIT.start(), retry },
            invalid: retry,
            plan: self.names.plan_of_menu(id),
        };
        let mut exits = Exits { keys: Vec::new(), silence: None, invalid: None };
        let what = format!("menu `{}`", entry.key);
        let Some(mut table) = entry.value.table(&what, "a table: [menus.main]", self.found) else {
            return (menu, exits);
        };
        let greeting = table.need("greeting", "write what callers hear: greeting = \"welcome\"", self.found);
        menu.greeting = greeting.and_then(|value| self.prompt(value)).unwrap_or(menu.greeting);
        match table.take("silence") {
            Some(value) => self.silence(value, &mut menu, &mut exits),
            None => {
                let mend = "write silence = { after = \"6s\", repeat = 2, then = \"group:reception\" }";
                let message = format!("{what} does not say what silence does");
                self.found.report(Code::MenuWithoutSilence, table.place, message, mend);
            }
        }
        match table.take("invalid") {
            Some(value) => {
                let table =
                    value.table("`invalid`", "{ repeat = 2, then = \"group:reception\" }", self.found);
                exits.invalid = table.and_then(|mut table| self.retry(&mut table, &mut menu.invalid));
            }
            None => {
                let mend = "write invalid = { repeat = 2, then = \"group:reception\" }";
                let message = format!("{what} does not say what a wrong key does");
                self.found.report(Code::MenuWithoutInvalid, table.place, message, mend);
            }
        }
        let dials = table.take("dial_extension").and_then(|value| value.flag(self.found));
        menu.dial_extension = dials.unwrap_or(false);
        exits.keys = self.keys(&mut table);
        // Who finds nobody is back where they came from.
        for (_, jump) in &mut exits.keys {
            if let To::Deed(deed) = &mut jump.to
                && let Deed::Directory { nobody: nobody @ None } = &mut **deed
            {
                *nobody = Some(Jump { place: jump.place, to: To::Plan(menu.plan) });
            }
        }
        table.finish(self.found);
        (menu, exits)
    }

    /// `{ after, repeat, then }`.
    fn silence(&mut self, value: Value<'a>, menu: &mut Menu, exits: &mut Exits) {
        let wanted = "{ after = \"6s\", repeat = 2, then = \"group:reception\" }";
        let Some(mut table) = value.table("`silence`", wanted, self.found) else { return };
        let after = table.need("after", "write how long a key is waited for: after = \"6s\"", self.found);
        let after = after.and_then(|value| value::duration(value, WAIT, self.found));
        menu.silence.after = after.unwrap_or(menu.silence.after);
        exits.silence = self.retry(&mut table, &mut menu.silence.retry);
    }

    /// `repeat` and `then`, which end the table.
    fn retry(&mut self, table: &mut Table<'a>, retry: &mut Retry) -> Option<Jump> {
        if let Some(value) = table.take("repeat") {
            retry.repeat = value::integer(value, 0..=9, self.found).unwrap_or(0);
        }
        let then = table.need("then", "write where the call goes: then = \"group:reception\"", self.found);
        let then = then.map(|value| self.jump(value, Nesting::OUTERMOST));
        table.report_unknown(self.found);
        then
    }

    fn keys(&mut self, menu: &mut Table<'a>) -> Vec<(char, Jump)> {
        let keys = menu.take("keys");
        let keys =
            keys.and_then(|value| value.table("`keys`", "a table: { 1 = \"group:sales\" }", self.found));
        let entries = keys.map(|mut keys| keys.rest()).unwrap_or_default();
        if entries.is_empty() {
            let mend = "write what its keys do: keys = { 1 = \"group:sales\", 0 = \"person:rosa\" }";
            self.found.report(Code::MenuWithoutKeys, menu.place, format!("{} has no keys", menu.what), mend);
        }
        entries.into_iter().filter_map(|entry| self.key(entry)).collect()
    }

    fn key(&mut self, entry: Entry<'a>) -> Option<(char, Jump)> {
        let mut chars = entry.key.chars();
        let key = chars.next().filter(|key| Keys::ORDER.contains(key) && chars.next().is_none());
        if key.is_none() {
            let mend = format!("write one of {}", one_of(["0 to 9", "\"*\"", "\"#\""]));
            let message = format!("no telephone has a key `{}`", entry.key);
            self.found.report(Code::BadKey, entry.place, message, mend);
        }
        let jump = self.jump(entry.value, Nesting::OUTERMOST);
        Some((key?, jump))
    }
}

fn empty(name: &str, plan: PlanId) -> Mailbox {
    Mailbox {
        name: name.into(),
        owner: None,
        ext: None,
        plan,
        pin: None,
        greeting: Prompt::Shipped(Shipped::LeaveMessage),
        max: Duration::from_secs(180),
        silence: Duration::from_secs(6),
        lamp: Vec::new(),
    }
}

/// The command that makes a WAV we play of what can't be played, to be run where the config lies.
fn mend_of_sound(path: &str, error: WavError) -> String {
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    let [from, to] = [path, &format!("{stem}-16k.wav")].map(quoted);
    let convert = |cut: &str| {
        format!(
            "run this in the config directory, then name the new file: \
             ffmpeg -i {from} {cut}-ar 16000 -ac 1 -c:a pcm_s16le {to}"
        )
    };
    match error {
        WavError::NoWave | WavError::Coding { .. } | WavError::Rate(_) => convert(""),
        WavError::TooLong => convert(&format!("-t {SECONDS_MAX} ")),
        WavError::Missing(_) | WavError::Empty => "record it anew, or save it again as WAV".to_owned(),
    }
}

/// One word of a shell.
fn quoted(path: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    if path.bytes().all(is_plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}
