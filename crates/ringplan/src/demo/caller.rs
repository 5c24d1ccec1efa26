//! The caller: a carrier's subscriber who rings the main number, presses a key and leaves a message.

use std::{
    net::SocketAddr,
    sync::{Arc, mpsc::Sender},
    time::Duration,
};

use callplan::Trunk;

use super::{house::Saw, tune};
use crate::ua::{Account, Login, News, Over, Phone};

/// Who calls.
pub(super) const NUMBER: &str = "+12025550142";

/// The key pressed, should there be a menu; and when, counted from the call.
pub(super) const KEY: (Duration, char) = (Duration::from_secs(2), '0');

/// The pause a person makes after the beep, and what they say.
const BREATH: Duration = Duration::from_secs(1);
const MESSAGE: Duration = Duration::from_secs(4);

/// How long after the beep the caller hangs up.
pub(super) const SPEAKS: Duration = Duration::from_secs(5);

/// The longest a call of the starter site lasts.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a caller does by itself.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Press(char),
    Speak,
    HangUp,
}

/// Rings `to` and leaves a message when `beep` is over; tells what it sees. Returns when the call is over.
pub(super) fn call(
    trunk: &Trunk,
    server: SocketAddr,
    to: &str,
    beep: Duration,
    tell: &Sender<Saw>,
) -> std::io::Result<()> {
    let account = Account {
        name: NUMBER.to_owned(),
        domain: server.to_string(),
        server,
        over: Over::Udp,
        local: trunk.host.parse().ok(),
        login: Login::Address,
    };
    let mut phone = Phone::new(account)?;
    phone.call(to, "A customer")?;
    let begin = phone.now();
    let deeds = [
        (KEY.0, Deed::Press(KEY.1)),
        (beep + BREATH, Deed::Speak),
        (beep + SPEAKS, Deed::HangUp),
        (PATIENCE, Deed::HangUp),
    ];
    for (at, deed) in deeds {
        while let Some(what) = phone.next(begin + at) {
            let is_over = matches!(what, News::HungUp | News::Refused(..));
            let _ = tell.send(Saw { who: NUMBER.into(), what });
            if is_over {
                return Ok(());
            }
        }
        match deed {
            Deed::Press(key) => phone.press(key),
            Deed::Speak => phone.say(&tune::play(MESSAGE)),
            Deed::HangUp => break,
        }
    }
    phone.hang_up();
    // Time for the BYE to be answered.
    let _ = phone.next(phone.now() + Duration::from_millis(300));
    let _ = tell.send(Saw { who: Arc::from(NUMBER), what: News::HungUp });
    Ok(())
}
