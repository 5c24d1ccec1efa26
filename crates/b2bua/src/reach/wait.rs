//! Who waits for a name or a connection, and how they go on when it comes.

use std::{collections::VecDeque, net::SocketAddr};

use clock::{Instant, Key};
use smallvec::SmallVec;

use super::{Destination, Reach, Reached, Step, Terms, Told, Unreachable, server::Places};
use crate::switch::{OpenId, Output};

/// One asker whose flow is on its way.
#[derive(Debug)]
pub struct Wait {
    destination: Destination,
    past: SmallVec<[SocketAddr; 2]>,
    is_urgent: bool,
    prefer: Option<SocketAddr>,
    on: On,
}

/// What a [`Wait`] waits for.
#[derive(Debug)]
pub(super) enum On {
    Name,
    /// A connection, and the places left to try should it fail.
    Connection(OpenId, Places),
}

/// Names a [`Wait`]; dead once its outcome was told.
pub type WaitId = Key<Wait>;

impl Reach {
    pub(super) fn wait(
        &mut self,
        now: Instant,
        destination: &Destination,
        terms: Terms<'_>,
        on: On,
    ) -> Reached {
        let Terms { past, is_urgent, prefer } = terms;
        let wait = Wait { destination: destination.clone(), past: past.into(), is_urgent, prefer, on };
        match self.waits.try_insert(wait) {
            Ok(id) => {
                self.deadlines.push_back((now + self.limits.deadline, id));
                Reached::Waiting(id)
            }
            Err(_) => Reached::Failed(Unreachable::Full),
        }
    }

    pub(super) fn waiting(&self, is_meant: impl Fn(&Wait) -> bool) -> SmallVec<[WaitId; 2]> {
        self.waits.iter().filter(|(_, wait)| is_meant(wait)).map(|(id, _)| id).collect()
    }

    /// Takes each of `waits` one step on, over the places that it has now.
    pub(super) fn go_on(
        &mut self,
        now: Instant,
        waits: impl Iterator<Item = (WaitId, Places)>,
        otherwise: Unreachable,
        out: &mut VecDeque<Output>,
    ) -> Told {
        let mut told = Told::new();
        for (id, places) in waits {
            let Some(destination) = self.waits.get(id).map(|wait| wait.destination.clone()) else { continue };
            let outcome = match self.step(now, &destination, places, otherwise, out) {
                Step::Ready(flow) => Ok(flow),
                Step::Failed(why) => Err(why),
                Step::Opening(open, rest) => {
                    if let Some(wait) = self.waits.get_mut(id) {
                        wait.on = On::Connection(open, rest);
                    }
                    continue;
                }
            };
            self.waits.remove(id);
            told.push((id, outcome));
        }
        told
    }
}

impl Wait {
    pub(super) fn is_for_name(&self, destination: &Destination) -> bool {
        matches!(self.on, On::Name) && self.destination == *destination
    }

    pub(super) fn is_for(&self, open: OpenId) -> bool {
        matches!(self.on, On::Connection(id, _) if id == open)
    }

    pub(super) fn rest(&self) -> Places {
        match &self.on {
            On::Connection(_, rest) => rest.clone(),
            On::Name => Places::new(),
        }
    }

    pub(super) fn terms(&self) -> Terms<'_> {
        Terms { past: &self.past, is_urgent: self.is_urgent, prefer: self.prefer }
    }
}
