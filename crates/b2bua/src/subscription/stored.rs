//! Subscriptions as the store keeps them, and back.
//!
//! A row is written with each SUBSCRIBE, never with a NOTIFY. So a start does not know how far CSeq and version
//! had come, and goes on where they can't have been: no more NOTIFYs are sent than five a second.

use std::{sync::Arc, time::Duration};

use clock::Now;

use super::{
    Asked, MERGED, Subscription,
    package::Package,
    usage::{Machine, Usage},
    watched::Watched,
};
use crate::{
    dialog::{Dialog, Kept},
    registrar::{flow_read, flow_text},
};

impl Subscription {
    /// Its row.
    pub(crate) fn row(&self, now: Now) -> store::Subscription {
        let Kept { call_id, remote_tag, local_party, remote_party, cseq, target, routes } =
            self.dialog.kept();
        store::Subscription {
            tag: self.tag.clone(),
            phone: self.phone.clone(),
            device: self.device.clone().unwrap_or_default(),
            flow: flow_text(self.flow),
            event: self.event().concat().into(),
            watched: self.watched.to_string().into(),
            entity: self.entity.clone(),
            call_id: call_id.into(),
            remote_tag: remote_tag.into(),
            local_party: local_party.into(),
            remote_party: remote_party.into(),
            cseq,
            target: target.into(),
            routes: routes.into(),
            began: self.began,
            expires: now.wall + self.expires.since(now.mono),
        }
    }

    /// A subscription as a start finds it; `None` if it is over or its row is damaged. What lay on a stream
    /// sleeps until its phone is back.
    pub(crate) fn of_row(now: Now, row: &store::Subscription) -> Option<Self> {
        let (package, id) = match row.event.split_once(";id=") {
            Some((package, id)) => (package, Some(id)),
            None => (&*row.event, None),
        };
        let left = u64::try_from(row.expires.unix_micros() - now.wall.unix_micros()).ok()?;
        let lived = u64::try_from(now.wall.unix_micros() - row.began.unix_micros()).unwrap_or(0);
        let told = u32::try_from(u128::from(lived) / MERGED.as_micros()).ok()? + SLACK;
        let flow = flow_read(&row.flow)?;
        let kept = Kept {
            call_id: (*row.call_id).into(),
            remote_tag: (*row.remote_tag).into(),
            local_party: (*row.local_party).into(),
            remote_party: (*row.remote_party).into(),
            cseq: row.cseq,
            target: (*row.target).into(),
            routes: (*row.routes).into(),
        };
        Some(Self {
            tag: row.tag.clone(),
            phone: row.phone.clone(),
            device: Some(row.device.clone()).filter(|device| !device.is_empty()),
            flow,
            spoke: now.mono,
            is_cut: flow.transport.is_reliable(),
            dialog: Dialog::of_kept(kept, (*row.tag).into(), told),
            package: Package::of(package)?,
            id: id.map(Into::into),
            watched: Watched::read(&row.watched)?,
            entity: row.entity.clone(),
            began: row.began,
            expires: now.mono + Duration::from_micros(left).min(INTERVAL_LONGEST),
            version: told,
            told: None,
            machine: Machine::new(Usage::Asleep),
            retry: None,
            hint: None,
        })
    }

    /// Value of Event in its NOTIFYs, in parts.
    pub(crate) fn event(&self) -> [&str; 3] {
        Asked::event(self.package, self.id.as_deref())
    }
}

/// NOTIFYs that SUBSCRIBEs may have asked for besides.
const SLACK: u32 = 1000;
/// No subscription lasts longer, whatever the clock did meanwhile.
const INTERVAL_LONGEST: Duration = Duration::from_secs(7200);

/// The tag of a subscription to be; a leg's begins with a hexadecimal digit.
pub(crate) fn tag(chance: &mut clock::Chance) -> Arc<str> {
    let mut random = [0; 20];
    chance.token(&mut random);
    format!("s.{}", str::from_utf8(&random).expect("base32 letters are ASCII")).into()
}
