//! Which sources are believed, and where to send before one is (RELIABILITY M1, M2).
//!
//! One gate per socket: RTP and RTCP latch each for itself. Knows addresses only.

use std::net::SocketAddr;

use crate::control::Latch;

/// Packets sent to the address of the SDP of a party behind NAT before it has shown where it is. The
/// address may be anybody's: this many can't hurt, and a party in the same network hears us at once.
const BLIND_MAX: u8 = 5;

/// Decides who may send to a socket.
#[derive(Clone, Debug)]
pub struct Gate {
    rule: Latch,
    /// From the SDP.
    told: SocketAddr,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nobody came yet; this many packets went out.
    Waiting { sent: u8 },
    /// Only this source.
    Latched(SocketAddr),
    /// It fell silent: any port of its address may take over; until then it is sent to.
    Loose(SocketAddr),
}

/// Where a socket sends, and whether it hears only that address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aim {
    /// Whereto.
    pub to: SocketAddr,
    /// The socket is connected: the kernel drops whatever comes from elsewhere.
    pub only: bool,
}

impl Gate {
    /// A gate for a party whose SDP told this address.
    pub fn new(rule: Latch, told: SocketAddr) -> Self {
        Self { rule, told, state: State::Waiting { sent: 0 } }
    }

    /// Whether the SDP told the same as before; the latch then stays.
    pub fn is_for(&self, rule: &Latch, told: SocketAddr) -> bool {
        self.rule == *rule && self.told == told
    }

    /// Where packets go now.
    pub fn aim(&self) -> Aim {
        match self.state {
            State::Waiting { sent } => Aim { to: self.unseen(sent), only: false },
            State::Latched(source) => Aim { to: source, only: true },
            State::Loose(source) => Aim { to: source, only: false },
        }
    }

    /// Whether a packet from `source` may be looked at.
    pub fn admits(&self, source: SocketAddr) -> bool {
        match (self.state, &self.rule) {
            (State::Latched(latched), _) => source == latched,
            (State::Waiting { .. } | State::Loose(_), Latch::Strict) => source == self.told,
            (State::Waiting { .. }, Latch::Behind(ip)) => source.ip() == *ip,
            (State::Loose(latched), Latch::Behind(_)) => source.ip() == latched.ip(),
        }
    }

    /// A sound packet came from an admitted source: from now on only it. `Some` if that is news.
    pub fn latch(&mut self, source: SocketAddr) -> Option<Aim> {
        let news = self.state != State::Latched(source);
        self.state = State::Latched(source);
        news.then(|| self.aim())
    }

    /// The latched source was silent for long. `Some` if another may now take its place.
    pub fn loosen(&mut self) -> Option<Aim> {
        match (self.state, &self.rule) {
            (State::Latched(source), Latch::Behind(_)) => {
                self.state = State::Loose(source);
                Some(self.aim())
            }
            (State::Latched(_) | State::Waiting { .. } | State::Loose(_), _) => None,
        }
    }

    /// A packet went out. `Some` if later ones go elsewhere.
    pub fn sent(&mut self) -> Option<Aim> {
        let State::Waiting { sent } = &mut self.state else { return None };
        let before = *sent;
        *sent = before.saturating_add(1);
        let after = *sent;
        (self.unseen(before) != self.unseen(after)).then(|| self.aim())
    }

    /// Whether its source is known.
    pub fn is_latched(&self) -> bool {
        matches!(self.state, State::Latched(_))
    }

    /// Where to try before anything came. Behind NAT the port of the SDP at the address of the signalling
    /// is the best guess, and never a stranger's address.
    fn unseen(&self, sent: u8) -> SocketAddr {
        match self.rule {
            Latch::Behind(ip) if sent >= BLIND_MAX => SocketAddr::new(ip, self.told.port()),
            Latch::Behind(_) | Latch::Strict => self.told,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addr(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    /// The matrix of RELIABILITY M1: who is let in, by rule and by state.
    #[test]
    fn only_the_right_source_is_let_in() {
        let told = addr("10.0.0.2:4000");
        let nat = addr("192.0.2.7:61000");
        let sources =
            ["10.0.0.2:4000", "10.0.0.2:4002", "192.0.2.7:61000", "192.0.2.7:61002", "203.0.113.66:4000"];
        let admitted = |gate: &Gate| sources.map(|source| u8::from(gate.admits(addr(source))));

        let mut strict = Gate::new(Latch::Strict, told);
        assert_eq!(admitted(&strict), [1, 0, 0, 0, 0]);
        strict.latch(told);
        assert_eq!(admitted(&strict), [1, 0, 0, 0, 0]);
        assert_eq!(strict.loosen(), None);

        let mut behind = Gate::new(Latch::Behind(nat.ip()), told);
        assert_eq!(admitted(&behind), [0, 0, 1, 1, 0]);
        assert_eq!(behind.latch(nat), Some(Aim { to: nat, only: true }));
        assert_eq!(behind.latch(nat), None);
        assert_eq!(admitted(&behind), [0, 0, 1, 0, 0]);
        assert_eq!(behind.loosen(), Some(Aim { to: nat, only: false }));
        assert_eq!(admitted(&behind), [0, 0, 1, 1, 0]);
    }

    #[test]
    fn at_most_five_packets_go_where_only_the_sdp_points() {
        let told = addr("203.0.113.66:4000");
        let mut gate = Gate::new(Latch::Behind(addr("192.0.2.7:0").ip()), told);
        let mut wrong = 0;
        for _ in 0..300 {
            wrong += usize::from(gate.aim().to == told);
            gate.sent();
        }
        assert_eq!(wrong, 5);
        assert_eq!(gate.aim().to, addr("192.0.2.7:4000"));
    }
}
