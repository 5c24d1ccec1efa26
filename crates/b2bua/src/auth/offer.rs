//! By which algorithms somebody is asked to prove himself (RFC 8760 §2.4).
//!
//! Clients take the first they know, so an algorithm that a phone has no hash for would lock out whoever knows it:
//! a phone is offered what it has. That is the switch as well: a phone without a line for MD5 in the file of secrets is
//! neither offered it nor believed by it (RELIABILITY A7). What is offered must not tell who has an account (RELIABILITY A4), so to a
//! name without a phone the same is offered as to some phone, always the same one for a name.

use std::hash::Hasher;

use callplan::{PhoneId, Site};
use sip::digest::Algorithm;
use siphasher::sip::SipHasher13;
use smallvec::SmallVec;

/// The better one first.
pub(super) type Algorithms = SmallVec<[Algorithm; 2]>;

/// What is offered to whom.
#[derive(Debug)]
pub(super) struct Offers {
    keyed: SipHasher13,
    /// What each phone that can prove itself can do so by, and the hash of the site that made it so.
    able: ([u8; 32], Vec<Algorithms>),
}

impl Offers {
    /// The secret hides which phone stands for a name.
    pub(super) fn new(secret: &[u8; 16]) -> Self {
        Self { keyed: SipHasher13::new_with_key(secret), able: Default::default() }
    }

    /// What `name` is offered, be it a phone's or nobody's.
    pub(super) fn to(&mut self, name: &str, site: &Site) -> Algorithms {
        if self.able.0 != site.hash || self.able.1.is_empty() {
            let phones = (0..site.phones.len()).map(|phone| algorithms_of(site, PhoneId::from(phone)));
            self.able = (site.hash, phones.filter(|algorithms| !algorithms.is_empty()).collect());
        }
        let mut hasher = self.keyed;
        hasher.write(name.as_bytes());
        let able = &self.able.1;
        let drawn = hasher.finish().checked_rem(able.len() as u64).map(|index| &able[index as usize]);
        let own = site.phone(name).map(|phone| algorithms_of(site, phone)).filter(|own| !own.is_empty());
        own.or_else(|| drawn.cloned()).unwrap_or_else(|| SmallVec::from_slice(&[Algorithm::Sha256]))
    }
}

/// What this phone has a secret for, the better one first.
fn algorithms_of(site: &Site, phone: PhoneId) -> Algorithms {
    let ha1 = &site[phone].ha1;
    let sha256 = ha1.sha256.is_some().then_some(Algorithm::Sha256);
    let md5 = ha1.md5.is_some().then_some(Algorithm::Md5);
    sha256.into_iter().chain(md5).collect()
}
