//! What callers hear and press: prompts and menus.

use std::{sync::Arc, time::Duration};

use super::{HoursId, LanguageId, NodeId, PlanId, PromptId};

/// Something to be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Prompt {
    /// A file of the site.
    File(PromptId),
    /// One that comes with the switch.
    Shipped(Shipped),
    /// What a schedule is at the moment at which it is said, and when that changes.
    Hours(HoursId),
}

/// Prompts that come with the switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shipped {
    /// "Please leave a message after the tone."
    LeaveMessage,
    /// The tone after which a message is recorded.
    Beep,
    /// "Thank you, goodbye."
    Goodbye,
    /// "You have a call. To take it, press one. To decline it, press two."
    TakeCall,
}

impl Shipped {
    /// Those that are said in words.
    pub const SAID: [Self; 3] = [Self::LeaveMessage, Self::Goodbye, Self::TakeCall];

    /// How long it lasts; whoever plays it plays just this.
    pub const fn lasts(self) -> Duration {
        Duration::from_millis(match self {
            Self::LeaveMessage => 2_500,
            Self::Beep => 400,
            Self::Goodbye => 1_500,
            Self::TakeCall => 4_500,
        })
    }
}

/// A message shorter than this is a caller who hung up at the beep, whatever it holds. A longer one is kept
/// if something was said on it.
pub const MESSAGE_MIN: Duration = Duration::from_secs(1);

/// Digits of a number under which a prompt is recorded, at most.
pub const PROMPT_NUMBER_LEN: usize = 4;

/// A prompt: a file, or a text that is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptFile {
    /// Name in the config; the path if it was written where it is used.
    pub name: Arc<str>,
    /// Path below the config directory; empty if it is said.
    pub file: Arc<str>,
    /// What is said, where that is written instead of a file.
    pub says: Option<Arc<str>>,
    /// Its bytes at load, pinned with the version; `None` if it could not be read, which was a finding.
    pub bytes: Option<Arc<[u8]>>,
    /// The number under which it is recorded by phone; what it is otherwise is heard until it was.
    pub recorded: Option<Arc<str>>,
    /// What is heard in its place by whom another language is spoken with.
    pub variants: Vec<(LanguageId, PromptId)>,
}

impl PromptFile {
    /// As it is told to people: its name, and what is said in it.
    pub fn shown(&self) -> String {
        match &self.says {
            Some(says) if self.name == *says => format!("\"{says}\""),
            Some(says) => format!("{} (\"{says}\")", self.name),
            None => self.name.to_string(),
        }
    }
}

/// What turns text into speech.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speech {
    /// The program and its arguments; empty for whichever is installed.
    pub command: Vec<Arc<str>>,
    /// How long it may take for one text.
    pub timeout: Duration,
    /// What is spoken where a prompt does not say: `en`, `de-AT`.
    pub language: Arc<str>,
}

impl Speech {
    /// The programs of which the first that is installed speaks, where the config names none.
    pub const USUAL: [&str; 2] = ["espeak-ng", "espeak"];
    /// The words behind either: both read their text and write their WAV alike.
    pub const USUAL_WORDS: [&str; 5] = ["-v", "{language}", "--stdin", "-w", "{file}"];
}

impl Default for Speech {
    fn default() -> Self {
        Self { command: Vec::new(), timeout: Duration::from_secs(10), language: "en".into() }
    }
}

/// What those hear who wait: files one after another, over and over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Music {
    /// Name in the config.
    pub name: Arc<str>,
    /// The bytes of its files at load, in their order, as far as they can be played. Without any it is silent, which was
    /// a finding.
    pub waves: Arc<[Arc<[u8]>]>,
}

/// A menu: plays its greeting and waits for one key. No outcome is left open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Menu {
    /// Name in the config.
    pub name: Arc<str>,
    /// What is played, each round; a key pressed meanwhile ends it.
    pub greeting: Prompt,
    /// Whether extensions may be dialled at it.
    pub dial_extension: bool,
    /// Where each key leads.
    pub keys: Keys,
    /// When nothing is pressed.
    pub silence: Silence,
    /// When a key is pressed that leads nowhere.
    pub invalid: Retry,
    /// The built-in plan whose first node is this menu.
    pub plan: PlanId,
}

/// Keys of a menu: `0`–`9`, `*` and `#`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys([Option<NodeId>; 12]);

impl Keys {
    /// The keys in their order on the config page.
    pub const ORDER: [char; 12] = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '*', '#'];

    /// Where `key` leads; `None` makes it a wrong key.
    pub fn find(&self, key: char) -> Option<NodeId> {
        self.0[Self::position(key)?]
    }

    /// Lets `key` lead to `node`; a key no menu has is ignored.
    pub fn set(&mut self, key: char, node: NodeId) {
        if let Some(at) = Self::position(key) {
            self.0[at] = Some(node);
        }
    }

    /// Every key that leads somewhere.
    pub fn iter(&self) -> impl Iterator<Item = (char, NodeId)> {
        Self::ORDER.into_iter().zip(self.0).filter_map(|(key, node)| Some((key, node?)))
    }

    fn position(key: char) -> Option<usize> {
        Self::ORDER.iter().position(|&known| known == key)
    }
}

/// What a menu does when nothing is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    /// How long after the greeting a key is waited for.
    pub after: Duration,
    /// What then.
    pub retry: Retry,
}

/// Rounds before a menu gives up. Silence and wrong keys are counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How many times the greeting is repeated.
    pub repeat: u8,
    /// Where the call goes after the last.
    pub then: NodeId,
}
