//! Where configs go that are out of force: whoever holds a large one last gives it back for milliseconds, and that is
//! not the thread that owns the calls.

use std::{
    io,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::Duration,
};

/// How often it looks for what nobody else holds any more.
const LOOK: Duration = Duration::from_secs(1);

/// A thread that holds everything until nobody else does. It ends with its last sender.
#[derive(Debug)]
pub(crate) struct Attic<T>(Sender<Arc<T>>);

impl<T: Send + Sync + 'static> Attic<T> {
    /// An empty one.
    ///
    /// # Errors
    /// The system refuses a thread.
    pub(crate) fn open() -> io::Result<Self> {
        let (give, given) = channel();
        thread::Builder::new().name("attic".to_owned()).spawn(move || keep(&given))?;
        Ok(Self(give))
    }

    /// Has this held for as long as anybody else holds it.
    pub(crate) fn keep(&self, it: &Arc<T>) {
        // A thread that is gone costs a pause, and nothing else.
        let _ = self.0.send(Arc::clone(it));
    }
}

fn keep<T>(given: &Receiver<Arc<T>>) {
    let mut held: Vec<Arc<T>> = Vec::new();
    loop {
        // What came last is in force, and stays for long: alone it is not looked at.
        let next = if held.len() > 1 { given.recv_timeout(LOOK) } else { given.recv().map_err(Into::into) };
        match next {
            Ok(it) => held.push(it),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        // Nobody can take a share of what is held here alone.
        held.retain(|it| Arc::strong_count(it) > 1);
    }
}

#[cfg(test)]
mod tests {
    use std::thread::ThreadId;

    use super::*;

    /// Says who gives it back.
    struct Told(&'static str, Sender<(&'static str, ThreadId)>);

    impl Drop for Told {
        fn drop(&mut self) {
            let _ = self.1.send((self.0, thread::current().id()));
        }
    }

    #[test]
    fn what_nobody_holds_any_more_is_given_back_by_another_thread() {
        let (tell, told) = channel();
        let attic = Attic::open().unwrap();
        let [first, second, third] =
            ["first", "second", "third"].map(|name| Arc::new(Told(name, tell.clone())));
        for it in [&first, &second, &third] {
            attic.keep(it);
        }
        for (it, name) in [(second, "second"), (first, "first")] {
            drop(it);
            let (gone, by) = told.recv_timeout(Duration::from_secs(60)).unwrap();
            assert_eq!(gone, name);
            assert_ne!(by, thread::current().id());
        }
        assert!(told.try_recv().is_err(), "{} is still held", third.0);
    }
}
