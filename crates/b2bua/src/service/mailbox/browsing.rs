//! A mailbox that is open: which message it is at, what was heard of it, what goes in the end.

use std::{collections::BTreeSet, mem, sync::Arc};

use clock::Instant;
use smallvec::SmallVec;

use crate::{service::phrase::Phrase, shared::messages::Message};

/// The mailbox as it is at this moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Desk<'a> {
    /// Those in it, the oldest first.
    pub(crate) messages: &'a [Message],
    /// When it is looked at.
    pub(crate) now: Instant,
}

/// A mailbox that is open.
#[derive(Debug)]
pub(super) struct Browsing {
    /// Its name.
    pub(super) mailbox: Arc<str>,
    /// Files in the order in which they are played.
    pub(super) list: Vec<Arc<str>>,
    /// Where in the list.
    pub(super) at: usize,
    /// The message that sounds, and since when.
    pub(super) sounds: Option<(Arc<str>, Instant)>,
    /// What goes when the listener does.
    pub(super) deleted: Vec<Arc<str>>,
}

impl Browsing {
    /// A mailbox that nothing was looked at in yet.
    pub(super) const fn of(mailbox: Arc<str>) -> Self {
        Self { mailbox, list: Vec::new(), at: 0, sounds: None, deleted: Vec::new() }
    }

    /// The message that is dealt with. There is one: an empty mailbox is left at once.
    pub(super) fn file(&self) -> &Arc<str> {
        &self.list[self.at]
    }

    /// Puts what is not in the list at its end: new messages first, of each kind the latest.
    pub(super) fn list_more(&mut self, desk: Desk<'_>) {
        let listed: BTreeSet<_> = self.list.iter().cloned().collect();
        for is_old in [false, true] {
            let missing = |message: &&Message| message.is_old == is_old && !listed.contains(&message.file);
            self.list.extend(desk.messages.iter().rev().filter(missing).map(|message| message.file.clone()));
        }
    }

    /// Goes on to the next message that is still there, or came meanwhile; false if there is none.
    pub(super) fn goes_on(&mut self, desk: Desk<'_>) -> bool {
        self.goes_to(self.at + 1..self.list.len(), desk) || {
            let listed = self.list.len();
            self.list_more(desk);
            self.goes_to(listed..self.list.len(), desk)
        }
    }

    /// Goes back to the one before that is still there; false if there is none.
    pub(super) fn goes_back(&mut self, desk: Desk<'_>) -> bool {
        self.goes_to((0..self.at).rev(), desk)
    }

    fn goes_to(&mut self, mut places: impl Iterator<Item = usize>, desk: Desk<'_>) -> bool {
        let place = places.find(|at| desk.message(&self.list[*at]).is_some());
        self.at = place.unwrap_or(self.at);
        place.is_some()
    }

    /// Deletes the message, or takes that back; whether it is deleted now. What is gone stays gone.
    pub(super) fn turns_deleted(&mut self, desk: Desk<'_>) -> bool {
        let file = self.file().clone();
        let before = self.deleted.len();
        self.deleted.retain(|deleted| *deleted != file);
        let is_deleted = self.deleted.len() == before || desk.message(&file).is_none();
        self.deleted.extend(is_deleted.then_some(file));
        is_deleted
    }

    /// The message does not sound any more; it, if it was heard just now.
    pub(super) fn falls_silent(&mut self, desk: Desk<'_>) -> Option<Arc<str>> {
        let heard = self.heard_by(desk);
        mem::take(&mut self.sounds).and(heard)
    }

    /// The message that sounds, if it is heard by now and was not before.
    pub(super) fn heard_by(&self, desk: Desk<'_>) -> Option<Arc<str>> {
        let (file, since) = self.sounds.as_ref()?;
        let message = desk.message(file).filter(|message| !message.is_old)?;
        (desk.now.since(*since) * 2 >= message.lasts).then(|| file.clone())
    }
}

impl<'a> Desk<'a> {
    pub(super) fn message(self, file: &str) -> Option<&'a Message> {
        self.messages.iter().find(|message| *message.file == *file)
    }
}

/// "You have two new messages and one old message."
pub(super) fn summary(desk: Desk<'_>) -> SmallVec<[Phrase; 10]> {
    let old = desk.messages.iter().filter(|message| message.is_old).count();
    let kinds = [
        (desk.messages.len() - old, Phrase::NEW_MESSAGE, Phrase::NEW_MESSAGES),
        (old, Phrase::OLD_MESSAGE, Phrase::OLD_MESSAGES),
    ];
    let mut words: SmallVec<[Phrase; 10]> = SmallVec::new();
    words.push(Phrase::YOU_HAVE);
    for (number, one, many) in kinds.into_iter().filter(|(number, ..)| *number > 0) {
        words.extend((words.len() > 1).then_some(Phrase::AND));
        words.extend(Phrase::number(number));
        words.push(if number == 1 { one } else { many });
    }
    words
}
