//! The messages in each mailbox, as the store told at the start and kept since: what lamps count and listeners hear.

use std::{collections::HashMap, sync::Arc, time::Duration};

use store::Voicemail;

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
pub(crate) struct Messages(HashMap<Arc<str>, Vec<Message>>);

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
        self.0.entry(message.mailbox.clone()).or_default().push(kept);
    }

    /// A message was heard; whether it was there and new.
    pub(crate) fn hear(&mut self, mailbox: &str, file: &str) -> bool {
        let messages = self.0.get_mut(mailbox).into_iter().flatten();
        let message = messages.into_iter().find(|message| *message.file == *file);
        message.is_some_and(|message| !std::mem::replace(&mut message.is_old, true))
    }

    /// A message is to be deleted; whether it was there.
    pub(crate) fn delete(&mut self, mailbox: &str, file: &str) -> bool {
        let Some(messages) = self.0.get_mut(mailbox) else { return false };
        let before = messages.len();
        messages.retain(|message| *message.file != *file);
        messages.len() < before
    }

    /// Those in a mailbox, the oldest first.
    pub(crate) fn of(&self, mailbox: &str) -> &[Message] {
        self.0.get(mailbox).map_or(&[], Vec::as_slice)
    }

    /// How many there are in a mailbox.
    pub(crate) fn count(&self, mailbox: &str) -> Count {
        self.of(mailbox).iter().fold(Count::default(), |count, message| match message.is_old {
            true => Count { old: count.old + 1, ..count },
            false => Count { new: count.new + 1, ..count },
        })
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
    }
}
