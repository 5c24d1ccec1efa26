//! Calls that a party places: the INVITE, and the CANCEL once it wants out (RFC 3261 §9.1).

use bytes::BytesMut;
use sip::{Method, Name, transaction::Branch};

use super::{
    Agent, Chore, Note, Role,
    act::Course,
    line::{Calling, Line, Standing, Use},
};

impl Agent {
    pub(super) fn call(&mut self, number: &str, course: Course, with_offer: bool) {
        let index = self.lines.len();
        let (call_id, local_tag) = (self.token(), self.token());
        let local = match (&self.persona.role, course.is_withheld) {
            (Role::Phone { .. }, _) => format!("<sip:{}@{}>", self.persona.user, self.persona.domain),
            (Role::Carrier { .. }, false) => {
                format!("<sip:{}@{}>", self.persona.user, self.persona.contact.ip())
            }
            (Role::Carrier { .. }, true) => "<sip:anonymous@anonymous.invalid>".to_owned(),
        };
        let claimed = |wanted: Name| {
            let saying = self.sayings.iter().rfind(|(name, _)| name == wanted.as_str());
            saying.map(|(_, value)| value.clone())
        };
        let local = claimed(Name::From).unwrap_or(local);
        let branch = Branch::new(&mut self.chance);
        let is_tel = number.starts_with("tel:");
        let at = |host: &dyn std::fmt::Display| {
            if is_tel { number.to_owned() } else { format!("sip:{number}@{host}") }
        };
        let by_number = || at(&self.persona.flow.remote);
        let target = self.granted.clone().unwrap_or_else(by_number);
        let remote = claimed(Name::To).unwrap_or_else(|| format!("<{}>", at(&self.persona.domain)));
        let port = 30_000 + 2 * u16::try_from(index % 10_000).expect("below ten thousand");
        let mut line = Line {
            talks: course.talks,
            changes: course.changes,
            local,
            remote,
            first_target: target.clone(),
            target,
            cseq: 1,
            invite_cseq: 1,
            open: !with_offer,
            is_ours: true,
            ..Line::new(self.persona.flow, call_id.into(), local_tag, self.describes(port))
        };
        let via = self.via(branch);
        let mut buffer = BytesMut::new();
        let writer =
            line.request(&mut buffer, &Method::Invite, &via, 1).header(Name::Contact, self.contact());
        let writer = self.introduce(self.record_route(writer), 0);
        let offer = line.sdp.text();
        let bytes =
            if with_offer { writer.body("application/sdp", offer.as_bytes()).end() } else { writer.end() };
        let bytes = match course.hops {
            Some(hops) => with_hops(&bytes, hops),
            None => bytes,
        };
        let key = self.send(Use::Invite(index), Method::Invite, branch, bytes.clone());
        if course.is_doubled {
            self.send_another_way(&bytes, branch);
        }
        line.standing = Standing::Calling(Calling {
            key,
            branch,
            wants_out: false,
            cancelled: false,
            is_proceeding: false,
            has_answered_challenge: false,
        });
        self.lines.push(line);
        if let Some(after) = course.gives_up {
            self.later(after, Chore::GiveUp(index));
        }
    }

    /// Cancels, as soon as that is allowed (RFC 3261 §9.1).
    pub(super) fn give_up(&mut self, index: usize) {
        if let Standing::Calling(calling) = &mut self.lines[index].standing {
            calling.wants_out = true;
            self.cancel_if_allowed(index);
        }
    }

    pub(super) fn cancel_if_allowed(&mut self, index: usize) {
        let Standing::Calling(calling) = &mut self.lines[index].standing else { return };
        if !calling.wants_out || calling.cancelled || !calling.is_proceeding {
            return;
        }
        calling.cancelled = true;
        let branch = calling.branch;
        let via = self.via(branch);
        let line = &self.lines[index];
        let first = Line { remote_tag: String::new(), target: line.first_target.clone(), ..line.clone() };
        let mut buffer = BytesMut::new();
        let bytes = first.request(&mut buffer, &Method::Cancel, &via, line.invite_cseq).end();
        let call_id = line.call_id.clone();
        self.send(Use::Nothing, Method::Cancel, branch, bytes);
        self.note(Note::HungUp(call_id));
    }
}

/// The same request with other hops.
fn with_hops(bytes: &[u8], hops: u8) -> bytes::Bytes {
    String::from_utf8_lossy(bytes).replacen("Max-Forwards: 70", &format!("Max-Forwards: {hops}"), 1).into()
}
