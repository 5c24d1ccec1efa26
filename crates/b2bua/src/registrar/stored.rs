//! Bindings as the store keeps them: civil time and text instead of instants and flows.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use clock::Now;
use sip::{
    decimal,
    flow::{Flow, Transport},
};

use super::binding::{Binding, Identity, Listens};

/// The row of a binding of `phone`.
pub(super) fn row(now: Now, phone: &Arc<str>, binding: &Binding) -> store::Binding {
    store::Binding {
        key: key(phone, binding),
        contact: binding.contact.clone(),
        path: binding.path.clone(),
        flow: flow_text(binding.flow),
        behind_nat: binding.behind_nat,
        call_id: binding.call_id.clone(),
        cseq: binding.cseq,
        q: binding.q,
        agent: binding.agent.clone(),
        expires: now.wall + binding.expires.since(now.mono),
        interval_s: u32::try_from(binding.interval.as_secs()).unwrap_or(u32::MAX),
    }
}

/// The key of the row of a binding of `phone`.
pub(super) fn key(phone: &Arc<str>, binding: &Binding) -> store::BindingKey {
    store::BindingKey { phone: phone.clone(), instance: binding.identity.0.clone() }
}

/// A binding as a start finds it; `None` if it is over or its row is damaged.
///
/// It is honoured as [`Binding::honoured_until`] has it, and never longer than one interval and a half,
/// whatever the clock did meanwhile. A stream is
/// gone with the process that held it, so what was registered on one sleeps.
pub(super) fn binding(now: Now, row: &store::Binding) -> Option<Binding> {
    let flow = flow_read(&row.flow)?;
    let interval = Duration::from_secs(row.interval_s.into());
    let left = row.expires.unix_micros().saturating_sub(now.wall.unix_micros());
    let grace = i64::try_from((interval / 2).as_micros()).ok()?;
    let honoured = u64::try_from(left.saturating_add(grace)).ok().filter(|left| *left > 0)?;
    let until = now.mono + Duration::from_micros(honoured).min(interval + interval / 2);
    Some(Binding {
        contact: row.contact.clone(),
        path: row.path.clone(),
        flow,
        behind_nat: row.behind_nat,
        q: row.q,
        agent: row.agent.clone(),
        expires: until,
        interval,
        refreshed: now.mono,
        dormant: flow.transport.is_reliable(),
        listens: Listens::of(&row.contact, &row.path, flow, row.behind_nat),
        identity: Identity(row.key.instance.clone()),
        call_id: row.call_id.clone(),
        cseq: row.cseq,
        safe_until: Some(until),
    })
}

/// A flow as the store keeps it.
pub(crate) fn flow_text(flow: Flow) -> Arc<str> {
    let Flow { transport, local, remote, connection } = flow;
    let mut text = String::with_capacity("tcp 192.000.002.000:50600 192.000.002.000:50600 4294967295".len());
    text.push_str(transport.as_param());
    for end in [local, remote] {
        text.push(' ');
        let _ = decimal::endpoint(&mut text, end);
    }
    text.push(' ');
    let _ = decimal::number(&mut text, connection);
    text.into()
}

/// Reads what [`flow_text`] wrote.
pub(crate) fn flow_read(text: &str) -> Option<Flow> {
    const TRANSPORTS: [Transport; 5] =
        [Transport::Udp, Transport::Tcp, Transport::Tls, Transport::Ws, Transport::Wss];
    let mut words = text.split(' ');
    let transport = words.next()?;
    let transport = TRANSPORTS.into_iter().find(|it| it.as_param() == transport)?;
    let mut address = || words.next()?.parse::<SocketAddr>().ok();
    let (local, remote) = (address()?, address()?);
    let connection = words.next()?.parse().ok()?;
    words.next().is_none().then_some(Flow { transport, local, remote, connection })
}
