//! NOTIFY out: the whole state of a thing in the words of its package, down a way to who watches it (RFC 6665 §4.2.2).

use std::{
    fmt::{self, Display},
    sync::Arc,
    time::Duration,
};

use clock::Key;
use sip::{Method, Name, decimal, flow::Flow, transaction::Branch};

use super::Switch;
use crate::{
    core::User,
    dialog::MAX_FORWARDS,
    registrar::{Binding, Towards},
    subscription::{Outlook, Package, Reason, Subscription, whole},
};

/// After this a watcher that could not be told is tried again.
pub(super) const LATER: Duration = Duration::from_secs(30);

/// What the watchers of one thing are told.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// By package: put into words once.
    states: [Option<Arc<str>>; Package::ALL.len()],
    /// The document of the last of them; kept for its memory.
    document: String,
}

/// Value of Subscription-State (RFC 6665 §8.2.3).
struct Standing {
    last: Option<Reason>,
    /// Seconds.
    left: u64,
}

impl Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(reason) = self.last {
            f.write_str("terminated;reason=")?;
            return f.write_str(reason.word());
        }
        f.write_str("active;expires=")?;
        decimal::number(f, self.left)
    }
}

impl Switch {
    /// Sends NOTIFY with the whole state as it stands; none where its watcher knows it already.
    pub(super) fn notify(&mut self, watcher: Key<Subscription>, last: Option<Reason>, told: &mut Told) {
        let way = self.way_to_watcher(watcher);
        let core = &mut self.core;
        let Some(it) = self.notifier.get_mut(watcher) else { return };
        let Told { states, document } = told;
        let state = states[it.package as usize].get_or_insert_with(|| {
            let outlook = Outlook {
                site: &core.site,
                lights: &core.lights,
                messages: &core.messages,
                people: &core.people,
                lines: &core.lines,
                keys: &core.keys,
                taken: &core.taken,
                is_registered: &|phone| core.registrar.is_registered(phone),
                now: core.now.wall,
            };
            outlook.tell(&it.watched, it.package)
        });
        if last.is_none() && it.told.as_ref() == Some(state) {
            return;
        }
        let started = way.map(|way| {
            let branch = Branch::new(&mut core.chance);
            let via = core.identity.via(way, branch);
            let standing = Standing { last, left: it.left(core.now.mono) };
            whole(it.package, &it.entity, it.version, state, document);
            // Only where nobody reads along it matters what the peer was reached by.
            let is_sips = way.transport.is_secure() && it.dialog.is_sips();
            let contact = core.identity.contact(way, &it.tag, is_sips);
            let mut buffer = core.buffer();
            let bytes = it
                .dialog
                .request(&mut buffer, &Method::Notify, &via)
                .header(Name::MaxForwards, MAX_FORWARDS)
                .header(Name::Contact, contact)
                .parts(Name::Event, &it.event())
                .header(Name::SubscriptionState, standing)
                .body(it.package.content_type(), document.as_bytes())
                .cut();
            core.keep(buffer);
            core.start(User::Watcher(watcher), way, Method::Notify, branch, bytes, None)
        });
        match started {
            Some(Some(_)) => {
                it.told = Some(state.clone());
                it.version += 1;
                it.machine.sent(last.is_some());
                core.counters.notified += 1;
            }
            Some(None) | None if last.is_some() => self.forget_watcher(watcher),
            Some(None) => {
                it.sleep();
                self.notifier.retry(watcher, self.core.now.mono + LATER);
            }
            // Until its phone is back.
            None => it.sleep(),
        }
    }

    /// Where the watcher is: down the flow that subscribed, or the way of the same device if it registered since.
    fn way_to_watcher(&mut self, watcher: Key<Subscription>) -> Option<Flow> {
        let core = &mut self.core;
        let it = self.notifier.get_mut(watcher)?;
        let (phone, now) = (&it.phone, core.now.mono);
        let is_gone = |device: &str| core.registrar.is_gone(phone, device, it.flow, now);
        let is_cut =
            it.is_cut || (it.flow.transport.is_reliable() && it.device.as_deref().is_some_and(is_gone));
        let binding = core.registrar.device(phone, it.device.as_deref(), now);
        let own = Some(it.flow).filter(|_| !is_cut);
        match binding.filter(|binding| is_cut || binding.leads_to(it.flow, it.spoke)).map(Binding::towards) {
            Some(Towards::Flow(flow)) => Some(flow),
            Some(Towards::Contact(destination)) => core.reach_at_once(&destination).or(own),
            None => own,
        }
    }
}
