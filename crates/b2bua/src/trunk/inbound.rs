//! What a request from outside says: whose trunk it came over, and whom it calls.

use std::{borrow::Cow, net::IpAddr};

use callplan::{CalledFrom, NumberId, Site, Trunk, TrunkId, resolve};
use sip::{Message, Name, flow::Flow, header::NameAddr, uri::Host};

use super::{Trunks, account::destinations};
use crate::reach::Reach;

impl Trunks {
    /// The trunk a request came over: by the user that we registered, which nobody else knows, else by the
    /// address it came from. `None` for everyone who is no carrier of ours, and for who says that he is a phone
    /// of ours: a machine may have phones beside its carrier, and a phone can prove itself.
    ///
    /// Of several accounts with one carrier it is the one whose number is called, else the first written. An agent is
    /// called, and calls nobody.
    pub fn origin(&self, site: &Site, reach: &Reach, flow: Flow, request: &Message) -> Option<TrunkId> {
        self.by_word(request).or_else(|| {
            let mut here = at_address(site, reach, flow.remote.ip())
                .filter(|trunk| site[*trunk].agent.is_none() && !is_of_phone(site, request));
            let first = here.next()?;
            let Some(second) = here.next() else { return Some(first) };
            let fits = |trunk: &TrunkId| match self.number_called(site, *trunk, request) {
                Some(number) if site[number].trunk == Some(*trunk) => Fit::Own,
                Some(_) => Fit::Shared,
                None => Fit::None,
            };
            [first, second].into_iter().chain(here).min_by_key(fits)
        })
    }

    /// Whether the carrier of this trunk sent a request.
    pub fn is_from(&self, site: &Site, reach: &Reach, flow: Flow, request: &Message, trunk: &str) -> bool {
        let is_it = |id: TrunkId| *site[id].name == *trunk;
        self.by_word(request).is_some_and(is_it)
            || !is_of_phone(site, request) && at_address(site, reach, flow.remote.ip()).any(is_it)
    }

    /// Whether a carrier of ours is at this address. An agent is none: it calls nobody, and may share its address with
    /// half the world.
    pub fn is_carrier(&self, site: &Site, reach: &Reach, ip: IpAddr) -> bool {
        at_address(site, reach, ip).any(|trunk| site[trunk].agent.is_none())
    }

    /// Whether the carrier of this trunk is at this address.
    pub fn is_at(&self, site: &Site, reach: &Reach, ip: IpAddr, trunk: &str) -> bool {
        at_address(site, reach, ip).any(|id| *site[id].name == *trunk)
    }

    /// The first written of the trunks whose carrier is at this address.
    pub fn at(&self, site: &Site, reach: &Reach, ip: IpAddr) -> Option<TrunkId> {
        at_address(site, reach, ip).next()
    }

    /// Which of our numbers a call on a trunk is for.
    pub fn number_called(&self, site: &Site, trunk: TrunkId, request: &Message) -> Option<NumberId> {
        resolve::inbound(site, trunk, &self.called(&site[trunk], request)?)
    }

    fn by_word(&self, request: &Message) -> Option<TrunkId> {
        self.of_word(request.request_uri()?.user()?)
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

/// How well a call fits a trunk, the best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// The number is this trunk's.
    Own,
    /// The number may come over any.
    Shared,
    /// It has no such number.
    None,
}

/// The trunks whose carrier is at this address, in the order written.
fn at_address<'a>(site: &'a Site, reach: &'a Reach, ip: IpAddr) -> impl Iterator<Item = TrunkId> + 'a {
    let is_from = move |trunk: &Trunk| {
        trunk.from.iter().any(|net| net.contains(ip))
            || destinations(trunk).iter().any(|it| reach.is_at(it, ip.to_canonical()))
    };
    let trunks = site.trunks.iter().enumerate();
    trunks.filter(move |(_, trunk)| is_from(trunk)).map(|(at, _)| TrunkId::from(at))
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
