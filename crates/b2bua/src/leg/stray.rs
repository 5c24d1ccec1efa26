//! An answer to an INVITE that nobody waits for (RFC 3261 §13.2.2.4): a copy, another fork's, or one to an INVITE
//! that was given up and forgotten.

use sip::{Message, Method, Name, Status, flow::Flow, transaction::Branch};

use super::Leg;
use crate::{
    cause::Release,
    core::{Core, Credentials, User},
    dialog::{Dialog, MAX_FORWARDS},
};

/// Sends ACK and BYE, both once: each copy of the 2xx brings them again, and nothing is kept.
///
/// They go back where it came from, whatever route it names: nobody here asked for it, so it may be forged, and
/// a stranger is not to choose whom we write to.
pub(crate) fn part(flow: Flow, response: &Message, core: &mut Core) {
    let mut dialog = Dialog::of_success(response);
    let via = core.identity.via(flow, Branch::new(&mut core.chance));
    let mut buffer = core.buffer();
    let ack = dialog.ack(&mut buffer, &via, response.cseq().number).end();
    dialog.pass_over_forgotten();
    let via = core.identity.via(flow, Branch::new(&mut core.chance));
    let bye = dialog.request(&mut buffer, &Method::Bye, &via).header(Name::MaxForwards, MAX_FORWARDS).end();
    core.keep(buffer);
    core.transmit(flow, ack);
    core.transmit(flow, bye);
}

impl Leg {
    /// A 2xx to an INVITE of ours came when none was waited for: its ACK was lost, or a second fork of the
    /// path answered, which gets ACK and BYE on a dialog of its own (RFC 3261 §13.2.2.4).
    pub(crate) fn success_again(&mut self, response: &Message, core: &mut Core) {
        if *response.method() != Method::Invite || !response.status().is_some_and(Status::is_success) {
            return;
        }
        let cseq = response.cseq().number;
        if self.dialog.owns_response(response) {
            return self.acknowledge(cseq, core);
        }
        let ours = self.dialog.clone();
        self.dialog.learn(response);
        self.acknowledge(cseq, core);
        self.send_bye(Release::AnsweredElsewhere, Credentials::new(), User::Nobody, core);
        self.dialog = ours;
    }
}
