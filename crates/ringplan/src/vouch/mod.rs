//! Judging who vouches for a caller (RFC 8224 §6.2), outside of the signalling thread: the certificate is fetched
//! over HTTPS, kept for a while, and what it signed is judged with it.
//!
//! What can't be fetched in time is not answered: the call then holds it for unknown, and not for bad.

mod fetch;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use b2bua::switch::{Input, Verify};
use callplan::{Attest, Site};
use stir::{Bad, Level, Passport, Replays, Roots};
use tokio::{sync::Semaphore, time::timeout};
use tracing::info;

pub(crate) use self::fetch::{Fetcher, is_public};
use crate::signalling::Arrivals;

/// Passports judged at a time; one more is not judged at all, so that no flood of calls keeps us busy.
const AT_ONCE_MAX: usize = 64;
/// A call waits five seconds at most, whatever its site says.
const PATIENCE: Duration = Duration::from_secs(5);
/// Passports remembered against replays.
const REPLAYS_MAX: usize = 65_536;
/// Certificates kept, and for how many seconds.
const CHAINS_MAX: usize = 256;
const CHAIN_KEPT: u64 = 3_600;

/// Chains of certificates by the address they were fetched from, each with the second of that.
type Chains = BTreeMap<String, (u64, Arc<[u8]>)>;

/// Judges for the switch. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Judge(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    fetcher: Fetcher,
    arrivals: Arrivals,
    slots: Semaphore,
    replays: Mutex<Replays>,
    chains: Mutex<Chains>,
}

impl Judge {
    /// A judge that answers into `arrivals`.
    pub(crate) fn new(fetcher: Fetcher, arrivals: Arrivals) -> Self {
        let (replays, chains) = (Mutex::new(Replays::new(REPLAYS_MAX)), Mutex::default());
        Self(Arc::new(Inner { fetcher, arrivals, slots: Semaphore::new(AT_ONCE_MAX), replays, chains }))
    }

    /// Judges the passports of one call, and answers if it comes to know.
    pub(crate) async fn judge(self, verify: Box<Verify>) {
        let Ok(_slot) = self.0.slots.try_acquire() else { return };
        let judged = timeout(PATIENCE, self.level(&verify)).await;
        let attest = match judged {
            Ok(Ok(Some(level))) => level.into(),
            Ok(Ok(None)) => Attest::None,
            Ok(Err(Fault::Bad(why))) => {
                info!(call_id = &*verify.call_id, "a passport vouches for nobody: {why}");
                Attest::Bad
            }
            Ok(Err(Fault::Unfetched(why))) => {
                return info!(call_id = &*verify.call_id, "nobody knows who vouches: {why}");
            }
            Err(_) => return info!(call_id = &*verify.call_id, "nobody said in time who vouches"),
        };
        self.0.arrivals.input(Input::Attested { asker: verify.asker, attest }).await;
    }

    async fn level(&self, verify: &Verify) -> Result<Option<Level>, Fault> {
        let identities = verify.passports.iter().map(|passport| &**passport);
        let vouching = Passport::vouching(identities, &verify.claim, verify.unix)?;
        // The config was checked with them; one that was changed on disk since is not read again here.
        let pem = verify.site.stir.roots.as_ref().map(|file| file.bytes.clone()).unwrap_or_default();
        let roots = if vouching.is_empty() { Roots::default() } else { Roots::new(&pem)? };
        for passport in &vouching {
            let chain = self.chain(passport.certificate(), &verify.site, verify.unix).await?;
            passport.verify(&chain, &roots, verify.unix)?;
        }
        // One call may be sent on to several of us: the last was made for this number alone.
        if let Some(last) = vouching.last() {
            let mut replays = self.0.replays.lock().unwrap_or_else(PoisonError::into_inner);
            replays.note(last, &verify.call_id, verify.unix)?;
        }
        Ok(vouching.first().and_then(Passport::level))
    }

    /// A certificate with those that signed it, from where it was fetched before or from its place.
    async fn chain(&self, url: &str, site: &Site, unix: u64) -> Result<Arc<[u8]>, Fault> {
        if let Some((at, chain)) = self.chains().get(url)
            && at.abs_diff(unix) < CHAIN_KEPT
        {
            return Ok(chain.clone());
        }
        let chain = self.0.fetcher.fetch(url, &site.stir.repositories).await.map_err(Fault::Unfetched)?;
        let mut chains = self.chains();
        if chains.len() >= CHAINS_MAX {
            let oldest = chains.iter().min_by_key(|(_, (at, _))| *at).map(|(url, _)| url.clone());
            oldest.map(|url| chains.remove(&url));
        }
        chains.insert(url.to_owned(), (unix, chain.clone()));
        Ok(chain)
    }

    fn chains(&self) -> MutexGuard<'_, Chains> {
        self.0.chains.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a level is not known.
enum Fault {
    /// It is known to be none.
    Bad(Bad),
    /// The certificate could not be had.
    Unfetched(String),
}

impl From<Bad> for Fault {
    fn from(bad: Bad) -> Self {
        Self::Bad(bad)
    }
}
