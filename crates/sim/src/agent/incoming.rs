//! Requests that a party gets (RFC 3261 §8.2, §12.2.2, §13.3, §14.2, §15.1.2).

use std::time::Duration;

use bytes::BytesMut;
use sip::{Message, Method, Name, Status, flow::Flow, message::respond_to, transaction::ServerKey};

use super::{
    Agent, Chore, Manner, Note, Role,
    line::{Change, Line, Repeated, Ringing, Standing, Use, contact_of},
};

/// How long a phone rings that nobody stops.
const RINGS_MAX: Duration = Duration::from_secs(150);

const T1: Duration = Duration::from_millis(500);

impl Agent {
    pub(super) fn asked(&mut self, key: ServerKey, flow: Flow, request: &Message) {
        if request.to_tag().is_some() && !self.is_reached_by(flow, request) {
            return self.layer.forget(key);
        }
        let is = |method: Method| *request.method() == method;
        if request.to_tag().is_none() {
            return if is(Method::Invite) {
                self.invited(key, flow, request);
            } else if is(Method::Register) {
                self.registrar(key, flow, request);
            } else {
                self.reply(key, flow, request, Status::OK);
            };
        }
        if is(Method::Notify) && self.notified(key, flow, request) {
            return;
        }
        let Some(index) = self.lines.iter().position(|line| line.owns(request) && !line.is_over()) else {
            return self.reply(key, flow, request, Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST);
        };
        if is(Method::Bye) {
            self.dropped(index, key, flow, request);
        } else if is(Method::Invite) {
            self.asked_to_change(index, key, flow, request);
        } else if is(Method::Prack) {
            self.pracked(index, key, flow, request);
        } else if is(Method::Update) {
            self.updated(index, key, flow, request);
        } else if is(Method::Notify) {
            self.told_of_transfer(index, key, flow, request);
        } else {
            self.reply(key, flow, request, Status::OK);
        }
    }

    /// Refuses; who moved says where to, to somebody inside or outside.
    pub(super) fn refuse(&mut self, index: usize, status: Status) {
        if status == Status::MOVED_TEMPORARILY {
            let (to, domain) = (self.chance.below(9), &self.persona.domain);
            // People, groups, numbers of ours and mailboxes.
            let to = match to {
                0..6 => (101 + to).to_string(),
                6 => "200".to_owned(),
                7 => "+12025550100".to_owned(),
                _ => "*99101".to_owned(),
            };
            let inside = format!("sip:{to}@{domain};q=0.{}", self.chance.below(10));
            let outside = ["tel:+12025550177", "tel:+12025550178", "tel:+442079460123"];
            let outside = format!("{};q=0.5", outside[self.chance.below(3) as usize]);
            return self.redirect(index, &[inside, outside]);
        }
        let rest = self.skill.rests.filter(|_| status == Status::SERVICE_UNAVAILABLE);
        self.refuse_with(index, status, rest);
    }

    /// Is out of service for so many seconds.
    pub(super) fn refuse_for(&mut self, index: usize, seconds: u32) {
        self.refuse_with(index, Status::SERVICE_UNAVAILABLE, Some(seconds));
    }

    fn refuse_with(&mut self, index: usize, status: Status, retry_after: Option<u32>) {
        let line = &mut self.lines[index];
        let Standing::Ringing(ringing) = &line.standing else { return };
        let mut buffer = BytesMut::new();
        let key = ringing.key;
        let mut writer =
            respond_to(&mut buffer, &ringing.request, line.flow.remote, status, Some(&line.local_tag));
        if let Some(seconds) = retry_after {
            writer = writer.header(Name::RetryAfter, seconds);
        }
        let bytes = writer.end();
        line.standing = Standing::Over;
        let call_id = line.call_id.clone();
        self.layer.respond(self.now, key, status, bytes, &mut self.said);
        self.note(Note::Refused(call_id, status));
    }

    /// Sends the call elsewhere.
    pub(super) fn redirect(&mut self, index: usize, contacts: &[String]) {
        let line = &mut self.lines[index];
        let Standing::Ringing(ringing) = &line.standing else { return };
        let (key, status) = (ringing.key, Status::MOVED_TEMPORARILY);
        let mut buffer = BytesMut::new();
        let mut writer =
            respond_to(&mut buffer, &ringing.request, line.flow.remote, status, Some(&line.local_tag));
        for contact in contacts {
            let (uri, q) = contact.split_once(";q=").unwrap_or((contact, "1"));
            writer = writer.header(Name::Contact, format_args!("<{uri}>;q={q}"));
        }
        let bytes = writer.end();
        line.standing = Standing::Over;
        let call_id = line.call_id.clone();
        self.layer.respond(self.now, key, status, bytes, &mut self.said);
        self.note(Note::Refused(call_id, status));
    }

    fn invited(&mut self, key: ServerKey, flow: Flow, request: &Message) {
        let must_prove = matches!(self.persona.role, Role::Carrier { challenges: true })
            && request.header(Name::ProxyAuthorization).is_none();
        if must_prove {
            return self.challenge(key, flow, request, Status::PROXY_AUTHENTICATION_REQUIRED);
        }
        if self.skill.passes_challenges {
            return self.challenge_in(
                "far.example",
                key,
                flow,
                request,
                Status::PROXY_AUTHENTICATION_REQUIRED,
            );
        }
        if self.finds_too_short(key, flow, request) {
            return;
        }
        if self.speaks_nothing_of(request) {
            return self.refuse_formats(key, flow, request);
        }
        let index = self.lines.len();
        let local_tag = self.token();
        let manner = self.manners.pop_front().unwrap_or(self.manner);
        let port = 40_000 + 2 * u16::try_from(index % 10_000).expect("below ten thousand");
        let call_id: std::sync::Arc<str> = request.call_id().into();
        let caller = request.from().uri.user().unwrap_or_default().into();
        let untagged = |name| {
            let value: &str = request.header(name).unwrap_or_default();
            value.split_once(";tag=").map_or(value, |(party, _)| party).to_owned()
        };
        self.lines.push(Line {
            standing: Standing::Ringing(Ringing { key, request: request.clone() }),
            talks: manner.talks,
            changes: manner.changes,
            local: untagged(Name::To),
            remote: untagged(Name::From),
            remote_tag: request.from_tag().unwrap_or_default().to_owned(),
            target: contact_of(request).unwrap_or_default(),
            ..Line::new(flow, call_id.clone(), local_tag, self.describes(port))
        });
        self.layer.set_user(key, Use::Invite(index));
        self.note(Note::Rung(call_id, caller));
        self.follow(index, manner);
    }

    fn follow(&mut self, index: usize, manner: Manner) {
        // A phone does not ring for ever, be its switch dead.
        self.later(RINGS_MAX, Chore::Deed(index, super::Deed::Refuse(Status::TEMPORARILY_UNAVAILABLE)));
        match manner.rings {
            Some(Duration::ZERO) => self.ring(index, manner.early),
            Some(after) => self.later(after, Chore::Ring(index, manner.early)),
            None => {}
        }
        if let Some((after, deed)) = manner.then {
            self.later(after, Chore::Deed(index, deed));
        }
    }

    /// The switch takes its INVITE back.
    pub(super) fn cancelled(&mut self, user: Option<Use>, cancel: ServerKey, flow: Flow, request: &Message) {
        self.reply(cancel, flow, request, Status::OK);
        let Some(Use::Invite(index)) = user else { return };
        let line = &mut self.lines[index];
        let Standing::Ringing(ringing) = &line.standing else { return };
        let key = ringing.key;
        let status = Status::REQUEST_TERMINATED;
        let mut buffer = BytesMut::new();
        let bytes =
            respond_to(&mut buffer, &ringing.request, line.flow.remote, status, Some(&line.local_tag)).end();
        line.standing = Standing::Over;
        let call_id = line.call_id.clone();
        self.layer.respond(self.now, key, status, bytes, &mut self.said);
        self.note(Note::Silenced(call_id, cause_of(request)));
    }

    /// An ACK for a 2xx of ours.
    pub(super) fn acknowledged(&mut self, ack: &Message) {
        let Some(index) = self.lines.iter().position(|line| line.owns(ack)) else { return };
        let line = &mut self.lines[index];
        match (&line.standing, &line.change) {
            (Standing::PickedUp(_), _) => line.standing = Standing::Up,
            (Standing::Up, Change::Answered(_)) => line.change = Change::None,
            _ => {}
        }
    }

    fn dropped(&mut self, index: usize, key: ServerKey, flow: Flow, request: &Message) {
        self.reply(key, flow, request, Status::OK);
        let line = &mut self.lines[index];
        if !matches!(line.standing, Standing::Leaving) {
            line.standing = Standing::Over;
            line.change = Change::None;
            if line.is_twin {
                return;
            }
            let call_id = line.call_id.clone();
            self.note(Note::Dropped(call_id, cause_of(request)));
        }
    }

    /// A re-INVITE: glare is told by role, anything else is taken (RFC 3261 §14.2).
    fn asked_to_change(&mut self, index: usize, key: ServerKey, flow: Flow, request: &Message) {
        let line = &self.lines[index];
        let status = match (&line.standing, &line.change) {
            (Standing::Up, Change::None) if self.speaks_nothing_of(request) => {
                return self.refuse_formats(key, flow, request);
            }
            (Standing::Up, Change::None) => Status::OK,
            // One overtook the ACK (RFC 5407 §3.1.5).
            (Standing::Up, Change::Asking(_)) | (Standing::PickedUp(_), _) => Status::REQUEST_PENDING,
            (Standing::Leaving | Standing::Over, _) => Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST,
            _ => Status::SERVER_INTERNAL_ERROR,
        };
        if status != Status::OK {
            return self.reply(key, flow, request, status);
        }
        if std::mem::take(&mut self.skill.forgets_a_change) {
            return;
        }
        let bytes = self.success(index, request);
        self.layer.respond(self.now, key, Status::OK, bytes.clone(), &mut self.said);
        let until = self.now + T1 * 64;
        self.lines[index].change = Change::Answered(Repeated { response: bytes, interval: T1, until });
        self.later(T1, Chore::Again(index));
    }
}

/// The SIP cause that a request's Reason names (RFC 3326 §2).
fn cause_of(request: &Message) -> Option<u16> {
    let reason = request.header(Name::Reason)?.strip_prefix("SIP")?;
    reason.split(';').find_map(|param| param.trim().strip_prefix("cause=")?.parse().ok())
}
