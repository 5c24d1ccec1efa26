//! Requests too large for a datagram (RFC 3261 §18.1.1), the first INVITE or a change on the dialog: a carrier gets
//! them over TCP, and as datagrams after all where no connection can be had.
//!
//! Fragments of UDP are dropped by many firewalls without a word, and then nobody knows why a call to this
//! carrier rings nowhere. A phone stays on the flow that it registered: it is mostly one hop away.
//!
//! A leg whose first INVITE went over TCP stays there. A change takes the connection alone: Via says so (§18.1.1), while
//! Contact and whatever follows keep the transport of the dialog, for which the carrier was found to listen.

use std::{mem, time::Duration};

use sip::{
    Status,
    flow::{Flow, Transport},
};

use super::{Leg, Party, again::Attempt, ask::Ask, uac::Inviting};
use crate::{
    core::Core,
    switch::{Log, Output},
};

/// How long a carrier that took the connection for a change may say nothing on it: 100 comes within 200 ms.
pub(super) const STREAM_PATIENCE: Duration = Duration::from_secs(4);

/// Bytes of the largest request that is sent as a datagram while nobody knows the path's MTU.
const DATAGRAM_MAX: usize = 1_300;

impl Inviting {
    /// The way that is left to an INVITE whose connection failed before anybody answered. One that was taken in
    /// and not answered has used its time up; the next need not.
    pub(super) fn other_way(&self, status: Status, core: &mut Core) -> Option<Flow> {
        let datagram = self.outgrown.filter(|_| !self.is_proceeding)?;
        core.reach.takes_datagrams_only(core.now.mono, datagram.remote);
        let has_time = status == Status::SERVICE_UNAVAILABLE && !self.cancel.is_wanted();
        has_time.then_some(datagram)
    }
}

impl Leg {
    /// Takes the way of a connection where an INVITE of so many bytes needs one. What comes back is the way
    /// that it would have taken.
    pub(super) fn outgrow(&mut self, bytes: usize, core: &mut Core) -> Option<Flow> {
        let stream = self.detour(bytes, self.flow, core)?;
        Some(mem::replace(&mut self.flow, stream))
    }

    /// The connection for a request of so many bytes that no datagram down `way` should carry. It was written for that
    /// way and has to be written anew.
    pub(super) fn detour(&mut self, bytes: usize, way: Flow, core: &mut Core) -> Option<Flow> {
        let Party::Trunk(trunk) = &self.party else { return None };
        if way.transport != Transport::Udp || bytes <= DATAGRAM_MAX {
            return None;
        }
        let stream = core.reach.stream_ahead(core.now.mono, way.remote, &mut core.outputs)?;
        if matches!(core.outputs.back(), Some(Output::OpenAhead { .. })) {
            let line = format!(
                "trunk {trunk}: an INVITE of {bytes} bytes goes over TCP, lest its fragments get lost"
            );
            core.log(Log::Info(line));
        }
        self.dialog.unsent();
        Some(stream)
    }

    /// Nothing came of the connection that an INVITE was to take: it goes as a datagram.
    pub(super) fn squeeze(&mut self, inviting: Inviting, datagram: Flow, core: &mut Core) {
        self.takes_no_stream(core);
        self.flow = datagram;
        self.invite_again(Attempt::of(inviting), core);
    }

    /// The same of a change that met no connection, or silence on it: the session is not to end for that. A change that
    /// took no such way comes back.
    pub(super) fn squeeze_change(&mut self, ask: Box<Ask>, core: &mut Core) -> Option<Box<Ask>> {
        let Some(remote) = ask.detour() else { return Some(ask) };
        core.reach.takes_datagrams_only(core.now.mono, remote);
        self.takes_no_stream(core);
        self.ask(ask, core);
        None
    }

    fn takes_no_stream(&self, core: &mut Core) {
        if let Party::Trunk(trunk) = &self.party {
            let line = format!(
                "trunk {trunk} takes no TCP: INVITEs of more than {DATAGRAM_MAX} bytes go over UDP in fragments, which firewalls may drop"
            );
            core.log(Log::Warn(line));
        }
    }
}
