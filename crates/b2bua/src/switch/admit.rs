//! Who may ask for what: the cheapest checks first, and nothing kept for a stranger (RELIABILITY A1, P7).

use callplan::{PhoneId, Session, TrunkId};
use clock::Key;
use sip::{Message, Method, Name, Status, flow::Flow, transaction::ServerKey};

use super::{Asker, Log, Switch, flood::Rates, understand::misunderstood};
use crate::{
    auth::{Demand, Verdict},
    core::{Core, extensions, is_proportionate},
    identity::ALLOW_OUTSIDE,
    leg::{Leg, Party},
    reach::Destination,
    registrar::{Outcome, Reply},
};

/// Who sent a request that begins something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A phone that proved who it is.
    Phone(PhoneId),
    /// A carrier, known by its address or by the word we registered.
    Trunk(TrunkId),
}

impl Switch {
    /// Whether a datagram is read at all.
    pub(super) fn hears(&mut self, flow: Flow) -> bool {
        if flow.transport.is_reliable() {
            // Paced where it is read, and nobody can borrow an address on it.
            let Core { now, reach, outputs, .. } = &mut self.core;
            reach.hears(now.mono, flow, outputs);
            return true;
        }
        let Core { now, site, reach, trunks, .. } = &self.core;
        let rates = Rates { source: site.limits.stranger_rate, network: site.limits.stranger_network_rate };
        let source = flow.remote.ip();
        self.flood.hears(now.mono, source, rates, || {
            self.authenticator.is_proven(*now, source) || trunks.is_carrier(site, reach, source)
        })
    }

    /// A request outside of dialogs.
    pub(super) fn admit(&mut self, key: ServerKey, flow: Flow, request: &Message) {
        if *request.method() == Method::Subscribe && !self.hears_watcher(key, flow, request) {
            return;
        }
        let demand = if *request.method() == Method::Register { Demand::Www } else { Demand::Proxy };
        let Some(origin) = self.origin(key, flow, request, demand) else { return };
        let site = &self.core.site;
        let rules = match origin {
            Origin::Phone(phone) => site[phone].session,
            Origin::Trunk(trunk) => site[trunk].session,
        };
        match (request.method(), origin) {
            (Method::Invite, origin) => self.arrive(key, flow, request, origin),
            (Method::Register | Method::Options | Method::Subscribe, _)
                if !self.understands(&self.core.party_of(origin), key, flow, request, rules) => {}
            (Method::Register, Origin::Phone(phone)) => self.register(phone, key, flow, request),
            (Method::Subscribe, Origin::Phone(phone)) => self.subscribe(phone, key, flow, request),
            (Method::Options, _) => self.core.answer_options(key, request, rules),
            _ => {
                let allow = [(Name::Allow, ALLOW_OUTSIDE)];
                self.core.refuse_with(key, request, Status::METHOD_NOT_ALLOWED, &allow);
            }
        }
    }

    /// Whether a request asks for nothing that nobody here can do; if it does, it is told so.
    pub(super) fn understands(
        &mut self,
        party: &Party,
        key: ServerKey,
        flow: Flow,
        request: &Message,
        rules: Session,
    ) -> bool {
        let refusal = misunderstood(request, rules);
        if let Some((status, header)) = &refusal {
            let headers: smallvec::SmallVec<[(Name, &str); 1]> =
                header.iter().map(|(name, value)| (*name, &**value)).collect();
            self.core.refuse_with(key, request, *status, &headers);
            self.tell_refused(party, flow, request, *status);
        }
        refusal.is_none()
    }

    /// Who sent it; a challenge or refusal has gone out if that is not known.
    pub(super) fn origin(
        &mut self,
        key: ServerKey,
        flow: Flow,
        request: &Message,
        demand: Demand,
    ) -> Option<Origin> {
        if demand == Demand::Proxy {
            let trunk = self.core.trunks.origin(&self.core.site, &self.core.reach, flow, request);
            if let Some(trunk) = trunk {
                return Some(Origin::Trunk(trunk));
            }
        }
        let verdict = self.authenticator.verify(self.core.now, &self.core.site, flow, request, demand);
        if let Some(line) = self.authenticator.news() {
            self.core.log(Log::Warn(line));
        }
        match verdict {
            Verdict::Phone(phone) if self.may_come_by(phone, flow) => Some(Origin::Phone(phone)),
            Verdict::Phone(_) => {
                let bytes = self.core.refusal(flow, request, Status::FORBIDDEN, &[]);
                self.core.answer_stranger(key, request, bytes);
                None
            }
            Verdict::Challenge { status, name, values } => {
                self.core.counters.challenged += 1;
                let headers: smallvec::SmallVec<[(Name, &str); 2]> =
                    values.iter().map(|value| (name, &**value)).collect();
                let mut bytes = self.core.refusal(flow, request, status, &headers);
                if headers.len() > 1 && !is_proportionate(flow, request.raw().len(), &bytes) {
                    bytes = self.core.refusal(flow, request, status, &headers[..1]);
                }
                self.core.answer_stranger(key, request, bytes);
                None
            }
            Verdict::Ignore => {
                self.core.counters.ignored += 1;
                self.core.forget(key);
                None
            }
            Verdict::Bad(status) => {
                let bytes = self.core.refusal(flow, request, status, &[]);
                self.core.answer_stranger(key, request, bytes);
                None
            }
        }
    }

    /// Whether the config lets a phone use this transport.
    fn may_come_by(&mut self, phone: PhoneId, flow: Flow) -> bool {
        let entry = &self.core.site[phone];
        let Some(only) = entry.transport.filter(|only| only.key() != flow.transport.as_param()) else {
            return true;
        };
        let (name, by, from) = (&entry.name, flow.transport, flow.remote);
        let line = format!("phone {name} comes over {by} from {from}, and may over {only} alone: refused");
        self.core.log(Log::Warn(line));
        false
    }

    /// Whether a request on a dialog comes from where the leg's party is known to be. Tags alone are no proof:
    /// whoever saw them could hang up or take the media (RELIABILITY A1).
    pub(super) fn is_known_source(&self, leg: Key<Leg>, flow: Flow, request: &Message) -> bool {
        let Some(leg) = self.legs.get(leg) else { return false };
        match leg.party() {
            _ if leg.flow().remote.ip() == flow.remote.ip() => true,
            Party::Phone(_) => false,
            Party::Trunk(name) => {
                let site = &self.core.site;
                // A proxy that the carrier put into the route speaks for it too.
                let hop = leg.dialog().next_hop().and_then(|uri| Destination::of(&uri));
                self.core.trunks.is_from(site, &self.core.reach, flow, request, name)
                    || hop.is_some_and(|hop| self.core.reach.is_at(&hop, flow.remote.ip()))
            }
        }
    }

    /// A phone that speaks on a dialog from elsewhere has to prove who it is.
    pub(super) fn proves_itself(
        &mut self,
        leg: Key<Leg>,
        key: ServerKey,
        flow: Flow,
        request: &Message,
    ) -> bool {
        let Some(origin) = self.origin(key, flow, request, Demand::Proxy) else { return false };
        let is_party = match origin {
            Origin::Phone(phone) => {
                let party = Party::Phone(self.core.site[phone].name.clone());
                self.legs.get(leg).is_some_and(|leg| *leg.party() == party)
            }
            // One whose dialog it were had been known by its address.
            Origin::Trunk(_) => false,
        };
        if !is_party {
            self.core.refuse(key, request, Status::FORBIDDEN);
        }
        is_party
    }

    fn register(&mut self, phone: PhoneId, key: ServerKey, flow: Flow, request: &Message) {
        let site = self.core.site.clone();
        if let Some(host) = request.to().uri.host() {
            let row = self.hosts.learn(host);
            row.into_iter().for_each(|row| self.core.store(row));
        }
        let asker = Asker { key, flow, request: request.clone(), rules: site[phone].session };
        let mut rows = Vec::new();
        let outcome = self.core.registrar.register(
            self.core.now,
            &site,
            phone,
            flow,
            asker.clone(),
            request,
            &mut rows,
        );
        rows.into_iter().for_each(|row| self.core.store(row));
        self.know_device(&site[phone].name, flow, request);
        self.notifier.wake(self.core.now.mono, &site[phone].name);
        match outcome {
            Outcome::Reply(reply) => self.answer_register(&asker, &reply),
            Outcome::Wait(_) => {}
        }
    }

    /// Answers a REGISTER, at once or when its rows are safe.
    pub(super) fn answer_register(&mut self, asker: &Asker, reply: &Reply) {
        let supported = extensions(asker.rules);
        let mut headers: smallvec::SmallVec<[(Name, &str); 6]> =
            reply.lines.iter().map(|(name, value)| (*name, &**value)).collect();
        if reply.status.is_success() {
            headers.extend([(Name::Supported, &*supported), (Name::Allow, ALLOW_OUTSIDE)]);
        }
        let bytes = self.core.refusal(asker.flow, &asker.request, reply.status, &headers);
        self.core.respond(asker.key, reply.status, bytes);
    }
}
