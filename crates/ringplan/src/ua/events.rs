//! What the network does to a phone.

use std::{io, mem, time::Duration};

use bytes::BytesMut;
use sip::{
    Message, Method, Name, Status,
    header::Reason,
    message::respond_to,
    transaction::{Branch, ServerKey, Up},
};

use super::{
    dialog::{AGENT, Dialog, Letter},
    phone::{Calling, Line, News, Phone},
    sdp,
    wire::Ask,
};

impl Phone {
    pub(super) fn happened(&mut self, up: Up<Ask>) {
        match up {
            Up::Response { user: Ask::Register, message, .. } => self.register_answered(&message),
            Up::Response { user: Ask::Invite, message, .. } | Up::StrayResponse { message, .. } => {
                self.invite_answered(&message);
            }
            Up::TimedOut { user, .. } | Up::Unreachable { user, .. } => self.unanswered(user),
            Up::Request { key, message, .. } => self.asked(key, &message),
            Up::Cancelled { invite, cancel, message, .. } => self.cancelled(invite, cancel, &message),
            Up::Response { user: Ask::Leave, .. }
            | Up::Ack { .. }
            | Up::AckFor { .. }
            | Up::ServerEnded { .. }
            | Up::ServerUnreachable { .. }
            | Up::FlowFailed { .. } => {}
        }
    }

    fn register_answered(&mut self, response: &Message) {
        let Some(status) = response.status().filter(|status| status.is_final()) else { return };
        if status.is_success() {
            let granted = granted(response).map_or(self.registration.expires, Duration::from_secs);
            self.registration.refresh = Some(self.wire.now() + granted.mul_f32(0.8));
            self.news.push_back(News::Registered(granted));
            return;
        }
        let uri = format!("sip:{}", self.account.domain);
        let cnonce = self.wire.token();
        let proof = self.account.credentials(response, &Method::Register, &uri, &cnonce);
        match proof {
            Some(proof) if !mem::replace(&mut self.registration.proved, true) => {
                self.send_register(Some(proof))
            }
            Some(_) | None => self.news.push_back(News::NotRegistered(status)),
        }
    }

    fn invite_answered(&mut self, response: &Message) {
        let Some(status) = response.status() else { return };
        match mem::replace(&mut self.line, Line::Free) {
            Line::Calling(calling) if status.is_provisional() => self.progressed(calling, status, response),
            Line::Calling(calling) if status.is_success() => self.accepted(calling, response),
            Line::Calling(calling) => self.refused(calling, status, response),
            // A copy of the 2xx: our ACK got lost (RFC 3261 §13.2.2.4).
            Line::Talking { dialog, ack: Some(ack) } if status.is_success() => {
                self.wire.send(&ack);
                self.line = Line::Talking { dialog, ack: Some(ack) };
            }
            other @ (Line::Free | Line::Ringing { .. } | Line::Talking { .. }) => self.line = other,
        }
    }

    fn progressed(&mut self, mut calling: Calling, status: Status, response: &Message) {
        let first = !mem::replace(&mut calling.heard, true);
        if calling.given_up && first {
            self.cancel(&mut calling);
        }
        self.aim(&response.body());
        if status != Status::TRYING {
            self.news.push_back(News::Ringing(status));
        }
        self.line = Line::Calling(calling);
    }

    fn accepted(&mut self, calling: Calling, response: &Message) {
        let Calling { mut dialog, given_up, .. } = calling;
        dialog.answered(response);
        let branch = Branch::new(&mut self.wire.chance);
        let ack = dialog.write(Letter { method: &Method::Ack, branch, credentials: None, body: "" });
        self.wire.send(&ack);
        if given_up {
            // It crossed our CANCEL: a call after all, and not wanted (RFC 5407 §3.1.2).
            return self.bye(dialog);
        }
        self.aim(&response.body());
        self.news.push_back(News::Answered);
        self.line = Line::Talking { dialog, ack: Some(ack) };
    }

    fn refused(&mut self, mut calling: Calling, status: Status, response: &Message) {
        let uri = calling.dialog.target().to_owned();
        let cnonce = self.wire.token();
        let proof = self.account.credentials(response, &Method::Invite, &uri, &cnonce);
        if let Some(proof) = proof
            && !mem::replace(&mut calling.proved, true)
            && !calling.given_up
        {
            calling.heard = false;
            match self.send_invite(&mut calling, Some(&proof)) {
                Ok(()) => self.line = Line::Calling(calling),
                Err(error) => self.news.push_back(News::Refused(status, error.to_string())),
            }
            return;
        }
        let words = response.header(Name::Reason).and_then(said).unwrap_or_else(|| phrase(response));
        self.news.push_back(News::Refused(status, words));
    }

    fn unanswered(&mut self, ask: Ask) {
        match ask {
            Ask::Register => self.news.push_back(News::NotRegistered(Status::REQUEST_TIMEOUT)),
            Ask::Invite => {
                self.line = Line::Free;
                self.news.push_back(News::Refused(
                    Status::REQUEST_TIMEOUT,
                    "no answer from the switch".to_owned(),
                ));
            }
            Ask::Leave => {}
        }
    }

    fn asked(&mut self, key: ServerKey, request: &Message) {
        match (request.method(), request.to_tag()) {
            (Method::Invite, None) => self.invited(key, request),
            (Method::Invite, Some(_)) => self.reinvited(key, request),
            (Method::Bye, _) => self.left(key, request),
            (Method::Options | Method::Info | Method::Update | Method::Notify, _) => {
                self.respond(key, request, Status::OK, None, "");
            }
            _ => self.respond(key, request, Status::METHOD_NOT_ALLOWED, None, ""),
        }
    }

    fn invited(&mut self, key: ServerKey, request: &Message) {
        if !matches!(self.line, Line::Free) {
            return self.respond(key, request, Status::BUSY_HERE, None, "");
        }
        let dialog = Dialog::invited(request, &self.wire.token(), self.contact(), self.wire.sent_by());
        self.respond(key, request, Status::RINGING, Some(&dialog), "");
        let from = request.from();
        let name = from.display().filter(|name| !name.is_empty()).map(|name| name.into_owned());
        let user = from.uri.user_unescaped().map(|user| user.into_owned());
        self.news.push_back(News::Called(name.or(user).unwrap_or_else(|| "somebody".to_owned())));
        self.line = Line::Ringing { invite: key, request: request.clone(), dialog };
    }

    fn reinvited(&mut self, key: ServerKey, request: &Message) {
        match mem::replace(&mut self.line, Line::Free) {
            Line::Talking { dialog, ack } if dialog.holds(request) => {
                if let Err(error) = self.accept(key, request, &dialog) {
                    self.news.push_back(News::Refused(Status::SERVER_INTERNAL_ERROR, error.to_string()));
                }
                self.line = Line::Talking { dialog, ack };
            }
            other @ (Line::Free | Line::Calling(_) | Line::Ringing { .. } | Line::Talking { .. }) => {
                self.line = other;
                self.respond(key, request, Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST, None, "");
            }
        }
    }

    /// Answers an INVITE with 200 and our media.
    pub(super) fn accept(&mut self, key: ServerKey, request: &Message, dialog: &Dialog) -> io::Result<()> {
        self.aim(&request.body());
        let party = sdp::read(&request.body(), self.speaks);
        let Some(voice) = &self.voice else { return Ok(()) };
        let body = sdp::write(voice.local()?, 1, self.speaks, party.as_ref());
        self.respond(key, request, Status::OK, Some(dialog), &body);
        Ok(())
    }

    fn left(&mut self, key: ServerKey, request: &Message) {
        match &self.line {
            Line::Talking { dialog, .. } if dialog.holds(request) => {
                self.line = Line::Free;
                self.news.push_back(News::HungUp);
                self.respond(key, request, Status::OK, None, "");
            }
            Line::Free | Line::Calling(_) | Line::Ringing { .. } | Line::Talking { .. } => {
                self.respond(key, request, Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST, None, "");
            }
        }
    }

    fn cancelled(&mut self, invite: ServerKey, cancel: ServerKey, message: &Message) {
        self.respond(cancel, message, Status::OK, None, "");
        match mem::replace(&mut self.line, Line::Free) {
            Line::Ringing { invite: ours, request, dialog } if ours == invite => {
                self.respond(invite, &request, Status::REQUEST_TERMINATED, Some(&dialog), "");
                self.news.push_back(News::Stopped(message.header(Name::Reason).and_then(said)));
            }
            other @ (Line::Free | Line::Calling(_) | Line::Ringing { .. } | Line::Talking { .. }) => {
                self.line = other;
            }
        }
    }

    /// Answers `request`; within `dialog`, with its tag and our Contact.
    pub(super) fn respond(
        &mut self,
        key: ServerKey,
        request: &Message,
        status: Status,
        dialog: Option<&Dialog>,
        body: &str,
    ) {
        let token = self.wire.token();
        let tag = dialog.map_or(&*token, Dialog::tag);
        let mut out = BytesMut::new();
        let mut writer = respond_to(&mut out, request, self.wire.remote(), status, Some(tag));
        if let Some(dialog) = dialog {
            writer = writer.copy(request, Name::RecordRoute).header(Name::Contact, dialog.contact());
        }
        writer = writer.header(Name::UserAgent, AGENT);
        let bytes = if body.is_empty() {
            writer.end()
        } else {
            writer.body("application/sdp", body.as_bytes()).end()
        };
        self.wire.respond(key, status, bytes);
    }

    /// Talks to where the other side's SDP says, if it says so.
    fn aim(&mut self, body: &[u8]) {
        let now = self.wire.now();
        if let (Some(voice), Some(party)) = (&mut self.voice, sdp::read(body, self.speaks)) {
            voice.aim(party, now);
        }
    }
}

/// Seconds a registration was granted (RFC 3261 §10.2.4): in its Contact, else in Expires.
fn granted(response: &Message) -> Option<u64> {
    let contacts = response.contacts().ok()?;
    let contact = contacts.first().and_then(|contact| contact.params.value("expires"));
    contact.and_then(|seconds| seconds.parse().ok()).or_else(|| response.expires().map(u64::from))
}

/// What a Reason header says (RFC 3326).
fn said(reason: &str) -> Option<String> {
    Reason::parse(reason).ok()?.text.map(str::to_owned)
}

fn phrase(response: &Message) -> String {
    match response.start() {
        sip::message::Start::Response { reason, .. } => reason.to_owned(),
        sip::message::Start::Request { .. } => String::new(),
    }
}
