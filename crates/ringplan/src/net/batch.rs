//! Datagrams by the batch: one call of the kernel for all that leave with one event (`sendmmsg`), and one for all that
//! wait at a socket (`recvmmsg`). Nothing waits for a batch to grow.

use std::{
    array,
    io::{IoSlice, IoSliceMut},
    mem,
    net::SocketAddr,
    ops::Range,
    os::fd::{AsFd, AsRawFd},
    ptr,
};

use bytes::Bytes;
use nix::{
    errno::Errno,
    libc,
    sys::socket::{MsgFlags, MultiHeaders, SockaddrLike, SockaddrStorage, recvmmsg, sendto},
};

use super::udp::{DATAGRAM_MAX, Udp, address};

/// Datagrams sent by one call, at most.
const SENT_AT_ONCE: usize = 64;

/// Datagrams received by one call, at most.
pub(crate) const RECEIVED_AT_ONCE: usize = 16;

/// A socket with the datagrams that are about to leave by it.
#[derive(Debug)]
pub(crate) struct Outgoing {
    socket: Udp,
    letters: Vec<Letter>,
}

/// A datagram, and where to.
#[derive(Debug)]
struct Letter {
    bytes: Bytes,
    to: SocketAddr,
}

/// Room for what waits at one socket.
#[derive(Debug)]
pub(crate) struct Incoming {
    headers: MultiHeaders<SockaddrStorage>,
    /// As many times [`DATAGRAM_MAX`] as there may be at once.
    room: Vec<u8>,
    /// Where each lies, and from whom it is.
    found: Vec<(Range<usize>, SocketAddr)>,
}

/// What a look at a socket found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// So many datagrams; fewer than [`RECEIVED_AT_ONCE`] were all.
    Datagrams(usize),
    /// The kernel learned that this peer can't be reached.
    Refused(SocketAddr),
    /// Nothing waits.
    Nothing,
}

impl Outgoing {
    /// Nothing is about to leave by `socket`.
    pub(crate) const fn by(socket: Udp) -> Self {
        Self { socket, letters: Vec::new() }
    }

    /// The socket.
    pub(crate) const fn socket(&self) -> &Udp {
        &self.socket
    }

    /// Adds a datagram behind the others.
    pub(crate) fn push(&mut self, bytes: Bytes, to: SocketAddr) {
        self.letters.push(Letter { bytes, to });
    }

    /// Sends all, in order, and says how many those were. Who can't be reached by any way is told to `unreachable`;
    /// what the kernel has no room for is lost, as it may be on any wire.
    pub(crate) fn send(&mut self, unreachable: impl FnMut(SocketAddr)) -> usize {
        let count = self.letters.len();
        work_off(&self.letters, |letters| offer(&self.socket, letters), unreachable);
        self.letters.clear();
        count
    }
}

/// Offers letters until each was taken or given up.
fn work_off(
    letters: &[Letter],
    mut offer: impl FnMut(&[Letter]) -> nix::Result<usize>,
    mut unreachable: impl FnMut(SocketAddr),
) {
    let (mut rest, mut is_again) = (letters, false);
    while let [first, others @ ..] = rest {
        match offer(&rest[..rest.len().min(SENT_AT_ONCE)]) {
            Ok(taken) => (rest, is_again) = (&rest[taken..], false),
            Err(Errno::EAGAIN | Errno::ENOBUFS | Errno::ENOMEM) => (rest, is_again) = (others, false),
            // An error of an earlier datagram is reported to the next, whoever it is for; it is cleared by being
            // reported, and its address stays in the error queue.
            Err(_) if !is_again => is_again = true,
            Err(_) => {
                unreachable(first.to);
                (rest, is_again) = (others, false);
            }
        }
    }
}

/// Has the kernel take as many as it will, one at least. If it takes none, the error is about the first.
///
/// nix has a `sendmmsg` too, but tells how many were taken only by an iterator over addresses that nobody wrote.
fn offer(socket: &Udp, letters: &[Letter]) -> nix::Result<usize> {
    let fd = socket.as_fd().as_raw_fd();
    if let [letter] = letters {
        return sendto(fd, &letter.bytes, &SockaddrStorage::from(letter.to), MsgFlags::empty()).map(|_| 1);
    }
    let addresses: Vec<_> = letters.iter().map(|letter| SockaddrStorage::from(letter.to)).collect();
    let parts: Vec<_> = letters.iter().map(|letter| IoSlice::new(&letter.bytes)).collect();
    let header = |(address, part): (&SockaddrStorage, &IoSlice<'_>)| {
        // SAFETY: numbers and pointers, for which zero is a value: no control data, no flags.
        let mut header: libc::mmsghdr = unsafe { mem::zeroed() };
        header.msg_hdr.msg_name = address.as_ptr().cast_mut().cast();
        header.msg_hdr.msg_namelen = address.len();
        header.msg_hdr.msg_iov = ptr::from_ref(part).cast_mut().cast();
        header.msg_hdr.msg_iovlen = 1;
        header
    };
    let mut headers: Vec<_> = addresses.iter().zip(&parts).map(header).collect();
    // SAFETY: each header points to one address and one part (which has the layout of an iovec) that live until the
    // call is over, and the kernel only reads both.
    let taken = unsafe { libc::sendmmsg(fd, headers.as_mut_ptr(), headers.len() as libc::c_uint, 0) };
    Errno::result(taken).map(|taken| taken as usize)
}

impl Incoming {
    /// Room for one socket: what the kernel writes of addresses is as long as its family has it.
    pub(crate) fn new() -> Self {
        Self {
            headers: MultiHeaders::preallocate(RECEIVED_AT_ONCE, None),
            room: vec![0; RECEIVED_AT_ONCE * DATAGRAM_MAX],
            found: Vec::with_capacity(RECEIVED_AT_ONCE),
        }
    }

    /// Takes what waits, or one error report.
    pub(crate) fn look(&mut self, socket: &Udp) -> Look {
        let Self { headers, room, found } = self;
        found.clear();
        let mut chunks = room.chunks_exact_mut(DATAGRAM_MAX).map(IoSliceMut::new);
        let mut parts: [_; RECEIVED_AT_ONCE] = array::from_fn(|_| [chunks.next().expect("as many as that")]);
        match recvmmsg(socket.as_fd().as_raw_fd(), headers, &mut parts, MsgFlags::empty(), None) {
            Ok(datagrams) => {
                let places = (0..).step_by(DATAGRAM_MAX);
                let read = datagrams
                    .zip(places)
                    .filter_map(|(it, start)| Some((start..start + it.bytes, address(&it.address?)?)));
                found.extend(read);
                Look::Datagrams(found.len())
            }
            Err(Errno::EAGAIN | Errno::EINTR) => Look::Nothing,
            // Any other error belongs to something sent earlier: its address lies in the error queue.
            Err(_) => socket.refused().map_or(Look::Nothing, Look::Refused),
        }
    }

    /// One of the datagrams of the last look, and whose it is.
    pub(crate) fn datagram(&self, index: usize) -> (&[u8], SocketAddr) {
        let (place, from) = &self.found[index];
        (&self.room[place.clone()], *from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(count: u16) -> Vec<Letter> {
        (0..count).map(|port| Letter { bytes: Bytes::new(), to: ([192, 0, 2, 1], port).into() }).collect()
    }

    /// What goes out and who is told unreachable, of a kernel that answers each offer in its turn.
    fn worked_off(count: u16, answers: &[nix::Result<usize>]) -> (Vec<u16>, Vec<u16>) {
        let (mut answers, mut sent, mut given_up) = (answers.iter(), Vec::new(), Vec::new());
        let offer = |offered: &[Letter]| {
            let taken = answers.next().copied().unwrap_or(Ok(offered.len()))?;
            sent.extend(offered[..taken].iter().map(|letter| letter.to.port()));
            Ok(taken)
        };
        work_off(&letters(count), offer, |to| given_up.push(to.port()));
        (sent, given_up)
    }

    #[test]
    fn what_the_kernel_did_not_take_at_once_is_offered_again_in_order() {
        let all = |count| ((0..count).collect(), Vec::new());
        assert_eq!(worked_off(10, &[Ok(3), Ok(1)]), all(10));
        assert_eq!(worked_off(100, &[]), all(100), "more than one batch");
        assert_eq!(worked_off(0, &[]), all(0));
    }

    #[test]
    fn an_error_costs_one_datagram_and_not_those_behind_it() {
        let full = [Ok(2), Err(Errno::EAGAIN), Err(Errno::ENOBUFS)];
        assert_eq!(worked_off(6, &full), (vec![0, 1, 4, 5], vec![]), "no room is no fault of the way");
        let earlier = [Ok(2), Err(Errno::ECONNREFUSED)];
        assert_eq!(worked_off(5, &earlier), ((0..5).collect(), vec![]), "it was about another one");
        let no_way = [Err(Errno::ENETUNREACH), Err(Errno::ENETUNREACH), Ok(1), Err(Errno::ECONNREFUSED)];
        assert_eq!(worked_off(4, &no_way), (vec![1, 2, 3], vec![0]));
    }
}
