//! Bounded queues into a thread that sleeps in epoll.
//!
//! A push costs one short lock, and a system call only if the queue was empty; the owner takes all that
//! waits in one swap, so a busy thread is hardly ever woken for a single item.

use std::{
    mem,
    os::fd::{AsFd, BorrowedFd},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use nix::sys::eventfd::{EfdFlags, EventFd};

/// Wakes the owner of one or several queues.
#[derive(Debug)]
pub(crate) struct Wake(EventFd);

impl Wake {
    /// A wake-up nobody has used yet.
    pub(crate) fn new() -> nix::Result<Arc<Self>> {
        let flags = EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC;
        Ok(Arc::new(Self(EventFd::from_flags(flags)?)))
    }

    /// Ends the owner's sleep, now or when it next begins.
    pub(crate) fn wake(&self) {
        // Fails only when 2^64 - 2 wake-ups are pending, and then one more is not missed.
        let _ = self.0.write(1);
    }

    /// Called by the owner before it looks at its queues.
    pub(crate) fn clear(&self) {
        let _ = self.0.read();
    }
}

impl AsFd for Wake {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Items on their way to the owner, in order. Clones are the same queue.
#[derive(Debug)]
pub(crate) struct Queue<T>(Arc<Shared<T>>);

#[derive(Debug)]
struct Shared<T> {
    waiting: Mutex<Vec<T>>,
    limit: usize,
    wake: Arc<Wake>,
}

/// The queue holds as many items as it may; here is the one that did not fit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full<T>(pub(crate) T);

impl<T> Queue<T> {
    /// An empty queue of at most `limit` items, whose owner hears of them through `wake`.
    pub(crate) fn new(limit: usize, wake: Arc<Wake>) -> Self {
        Self(Arc::new(Shared { waiting: Mutex::new(Vec::new()), limit, wake }))
    }

    /// Adds an item.
    pub(crate) fn push(&self, item: T) -> Result<(), Full<T>> {
        let mut waiting = self.lock();
        if waiting.len() >= self.0.limit {
            return Err(Full(item));
        }
        let first = waiting.is_empty();
        waiting.push(item);
        drop(waiting);
        if first {
            self.0.wake.wake();
        }
        Ok(())
    }

    /// Moves everything that waits into `batch`, which must be empty.
    pub(crate) fn take(&self, batch: &mut Vec<T>) {
        debug_assert!(batch.is_empty(), "the last batch was not worked off");
        mem::swap(&mut *self.lock(), batch);
    }

    /// A producer that panicked while pushing left a whole Vec behind, so poison means nothing here.
    fn lock(&self) -> MutexGuard<'_, Vec<T>> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_and_the_limit_refuses() {
        let wake = Wake::new().unwrap();
        let queue = Queue::new(2, Arc::clone(&wake));
        assert_eq!(queue.push(1), Ok(()));
        assert_eq!(queue.push(2), Ok(()));
        assert_eq!(queue.push(3), Err(Full(3)));
        let mut batch = Vec::new();
        queue.take(&mut batch);
        assert_eq!(batch, [1, 2]);
        assert_eq!(queue.push(3), Ok(()));
    }

    #[test]
    fn only_the_first_item_wakes() {
        let wake = Wake::new().unwrap();
        let queue = Queue::new(8, Arc::clone(&wake));
        queue.push(1).unwrap();
        queue.push(2).unwrap();
        assert_eq!(wake.0.read(), Ok(1), "two pushes into an empty queue are one wake-up");
        queue.take(&mut Vec::new());
        queue.push(3).unwrap();
        assert_eq!(wake.0.read(), Ok(1));
    }
}
