//! How long a prompt lasts.

use std::time::Duration;

use wave::Wave;

use crate::{Prompt, Site};

/// How long `prompt` lasts; `None` if it can't be played, as `check` has said: the call goes on at once.
pub fn of(site: &Site, prompt: Prompt) -> Option<Duration> {
    match prompt {
        Prompt::File(file) => Some(Wave::open(site[file].bytes.as_deref()?).ok()?.lasts()),
        Prompt::Shipped(shipped) => Some(shipped.lasts()),
        // It hangs on the moment.
        Prompt::Hours(_) => None,
    }
}
