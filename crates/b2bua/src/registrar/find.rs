//! Where a phone is: its bindings, and which of them a call goes on with.

use std::{cmp::Reverse, sync::Arc};

use callplan::Site;
use clock::Instant;
use sip::{Message, Name, flow::Flow};

use smallvec::SmallVec;

use super::{
    Binding, Registrar,
    binding::{instance_of, is_same_contact},
};

/// The bindings of a phone by device.
type Devices<'a> = SmallVec<[SmallVec<[&'a Binding; 1]>; 2]>;

impl<A> Registrar<A> {
    /// How many phones are registered.
    pub fn registered(&self) -> usize {
        self.by_phone.len()
    }

    /// How many of them `site` does not have, and would so forget.
    pub fn leaving(&self, site: &Site) -> usize {
        self.aors.iter().filter(|(_, aor)| site.phone(&aor.phone).is_none()).count()
    }

    /// The live bindings of the phone of this name, in the order to try.
    pub fn bindings(&self, phone: &str, now: Instant) -> impl Iterator<Item = &Binding> {
        let aor = self.by_phone.get(phone).and_then(|key| self.aors.get(*key));
        aor.map_or(&[][..], |aor| &aor.bindings).iter().filter(move |binding| binding.is_live(now))
    }

    /// The live bindings of the phone of this name, a list for each of its devices, both in the order to try. A device
    /// with several flows is called on one at a time, the newest first: it is one phone (RFC 5626 §3.2, §11).
    pub fn devices(&self, phone: &str, now: Instant) -> Devices<'_> {
        let mut devices = Devices::new();
        for binding in self.bindings(phone, now) {
            match devices.iter_mut().find(|flows| flows[0].instance() == binding.instance()) {
                Some(flows) => flows.push(binding),
                None => devices.push(SmallVec::from_slice(&[binding])),
            }
        }
        devices.iter_mut().for_each(|flows| flows.sort_by_key(|it| Reverse(it.refreshed)));
        devices
    }

    /// Where each device of the phone of this name is told something.
    pub fn newest(&self, phone: &str, now: Instant) -> SmallVec<[Binding; 2]> {
        self.devices(phone, now).iter().map(|flows| flows[0].clone()).collect()
    }

    /// The live binding of this device of a phone; another flow of the same device where that one is gone. One that is no longer bound by that name may have taken
    /// another port or contact; if the phone has a single binding in all, that is it. A device whose own
    /// binding sleeps, its connection broken, is nowhere: another device of the phone is not it.
    pub fn device(&self, phone: &str, device: Option<&str>, now: Instant) -> Option<&Binding> {
        let device = device?;
        let own = self.binding_of(phone, device).filter(|binding| binding.is_live(now));
        own.or_else(|| {
            let instance = instance_of(device);
            let flows = self.bindings(phone, now).filter(|it| it.has_flows() && it.instance() == instance);
            flows.max_by_key(|binding| binding.refreshed)
        })
    }

    /// Whether the connection that a device spoke on is gone: with its binding, or as the one that this lay on.
    pub fn is_gone(&self, phone: &str, device: &str, flow: Flow, now: Instant) -> bool {
        self.binding_of(phone, device).is_none_or(|it| now >= it.expires || (it.dormant && it.flow == flow))
    }

    fn binding_of(&self, phone: &str, device: &str) -> Option<&Binding> {
        let all =
            self.by_phone.get(phone).and_then(|key| self.aors.get(*key)).map(|aor| &aor.bindings[..])?;
        let own = all.iter().find(|binding| *device == **binding.device());
        let only = || if let [only] = all { Some(only) } else { None };
        own.or_else(only)
    }

    /// Which device of a phone sent `request` down `flow`: the one registered by it, or by the contact named there.
    pub fn device_on(&self, phone: &str, flow: Flow, request: &Message, now: Instant) -> Option<Arc<str>> {
        let on_flow = self.bindings(phone, now).find(|binding| binding.flow == flow);
        let at_contact = || {
            let contact = request.addresses(Name::Contact).flatten().next()?.uri;
            self.bindings(phone, now).find(|binding| is_same_contact(&binding.contact, &contact))
        };
        on_flow.or_else(at_contact).map(|binding| binding.device().clone())
    }

    /// On how many devices the phone of this name is registered, 255 at most.
    pub fn live(&self, phone: &str, now: Instant) -> u8 {
        u8::try_from(self.devices(phone, now).len()).unwrap_or(u8::MAX)
    }

    /// Whether the phone of this name is registered; a connection that broke may be back in a moment.
    pub fn is_registered(&self, phone: &str) -> bool {
        self.by_phone.contains_key(phone)
    }

    /// Phones that came with a first binding, or went with their last, since this was asked.
    pub fn take_moved(&mut self) -> Vec<Arc<str>> {
        std::mem::take(&mut self.moved)
    }

    /// Every phone with bindings, dormant ones too.
    pub fn phones(&self) -> impl Iterator<Item = (&str, &[Binding])> {
        self.aors.iter().map(|(_, aor)| (&*aor.phone, &*aor.bindings))
    }
}
