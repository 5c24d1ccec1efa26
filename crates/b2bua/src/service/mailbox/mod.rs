//! Somebody who listens to the messages of a mailbox: `*97` from a phone of its person, `*98` with extension and PIN. And
//! somebody who signs in at a phone, who is asked for the same: `*11`.
//!
//! ```text
//!  extension ── # ──> PIN ── # ──> opening ── right ──> browsing ── *, silence, nothing there ──> goodbye
//!      ^                              │ wrong                                                        ^
//!      └──────────────────────────────┴── for the third time, or signed in or out ───────────────────┘
//! ```
//!
//! | key | does |
//! |---|---|
//! | `1` | plays the message again |
//! | `2`, `9` | keeps it, and goes on to the next |
//! | `3`, `7` | deletes it; pressed once more it takes that back |
//! | `4` | goes back to the one before |
//! | `6`, `#` | goes on to the next |
//! | `0` | says what the keys do |
//! | `*` | ends, as hanging up does |
//!
//! New messages come first, of each kind the latest. A message is heard once half of it has sounded, or by being kept.
//! What is deleted goes when the listener does, so until then it can be had back. Silence and keys that do nothing are
//! borne three times in a row. The machine knows keys, what has sounded and what lies in the mailbox; calls, files and
//! who may listen are others' business.

mod browsing;
mod login;
#[cfg(test)]
mod tests;

use std::{collections::VecDeque, mem, sync::Arc, time::Duration};

use smallvec::SmallVec;

pub(crate) use self::browsing::Desk;
use self::{
    browsing::{Browsing, summary},
    login::{Login, Wants},
};
use super::phrase::Phrase;

/// How long a key is waited for once all is said.
const PATIENCE: Duration = Duration::from_secs(6);

/// Silences and wrong keys in a row, and wrong PINs in all, that end it.
const FAULTS_MAX: u8 = 3;

/// What happens to a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The caller is answered and listens.
    Enter,
    /// A key.
    Key(char),
    /// What was asked for last sounded to its end, or can't be heard.
    Played,
    /// No key came while one was waited for.
    Silence,
    /// Extension and PIN are those of this mailbox.
    Opened(Arc<str>),
    /// They are of none.
    Refused,
    /// Who signed in or out has done so for good.
    Kept,
    /// They have not: the store is slow, or somebody else has signed in meanwhile.
    NotKept,
}

/// What a listener asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Let this be heard, in place of what is.
    Play(Sound),
    /// Let nothing be heard any more.
    Hush,
    /// Wait so long for a key.
    Wait(Duration),
    /// Wait for none.
    WaitNoMore,
    /// This message was heard.
    Heard(Arc<str>),
    /// Whether this is extension and PIN of a mailbox: `Opened` or `Refused` follows.
    Open {
        /// As typed.
        ext: Box<str>,
        /// As typed.
        pin: Box<str>,
    },
    /// Whether these are a person's, who is to be signed in: `Kept`, `NotKept` or `Refused` follows.
    SignIn {
        /// As typed.
        ext: Box<str>,
        /// As typed.
        pin: Box<str>,
    },
    /// Say goodbye to the call.
    End,
}

/// Something that is heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sound {
    /// Words of ours.
    Phrase(Phrase),
    /// A message, by its file.
    Message(Arc<str>),
}

/// What an event leads to.
pub(crate) type Orders = SmallVec<[Order; 4]>;

/// See the module.
#[derive(Debug)]
pub(crate) struct Listener {
    stage: Stage,
    /// What is said after what sounds now.
    ahead: VecDeque<Sound>,
    /// Silences and wrong keys in a row.
    faults: u8,
}

#[derive(Debug)]
enum Stage {
    /// An extension is typed.
    Extension(Login),
    /// The PIN for this extension is typed.
    Pin(Box<str>, Login),
    /// Whether both are right, or whether what was asked for lasts, is about to be told.
    Opening(Login),
    /// A mailbox is open.
    Browsing(Browsing),
    /// All is said but goodbye; what was deleted is still to go.
    Leaving(Option<Browsing>),
}

/// What is left to be done for a listener who leaves.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Farewell {
    /// Was listened to long enough.
    pub(crate) heard: Option<Arc<str>>,
    /// Is to be deleted.
    pub(crate) deleted: Vec<Arc<str>>,
}

impl Listener {
    /// Whoever has this mailbox for their own and proved to be who they are.
    pub(crate) const fn of(mailbox: Arc<str>) -> Self {
        Self::at(Stage::Browsing(Browsing::of(mailbox)))
    }

    /// Whoever has still to say whose messages they are about to hear.
    pub(crate) const fn stranger() -> Self {
        Self::at(Stage::Extension(Login::new(Wants::Messages)))
    }

    /// Whoever is to sign in at the phone.
    pub(crate) const fn guest() -> Self {
        Self::at(Stage::Extension(Login::new(Wants::Desk)))
    }

    /// Whoever has signed in at it and is about to be signed out.
    pub(crate) const fn parting_guest() -> Self {
        Self::at(Stage::Opening(Login::new(Wants::NoDesk)))
    }

    const fn at(stage: Stage) -> Self {
        Self { stage, ahead: VecDeque::new(), faults: 0 }
    }

    /// Whether a guest has still to be signed out.
    pub(crate) fn parts(&self) -> bool {
        matches!(&self.stage, Stage::Opening(login) if login.wants == Wants::NoDesk)
    }

    /// The mailbox that is open, or was until goodbye.
    pub(crate) const fn mailbox(&self) -> Option<&Arc<str>> {
        match &self.stage {
            Stage::Browsing(browsing) | Stage::Leaving(Some(browsing)) => Some(&browsing.mailbox),
            Stage::Extension(_) | Stage::Pin(..) | Stage::Opening(_) | Stage::Leaving(None) => None,
        }
    }

    /// Whether keys are a secret, and are to be written down nowhere.
    pub(crate) const fn hears_secret(&self) -> bool {
        matches!(self.stage, Stage::Pin(..))
    }

    /// The listener is gone.
    pub(crate) fn farewell(self, desk: Desk<'_>) -> Farewell {
        match self.stage {
            Stage::Browsing(browsing) | Stage::Leaving(Some(browsing)) => {
                Farewell { heard: browsing.heard_by(desk), deleted: browsing.deleted }
            }
            Stage::Extension(_) | Stage::Pin(..) | Stage::Opening(_) | Stage::Leaving(None) => {
                Farewell::default()
            }
        }
    }

    /// Takes one event and says what follows.
    pub(crate) fn handle(&mut self, event: Event, desk: Desk<'_>, out: &mut Orders) {
        match event {
            Event::Enter => self.enter(desk),
            Event::Played => self.sounded(desk, out),
            Event::Key(key) => {
                self.sounded(desk, out);
                self.ahead.clear();
                out.extend([Order::Hush, Order::WaitNoMore]);
                self.pressed(key, desk, out);
            }
            Event::Silence => self.silence(out),
            Event::Opened(mailbox) => {
                *self = Self::of(mailbox);
                self.enter(desk);
            }
            Event::Refused => self.refused(),
            Event::Kept | Event::NotKept => self.told(event == Event::Kept),
        }
        self.go_on(desk, out);
    }

    /// The next sound, or what comes when there is none.
    fn go_on(&mut self, desk: Desk<'_>, out: &mut Orders) {
        match (self.ahead.pop_front(), &mut self.stage) {
            (Some(sound), stage) => {
                if let (Sound::Message(file), Stage::Browsing(browsing)) = (&sound, stage) {
                    browsing.sounds = Some((file.clone(), desk.now));
                }
                out.push(Order::Play(sound));
            }
            (None, Stage::Leaving(_)) => out.push(Order::End),
            (None, Stage::Opening(_)) => {}
            (None, Stage::Extension(_) | Stage::Pin(..) | Stage::Browsing(_)) => {
                out.push(Order::Wait(PATIENCE));
            }
        }
    }

    fn say(&mut self, words: &[Phrase]) {
        self.ahead.extend(words.iter().copied().map(Sound::Phrase));
    }

    fn enter(&mut self, desk: Desk<'_>) {
        match &mut self.stage {
            Stage::Browsing(browsing) => {
                browsing.list_more(desk);
                if browsing.list.is_empty() {
                    self.say(&[Phrase::NO_MESSAGES]);
                    return self.leave();
                }
                self.say(&summary(desk));
                self.announce(desk);
            }
            Stage::Extension(login) => {
                let asks = login.asks();
                self.say(&[asks]);
            }
            Stage::Pin(..) | Stage::Opening(_) | Stage::Leaving(_) => {}
        }
    }

    /// What sounded does no more; a message of which half did was heard.
    fn sounded(&mut self, desk: Desk<'_>, out: &mut Orders) {
        if let Stage::Browsing(browsing) = &mut self.stage {
            out.extend(browsing.falls_silent(desk).map(Order::Heard));
        }
    }

    fn pressed(&mut self, key: char, desk: Desk<'_>, out: &mut Orders) {
        let faults = mem::take(&mut self.faults);
        match (&mut self.stage, key) {
            (Stage::Opening(_) | Stage::Leaving(_), _) => {}
            (Stage::Extension(_) | Stage::Browsing(_), '*') => self.leave(),
            (Stage::Pin(_, login), '*') => {
                let (login, asks) = (login.again(login.wrong), login.asks());
                self.stage = Stage::Extension(login);
                self.say(&[asks]);
            }
            (Stage::Extension(login) | Stage::Pin(_, login), '0'..='9') => login.add(key),
            (Stage::Extension(login) | Stage::Pin(_, login), '#') if !login.typed.is_empty() => {
                self.typed(out);
            }
            (Stage::Browsing(_), '0') => self.say(&[Phrase::HELP]),
            (Stage::Browsing(_), '1') => self.play(desk),
            (Stage::Browsing(_), '2' | '9') => self.keep(desk, out),
            (Stage::Browsing(_), '3' | '7') => self.delete(desk),
            (Stage::Browsing(_), '4') => self.back(desk),
            (Stage::Browsing(_), '6' | '#') => self.next(desk),
            (Stage::Extension(_) | Stage::Pin(..) | Stage::Browsing(_), _) => {
                self.faults = faults;
                self.fault(Phrase::WRONG_KEY);
            }
        }
    }

    /// No key came. Whoever typed something is done with it.
    fn silence(&mut self, out: &mut Orders) {
        match &self.stage {
            Stage::Extension(login) | Stage::Pin(_, login) if !login.typed.is_empty() => self.typed(out),
            Stage::Extension(_) | Stage::Pin(..) => self.fault(Phrase::WRONG_KEY),
            Stage::Browsing(_) => self.fault(Phrase::HELP),
            Stage::Opening(_) | Stage::Leaving(_) => {}
        }
    }

    /// Borne, unless it is one too many.
    fn fault(&mut self, word: Phrase) {
        self.faults += 1;
        if self.faults >= FAULTS_MAX {
            return self.leave();
        }
        let asked = match &self.stage {
            Stage::Extension(login) => Some(login.asks()),
            Stage::Pin(..) => Some(Phrase::PIN),
            Stage::Browsing(_) => Some(Phrase::CHOICES).filter(|_| word != Phrase::HELP),
            Stage::Opening(_) | Stage::Leaving(_) => None,
        };
        self.say(&[word]);
        self.say(asked.as_slice());
    }

    fn leave(&mut self) {
        self.say(&[Phrase::GOODBYE]);
        self.stage = match mem::replace(&mut self.stage, Stage::Leaving(None)) {
            Stage::Browsing(browsing) => Stage::Leaving(Some(browsing)),
            Stage::Extension(_) | Stage::Pin(..) | Stage::Opening(_) => Stage::Leaving(None),
            Stage::Leaving(browsing) => Stage::Leaving(browsing),
        };
    }

    /// Which message it is, and the message.
    fn announce(&mut self, desk: Desk<'_>) {
        let Stage::Browsing(browsing) = &self.stage else { return };
        let number = Phrase::number(browsing.at + 1);
        self.say(&[Phrase::MESSAGE]);
        self.say(&number);
        self.play(desk);
    }

    /// The message, or that it is gone: whoever else listens may have deleted it.
    fn play(&mut self, desk: Desk<'_>) {
        let Stage::Browsing(browsing) = &self.stage else { return };
        let file = browsing.file().clone();
        self.ahead.push_back(match desk.message(&file) {
            Some(_) => Sound::Message(file),
            None => Sound::Phrase(Phrase::DELETED),
        });
        self.say(&[Phrase::CHOICES]);
    }

    fn keep(&mut self, desk: Desk<'_>, out: &mut Orders) {
        let Stage::Browsing(browsing) = &mut self.stage else { return };
        let file = browsing.file().clone();
        browsing.deleted.retain(|deleted| *deleted != file);
        if desk.message(&file).is_some() {
            out.push(Order::Heard(file));
            self.say(&[Phrase::KEPT]);
        }
        self.next(desk);
    }

    fn delete(&mut self, desk: Desk<'_>) {
        let Stage::Browsing(browsing) = &mut self.stage else { return };
        let word = if browsing.turns_deleted(desk) { Phrase::DELETED } else { Phrase::RESTORED };
        self.say(&[word, Phrase::CHOICES]);
    }

    fn back(&mut self, desk: Desk<'_>) {
        let Stage::Browsing(browsing) = &mut self.stage else { return };
        if browsing.goes_back(desk) {
            return self.announce(desk);
        }
        self.say(&[Phrase::NO_MORE, Phrase::CHOICES]);
    }

    /// The next message that is still there, or came meanwhile.
    fn next(&mut self, desk: Desk<'_>) {
        let Stage::Browsing(browsing) = &mut self.stage else { return };
        if browsing.goes_on(desk) {
            return self.announce(desk);
        }
        self.say(&[Phrase::NO_MORE, Phrase::CHOICES]);
    }
}
