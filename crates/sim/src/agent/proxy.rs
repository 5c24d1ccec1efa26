//! What a proxy between a party and the switch may do to an INVITE: turn it back to whom it came from, so that it
//! goes in a circle (RFC 3261 §16.3), or send it two ways that meet again (§8.2.2.2).

use bytes::Bytes;
use sip::{Message, Method, Status, transaction::Branch};

use super::{
    Agent,
    line::{Standing, Use},
};

impl Agent {
    /// Sends the INVITE on this line back to the switch, as a proxy that finds its next hop there: one Via more, one
    /// hop less. What comes of it is the answer on the line.
    pub(super) fn turn_back(&mut self, index: usize) {
        let Standing::Ringing(ringing) = &self.lines[index].standing else { return };
        let (request, branch) = (ringing.request.clone(), Branch::new(&mut self.chance));
        let bytes = passed_on(&request, &self.via(branch));
        self.send(Use::Returned(index), Method::Invite, branch, bytes);
    }

    /// How far the INVITE came that was turned back.
    pub(super) fn returned(&mut self, index: usize, status: Status) {
        if status.is_final() {
            self.refuse(index, status);
        }
    }

    /// The same INVITE comes a second way, a moment later.
    pub(super) fn send_another_way(&mut self, invite: &Bytes, branch: Branch) {
        let other = Branch::new(&mut self.chance);
        let copy = text(invite).replacen(&branch.to_string(), &other.to_string(), 1);
        self.send(Use::Nothing, Method::Invite, other, copy.into());
    }
}

/// A request one hop further, with this Via on top.
fn passed_on(request: &Message, via: &str) -> Bytes {
    let hops = request.max_forwards().unwrap_or(70);
    let fewer = format!("Max-Forwards: {}\r\n", hops.saturating_sub(1));
    let text = text(request.raw()).replacen(&format!("Max-Forwards: {hops}\r\n"), &fewer, 1);
    text.replacen("Via: ", &format!("Via: {via}\r\nVia: "), 1).into()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
