//! Callers at home who were called back in vain: when they are called again, kept over restarts.
//!
//! Each is written down before they are called, for the time at which that would be tried again, and taken back as
//! they pick up. So a process that dies while it rings there tries again, and nobody is forgotten.

use std::{collections::BTreeMap, sync::Arc};

use callplan::{E164, queue::CallerId};
use clock::{Instant, Key, Wall};

use super::Row;
use crate::{call::Call, leg::Leg};

/// Begins the names of the values that the store keeps for queues.
const PREFIX: &str = "queue-again:";
/// Callers who are to be called again, at most; beyond it one that is called in vain is given up.
const CALLERS_MAX: usize = 4096;

/// Somebody who was called back, or is just being called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Again {
    /// Their number.
    pub(crate) number: E164,
    /// How often they were called.
    pub(crate) tries: u8,
    /// When they are called again.
    pub(crate) at: Wall,
    /// The leg and the call by which somebody calls them now.
    pub(crate) by: Option<(Key<Leg>, Key<Call>)>,
}

/// All of them, by the queue they waited in.
#[derive(Debug, Default)]
pub(crate) struct Agains {
    all: BTreeMap<(Arc<str>, CallerId), Again>,
    /// When somebody looks who is due.
    pub(crate) looked_at: Option<Instant>,
}

impl Agains {
    /// Takes up what the store held: nobody is being called.
    pub(crate) fn restore(&mut self, values: &[(Arc<str>, Arc<[u8]>)]) {
        for (name, value) in values {
            let (Some(queue), Ok(text)) = (name.strip_prefix(PREFIX), str::from_utf8(value)) else {
                continue;
            };
            let queue: Arc<str> = queue.into();
            let read = text.split_whitespace().filter_map(read);
            self.all.extend(read.map(|(caller, again)| ((queue.clone(), caller), again)));
        }
    }

    /// Somebody is about to be called; gives what the store has to keep, or nothing where there are too many.
    pub(crate) fn begin(&mut self, queue: &Arc<str>, caller: CallerId, again: Again) -> Option<Row> {
        if self.all.len() >= CALLERS_MAX {
            return None;
        }
        self.all.insert((queue.clone(), caller), again);
        Some(self.row(queue))
    }

    /// Legs by which somebody calls one of them.
    pub(crate) fn legs(&self) -> impl Iterator<Item = Key<Leg>> {
        self.all.values().filter_map(|again| again.by).map(|(leg, _)| leg)
    }

    /// Who is called by this leg; from now on they are called by nobody.
    pub(crate) fn ended(&mut self, leg: Key<Leg>) -> Option<(Arc<str>, CallerId, Again, Key<Call>)> {
        let is_by = |again: &Again| again.by.is_some_and(|(own, _)| own == leg);
        let ((queue, caller), again) = self.all.iter_mut().find(|(_, again)| is_by(again))?;
        let (_, call) = again.by.take()?;
        Some((queue.clone(), *caller, again.clone(), call))
    }

    /// Whether somebody is to be called again.
    pub(crate) fn has(&self, queue: &Arc<str>, caller: CallerId) -> bool {
        self.all.contains_key(&(queue.clone(), caller))
    }

    /// Somebody is called no more; gives what the store has to keep.
    pub(crate) fn done(&mut self, queue: &Arc<str>, caller: CallerId) -> Row {
        self.all.remove(&(queue.clone(), caller));
        self.row(queue)
    }

    /// Whoever is to be called again by now.
    pub(crate) fn due(&self, now: Wall) -> Option<(Arc<str>, CallerId, Again)> {
        let is_due = |again: &&Again| again.by.is_none() && again.at <= now;
        let due = self.all.iter().find(|(_, again)| is_due(again))?;
        Some((due.0.0.clone(), due.0.1, due.1.clone()))
    }

    /// When the next is to be called.
    pub(crate) fn next(&self) -> Option<Wall> {
        self.all.values().filter(|again| again.by.is_none()).map(|again| again.at).min()
    }

    fn row(&self, queue: &Arc<str>) -> Row {
        let own = self.all.iter().filter(|((name, _), _)| name == queue);
        let told: Vec<_> = own
            .map(|((_, caller), it)| {
                format!("{}/{}/{}/{}", caller.0, it.number, it.tries, it.at.unix_micros())
            })
            .collect();
        (format!("{PREFIX}{queue}").into(), told.join(" ").as_bytes().into())
    }
}

fn read(text: &str) -> Option<(CallerId, Again)> {
    let mut parts = text.split('/');
    let caller = CallerId(parts.next()?.parse().ok()?);
    let (number, tries) = (E164::parse(parts.next()?)?, parts.next()?.parse().ok()?);
    let at = Wall::from_unix_micros(parts.next()?.parse().ok()?);
    Some((caller, Again { number, tries, at, by: None }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_called_when_the_process_dies_is_called_again() {
        let (queue, caller): (Arc<str>, _) = ("support".into(), CallerId(7));
        let number = E164::parse("+12025550142").unwrap();
        let at = Wall::from_unix_micros(500);
        let by = Some((Key::from_raw(1), Key::from_raw(2)));
        let mut before = Agains::default();
        let row = before.begin(&queue, caller, Again { number, tries: 1, at, by }).unwrap();
        assert_eq!((before.due(at), before.next()), (None, None));
        let mut after = Agains::default();
        after.restore(&[row]);
        assert_eq!((after.due(Wall::from_unix_micros(499)), after.next()), (None, Some(at)));
        assert_eq!(after.due(at), Some((queue.clone(), caller, Again { number, tries: 1, at, by: None })));
        let (_, value) = after.done(&queue, caller);
        assert_eq!((after.due(at), &*value), (None, b"".as_slice()));
    }

    #[test]
    fn who_did_not_answer_is_due_at_their_time() {
        let (queue, caller): (Arc<str>, _) = ("support".into(), CallerId(7));
        let number = E164::parse("+12025550142").unwrap();
        let at = Wall::from_unix_micros(500);
        let mut agains = Agains::default();
        agains.begin(
            &queue,
            caller,
            Again { number, tries: 2, at, by: Some((Key::from_raw(1), Key::from_raw(2))) },
        );
        assert_eq!(agains.ended(Key::from_raw(3)), None);
        assert_eq!(agains.ended(Key::from_raw(1)).map(|(.., again, _)| again.tries), Some(2));
        assert_eq!(agains.due(at).map(|(_, who, _)| who), Some(caller));
    }
}
