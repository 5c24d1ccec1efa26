//! Bounded queues whose reader sleeps in epoll.
//!
//! The bell is rung only by the first message after the reader woke, so a batch costs one system call; and who has several
//! rings once, behind the last.

use std::{
    io,
    os::fd::{AsFd, BorrowedFd},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, SyncSender, TrySendError},
    },
};

use nix::sys::eventfd::{EfdFlags, EventFd};

/// Tells a sleeping reader that something waits.
#[derive(Debug)]
struct Bell {
    fd: EventFd,
    rung: AtomicBool,
}

impl Bell {
    fn ring(&self) {
        if !self.rung.swap(true, Ordering::SeqCst) {
            // It fails only when the counter is full, and then the reader is awake.
            let _ = self.fd.write(1);
        }
    }

    /// Before the queue is read, so that what comes meanwhile rings again.
    fn hush(&self) {
        let _ = self.fd.read();
        self.rung.store(false, Ordering::SeqCst);
    }
}

/// The writing end; any number of them.
#[derive(Debug)]
pub(super) struct Sender<T> {
    queue: SyncSender<T>,
    bell: Arc<Bell>,
}

/// The reading end. Its descriptor is readable while something waits.
#[derive(Debug)]
pub struct Receiver<T> {
    queue: mpsc::Receiver<T>,
    bell: Arc<Bell>,
}

/// A queue of at most `bound` messages.
pub(super) fn channel<T>(bound: usize) -> io::Result<(Sender<T>, Receiver<T>)> {
    let flags = EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC;
    let bell = Arc::new(Bell { fd: EventFd::from_value_and_flags(0, flags)?, rung: AtomicBool::new(false) });
    let (sender, receiver) = mpsc::sync_channel(bound);
    Ok((Sender { queue: sender, bell: Arc::clone(&bell) }, Receiver { queue: receiver, bell }))
}

impl<T> Sender<T> {
    /// Adds a message; gives it back if the queue is full. Whoever is not read any more is told nothing.
    pub(super) fn send(&self, message: T) -> Result<(), T> {
        self.put(message)?;
        self.ring();
        Ok(())
    }

    /// The same of one among several, of which the reader need not hear before the [bell is rung](Self::ring): on another
    /// core it would be awake after the first, asleep again before the second comes, and so on.
    pub(super) fn put(&self, message: T) -> Result<(), T> {
        match self.queue.try_send(message) {
            Ok(()) | Err(TrySendError::Disconnected(_)) => Ok(()),
            Err(TrySendError::Full(message)) => Err(message),
        }
    }

    /// Wakes the reader.
    pub(super) fn ring(&self) {
        self.bell.ring();
    }

    /// Adds a message, waiting for room; for threads that may wait.
    pub(super) fn wait(&self, message: T) {
        // A reader that is gone needs no message.
        let _ = self.queue.send(message);
        self.bell.ring();
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone(), bell: Arc::clone(&self.bell) }
    }
}

impl<T> Receiver<T> {
    /// Takes everything that waits; call it whenever the descriptor is readable.
    pub fn drain(&self) -> impl Iterator<Item = T> {
        self.bell.hush();
        self.queue.try_iter()
    }
}

impl<T> AsFd for Receiver<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.bell.fd.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    use super::*;

    fn rings<T>(receiver: &Receiver<T>) -> bool {
        poll(&mut [PollFd::new(receiver.as_fd(), PollFlags::POLLIN)], PollTimeout::ZERO).unwrap() == 1
    }

    #[test]
    fn the_bell_rings_while_something_waits() {
        let (sender, receiver) = channel(2).unwrap();
        assert!(!rings(&receiver));
        sender.send(1).unwrap();
        sender.send(2).unwrap();
        assert_eq!(sender.send(3), Err(3));
        assert!(rings(&receiver));
        assert_eq!(receiver.drain().collect::<Vec<_>>(), [1, 2]);
        assert!(!rings(&receiver));
        sender.send(4).unwrap();
        assert!(rings(&receiver));
    }

    #[test]
    fn who_has_several_rings_behind_the_last() {
        let (sender, receiver) = channel(2).unwrap();
        sender.put(1).unwrap();
        sender.put(2).unwrap();
        assert_eq!((sender.put(3), rings(&receiver)), (Err(3), false));
        sender.ring();
        assert!(rings(&receiver));
        assert_eq!(receiver.drain().collect::<Vec<_>>(), [1, 2]);
    }
}
