//! What is read: texts of the config, and the files they name.

use std::{collections::BTreeMap, sync::Arc};

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::model::Speech;

/// One text of the config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its path as findings should show it.
    pub name: Arc<str>,
    /// The text.
    pub text: Arc<str>,
    /// Why the text is not what its writer meant, if the bytes of its file were no UTF-8.
    pub(crate) misread: Option<Misread>,
}

/// What stands in a file in place of UTF-8 text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Misread {
    /// What it seems to be.
    pub(crate) is: &'static str,
    /// Where in [`Source::text`] it begins.
    pub(crate) at: usize,
}

impl Source {
    /// A source from its parts.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), text: text.into(), misread: None }
    }

    /// A source from the bytes of its file. One that is no UTF-8 text is read well enough to be shown, and
    /// refused with its place when the config is loaded.
    pub fn from_bytes(name: impl Into<Arc<str>>, bytes: &[u8]) -> Self {
        let name = name.into();
        if let Some(text) = utf_16(bytes) {
            return Self { name, text: text.into(), misread: Some(Misread { is: "UTF-16", at: 0 }) };
        }
        match std::str::from_utf8(bytes) {
            // Editors of Windows begin UTF-8 with a mark of its byte order, which has none.
            Ok(text) => Self::new(name, text.strip_prefix('\u{feff}').unwrap_or(text)),
            Err(error) => {
                let (good, rest) = bytes.split_at(error.valid_up_to());
                let mut text = String::from_utf8_lossy(good).into_owned();
                text.extend(rest.iter().map(|byte| char::from(*byte)));
                let misread = Misread { is: "an 8-bit encoding like Latin-1", at: good.len() };
                Self { name, text: text.into(), misread: Some(misread) }
            }
        }
    }
}

/// The text of bytes that are UTF-16, with a mark of their order or by the zero beside the first letter.
fn utf_16(bytes: &[u8]) -> Option<String> {
    let (is_big, text) = match bytes {
        [0xfe, 0xff, text @ ..] => (true, text),
        [0xff, 0xfe, text @ ..] => (false, text),
        [0, letter, ..] if *letter != 0 => (true, bytes),
        [letter, 0, ..] if *letter != 0 => (false, bytes),
        _ => return None,
    };
    let units = text.chunks_exact(2).map(|pair| {
        let pair = [pair[0], pair[1]];
        if is_big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
    });
    Some(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

/// Reads the files a config names: secrets, lists, prompts. Whoever has a file system implements it.
pub trait Assets {
    /// The bytes of `path`, which is relative to the config directory and stays below it.
    ///
    /// # Errors
    /// Why not, for the operator.
    fn read(&self, path: &str) -> Result<Arc<[u8]>, Unread>;

    /// What everybody on the machine may do with `path`; `None` if nothing, and for whoever knows no users.
    fn exposed(&self, path: &str) -> Option<Exposed> {
        let _ = path;
        None
    }

    /// The last good copy of what lies at an address.
    ///
    /// # Errors
    /// There is none: why, for the operator.
    fn fetched(&self, url: &str) -> Result<Fetched, Unread> {
        let _ = url;
        Err("nothing here fetches".into())
    }

    /// A text as speech, said now or before.
    ///
    /// # Errors
    /// Why it can't be said, for the operator.
    fn spoken(&self, saying: Saying<'_>) -> Result<Spoken, Unread> {
        let _ = saying;
        Err("nothing here can speak".into())
    }

    /// What day it is, to tell a calendar that runs out; `None` for whoever does not know.
    fn today(&self) -> Option<Date> {
        None
    }

    /// What is wrong with certificates, seen today; nothing for whoever does not know X.509 and the time.
    fn flaws(&self, pem: Pem<'_>) -> Vec<Flaw> {
        let _ = pem;
        Vec::new()
    }
}

/// What lies at an address, as it was when it was fetched last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// As it came.
    pub bytes: Arc<[u8]>,
    /// Why it is not fetched anew, and since when, if it can't be: a clause.
    pub stale: Option<String>,
}

/// A text to be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saying<'a> {
    /// The text: one line.
    pub text: &'a str,
    /// What it is spoken in.
    pub language: &'a str,
    /// What speaks, and for how long it may take.
    pub by: &'a Speech,
}

impl Saying<'_> {
    /// A name for what comes of it: another one for another text, language or command.
    pub fn name(&self) -> String {
        let mut hash = Sha256::new();
        for part in [self.text, self.language].into_iter().chain(self.by.command.iter().map(|it| &**it)) {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A text as it was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// A WAV that can be played.
    pub wave: Arc<[u8]>,
    /// Why it could not be said now, if it was said before.
    pub mute: Option<Unread>,
}

/// Why a file that the config names can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// As a clause: `no such file`.
    pub why: String,
    /// How to mend it, if the file system knows better than the config; else empty.
    pub mend: String,
}

impl<T: Into<String>> From<T> for Unread {
    fn from(why: T) -> Self {
        Self { why: why.into(), mend: String::new() }
    }
}

/// A file that is open to everybody on the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposed {
    /// As a clause: `everybody may read it`.
    pub why: String,
    /// How to close it.
    pub mend: String,
}

/// Certificates a config names, as bytes of PEM.
#[derive(Clone, Copy, Debug)]
pub enum Pem<'a> {
    /// What the switch shows, for this domain.
    Identity {
        /// The chain.
        cert: &'a [u8],
        /// Its private key.
        key: &'a [u8],
        /// What phones register to.
        domain: &'a str,
    },
    /// Roots it believes.
    Roots(&'a [u8]),
}

/// What is wrong with certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// There is none, or it can't be read: why.
    NoCertificate(String),
    /// There is no key, or it can't be read: why.
    NoKey(String),
    /// The key is that of another certificate.
    KeyOfAnother,
    /// It has ended: when.
    Expired(String),
    /// It ends soon: when.
    Ends(String),
    /// It has not begun: when it will.
    Later(String),
    /// It is not for this domain.
    OtherName(String),
}

/// Files held in memory, for tests and for a demo that makes its own secrets.
#[derive(Clone, Debug, Default)]
pub struct Memory(pub BTreeMap<String, Arc<[u8]>>);

impl Memory {
    /// The same files and one more.
    #[must_use]
    pub fn with(mut self, path: &str, bytes: &[u8]) -> Self {
        self.0.insert(path.to_owned(), bytes.into());
        self
    }
}

impl Assets for Memory {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, Unread> {
        self.0.get(path).cloned().ok_or_else(|| "no such file".into())
    }

    /// The file of that name.
    fn fetched(&self, url: &str) -> Result<Fetched, Unread> {
        let bytes = self.0.get(url).cloned().ok_or("it was never fetched")?;
        Ok(Fetched { bytes, stale: None })
    }

    /// The file `spoken/TEXT`, and `spoken/LANGUAGE/TEXT` where that is not English.
    fn spoken(&self, saying: Saying<'_>) -> Result<Spoken, Unread> {
        let path = match saying.language {
            "en" => format!("spoken/{}", saying.text),
            language => format!("spoken/{language}/{}", saying.text),
        };
        let wave = self.0.get(&path).cloned().ok_or("nobody here can say it")?;
        Ok(Spoken { wave, mute: None })
    }
}
