//! Reliable provisionals of a party, as it gives them and as it gets them (RFC 3262).

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use clock::Instant;
use sip::{
    Message, Method, Name, Status, flow::Flow, message::respond_to, transaction::Branch,
    transaction::ServerKey,
};

use super::{
    Agent, Chore, Note,
    line::{Line, Standing, Use},
    skill::Reliable,
};

const T1: Duration = Duration::from_millis(500);

/// A provisional without PRACK.
#[derive(Clone, Debug)]
pub(super) struct Unpracked {
    rseq: u32,
    status: Status,
    response: Bytes,
    interval: Duration,
    until: Instant,
}

impl Agent {
    /// Whether 18x to this INVITE are to be reliable.
    pub(super) fn is_reliable(&self, invite: &Message) -> bool {
        let lists = |name| invite.values(name).any(|tag| tag == "100rel");
        self.skill.reliable != Reliable::No && (lists(Name::Supported) || lists(Name::Require))
    }

    /// Sends a reliable provisional, and again until its PRACK comes.
    pub(super) fn ring_reliably(&mut self, index: usize, status: Status, response: Bytes) {
        let line = &mut self.lines[index];
        let Standing::Ringing(ringing) = &line.standing else { return };
        let (key, rseq) = (ringing.key, line.rseq_out);
        let until = self.now + T1 * 64;
        line.unpracked = Some(Unpracked { rseq, status, response: response.clone(), interval: T1, until });
        self.layer.respond(self.now, key, status, response, &mut self.said);
        self.later(T1, Chore::Provisional(index, rseq));
    }

    pub(super) fn repeat_provisional(&mut self, index: usize, rseq: u32) {
        let now = self.now;
        let line = &mut self.lines[index];
        let Standing::Ringing(ringing) = &line.standing else { return };
        let key = ringing.key;
        let Some(unpracked) = line.unpracked.as_mut().filter(|it| it.rseq == rseq) else { return };
        if now >= unpracked.until {
            return self.refuse(index, Status::SERVER_TIMEOUT);
        }
        unpracked.interval *= 2;
        let (status, response, interval) = (unpracked.status, unpracked.response.clone(), unpracked.interval);
        let left = unpracked.until.since(now);
        self.layer.respond(now, key, status, response, &mut self.said);
        self.later(interval.min(left), Chore::Provisional(index, rseq));
    }

    /// The switch acknowledges a provisional.
    pub(super) fn pracked(&mut self, index: usize, key: ServerKey, flow: Flow, request: &Message) {
        let is_proven = request.header(Name::ProxyAuthorization).is_some();
        if self.skill.challenges_prack && !is_proven {
            return self.challenge(key, flow, request, Status::PROXY_AUTHENTICATION_REQUIRED);
        }
        let line = &mut self.lines[index];
        let rack = request.header(Name::RAck).unwrap_or_default();
        let number = rack.split_whitespace().next().and_then(|word| word.parse().ok());
        let fits = line.unpracked.as_ref().is_some_and(|it| Some(it.rseq) == number);
        if fits {
            line.unpracked = None;
        }
        let call_id = line.call_id.clone();
        let status = if fits { Status::OK } else { Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST };
        self.reply(key, flow, request, status);
        self.note(Note::Pracked(call_id, fits));
    }

    /// Acknowledges a provisional of the switch, with an answer if it made an offer.
    pub(super) fn prack(&mut self, index: usize, response: &Message) {
        let is_reliable = response.values(Name::Require).any(|tag| tag == "100rel");
        let rseq: Option<u32> = response.header(Name::RSeq).and_then(|rseq| rseq.parse().ok());
        let line = &mut self.lines[index];
        let Some(rseq) = rseq.filter(|_| is_reliable) else { return };
        let is_next = line.rseq_in.is_none_or(|last| rseq == last + 1);
        if !is_next || self.skill.never_pracks || self.skill.reliable == Reliable::No {
            return;
        }
        line.rseq_in = Some(rseq);
        line.learn(response);
        let has_offer = line.open && !response.body().is_empty();
        line.open &= !has_offer;
        let body = has_offer.then(|| line.sdp.answer_to(response));
        self.prack_number(index, rseq, body.as_deref());
    }

    /// Sends PRACK.
    pub(super) fn prack_number(&mut self, index: usize, rseq: u32, body: Option<&str>) {
        self.lines[index].cseq += 1;
        let branch = Branch::new(&mut self.chance);
        let via = self.via(branch);
        let line = &self.lines[index];
        let bytes = rack(line, &via, rseq, body);
        self.send(Use::Nothing, Method::Prack, branch, bytes);
    }
}

fn rack(line: &Line, via: &str, rseq: u32, body: Option<&str>) -> Bytes {
    let mut buffer = BytesMut::new();
    let writer = line
        .request(&mut buffer, &Method::Prack, via, line.cseq)
        .header(Name::RAck, format_args!("{rseq} {} INVITE", line.invite_cseq));
    match body {
        Some(body) => writer.body("application/sdp", body.as_bytes()).end(),
        None => writer.end(),
    }
}

/// The head of a provisional, with its number.
pub(super) fn provisional(
    agent: &Agent,
    line: &Line,
    request: &Message,
    status: Status,
    contact: &str,
    body: Option<&str>,
    is_reliable: bool,
) -> Bytes {
    let mut buffer = BytesMut::new();
    let writer = respond_to(&mut buffer, request, line.flow.remote, status, Some(&line.tag()));
    let mut writer =
        agent.record_route(writer).copy(request, Name::RecordRoute).header(Name::Contact, contact);
    if is_reliable {
        writer = writer.header(Name::Require, "100rel").header(Name::RSeq, line.rseq_out);
    }
    match body {
        Some(body) => writer.body("application/sdp", body.as_bytes()).end(),
        None => writer.end(),
    }
}
