//! The watchers: they subscribe all at once, answer each NOTIFY at once, and note what their lamps show.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    thread::{sleep, spawn},
    time::{Duration, Instant},
};

use sip::Method;

use super::{
    PAIRS, WATCHERS, phone,
    side::{Asks, Side, bare},
    watchers,
};
use crate::ua::{header, hear, response, send};

const DIALOG: &str = "Event: dialog\r\nExpires: 3600\r\n";
/// Lamps whose first SUBSCRIBE goes out in one go, and how long until the next.
const GO: usize = 60;
const BETWEEN: Duration = Duration::from_millis(20);
/// Until when all lamps are told for the first time.
const PATIENCE: Duration = Duration::from_secs(10);

/// Every lamp, by the Call-ID of its subscription.
#[derive(Clone, Debug)]
pub(super) struct Lamps(Arc<Mutex<BTreeMap<String, Lamp>>>);

/// What was told meanwhile.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) notifies: u32,
    pub(super) repeated: u32,
}

/// A lamp.
#[derive(Debug, Default)]
struct Lamp {
    /// CSeq of the last NOTIFY.
    cseq: u32,
    shows: Option<Shows>,
    seen: Seen,
    /// NOTIFYs that told anything but what comes next in a call.
    astray: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shows {
    Over,
    Rings,
    Talks,
}

impl Lamps {
    /// Has every watcher watch both people of every pair.
    pub(super) fn subscribe() -> Result<Self, String> {
        let side = Arc::new(Side::new(12)?);
        side.register(&watchers())?;
        let lamp = |watcher, pair| ["c", "d"].map(|side| format!("s-{}-{side}{pair}", phone(pair, watcher)));
        let ids: Vec<String> =
            (0..PAIRS).flat_map(|pair| (0..WATCHERS).flat_map(move |watcher| lamp(watcher, pair))).collect();
        let lamps = Self(Arc::default());
        lamps.held().extend(ids.iter().map(|id| (id.clone(), Lamp::default())));
        spawn({
            let (side, lamps) = (Arc::clone(&side), lamps.clone());
            move || while lamps.heed(&side).is_ok() {}
        });
        for go in ids.chunks(GO) {
            go.iter().try_for_each(|id| side.ask(subscribes(id)?))?;
            sleep(BETWEEN);
        }
        let until = Instant::now() + PATIENCE;
        while lamps.held().values().any(|lamp| lamp.shows.is_none()) {
            if Instant::now() > until {
                let dark = lamps.held().values().filter(|lamp| lamp.shows.is_none()).count();
                return Err(format!("{dark} lamps were never told anything"));
            }
            sleep(BETWEEN);
        }
        Ok(lamps)
    }

    /// Counts from now on.
    pub(super) fn begin(&self) -> Result<(), String> {
        for lamp in self.held().values_mut() {
            if lamp.astray > 0 || lamp.shows != Some(Shows::Over) {
                return Err(format!("a lamp went astray: {lamp:?}"));
            }
            lamp.seen = Seen::default();
        }
        Ok(())
    }

    /// What was told since, if each lamp has shown so many calls whole.
    pub(super) fn end(&self, calls: u32) -> Result<Seen, String> {
        let mut all = Seen::default();
        for (id, lamp) in self.held().iter() {
            if lamp.astray > 0 || lamp.seen.notifies != 3 * calls {
                return Err(format!("{id} has not shown {calls} calls whole: {lamp:?}"));
            }
            all.notifies += lamp.seen.notifies;
            all.repeated += lamp.seen.repeated;
        }
        Ok(all)
    }

    /// Takes one message; an error is an end of the socket.
    fn heed(&self, side: &Side) -> Result<(), String> {
        let Ok(text) = hear(&side.socket, |_| true) else { return Ok(()) };
        let id = header(&text, "Call-ID");
        if text.starts_with("NOTIFY ") {
            send(&side.socket, &bare(&response(&text, "200 OK", "")))?;
            let cseq = header(&text, "CSeq").split(' ').next().and_then(|number| number.parse().ok());
            if let (Some(lamp), Some(cseq)) = (self.held().get_mut(id), cseq) {
                lamp.told(cseq, &text);
            }
        } else if text.starts_with("SIP/2.0 407") {
            let proved = side.proved(subscribes(id)?, &text)?;
            send(&side.socket, &bare(&proved))?;
        }
        Ok(())
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, Lamp>> {
        self.0.lock().expect("nobody panics with it")
    }
}

impl Lamp {
    fn told(&mut self, cseq: u32, notify: &str) {
        if cseq <= self.cseq {
            self.seen.repeated += 1;
            return;
        }
        self.cseq = cseq;
        self.seen.notifies += 1;
        let told = Shows::read(notify);
        if let Some(before) = self.shows
            && told != Some(before.next())
        {
            self.astray += 1;
        }
        self.shows = told;
    }
}

impl Shows {
    fn read(notify: &str) -> Option<Self> {
        let (_, state) = notify.split_once("<state>")?;
        match state.split('<').next()? {
            "terminated" => Some(Self::Over),
            "early" => Some(Self::Rings),
            "confirmed" => Some(Self::Talks),
            _ => None,
        }
    }

    /// What a call shows after it.
    const fn next(self) -> Self {
        match self {
            Self::Over => Self::Rings,
            Self::Rings => Self::Talks,
            Self::Talks => Self::Over,
        }
    }
}

/// The SUBSCRIBE of this Call-ID, which names watcher and person.
fn subscribes(id: &str) -> Result<Asks<'_>, String> {
    let mut words = id.split('-').skip(1);
    let (Some(user), Some(to)) = (words.next(), words.next()) else { return Err(format!("{id}: not ours")) };
    Ok(Asks { method: &Method::Subscribe, user, to, id, more: DIALOG })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(lamp: &mut Lamp, cseq: u32, state: &str) {
        lamp.told(cseq, &format!("NOTIFY x SIP/2.0\r\n\r\n<dialog><state>{state}</state></dialog>"));
    }

    #[test]
    fn a_lamp_that_misses_a_state_has_gone_astray() {
        let mut lamp = Lamp::default();
        for (cseq, state) in [(1, "terminated"), (2, "early"), (3, "confirmed"), (4, "terminated")] {
            told(&mut lamp, cseq, state);
        }
        told(&mut lamp, 4, "terminated");
        assert_eq!((lamp.seen.notifies, lamp.seen.repeated, lamp.astray), (4, 1, 0));
        told(&mut lamp, 5, "confirmed");
        assert_eq!(lamp.astray, 1);
    }
}
