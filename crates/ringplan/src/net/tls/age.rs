//! How long the certificates in use still hold, as the log says it: once a day, and when new ones are taken up.
//!
//! What a start or an apply reads is told by the findings of the config.

use std::{sync::Arc, time::Duration};

use callplan::Flaw;
use clock::Wall;
use tokio::time::Instant;
use tracing::{error, warn};

use super::pem::ages;

/// Between two times that it is said.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// When it is said again.
#[derive(Debug)]
pub(super) struct Daily(Instant);

impl Daily {
    /// Said at `now`.
    pub(super) fn said(now: Instant) -> Self {
        Self(now + DAY)
    }

    /// Whether a day has passed; if so, the next begins.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        let is_due = now >= self.0;
        if is_due {
            *self = Self::said(now);
        }
        is_due
    }
}

/// Says which certificates of `config` have ended, and which are about to.
pub(super) fn say(config: &callplan::Tls, now: Wall) {
    for (file, flaw) in ages(config, now) {
        let (is_over, line) = sentence(&file, &flaw);
        if is_over { error!("{line}") } else { warn!("{line}") }
    }
}

/// What is said, and whether connections fail by it.
fn sentence(file: &Arc<str>, flaw: &Flaw) -> (bool, String) {
    let what = match flaw {
        Flaw::Ends(when) => return (false, format!("{file}: the certificate ends {when}: renew it")),
        Flaw::Expired(when) => format!("ended {when}: renew it"),
        Flaw::Later(when) => format!("begins {when}: look at the clock of this machine"),
        Flaw::NoCertificate(why) | Flaw::NoKey(why) => format!("can't be read: {why}"),
        Flaw::KeyOfAnother | Flaw::OtherName(_) => "is another's".to_owned(),
    };
    (true, format!("{file}: the certificate {what}"))
}

#[cfg(test)]
mod tests {
    use callplan::{PemFile, TlsClients, TlsIdentity};
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    fn file(path: &str, bytes: &str) -> PemFile {
        PemFile { path: path.into(), bytes: bytes.as_bytes().into() }
    }

    /// A certificate that holds from 2020 to the first of that month.
    fn until(path: &str, year: i32, month: u8) -> PemFile {
        let mut params = CertificateParams::new(["pbx.example".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(year, month, 1);
        file(path, &params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem())
    }

    fn identity(cert: PemFile) -> TlsIdentity {
        TlsIdentity { cert, key: file("key.pem", "") }
    }

    /// Noon of a day, counted from the beginning of 2027.
    fn day(days: i64) -> Wall {
        Wall::from_unix_micros((1_798_761_600 + days * 86_400 + 43_200) * 1_000_000)
    }

    #[test]
    fn what_ends_within_three_weeks_is_named_with_its_file_and_day() {
        let config = callplan::Tls {
            identity: Some(identity(until("own.pem", 2027, 2))),
            also: vec![identity(until("also.pem", 2030, 1))],
            ca: Some(until("carriers.pem", 2026, 12)),
            clients: TlsClients::Asked(until("phones.pem", 2027, 1)),
        };
        let said = |now| -> Vec<(bool, String)> {
            ages(&config, now).iter().map(|(file, flaw)| sentence(file, flaw)).collect()
        };
        let ended =
            |file: &str, when: &str| (true, format!("{file}: the certificate ended on {when}: renew it"));
        let old = [ended("carriers.pem", "2026-12-01"), ended("phones.pem", "2027-01-01")];
        assert_eq!(said(day(9)), old, "more than three weeks before the end of our own");
        let ends = (false, "own.pem: the certificate ends on 2027-02-01: renew it".to_owned());
        assert_eq!(said(day(10)), [&[ends][..], &old].concat());
        assert_eq!(said(day(31)), [&[ended("own.pem", "2027-02-01")][..], &old].concat());
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_said_once_a_day() {
        let mut daily = Daily::said(Instant::now());
        let mut said = Vec::new();
        for hour in 1..=73 {
            tokio::time::advance(Duration::from_secs(3600)).await;
            said.extend(daily.is_due(Instant::now()).then_some(hour));
        }
        assert_eq!(said, [24, 48, 72]);
    }
}
