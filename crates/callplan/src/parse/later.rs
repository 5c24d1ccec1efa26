//! Keys of what is not served yet: recordings, mail, text messages, a web API, a wallet.
//!
//! A site can be written whole all the same: they are read and checked as others are, and what none of them brings about
//! is told once. Each leaves this room for one of its own when it is served.

use std::{ops::RangeInclusive, time::Duration};

use super::{
    merge::Sections,
    reader::Reader,
    table::{Table, Value},
    value,
};
use crate::finding::Code;

/// How long things may be kept.
const KEEP: RangeInclusive<Duration> = Duration::from_secs(3600)..=Duration::from_secs(3650 * 86_400);
/// How long something may be waited with.
const PAUSE: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(365 * 86_400);

/// A key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Later {
    pub(crate) key: &'static str,
    pub(crate) kind: Kind,
    /// What it is for, in a line.
    pub(crate) about: &'static str,
    lack: Lack,
}

/// What is written as its value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Text,
    /// One, or a list of several.
    Texts,
    Flag,
    File,
    Duration,
    /// A time that is let pass, however short.
    Pause,
    Word(&'static [&'static str]),
    /// Words, from 1 to 10 each.
    Levels,
    /// Texts by names.
    Named,
    /// A prompt, or `true` for the one that we bring.
    Disclosure,
    Table(&'static [Later]),
    /// One text, or one for open and one for closed hours.
    ByHours,
}

/// What does not happen yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lack {
    Recording,
    Mail,
    Transcript,
    Texting,
    Skills,
    Roles,
    Encryption,
    Keeping,
    Api,
    Events,
    Wallet,
}

impl Lack {
    const fn sentence(self) -> &'static str {
        match self {
            Self::Recording => "no call is recorded yet",
            Self::Mail => "no mail is sent yet",
            Self::Transcript => "no message is transcribed yet",
            Self::Texting => "no text message is sent yet",
            Self::Skills => "no caller is led by skills yet",
            Self::Roles => "nobody supervises calls yet",
            Self::Encryption => "sound is not encrypted yet",
            Self::Keeping => "nothing is removed by its age yet",
            Self::Api => "nothing is served over HTTP yet",
            Self::Events => "nobody is told of events yet",
            Self::Wallet => "no wallet is kept yet",
        }
    }
}

const fn key(key: &'static str, kind: Kind, lack: Lack, about: &'static str) -> Later {
    Later { key, kind, about, lack }
}

const RECORD: Later = key(
    "record",
    Kind::Word(&["off", "inbound", "outbound", "all", "never"]),
    Lack::Recording,
    "Which calls are recorded; \"never\" beats whatever others say.",
);
const DISCLOSE: Later = key(
    "disclose",
    Kind::Disclosure,
    Lack::Recording,
    "What the outside party hears first of a recorded call.",
);
const DISCLOSE_TO: Later = key(
    "disclose_to",
    Kind::Word(&["outside", "both"]),
    Lack::Recording,
    "Whether the person hears it as well.",
);
const MAIL: Later = key("mail", Kind::Texts, Lack::Mail, "Addresses that messages are mailed to.");
const SECRET: Later = key("secret", Kind::File, Lack::Texting, "The password there.");

/// Of groups and queues.
pub(crate) const RECORDING: &[Later] = &[RECORD, DISCLOSE, DISCLOSE_TO];
pub(crate) const SITE: &[Later] = &[
    RECORD,
    DISCLOSE,
    DISCLOSE_TO,
    key("vars", Kind::Named, Lack::Texting, "Words for text messages: {{vars.booking}}."),
];
pub(crate) const PERSON: &[Later] = &[
    RECORD,
    DISCLOSE,
    DISCLOSE_TO,
    MAIL,
    key("skills", Kind::Levels, Lack::Skills, "What they can, from 1 to 10: { spanish = 8 }."),
    key("role", Kind::Word(&["supervisor"]), Lack::Roles, "Whose calls of others they may hear."),
];
pub(crate) const PHONE: &[Later] = &[key(
    "srtp",
    Kind::Word(&["off", "optional", "mandatory"]),
    Lack::Encryption,
    "Whether its sound is encrypted.",
)];
pub(crate) const MAILBOX: &[Later] =
    &[MAIL, key("transcribe", Kind::Flag, Lack::Transcript, "Whether messages are written down.")];
pub(crate) const NUMBER: &[Later] = &[
    RECORD,
    DISCLOSE,
    DISCLOSE_TO,
    key("text_back", Kind::Text, Lack::Texting, "Which of [text_back] is sent to callers who were missed."),
    key("sms_registered", Kind::Flag, Lack::Texting, "Whether carriers let it send text messages."),
];
pub(crate) const HOOKS: &[Later] = &[
    key(
        "sms",
        Kind::Table(&[
            key("adapter", Kind::Text, Lack::Texting, "Who sends them: \"twilio-http\"."),
            key("url", Kind::Text, Lack::Texting, "Where, if the adapter does not know."),
            SECRET,
        ]),
        Lack::Texting,
        "What sends text messages.",
    ),
    key(
        "events",
        Kind::Table(&[
            key("url", Kind::Text, Lack::Events, "Where events go."),
            key("send", Kind::Texts, Lack::Events, "Which: \"call.missed\"."),
            key("secret", Kind::File, Lack::Events, "What they are signed with."),
        ]),
        Lack::Events,
        "Who is told of events.",
    ),
    key(
        "mail",
        Kind::Table(&[
            key("server", Kind::Text, Lack::Mail, "The server that takes our mail."),
            key("from", Kind::Text, Lack::Mail, "Whom it is from."),
            key("user", Kind::Text, Lack::Mail, "The account there."),
            key("secret", Kind::File, Lack::Mail, "The password there."),
        ]),
        Lack::Mail,
        "What sends mail.",
    ),
];
/// Tables of their own.
pub(crate) const TABLES: [(&str, &[Later], &str); 3] = [
    (
        "store",
        &[
            key("recordings_keep", Kind::Duration, Lack::Keeping, "How long recordings are kept."),
            key("story_keep", Kind::Duration, Lack::Keeping, "How long it is kept what became of calls."),
        ],
        "How long things are kept.",
    ),
    (
        "api",
        &[
            key("listen", Kind::Text, Lack::Api, "An address: \"127.0.0.1:8088\"."),
            key("tokens", Kind::File, Lack::Api, "Who may ask."),
        ],
        "What is served over HTTP.",
    ),
    (
        "wallet",
        &[key("enabled", Kind::Flag, Lack::Wallet, "Whether calls need credit.")],
        "Credit for calls.",
    ),
];

/// Of each table of `[text_back]`.
pub(crate) const TEXT_BACK: &[Later] = &[
    key("text", Kind::ByHours, Lack::Texting, "What it says: one text, or { open = ..., closed = ... }."),
    key("outcomes", Kind::Texts, Lack::Texting, "After what it is sent: \"missed\", \"voicemail\"."),
    key("delay", Kind::Pause, Lack::Texting, "How long after the call."),
    key("every", Kind::Pause, Lack::Texting, "How long the same caller is sent no other."),
    key("only_new", Kind::Flag, Lack::Texting, "Whether it is for callers nobody talks with already."),
    key(
        "hangup_before_ring",
        Kind::Flag,
        Lack::Texting,
        "Whether it is for who hung up before anybody rang.",
    ),
    key("skip", Kind::Texts, Lack::Texting, "Who is sent none: \"list:dnd\"."),
    key("hours", Kind::Text, Lack::Texting, "By which hours one of two texts is chosen."),
];
/// Tables of tables by names of their own.
pub(crate) const NAMED: [(&str, &[Later], &str); 1] =
    [("text_back", TEXT_BACK, "Text messages to callers who were missed.")];

impl<'a> Reader<'a> {
    /// Reads those of these keys that are written. Recordings have to be told of, by whoever asks for one or by the site.
    pub(super) fn later(&mut self, table: &mut Table<'a>, keys: &'static [Later]) {
        let (mut recorded, mut discloses) = (None, self.discloses);
        for later in keys {
            let Some(entry) = table.entry(later.key) else { continue };
            if !self.later_value(entry.value, later) {
                continue;
            }
            self.lacks.entry(later.lack).or_insert(entry.place);
            match later.key {
                "record" => recorded = Some(entry.value.place),
                "disclose" => discloses = true,
                _ => {}
            }
        }
        if let Some(place) = recorded.filter(|_| !discloses) {
            let mend = "write disclose = true, or the name of a prompt, beside it or under [site]";
            self.found.report(Code::RecordedUnawares, place, "calls are recorded and nobody is told", mend);
        }
        self.discloses |= discloses && std::ptr::eq(keys, SITE);
    }

    /// Tables of which nothing is served.
    pub(crate) fn later_tables(&mut self, sections: &mut Sections<'a>) {
        for (name, keys, _) in TABLES {
            let Some(mut table) = sections.find(name) else { continue };
            self.later(&mut table, keys);
            table.finish(self.found);
        }
        for (name, keys, _) in NAMED {
            let entries = sections.find(name).map(|mut table| table.rest()).unwrap_or_default();
            for entry in entries {
                let (what, wanted) = (format!("`{}`", entry.key), format!("a table: [{name}.{}]", entry.key));
                let Some(mut table) = entry.value.table(&what, &wanted, self.found) else { continue };
                self.later(&mut table, keys);
                table.finish(self.found);
            }
        }
    }

    /// Tells what the site asks for and nobody serves.
    pub(crate) fn tell_lacks(&mut self) {
        for (lack, place) in std::mem::take(&mut self.lacks) {
            let mend = "leave it for when it is served, or take it out";
            self.found.report(Code::NotServedYet, place, lack.sentence(), mend);
        }
    }

    /// Whether it asks for anything, if it can be read.
    fn later_value(&mut self, value: Value<'a>, later: &'static Later) -> bool {
        let wanted = || format!("a text: {} = \"...\"", later.key);
        match later.kind {
            Kind::Text => value::words(value, self.found).is_some(),
            Kind::Texts if value.as_text().is_some() => value::words(value, self.found).is_some(),
            Kind::Texts => {
                let items = value::list(value, &wanted(), self.found, value::words);
                items.is_some_and(|items| !items.is_empty())
            }
            Kind::Flag => value.flag(self.found).unwrap_or_default(),
            Kind::File => self.later_file(value),
            Kind::Duration => value::duration(value, KEEP, self.found).is_some(),
            Kind::Pause => value::duration(value, PAUSE, self.found).is_some(),
            Kind::ByHours if value.as_text().is_some() => value::words(value, self.found).is_some(),
            Kind::ByHours => {
                let wanted = "a text, or two: { open = \"...\", closed = \"...\" }";
                let Some(mut table) = value.table("`text`", wanted, self.found) else { return false };
                let texts = ["open", "closed"].map(|key| table.need(key, wanted, self.found));
                table.finish(self.found);
                let texts = texts.map(|text| text.and_then(|text| value::words(text, self.found)));
                texts.iter().all(Option::is_some)
            }
            Kind::Word(words) => {
                let words: Vec<_> =
                    words.iter().map(|word| (*word, !["off", "never"].contains(word))).collect();
                value::word(value, &words, self.found).unwrap_or_default()
            }
            Kind::Disclosure => match value.as_text() {
                Some(name) => self.prompt_name(name, value.inside()).is_some(),
                None => value.flag(self.found).unwrap_or_default(),
            },
            Kind::Levels => self.each_of(value, later, |value, reader| {
                value::integer::<u8>(value, 1..=10, reader.found).is_some()
            }),
            Kind::Named => {
                self.each_of(value, later, |value, reader| value::words(value, reader.found).is_some())
            }
            Kind::Table(keys) => {
                let what = format!("`{}`", later.key);
                let Some(mut table) = value.table(&what, "a table", self.found) else { return false };
                self.later(&mut table, keys);
                table.finish(self.found);
                true
            }
        }
    }

    fn each_of(
        &mut self,
        value: Value<'a>,
        later: &Later,
        read: impl Fn(Value<'a>, &mut Self) -> bool,
    ) -> bool {
        let what = format!("`{}`", later.key);
        let Some(mut table) = value.table(&what, "a table", self.found) else { return false };
        // Each is read, whatever was found of those before it.
        table.rest().into_iter().filter(|entry| read(entry.value, self)).count() > 0
    }

    fn later_file(&mut self, value: Value<'a>) -> bool {
        let wanted = "a file: { file = \"secrets/...\" }";
        let Some(mut table) = value.table("this", wanted, self.found) else { return false };
        let file = table.need("file", wanted, self.found);
        table.finish(self.found);
        file.is_some_and(|file| value::path(file, self.found).is_some())
    }
}
