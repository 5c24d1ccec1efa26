//! What is known of a destination without asking anybody: its addresses, how each did of late, whether its name
//! can be looked up.

use std::net::{IpAddr, SocketAddr};

use clock::Instant;

use super::{Destination, Finding, Reach, Standing, Terms, server::Places};

impl Reach {
    /// How well the best place of `destination` did of late that these terms allow, as far as is known without
    /// asking; `None` if they allow none. A name that is not known yet may have one.
    pub fn prospect(&self, now: Instant, destination: &Destination, terms: Terms<'_>) -> Option<Standing> {
        let places: Places = self.known(destination).map(|at| (destination.transport, at)).collect();
        if !places.is_empty() || !terms.past.is_empty() {
            let best = self.allowed(now, places, terms);
            return best.first().map(|(_, address)| self.standings.of(now, *address));
        }
        Some(match self.names.finding(now, destination) {
            Some(Finding::Nowhere | Finding::Lost) => Standing::Silent,
            Some(Finding::Asked | Finding::Known | Finding::Stale(_)) | None => Standing::Good,
        })
    }

    /// Whether `ip` is an address of `destination`, as far as is known without asking.
    pub fn is_at(&self, destination: &Destination, ip: IpAddr) -> bool {
        self.known(destination).any(|address| address.ip() == ip)
    }

    /// The addresses of `destination`, as far as they are known without asking.
    pub fn known(&self, destination: &Destination) -> impl Iterator<Item = SocketAddr> + use<'_> {
        let numeric = destination.numeric();
        let named = numeric.is_none().then(|| self.names.known(destination));
        numeric.into_iter().chain(named.into_iter().flatten())
    }

    /// How the look-ups of `destination` go; `None` for an address and for a name that nobody asked for.
    pub fn finding(&self, now: Instant, destination: &Destination) -> Option<Finding> {
        self.names.finding(now, destination)
    }

    /// How `address` did of late, and until when it rests if it does.
    pub fn standing_of(&self, now: Instant, address: SocketAddr) -> (Standing, Option<Instant>) {
        (self.standings.of(now, address), self.standings.rests_until(now, address))
    }
}
