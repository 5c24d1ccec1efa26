//! The messages in each mailbox, as the store told at the start and kept since: what lamps count and listeners hear.
//!
//! A mailbox that nobody empties is full one day, lest memory and disk are.

use std::{collections::HashMap, sync::Arc, time::Duration};

use store::Voicemail;

/// Messages of one mailbox, heard ones too: beyond, none is taken.
pub(crate) const MESSAGES_MAX: usize = 1_000;

/// What is kept of a message while it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// Its file below the mailbox's folder, by which it is known.
    pub(crate) file: Arc<str>,
    /// How long it lasts.
    pub(crate) lasts: Duration,
    /// Somebody heard it, or keeps it.
    pub(crate) is_old: bool,
}

/// How many messages there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// Nobody heard.
    pub(crate) new: u32,
    /// Somebody heard.
    pub(crate) old: u32,
}

/// Mailboxes that had any.
#[derive(Debug, Default)]
pub(crate) struct Messages(HashMap<Arc<str>, Mailbox>);

/// One of them, counted: each of its lamps asks for that.
#[derive(Debug, Default)]
struct Mailbox {
    /// The oldest first.
    messages: Vec<Message>,
    new: u32,
}

impl Messages {
    /// What the store has.
    pub(crate) fn restore(&mut self, messages: &[Voicemail]) {
        self.0.clear();
        messages.iter().for_each(|message| self.arrived(message));
    }

    /// A message was left.
    pub(crate) fn arrived(&mut self, message: &Voicemail) {
        let kept = Message {
            file: message.file.clone(),
            lasts: Duration::from_millis(message.lasted_ms.into()),
            is_old: message.heard,
        };
        let mailbox = self.0.entry(message.mailbox.clone()).or_default();
        mailbox.new += u32::from(!kept.is_old);
        mailbox.messages.push(kept);
    }

    /// Whether there is room for no more.
    pub(crate) fn is_full(&self, mailbox: &str) -> bool {
        self.of(mailbox).len() >= MESSAGES_MAX
    }

    /// A message was heard; whether it was there and new.
    pub(crate) fn hear(&mut self, mailbox: &str, file: &str) -> bool {
        let Some(mailbox) = self.0.get_mut(mailbox) else { return false };
        let message = mailbox.messages.iter_mut().find(|message| *message.file == *file);
        let was_new = message.is_some_and(|message| !std::mem::replace(&mut message.is_old, true));
        mailbox.new -= u32::from(was_new);
        was_new
    }

    /// A message is to be deleted; whether it was there.
    pub(crate) fn delete(&mut self, mailbox: &str, file: &str) -> bool {
        let Some(mailbox) = self.0.get_mut(mailbox) else { return false };
        let Some(at) = mailbox.messages.iter().position(|message| *message.file == *file) else {
            return false;
        };
        mailbox.new -= u32::from(!mailbox.messages.remove(at).is_old);
        true
    }

    /// Those in a mailbox, the oldest first.
    pub(crate) fn of(&self, mailbox: &str) -> &[Message] {
        self.0.get(mailbox).map_or(&[], |mailbox| &mailbox.messages)
    }

    /// How many there are in a mailbox.
    pub(crate) fn count(&self, mailbox: &str) -> Count {
        let Some(Mailbox { messages, new }) = self.0.get(mailbox) else { return Count::default() };
        let all = u32::try_from(messages.len()).unwrap_or(u32::MAX);
        Count { new: *new, old: all - new }
    }
}

impl std::iter::Sum for Count {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |all, it| Self { new: all.new + it.new, old: all.old + it.old })
    }
}

#[cfg(test)]
mod tests {
    use clock::Wall;
    use store::CallId;

    use super::*;

    fn left(file: &str, heard: bool) -> Voicemail {
        Voicemail {
            call: CallId(1),
            mailbox: "sales".into(),
            from: "".into(),
            at: Wall::from_unix_micros(5),
            lasted_ms: 4000,
            file: file.into(),
            interrupted: false,
            heard,
        }
    }

    #[test]
    fn what_is_heard_or_deleted_twice_counts_once() {
        let mut messages = Messages::default();
        assert!(!messages.delete("sales", "1.wav"), "there is none");
        messages.restore(&[left("1.wav", true), left("2.wav", false)]);
        messages.arrived(&left("3.wav", false));
        assert_eq!(messages.count("sales"), Count { new: 2, old: 1 });
        assert_eq!(
            ["1.wav", "2.wav", "2.wav"].map(|file| messages.hear("sales", file)),
            [false, true, false]
        );
        assert_eq!(messages.count("sales"), Count { new: 1, old: 2 });
        assert_eq!([messages.delete("sales", "1.wav"), messages.delete("sales", "1.wav")], [true, false]);
        assert!(!messages.hear("sales", "1.wav"), "what is gone is heard by nobody");
        assert_eq!((messages.count("sales"), messages.of("sales").len()), (Count { new: 1, old: 1 }, 2));
        assert!(messages.delete("sales", "3.wav"), "one that nobody heard");
        assert_eq!(messages.count("sales"), Count { new: 0, old: 1 });
    }

    #[test]
    fn a_mailbox_is_full_until_something_is_deleted() {
        let mut messages = Messages::default();
        for index in 0..MESSAGES_MAX {
            assert!(!messages.is_full("sales"), "{index}");
            messages.arrived(&left(&format!("{index}.wav"), false));
        }
        assert!(messages.is_full("sales") && !messages.is_full("front"));
        messages.delete("sales", "7.wav");
        assert!(!messages.is_full("sales"));
    }
}
