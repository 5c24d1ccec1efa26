//! A stream that goes over to another media thread, because legs of two calls meet (DESIGN §6).
//!
//! ```text
//!   Detach ──> old thread ──> Detached, with everything in a parcel ──> Attach ──> new thread
//! ```
//!
//! What is asked of the stream while it is in nobody's hands waits: where it aims, and whether it is to end.

use media::control::{Parcel, Request};

use super::Talk;
use crate::core::Core;

/// A stream on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moving {
    to: u8,
    /// The leg ended meanwhile.
    ends: bool,
}

impl Talk {
    /// Takes the stream to another thread; whether it is there already, or there is none.
    pub(crate) fn move_to(&mut self, thread: u8, core: &mut Core) -> bool {
        let Some(stream) = self.stream.filter(|stream| stream.thread != thread) else { return true };
        self.moving = Some(Moving { to: thread, ends: false });
        core.media(stream.thread, Request::Detach { stream: stream.id });
        false
    }

    /// Whether the stream is on its way, so that its end has to wait.
    pub(super) const fn ends_later(&mut self) -> bool {
        match &mut self.moving {
            Some(moving) => {
                moving.ends = true;
                true
            }
            None => false,
        }
    }

    /// The old thread let it go.
    pub(crate) fn detached(&mut self, parcel: Parcel, core: &mut Core) {
        let (Some(Moving { to, ends }), Some(stream)) = (self.moving.take(), &mut self.stream) else {
            return;
        };
        core.ports.moves(stream.thread, to);
        stream.thread = to;
        core.media(to, Request::Attach { parcel });
        if ends { self.close(core) } else { self.aim(core) }
    }
}
