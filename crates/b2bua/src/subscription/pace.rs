//! Watchers that ask again at once, whatever they are told (RELIABILITY P12).
//!
//! Some clients send SUBSCRIBE in a tight loop when it is refused, and some when it is granted. Whoever was
//! refused ten times within a minute, or asked six hundred times, is not heard for a minute. It is known by where it speaks
//! from and the user it says it is, so that one bad phone silences no other behind the same NAT or proxy.

use std::time::Duration;

use clock::Instant;
use sip::{Message, flow::Flow};

use crate::shared::recent::Recent;

/// Watchers remembered; beyond, the stalest starts anew.
const WATCHERS_MAX: usize = 16_384;
/// Refusals within a minute that silence follows.
const REFUSED_MAX: u16 = 10;
/// SUBSCRIBEs within a minute that silence follows: a desk of two hundred lamps may start thrice.
const ASKED_MAX: u16 = 600;
const MINUTE: Duration = Duration::from_secs(60);

/// What is remembered of watchers.
#[derive(Debug)]
pub(crate) struct Pace(Recent<Count>);

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    since: Instant,
    asked: u16,
    refused: u16,
    silent_until: Instant,
}

impl Pace {
    /// Nobody asked yet; sources are hashed under a secret.
    pub(crate) fn new(secret: &[u8; 16]) -> Self {
        Self(Recent::new(WATCHERS_MAX, secret))
    }

    /// Whether a SUBSCRIBE is heard.
    pub(crate) fn hears(&mut self, now: Instant, flow: Flow, request: &Message) -> bool {
        let mut is_heard = true;
        self.change(now, flow, request, |count| {
            is_heard = now >= count.silent_until;
            count.asked = count.asked.saturating_add(1);
            if count.asked > ASKED_MAX {
                count.silent_until = now + MINUTE;
            }
        });
        is_heard
    }

    /// One was refused.
    pub(crate) fn refused(&mut self, now: Instant, flow: Flow, request: &Message) {
        self.change(now, flow, request, |count| {
            count.refused += 1;
            if count.refused >= REFUSED_MAX {
                count.silent_until = now + MINUTE;
            }
        });
    }

    fn change(&mut self, now: Instant, flow: Flow, request: &Message, work: impl FnOnce(&mut Count)) {
        let from = request.from();
        let user = from.uri.user().unwrap_or_default();
        self.0.put(&(flow.remote, user), now, |mut count| {
            if count.since == Instant::ZERO || now.since(count.since) >= MINUTE {
                count = Count { since: now, silent_until: count.silent_until, ..Count::default() };
            }
            work(&mut count);
            count
        });
    }
}

#[cfg(test)]
mod tests {
    use sip::flow::Transport;

    use super::*;

    fn at(second: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(1000 + second)
    }

    fn flow() -> Flow {
        Flow {
            transport: Transport::Udp,
            local: "192.0.2.1:5060".parse().unwrap(),
            remote: "198.51.100.7:5060".parse().unwrap(),
            connection: 0,
        }
    }

    fn subscribe(user: &str) -> Message {
        let text = format!(
            "SUBSCRIBE sip:x@pbx SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:{user}@pbx>;tag=1\r\n\
             To: <sip:x@pbx>\r\nCall-ID: 1\r\nCSeq: 1 SUBSCRIBE\r\n\r\n"
        );
        Message::parse(text.into()).unwrap()
    }

    #[test]
    fn who_is_refused_ten_times_a_minute_is_silent_for_a_minute() {
        let (flow, mut pace) = (flow(), Pace::new(&[7; 16]));
        let (eve, ana) = (subscribe("eve"), subscribe("ana"));
        for tries in 0..REFUSED_MAX {
            assert!(pace.hears(at(1), flow, &eve), "{tries}");
            pace.refused(at(1), flow, &eve);
        }
        assert!(!pace.hears(at(1), flow, &eve));
        assert!(pace.hears(at(1), flow, &ana), "another behind the same address");
        assert!(!pace.hears(at(60), flow, &eve));
        assert!(pace.hears(at(62), flow, &eve), "and then it starts anew");
    }

    #[test]
    fn who_asks_without_end_is_not_heard_without_end() {
        let (flow, mut pace) = (flow(), Pace::new(&[7; 16]));
        let eve = subscribe("eve");
        let heard = (0..5000).filter(|_| pace.hears(at(1), flow, &eve)).count();
        assert_eq!(heard, usize::from(ASKED_MAX) + 1);
    }
}
