//! Faults in how carriers are chosen and left.

use std::{sync::Arc, time::Duration};

use b2bua::{reach::Answer, switch::Output};
use bytes::{Bytes, BytesMut};
use callplan::Site;
use sip::{Message, Method, Status, flow::Flow, message::respond_to};

use super::{Fault, Planted, apart::Caller, park::mistaken};

impl Planted {
    /// What the switch hears of a message.
    pub fn hears(&mut self, bytes: &Bytes) -> Bytes {
        if let Some(caller) = Message::parse(bytes.clone()).ok().as_ref().and_then(Caller::of) {
            self.caller = caller;
        }
        let text = String::from_utf8_lossy(bytes);
        if self.fault == Fault::ParkedElsewhere {
            return mistaken(&text).into();
        }
        if self.fault != Fault::RestUnheard {
            return bytes.clone();
        }
        let lines = text.split_inclusive("\r\n").filter(|line| !line.starts_with("Retry-After:"));
        lines.collect::<String>().into()
    }

    /// An answer that nobody gave.
    pub fn forges(&self, output: &Output) -> Option<(Flow, Bytes)> {
        let Output::Transmit { flow, bytes } = output else { return None };
        let options = Message::parse(bytes.clone()).ok().filter(|_| self.fault == Fault::OutageUnseen)?;
        if !options.is_request() || *options.method() != Method::Options {
            return None;
        }
        let mut buffer = BytesMut::new();
        let bytes = respond_to(&mut buffer, &options, flow.remote, Status::OK, Some("forged")).end();
        Some((*flow, bytes))
    }

    /// What the switch is told of a name.
    pub fn answers(&mut self, host: &Arc<str>, answer: Answer) -> Answer {
        match (self.fault, &answer) {
            (Fault::NameKept, Answer::Servers(..)) => {
                self.names.entry(host.clone()).or_insert(answer).clone()
            }
            _ => answer,
        }
    }

    /// Where a number is called: elsewhere than before it is led on.
    pub(super) fn note_way(&mut self, flow: Flow, invite: &Message) {
        let Some(to) = invite.request_uri().and_then(|uri| uri.user().map(str::to_owned)) else { return };
        let before = self.called.insert(to, flow.remote);
        if self.fault == Fault::LedOnLate && before.is_some_and(|before| before != flow.remote) {
            self.led_on.insert(invite.branch().unwrap_or_default().into());
        }
    }

    /// By how much a call to the next carrier is late.
    pub(super) fn holds_way(&self, invite: &Message) -> Duration {
        let is_held = matches!(self.fault, Fault::LedOnLate | Fault::CalleeLate)
            && self.led_on.contains(invite.branch().unwrap_or_default());
        Duration::from_secs(u64::from(is_held))
    }

    /// The site with carriers chosen otherwise.
    pub(super) fn reroutes(&self, site: &mut Site) {
        if self.fault == Fault::WayForgotten {
            site.dial.iter_mut().for_each(|rule| rule.trunks.truncate(1));
        } else {
            site.trunks.iter_mut().for_each(|trunk| trunk.fail_over.statuses.push(486));
        }
    }
}
