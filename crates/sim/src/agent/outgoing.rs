//! Responses that a party gets (RFC 3261 §13.2.2, §14.1, §17.1).

use bytes::{Bytes, BytesMut};
use sip::{
    Message, Method, Name, Status,
    digest::{self, Secret},
    header::Challenge,
    transaction::{Branch, ClientKey},
};

use super::{
    Agent, Note, Role,
    line::{Calling, Change, Line, Standing, Use},
};

impl Agent {
    pub(super) fn heard(&mut self, key: ClientKey, usage: Use, response: &Message) {
        let Some(status) = response.status() else { return };
        match usage {
            Use::Invite(index) => self.call_heard(index, key, status, response),
            Use::Change(index) => self.change_heard(index, key, status, response),
            Use::Bye(index) if status.is_final() => self.lines[index].standing = Standing::Over,
            Use::Refer(index) => self.refer_heard(index, status),
            Use::Returned(index) => self.returned(index, status),
            Use::Register => self.register_heard(status, response),
            Use::Watch(index) => self.watch_heard(index, status, response),
            Use::Bye(_) | Use::Nothing => {}
        }
    }

    fn call_heard(&mut self, index: usize, key: ClientKey, status: Status, response: &Message) {
        let line = &mut self.lines[index];
        let call_id = line.call_id.clone();
        let Standing::Calling(calling) = &mut line.standing else {
            if status.is_success() {
                self.acknowledge(index, response);
            }
            return;
        };
        if calling.key != key {
            return;
        }
        if status.is_provisional() {
            calling.is_proceeding = true;
            if status != Status::TRYING {
                if line.remote_tag.is_empty() {
                    line.learn(response);
                }
                self.note(Note::Hears(call_id, status));
                self.prack(index, response);
            }
            return self.cancel_if_allowed(index);
        }
        if status.is_success() {
            let wants_out = calling.wants_out;
            line.learn(response);
            line.standing = Standing::Up;
            self.acknowledge(index, response);
            self.heed(index, response);
            self.note(Note::Answered(call_id));
            return if wants_out { self.hang_up(index) } else { self.settle_down(index) };
        }
        let stays = !calling.wants_out;
        let is_new = stays && !calling.has_answered_challenge;
        if status == Status::PROXY_AUTHENTICATION_REQUIRED && is_new && self.call_again(index, response) {
            return;
        }
        if status == Status::SESSION_INTERVAL_TOO_SMALL
            && stays
            && self.must_ask_longer(index, response)
            && self.call_again(index, response)
        {
            return;
        }
        self.lines[index].standing = Standing::Over;
        self.note(Note::Failed(call_id, status));
    }

    /// Sends the INVITE again with credentials.
    fn call_again(&mut self, index: usize, response: &Message) -> bool {
        let target = self.lines[index].target.clone();
        let is_challenge = response.status() == Some(Status::PROXY_AUTHENTICATION_REQUIRED);
        let proof = self.prove(&Method::Invite, &target, response);
        if is_challenge && proof.is_none() {
            return false;
        }
        let branch = Branch::new(&mut self.chance);
        let (via, contact) = (self.via(branch), self.contact());
        let line = &mut self.lines[index];
        line.cseq += 1;
        line.invite_cseq = line.cseq;
        line.remote_tag = String::new();
        let line = &self.lines[index];
        let offer = line.sdp.text();
        let mut buffer = BytesMut::new();
        let mut writer =
            line.request(&mut buffer, &Method::Invite, &via, line.cseq).header(Name::Contact, contact);
        if let Some(proof) = proof {
            writer = writer.header(Name::ProxyAuthorization, proof);
        }
        let writer = self.introduce(writer, line.session.least());
        let bytes = match line.open {
            true => writer.end(),
            false => writer.body("application/sdp", offer.as_bytes()).end(),
        };
        let key = self.send(Use::Invite(index), Method::Invite, branch, bytes);
        self.lines[index].standing = Standing::Calling(Calling {
            key,
            branch,
            wants_out: false,
            cancelled: false,
            is_proceeding: false,
            has_answered_challenge: is_challenge,
        });
        true
    }

    /// Credentials for the challenge in a response, if it is ours to answer.
    pub(super) fn prove(&mut self, method: &Method, uri: &str, response: &Message) -> Option<String> {
        let Role::Phone { password } = &self.persona.role else { return None };
        let password = password.clone();
        let name = if *method == Method::Register { Name::WwwAuthenticate } else { Name::ProxyAuthenticate };
        let challenge = Challenge::choose(response.headers(name))?;
        let cnonce = self.token();
        let request = digest::Request { method, uri, body: b"" };
        digest::answer(&challenge, &self.persona.user, Secret::Password(&password), &request, &cnonce, 1)
    }

    /// Sends the ACK of a 2xx, the same one each time that 2xx comes (RFC 3261 §13.2.2.4).
    fn acknowledge(&mut self, index: usize, response: &Message) {
        let number = response.cseq().number;
        let known = self.lines[index].ack.clone().filter(|(cseq, _)| *cseq == number);
        let bytes = known.map_or_else(|| self.fresh_ack(index, number, response), |(_, bytes)| bytes);
        let line = &mut self.lines[index];
        line.ack = Some((number, bytes.clone()));
        let flow = self.persona.flow;
        self.said.sent.push((flow, bytes));
    }

    fn fresh_ack(&mut self, index: usize, cseq: u32, response: &Message) -> Bytes {
        let branch = Branch::new(&mut self.chance);
        let via = self.via(branch);
        let line = &self.lines[index];
        let mut buffer = BytesMut::new();
        // Called without a description, the switch made the offer: the answer travels in the ACK.
        let writer = line.request(&mut buffer, &Method::Ack, &via, cseq);
        let body = line.sdp.answer_to(response);
        if line.open { writer.body("application/sdp", body.as_bytes()).end() } else { writer.end() }
    }

    /// A 2xx came whose transaction is long over: its ACK was lost, or it comes so late that the call was given
    /// up, and is one to be parted with (RFC 3261 §13.2.2.4).
    pub(super) fn heard_again(&mut self, response: &Message) {
        let is_of = |line: &Line| {
            *line.call_id == *response.call_id() && Some(&*line.local_tag) == response.from_tag()
        };
        let Some(index) = self.lines.iter().position(is_of) else { return };
        let line = &mut self.lines[index];
        let is_late = line.is_over() && line.ack.is_none();
        if is_late {
            line.learn(response);
        }
        self.acknowledge(index, response);
        if is_late {
            self.bye(index);
        }
    }

    fn change_heard(&mut self, index: usize, key: ClientKey, status: Status, response: &Message) {
        if status.is_provisional() {
            return;
        }
        if status.is_success() && *response.method() == Method::Invite {
            self.acknowledge(index, response);
        }
        let line = &mut self.lines[index];
        line.open = false;
        let call_id = line.call_id.clone();
        if !matches!(line.change, Change::Asking(asking) if asking == key) {
            return;
        }
        line.change = Change::None;
        let is_turning = std::mem::take(&mut line.is_turning);
        if status.is_success() {
            self.heed(index, response);
        } else if is_turning {
            line.sdp.take_back();
        } else {
            self.refresh_again(index, status, response);
        }
        self.note(Note::Changed(call_id, status));
        if matches!(status, Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST | Status::REQUEST_TIMEOUT) {
            self.hang_up(index);
        }
    }

    /// A request of ours got no answer.
    pub(super) fn unheard(&mut self, key: ClientKey, usage: Use, status: Status) {
        match usage {
            Use::Invite(index) => {
                let line = &mut self.lines[index];
                if matches!(&line.standing, Standing::Calling(calling) if calling.key == key) {
                    line.standing = Standing::Over;
                    let call_id = line.call_id.clone();
                    self.note(Note::Failed(call_id, status));
                }
            }
            Use::Change(index) => {
                if matches!(self.lines[index].change, Change::Asking(asking) if asking == key) {
                    self.lines[index].change = Change::None;
                    self.hang_up(index);
                }
            }
            Use::Bye(index) => self.lines[index].standing = Standing::Over,
            Use::Refer(index) => self.refer_heard(index, status),
            Use::Returned(index) => self.returned(index, status),
            Use::Register => self.register_failed(status),
            Use::Watch(index) => self.watch_failed(index, status),
            Use::Nothing => {}
        }
    }
}
