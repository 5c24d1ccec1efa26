//! What follows a call for help: a window for whoever calls back, and a word to those who have to know.

use callplan::{E164, PhoneId, number::Digits, resolve};
use sip::{
    Method, Name,
    header::{CSeq, Values},
    message::Writer,
    transaction::Branch,
};
use smallvec::SmallVec;

use super::{Log, Switch};
use crate::{
    core::User,
    dialog::MAX_FORWARDS,
    identity,
    registrar::{Binding, Towards},
    shared::promise::{PATIENCE, Promise},
};

/// A call for help that was placed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Help {
    /// From which phone.
    pub(super) phone: PhoneId,
    /// What was dialled.
    pub(super) dialled: Digits,
    /// The number it shows.
    pub(super) shown: Option<E164>,
}

impl Switch {
    /// Opens the window for calls back, and tells those whom the site names, on all of their phones.
    pub(super) fn help_was_called(&mut self, help: &Help) {
        let site = self.core.site.clone();
        let phone = &site[help.phone];
        let own = resolve::presents(&site, help.phone).first().copied();
        let numbers = help.shown.into_iter().chain(own.filter(|own| Some(*own) != help.shown));
        let wall = self.core.now.wall;
        let row = self.core.callbacks.open(&phone.name, numbers, wall, site.emergency.callback_for);
        // The call itself is on its way, and waits for no disk.
        let until = self.core.now.mono + PATIENCE;
        let ticket = self.core.promises.add(until, Promise::Window(phone.name.clone())).ok();
        self.core.put(ticket, row);
        let who = phone.person.map_or(&phone.name, |person| &site[person].label);
        let text = format!("Emergency: {who} calls {} from phone {}.", &*help.dialled, phone.name);
        self.core.log(Log::Warn(text.clone()));
        let mut told: SmallVec<[Binding; 4]> = SmallVec::new();
        for phone in site.emergency.notify.iter().flat_map(|person| &site[*person].phones) {
            told.extend(self.core.registrar.newest(&site[*phone].name, self.core.now.mono));
        }
        for binding in told {
            self.send_message("emergency", &binding, &text);
        }
    }

    /// A message to one device (RFC 3428 §4), from a user of ours of this name. Whether it was shown is not waited
    /// for.
    pub(super) fn send_message(&mut self, from: &str, to: &Binding, text: &str) {
        let flow = match to.towards() {
            Towards::Flow(flow) => Some(flow),
            Towards::Contact(destination) => self.core.reach_at_once(&destination),
        };
        let Some(flow) = flow else { return };
        let core = &mut self.core;
        let branch = Branch::new(&mut core.chance);
        let via = core.identity.via(flow, branch);
        let (call_id, tag) = (identity::call_id(&mut core.chance), identity::call_id(&mut core.chance));
        let domain = core.site.domain.clone();
        let target = to.contact.split_once('?').map_or(&*to.contact, |(uri, _)| uri);
        let mut buffer = core.buffer();
        let mut writer = Writer::request(&mut buffer, &Method::Message, target).header(Name::Via, via);
        for route in Values::new(&to.path) {
            writer = writer.header(Name::Route, route);
        }
        let bytes = writer
            .header(Name::MaxForwards, MAX_FORWARDS)
            .header(Name::From, format_args!("<sip:{from}@{domain}>;tag={tag}"))
            .header(Name::To, format_args!("<{target}>"))
            .header(Name::CallId, &call_id)
            .header(Name::CSeq, CSeq { number: 1, method: Method::Message })
            .header(Name::UserAgent, &core.identity.agent)
            .body("text/plain;charset=UTF-8", text.as_bytes())
            .end();
        core.keep(buffer);
        // Without a slot for its transaction nobody is told; the operator's log has it.
        let _ = core.start(User::Nobody, flow, Method::Message, branch, bytes, None);
    }
}
