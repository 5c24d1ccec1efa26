//! What the operator may see of trunks: registrations, servers, and how the look-up of their names goes.

use std::{net::SocketAddr, sync::Arc};

use clock::Instant;

use super::Switch;
use crate::{
    reach::{Destination, Finding, NO_NAME, NO_NAME_SERVER, Standing},
    trunk::{self, destinations},
};

/// One trunk.
#[derive(Clone, Debug)]
pub struct TrunkView {
    /// Its name in the config.
    pub name: Arc<str>,
    /// How its registrations do, in words.
    pub health: String,
    /// Whether calls can be expected to go through.
    pub is_usable: bool,
    /// Every address that its servers are known to have, in the order in which they are listed.
    pub servers: Vec<PlaceView>,
    /// What hinders the look-up of its names, if anything does.
    pub names: Vec<String>,
    /// Channels in use.
    pub channels: u16,
    /// Channels there are.
    pub channels_max: u16,
}

/// One address of a trunk's servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceView {
    /// Address and port.
    pub at: SocketAddr,
    /// How it did of late, in words: `in use`, `answers`, `does not answer`, `did not answer of late`, `rests for 30 s`,
    /// or why no connection to it can be had, who erred and what mends it.
    pub state: String,
}

impl Switch {
    pub(super) fn trunk_views(&self) -> Vec<TrunkView> {
        let now = self.core.now.mono;
        let states = self.core.trunks.status(now);
        let view = |(state, trunk): (trunk::Status, &callplan::Trunk)| {
            let destinations = destinations(trunk);
            let known = destinations.iter().flat_map(|it| self.core.reach.known(it));
            let servers: Vec<_> = known.map(|at| self.place_view(now, at)).collect();
            let is_good = |it: &Destination| self.core.reach.known(it).any(|at| self.is_good(now, at));
            TrunkView {
                is_usable: state.health.iter().any(trunk::Health::is_usable)
                    && (servers.is_empty() || destinations.iter().any(is_good)),
                health: state.health.iter().map(|health| health.told(now)).collect::<Vec<_>>().join(", "),
                servers,
                names: destinations.iter().filter_map(|it| self.hindrance(now, it)).collect(),
                channels: self.core.limits.channels_of(&state.name),
                channels_max: trunk.channels,
                name: state.name,
            }
        };
        states.zip(&self.core.site.trunks).map(view).collect()
    }

    fn is_good(&self, now: Instant, at: SocketAddr) -> bool {
        self.core.reach.standing_of(now, at).0 == Standing::Good && self.core.reach.trouble(at).is_none()
    }

    fn place_view(&self, now: Instant, at: SocketAddr) -> PlaceView {
        if let Some(fault) = self.core.reach.trouble(at) {
            return PlaceView { at, state: fault.blame().told(fault) };
        }
        let state = match self.core.reach.standing_of(now, at) {
            (Standing::Good, _) if self.core.trunks.is_heard(at) => "answers".to_owned(),
            (Standing::Good, _) => "in use".to_owned(),
            (Standing::Silent, _) if self.core.trunks.down().any(|down| down == at) => {
                "does not answer".to_owned()
            }
            (Standing::Silent, _) => "did not answer of late".to_owned(),
            (Standing::Resting, until) => {
                format!("rests for {} s", until.map_or(0, |until| until.since(now).as_secs()))
            }
        };
        PlaceView { at, state }
    }

    /// What is wrong with the look-up of a name.
    fn hindrance(&self, now: Instant, destination: &Destination) -> Option<String> {
        let host = &destination.host;
        match self.core.reach.finding(now, destination)? {
            Finding::Known => None,
            Finding::Asked => Some(format!("{host} is being looked up")),
            Finding::Stale(until) => {
                let minutes = until.since(now).as_secs() / 60;
                Some(format!(
                    "no name server answers for {host}; what it said before serves for {minutes} min"
                ))
            }
            Finding::Nowhere => Some(NO_NAME.told(format_args!("{host} has no SIP server"))),
            Finding::Lost => Some(NO_NAME_SERVER.told(format_args!("no name server answers for {host}"))),
        }
    }
}
