//! The answer to an INVITE that was given up and forgotten (RFC 3261 §13.2.2.4).

use sip::{Message, Method, Name, flow::Flow, transaction::Branch};

use crate::{
    core::Core,
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
    let via = core.identity.via(flow, Branch::new(&mut core.chance));
    let bye = dialog.request(&mut buffer, &Method::Bye, &via).header(Name::MaxForwards, MAX_FORWARDS).end();
    core.keep(buffer);
    core.transmit(flow, ack);
    core.transmit(flow, bye);
}
