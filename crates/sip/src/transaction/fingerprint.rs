//! What tells one transaction from another, as 128 bits (RFC 3261 §17.1.3, §17.2.3).
//!
//! The bits are SipHash-1-3 under a secret key: whoever does not know it can't make two messages meet, so
//! equal fingerprints are taken for equal transactions, and tables need no hash of their own.

use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasherDefault, Hash, Hasher},
};

use siphasher::sip128::{Hasher128, SipHasher13};

use super::branch::Branch;
use crate::{Message, Name, flow::Flow};

/// Names a transaction, the origin of a request, or a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint(u128);

/// Finds keys by fingerprint.
pub(super) type Index<K> = HashMap<Fingerprint, K, BuildHasherDefault<Uniform>>;

/// The secret under which fingerprints are taken.
#[derive(Clone)]
pub(super) struct Secret(SipHasher13);

impl Secret {
    pub(super) fn new(key: &[u8; 16]) -> Self {
        Self(SipHasher13::new_with_key(key))
    }

    /// The client transaction that sent `branch` with this method (RFC 3261 §17.1.3).
    pub(super) fn client(&self, branch: Branch, method: &str) -> Fingerprint {
        self.of('c', &[branch.letters(), method.as_bytes()])
    }

    /// The server transaction that this request belongs to if its method is taken to be `method`: an ACK or
    /// CANCEL looks for an INVITE (RFC 3261 §17.2.3, §9.2).
    pub(super) fn server(&self, request: &Message, method: &str) -> Fingerprint {
        match request.unique_branch() {
            Some(branch) => {
                self.of('s', &[branch.as_bytes(), request.sent_by().as_bytes(), method.as_bytes()])
            }
            None => self.legacy_server(request, method),
        }
    }

    /// The same for a peer of RFC 2543, whose requests are told apart by all that a retransmission repeats.
    ///
    /// The tag in To is left out: an ACK has ours there, its INVITE has none, and there are no two
    /// transactions that differ in nothing else.
    fn legacy_server(&self, request: &Message, method: &str) -> Fingerprint {
        let via = request.values(Name::Via).next().unwrap_or_default();
        let uri = match request.start() {
            crate::message::Start::Request { uri, .. } => uri,
            crate::message::Start::Response { .. } => "",
        };
        self.of(
            'l',
            &[
                via.as_bytes(),
                uri.as_bytes(),
                request.from_tag().unwrap_or_default().as_bytes(),
                request.call_id().as_bytes(),
                &request.cseq().number.to_be_bytes(),
                method.as_bytes(),
            ],
        )
    }

    /// What a request outside a dialog has in common with its copies that came another way; `None` within a
    /// dialog (RFC 3261 §8.2.2.2).
    pub(super) fn origin(&self, request: &Message) -> Option<Fingerprint> {
        if request.to_tag().is_some() {
            return None;
        }
        let from_tag = request.from_tag().unwrap_or_default();
        Some(self.of(
            'o',
            &[
                from_tag.as_bytes(),
                request.call_id().as_bytes(),
                &request.cseq().number.to_be_bytes(),
                request.method().as_str().as_bytes(),
            ],
        ))
    }

    /// A flow.
    pub(super) fn flow(&self, flow: &Flow) -> Fingerprint {
        let mut hasher = self.0;
        flow.hash(&mut hasher);
        Fingerprint(hasher.finish128().as_u128())
    }

    fn of(&self, kind: char, parts: &[&[u8]]) -> Fingerprint {
        let mut hasher = self.0;
        hasher.write_u8(kind as u8);
        for part in parts {
            hasher.write(part);
            // Never part of UTF-8, and after a number of fixed length harmless: parts can't run together.
            hasher.write_u8(0xff);
        }
        Fingerprint(hasher.finish128().as_u128())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Fingerprint {
    /// A few bits for what has to be the same for every copy of a message, such as the tag of a stateless
    /// response (RFC 3261 §8.2.7).
    pub(super) const fn bits(self) -> u64 {
        self.0 as u64
    }
}

impl Hash for Fingerprint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.bits());
    }
}

/// Hashes what is a keyed hash already.
#[derive(Default)]
pub(super) struct Uniform(u64);

impl Hasher for Uniform {
    fn write(&mut self, bytes: &[u8]) {
        unreachable!("a fingerprint is hashed as one number, not as {bytes:?}")
    }

    fn write_u64(&mut self, bits: u64) {
        self.0 = bits;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
