//! What bad configs are loaded with: the files that they name, and the day on which that is.

use std::sync::Arc;

use callplan::{Assets, Exposed, Fetched, Flaw, Pem, Saying, Spoken, Unread, ways::Horizon};
use clock::Wall;
use jiff::civil::Date;

/// A week of March 2026, and when rules are looked at.
pub(crate) const HORIZON: Horizon = Horizon {
    from: Wall::from_unix_micros(1_773_000_000_000_000),
    until: Wall::from_unix_micros(1_773_600_000_000_000),
};

/// Files whose certificates are what their text says, read on a day in autumn.
pub(crate) struct Files<A>(pub(crate) A);

impl<A: Assets> Assets for Files<A> {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, Unread> {
        self.0.read(path)
    }

    /// What `stale.ics` was once, what this machine serves, and nothing else.
    fn fetched(&self, url: &str) -> Result<Fetched, Unread> {
        let stale = match url {
            "https://calendar.example/8f3e/stale.ics" => {
                Some("it answers 500, since 2026-11-20T10:00:00Z".to_owned())
            }
            "http://localhost/us.ics" => None,
            _ => return Err("it was never fetched".into()),
        };
        Ok(Fetched { bytes: HOLIDAYS.as_bytes().into(), stale })
    }

    /// What begins with "Said" is said, "Once" was said before, "Unsaid" can't be; whatever else comes to no sound.
    fn spoken(&self, saying: Saying<'_>) -> Result<Spoken, Unread> {
        let nobody = || Unread::from("espeak-ng is not installed");
        let (wave, mute) = match saying.text.split(' ').next() {
            Some("Said" | "Said.") => (silence(), None),
            Some("Once") => (silence(), Some(nobody())),
            Some("Unsaid" | "Unsaid.") => return Err(nobody()),
            Some(_) | None => (b"This is no sound.".to_vec(), None),
        };
        Ok(Spoken { wave: wave.into(), mute })
    }

    fn exposed(&self, path: &str) -> Option<Exposed> {
        let (why, mend) = ("everybody may read it".to_owned(), format!("chmod o-rwx {path}"));
        (path == "secrets/open").then_some(Exposed { why, mend })
    }

    fn today(&self) -> Option<Date> {
        Some(Date::constant(2026, 11, 22))
    }

    fn flaws(&self, pem: Pem<'_>) -> Vec<Flaw> {
        let text = match pem {
            Pem::Identity { cert, key, .. } => [cert, key].concat(),
            Pem::Roots(roots) => roots.to_vec(),
        };
        let flaw = |word: &str| match word {
            "no-certificate" => Some(Flaw::NoCertificate("it is empty".to_owned())),
            "no-key" => Some(Flaw::NoKey("it is empty".to_owned())),
            "key-of-another" => Some(Flaw::KeyOfAnother),
            "expired" => Some(Flaw::Expired("on 2026-11-01".to_owned())),
            "ends" => Some(Flaw::Ends("on 2026-11-23".to_owned())),
            "later" => Some(Flaw::Later("on 2027-11-23".to_owned())),
            "other-name" => Some(Flaw::OtherName("pbx.larch.example".to_owned())),
            _ => None,
        };
        String::from_utf8_lossy(&text).split_whitespace().filter_map(flaw).collect()
    }
}

/// A holiday each year, whose title is a name as well.
const HOLIDAYS: &str = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20251225\nRRULE:FREQ=DAILY\nSUMMARY:ana\nEND:VEVENT\n\
                        END:VCALENDAR\n";

/// The smallest WAV there is.
pub(crate) fn silence() -> Vec<u8> {
    let mut wav =
        b"RIFF\x25\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\x01\0\0\0"
            .to_vec();
    wav.push(0x80);
    wav
}
