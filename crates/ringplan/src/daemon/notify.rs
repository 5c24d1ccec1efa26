//! What systemd is told (`sd_notify`); without systemd, nothing.

use std::{sync::atomic::Ordering, time::Duration};

use sd_notify::NotifyState;
use tokio::time::sleep;

use crate::signalling::{Inbox, Window};

/// Tells the service manager.
pub(crate) fn tell(states: &[NotifyState<'_>]) {
    // A manager that went away is not our trouble.
    let _ = sd_notify::notify(false, states);
}

/// Feeds the watchdog, if there is one, as long as the signalling thread goes round: a switch that takes
/// no calls is to be started again, however well the rest of the process feels.
pub(crate) async fn watchdog(inbox: Inbox, window: Window) {
    let mut limit_us = 0;
    if !sd_notify::watchdog_enabled(false, &mut limit_us) {
        return;
    }
    let half = Duration::from_micros(limit_us / 2);
    let mut seen = window.pulse.load(Ordering::Relaxed);
    loop {
        inbox.nudge();
        sleep(half).await;
        let pulse = window.pulse.load(Ordering::Relaxed);
        if pulse != seen {
            tell(&[NotifyState::Watchdog]);
        }
        seen = pulse;
    }
}
