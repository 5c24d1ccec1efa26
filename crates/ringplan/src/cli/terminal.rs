//! The terminal that is printed on.

use std::{io::IsTerminal as _, mem::MaybeUninit};

use nix::libc::{STDOUT_FILENO, TIOCGWINSZ, ioctl, winsize};

/// Its columns; `None` if the standard output is none, or does not say.
pub(super) fn width() -> Option<usize> {
    if !std::io::stdout().is_terminal() {
        return None;
    }
    let mut size = MaybeUninit::<winsize>::zeroed();
    // SAFETY: the call writes a `winsize` to where it is told, which is one; zeroes are one, too.
    let size = unsafe {
        if ioctl(STDOUT_FILENO, TIOCGWINSZ, size.as_mut_ptr()) != 0 {
            return None;
        }
        size.assume_init()
    };
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}
