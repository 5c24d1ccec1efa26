//! What a request from outside says: whose trunk it came over, and whom it calls.

use std::{borrow::Cow, net::IpAddr};

use callplan::{CalledFrom, Site, Trunk, TrunkId};
use sip::{Message, Name, flow::Flow, header::NameAddr, uri::Host};

use super::{Trunks, account::destinations};
use crate::reach::Reach;

impl Trunks {
    /// The trunk a request came over: by the user that we registered, which nobody else knows, else by the
    /// address it came from. `None` for everyone who is no carrier of ours, and for who says that he is a phone
    /// of ours: a machine may have phones beside its carrier, and a phone can prove itself.
    pub fn origin(&self, site: &Site, reach: &Reach, flow: Flow, request: &Message) -> Option<TrunkId> {
        let user = request.request_uri().and_then(|uri| uri.user());
        let of_address = || of_address(site, reach, flow.remote.ip()).filter(|_| !is_of_phone(site, request));
        user.and_then(|user| self.of_word(user)).or_else(of_address)
    }

    /// Whether a carrier of ours is at this address.
    pub fn is_carrier(&self, site: &Site, reach: &Reach, ip: IpAddr) -> bool {
        of_address(site, reach, ip).is_some()
    }

    /// What was dialled, as written: from where the trunk's `called` says, else from the request-URI, else
    /// from To. The user that we registered names the trunk and never a number.
    pub fn called<'m>(&self, trunk: &Trunk, request: &'m Message) -> Option<Cow<'m, str>> {
        let places = [trunk.called, CalledFrom::RequestUri, CalledFrom::PCalledPartyId, CalledFrom::To];
        places.into_iter().find_map(|place| {
            let user = user_at(place, request)?;
            self.of_word(&user).is_none().then_some(user)
        })
    }
}

fn of_address(site: &Site, reach: &Reach, ip: IpAddr) -> Option<TrunkId> {
    let is_from = |trunk: &Trunk| {
        trunk.from.iter().any(|net| net.contains(ip))
            || destinations(trunk).iter().any(|it| reach.is_at(it, ip.to_canonical()))
    };
    site.trunks.iter().position(is_from).map(TrunkId::from)
}

/// Whether From is the address of a phone of ours, in our own domain.
fn is_of_phone(site: &Site, request: &Message) -> bool {
    let from = request.from().uri;
    let is_ours = matches!(from.host(), Some(Host::Name(name)) if name.eq_ignore_ascii_case(&site.domain));
    is_ours && from.user_unescaped().is_some_and(|user| site.phone(&user).is_some())
}

fn user_at(place: CalledFrom, request: &Message) -> Option<Cow<'_, str>> {
    let uri = match place {
        CalledFrom::RequestUri => request.request_uri()?,
        CalledFrom::To => request.to().uri,
        CalledFrom::PCalledPartyId => first(request, Name::PCalledPartyId)?.uri,
        CalledFrom::Diversion => first(request, Name::Diversion)?.uri,
    };
    uri.dialled().filter(|user| !user.is_empty())
}

fn first(request: &Message, name: Name) -> Option<NameAddr<'_>> {
    request.addresses(name).next()?.ok()
}
