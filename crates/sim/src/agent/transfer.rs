//! Transfers as phones make them: REFER (RFC 3515), its NOTIFYs, and INVITE with Replaces (RFC 3891).

use bytes::BytesMut;
use sip::{
    Message, Method, Name, Status,
    flow::Flow,
    transaction::{Branch, ServerKey},
};

use super::{
    Agent, Note,
    line::{Line, Standing, Use},
};

/// When whoever transfers hangs up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parting {
    /// It waits for the switch to do so.
    #[default]
    Never,
    /// Once the REFER is taken.
    AtOnce,
    /// Once it is told that the target answered.
    OnSuccess,
}

/// How a REFER is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Referral {
    /// When it hangs up.
    pub parting: Parting,
    /// It wants no NOTIFY (RFC 4488).
    pub is_quiet: bool,
}

/// What a party waits for after its REFER.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Referring {
    parting: Parting,
    /// The last NOTIFY said how it ended.
    is_told: bool,
}

impl Agent {
    /// Transfers whom it talks with on this line.
    pub(super) fn transfer(&mut self, index: usize, number: &str, wish: Referral) {
        let elsewhere = number.contains('@').then(|| format!("<sip:{number}>"));
        let to = elsewhere.unwrap_or_else(|| format!("<sip:{number}@{}>", self.persona.domain));
        self.refer(index, &to, wish);
    }

    /// Joins those it talks with on two lines: the REFER goes out on the first.
    pub(super) fn join(&mut self, index: usize, other: usize, wish: Referral) {
        let other = &self.lines[other];
        let named = format!("{};to-tag={};from-tag={}", other.call_id, other.remote_tag, other.tag());
        let escaped = named.replace(';', "%3B").replace('=', "%3D");
        let to = format!("<sip:{}@{}?Replaces={escaped}>", other.other(), self.persona.domain);
        self.refer(index, &to, wish);
    }

    /// Who is at the other end of its newest line, and how a `Replaces` names that.
    pub fn names_its_dialog(&self) -> Option<(String, String)> {
        let line = self.lines.last()?;
        let named = format!("{};to-tag={};from-tag={}", line.call_id, line.remote_tag, line.tag());
        Some((line.other().to_owned(), named))
    }

    fn refer(&mut self, index: usize, to: &str, wish: Referral) {
        let branch = Branch::new(&mut self.chance);
        let (via, contact) = (self.via(branch), self.contact());
        let line = &mut self.lines[index];
        line.cseq += 1;
        line.referring = Referring { parting: wish.parting, is_told: false };
        let line = &self.lines[index];
        let mut buffer = BytesMut::new();
        let writer = line
            .request(&mut buffer, &Method::Refer, &via, line.cseq)
            .header(Name::Contact, contact)
            .header(Name::ReferTo, to);
        let writer = if wish.is_quiet { writer.header(Name::ReferSub, "false") } else { writer };
        let bytes = writer.end();
        self.send(Use::Refer(index), Method::Refer, branch, bytes);
    }

    /// The answer to a REFER of ours.
    pub(super) fn refer_heard(&mut self, index: usize, status: Status) {
        if !status.is_final() {
            return;
        }
        let line = &self.lines[index];
        let call_id = line.call_id.clone();
        self.note(Note::Referred(call_id, status));
        if status.is_success() && line_parts(&self.lines[index], Parting::AtOnce) {
            self.hang_up(index);
        }
        if matches!(status, Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST | Status::REQUEST_TIMEOUT) {
            self.hang_up(index);
        }
    }

    /// The switch tells how a transfer goes.
    pub(super) fn told_of_transfer(&mut self, index: usize, key: ServerKey, flow: Flow, request: &Message) {
        self.reply(key, flow, request, Status::OK);
        let Some(status) = fragment(request) else { return };
        let call_id = self.lines[index].call_id.clone();
        self.note(Note::Told(call_id, status));
        self.lines[index].referring.is_told |= status.is_final();
        if status.is_success() && line_parts(&self.lines[index], Parting::OnSuccess) {
            self.hang_up(index);
        }
    }
}

fn line_parts(line: &Line, parting: Parting) -> bool {
    line.referring.parting == parting && matches!(line.standing, Standing::Up)
}

/// The status in a NOTIFY of a transfer (RFC 3420).
pub fn fragment(notify: &Message) -> Option<Status> {
    let body = notify.body();
    let line = str::from_utf8(&body).ok()?.strip_prefix("SIP/2.0 ")?;
    Status::new(line.get(..3)?.parse().ok()?)
}
