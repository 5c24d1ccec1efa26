//! The answer to an INVITE that was given up and forgotten (RFC 3261 §13.2.2.4).

use sip::{Message, Method, Name, flow::Flow, transaction::Branch};

use super::way;
use crate::{
    core::Core,
    dialog::{Dialog, MAX_FORWARDS},
};

/// Sends ACK and BYE, both once: each copy of the 2xx brings them again, and nothing is kept.
pub(crate) fn part(flow: Flow, response: &Message, core: &mut Core) {
    let mut dialog = Dialog::of_success(response);
    let way = way::hop(&dialog, flow, core);
    let via = core.identity.via(way, Branch::new(&mut core.chance));
    let mut buffer = core.buffer();
    let ack = dialog.ack(&mut buffer, &via, response.cseq().number).end();
    let via = core.identity.via(way, Branch::new(&mut core.chance));
    let bye = dialog.request(&mut buffer, &Method::Bye, &via).header(Name::MaxForwards, MAX_FORWARDS).end();
    core.keep(buffer);
    core.transmit(way, ack);
    core.transmit(way, bye);
}
