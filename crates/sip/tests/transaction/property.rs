//! Whatever happens in whatever order: bounds hold, each request has one outcome, and nothing stays behind.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sip::{
    Method, Status,
    flow::Flow,
    transaction::{Branch, ClientKey, Outgoing, ServerKey, Up},
};

use crate::stand::{Stand, flow, millis, request, response, tcp, udp};

const LIMIT: usize = 5;

/// One thing that happens; numbers choose among what is there.
#[derive(Clone, Debug)]
enum Step {
    PeerAsks { method: usize, branch: u8, flow: usize },
    PeerAnswers { request: usize, status: usize },
    UserAsks { method: usize, flow: usize },
    UserCancels { request: usize },
    UserAnswers { request: usize, status: usize, stateless: bool },
    FlowFails { flow: usize },
    TimePasses { millis: u64 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let any = || 0..100usize;
    let step = prop_oneof![
        4 => (any(), 0..6u8, any()).prop_map(|(method, branch, flow)| Step::PeerAsks { method, branch, flow }),
        4 => (any(), any()).prop_map(|(request, status)| Step::PeerAnswers { request, status }),
        3 => (any(), any()).prop_map(|(method, flow)| Step::UserAsks { method, flow }),
        1 => any().prop_map(|request| Step::UserCancels { request }),
        4 => (any(), any(), prop::bool::weighted(0.1))
            .prop_map(|(request, status, stateless)| Step::UserAnswers { request, status, stateless }),
        1 => any().prop_map(|flow| Step::FlowFails { flow }),
        3 => (0..40_000u64).prop_map(|millis| Step::TimePasses { millis }),
    ];
    prop::collection::vec(step, 1..80)
}

/// How far a request of ours got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Open,
    Accepted,
    Over,
}

/// Both sides, and what they know.
struct Play {
    stand: Stand,
    asked: Vec<(Method, Branch, Flow)>,
    outcomes: BTreeMap<ClientKey, Outcome>,
    to_answer: Vec<ServerKey>,
}

fn pick<T: Clone>(from: &[T], number: usize) -> Option<T> {
    from.get(number % from.len().max(1)).cloned()
}

fn flow_of(number: usize) -> Flow {
    [udp(), tcp(), flow("192.0.2.9:5060")][number % 3]
}

impl Play {
    fn new() -> Self {
        Self {
            stand: Stand::with_limits(LIMIT, LIMIT),
            asked: Vec::new(),
            outcomes: BTreeMap::new(),
            to_answer: Vec::new(),
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::PeerAsks { method, branch, flow } => {
                let method = ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS"][method % 5];
                // The last two are of RFC 2543.
                let via = match branch {
                    4 => "192.0.2.7".to_owned(),
                    5 => "192.0.2.7;branch=5".to_owned(),
                    _ => format!("192.0.2.7;branch=z9hG4bKtheirs{branch}"),
                };
                self.stand.receive_by(flow_of(flow), request(method, &via, ""));
            }
            Step::PeerAnswers { request, status } => {
                let Some((method, branch, flow)) = pick(&self.asked, request) else { return };
                let status = [100, 180, 200, 202, 302, 486, 603][status % 7];
                let text = response(status, method.as_str(), &format!("192.0.2.1;branch={branch}"));
                self.stand.receive_by(flow, text);
            }
            Step::UserAsks { method, flow } => {
                let method = [Method::Invite, Method::Invite, Method::Bye][method % 3].clone();
                let branch = self.stand.branch();
                self.ask(method, branch, flow_of(flow));
            }
            Step::UserCancels { request } => {
                if let Some((Method::Invite, branch, flow)) = pick(&self.asked, request)
                    && !self.asked.contains(&(Method::Cancel, branch, flow))
                {
                    self.ask(Method::Cancel, branch, flow);
                }
            }
            Step::UserAnswers { request, status, stateless } => {
                let Some(key) = pick(&self.to_answer, request) else { return };
                let status = [Status::TRYING, Status::RINGING, Status::OK, Status::BUSY_HERE][status % 4];
                if stateless {
                    let bytes = response(status.code(), "INVITE", "192.0.2.7").into();
                    self.stand.layer.respond_stateless(key, bytes, &mut self.stand.out);
                } else {
                    self.stand.respond(key, status);
                }
            }
            Step::FlowFails { flow } => {
                self.stand.layer.flow_failed(self.stand.now, flow_of(flow), &mut self.stand.out);
            }
            Step::TimePasses { millis: time } => self.stand.pass(millis(time)),
        }
        self.listen();
    }

    fn ask(&mut self, method: Method, branch: Branch, flow: Flow) {
        let bytes = request(method.as_str(), &format!("192.0.2.1;branch={branch}"), "").into();
        let outgoing = Outgoing { user: 5, flow, method: method.clone(), branch, bytes, timeout: None };
        let was_full = self.stand.layer.live().0 == LIMIT;
        let asked = self.stand.layer.request(self.stand.now, outgoing, &mut self.stand.out);
        assert_eq!(asked.is_err(), was_full);
        if let Ok(key) = asked {
            self.asked.push((method, branch, flow));
            self.outcomes.insert(key, Outcome::Open);
        }
    }

    /// Takes what the layer told, which must fit what it told before.
    fn listen(&mut self) {
        while let Some(up) = self.stand.out.up.pop_front() {
            match up {
                Up::Request { key, .. } | Up::Cancelled { cancel: key, .. } => self.to_answer.push(key),
                Up::Response { key, message, .. } => {
                    let status = message.status().unwrap();
                    let is_invite = *message.method() == Method::Invite;
                    let outcome = self.outcomes.get_mut(&key).unwrap();
                    *outcome = match *outcome {
                        Outcome::Open if status.is_provisional() => Outcome::Open,
                        Outcome::Open if status.is_success() && is_invite => Outcome::Accepted,
                        Outcome::Open => Outcome::Over,
                        Outcome::Accepted if status.is_success() => Outcome::Accepted,
                        Outcome::Accepted | Outcome::Over => panic!("{status} after the outcome"),
                    };
                }
                Up::TimedOut { key, .. } | Up::Unreachable { key, .. } => {
                    assert_eq!(self.outcomes.insert(key, Outcome::Over), Some(Outcome::Open));
                }
                Up::Ack { .. }
                | Up::AckFor { .. }
                | Up::StrayResponse { .. }
                | Up::ServerEnded { .. }
                | Up::ServerUnreachable { .. }
                | Up::FlowFailed { .. } => {}
            }
        }
        let (clients, servers) = self.stand.layer.live();
        assert!(clients <= LIMIT && servers <= LIMIT);
    }

    /// Both sides do what they owe; then all time passes.
    fn end(mut self) {
        for (method, branch, flow) in self.asked.clone() {
            if method == Method::Invite {
                let text = response(487, "INVITE", &format!("192.0.2.1;branch={branch}"));
                self.stand.receive_by(flow, text);
            }
        }
        for key in self.to_answer.clone() {
            self.stand.respond(key, Status::BUSY_HERE);
        }
        while let Some(at) = self.stand.layer.timeout() {
            self.stand.tick(at);
        }
        self.listen();
        assert!(self.outcomes.values().all(|outcome| *outcome != Outcome::Open), "{:?}", self.outcomes);
        assert!(self.stand.layer.is_idle());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn each_request_has_one_outcome_and_nothing_stays_behind(steps in steps()) {
        let mut play = Play::new();
        for step in steps {
            play.take(step);
        }
        play.end();
    }
}
