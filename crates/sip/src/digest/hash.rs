//! The hashes and what is hashed (RFC 7616 §3.4).

use std::{fmt, str};

use md5::Md5;
use sha2::{Digest, Sha256};

use super::Qop;

/// A hash that proofs are made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// For phones that know no other.
    Md5,
    /// RFC 8760.
    Sha256,
}

impl Algorithm {
    /// The algorithm of this word without `-sess`; `None` for one that this switch doesn't know.
    pub fn of(word: &str) -> Option<Self> {
        if word.eq_ignore_ascii_case("MD5") {
            Some(Self::Md5)
        } else if word.eq_ignore_ascii_case("SHA-256") {
            Some(Self::Sha256)
        } else {
            None
        }
    }

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
        }
    }

    /// Hexadecimal digits of a hash.
    pub const fn digits(self) -> usize {
        match self {
            Self::Md5 => 32,
            Self::Sha256 => 64,
        }
    }

    /// The hash of these pieces, joined by colons.
    pub(super) fn hash(self, pieces: &[&[u8]]) -> Hex {
        match self {
            Self::Md5 => Hex::of(&hashed::<Md5>(pieces)),
            Self::Sha256 => Hex::of(&hashed::<Sha256>(pieces)),
        }
    }
}

fn hashed<D: Digest>(pieces: &[&[u8]]) -> impl AsRef<[u8]> + use<D> {
    let mut hash = D::new();
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 {
            hash.update(b":");
        }
        hash.update(piece);
    }
    hash.finalize()
}

/// A hash in lower-case hexadecimal digits.
#[derive(Clone, Copy)]
pub(super) struct Hex {
    digits: [u8; 64],
    length: usize,
}

impl Hex {
    pub(super) fn of(bytes: &impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        let mut digits = [0; 64];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
            pair[0] = digit(byte >> 4);
            pair[1] = digit(byte & 15);
        }
        Self { digits, length: 2 * bytes.len() }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.digits[..self.length]
    }

    pub(super) fn as_str(&self) -> &str {
        str::from_utf8(self.as_bytes()).expect("hexadecimal digits are ASCII")
    }

    /// Compares without telling by its time how much is right.
    pub(super) fn is(&self, text: &str) -> bool {
        let text = text.as_bytes();
        let pairs = self.as_bytes().iter().zip(text);
        text.len() == self.length && pairs.fold(0, |sum, (a, b)| sum | (a ^ b.to_ascii_lowercase())) == 0
    }
}

const fn digit(value: u8) -> u8 {
    match value {
        0..=9 => b'0' + value,
        _ => b'a' + value - 10,
    }
}

/// The hash of user, realm and password: what is stored in place of the password, and as secret as that.
#[derive(Clone, Copy)]
pub struct Ha1 {
    algorithm: Algorithm,
    hex: Hex,
}

/// Makes a [`Ha1`] from a password.
pub fn ha1(algorithm: Algorithm, user: &str, realm: &str, password: &str) -> Ha1 {
    Ha1 { algorithm, hex: algorithm.hash(&[user.as_bytes(), realm.as_bytes(), password.as_bytes()]) }
}

impl Ha1 {
    /// Reads a stored one; `None` when it is not the right number of hexadecimal digits.
    pub fn from_hex(algorithm: Algorithm, text: &str) -> Option<Self> {
        if text.len() != algorithm.digits() || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let mut hex = Hex { digits: [0; 64], length: text.len() };
        hex.digits[..text.len()].copy_from_slice(text.as_bytes());
        hex.digits.make_ascii_lowercase();
        Some(Self { algorithm, hex })
    }

    /// Takes the bytes of a stored one; `None` when there are not as many as the hash has.
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8]) -> Option<Self> {
        (2 * bytes.len() == algorithm.digits()).then(|| Self { algorithm, hex: Hex::of(&bytes) })
    }

    /// The hash that it was made with.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The digits, to be stored.
    pub fn as_str(&self) -> &str {
        self.hex.as_str()
    }
}

/// Secrets don't go into logs.
impl fmt::Debug for Ha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ha1({})", self.algorithm.as_str())
    }
}

/// Everything that a proof is made of.
pub(super) struct Proof<'a> {
    pub(super) ha1: &'a Ha1,
    pub(super) session: bool,
    pub(super) nonce: &'a str,
    pub(super) cnonce: &'a str,
    pub(super) nc: &'a str,
    pub(super) qop: Option<Qop>,
    pub(super) method: &'a str,
    pub(super) uri: &'a str,
    pub(super) body: &'a [u8],
}

impl Proof<'_> {
    /// The `response` of RFC 7616 §3.4.1; without qop that of RFC 2069.
    pub(super) fn response(&self) -> Hex {
        let hash = |pieces: &[&[u8]]| self.ha1.algorithm.hash(pieces);
        let (nonce, cnonce) = (self.nonce.as_bytes(), self.cnonce.as_bytes());
        let a1 = if self.session { hash(&[self.ha1.hex.as_bytes(), nonce, cnonce]) } else { self.ha1.hex };
        let (method, uri) = (self.method.as_bytes(), self.uri.as_bytes());
        let a2 = match self.qop {
            Some(Qop::AuthInt) => hash(&[method, uri, hash(&[self.body]).as_bytes()]),
            Some(Qop::Auth) | None => hash(&[method, uri]),
        };
        match self.qop {
            Some(qop) => {
                let pieces = [
                    a1.as_bytes(),
                    nonce,
                    self.nc.as_bytes(),
                    cnonce,
                    qop.as_str().as_bytes(),
                    a2.as_bytes(),
                ];
                hash(&pieces)
            }
            None => hash(&[a1.as_bytes(), nonce, a2.as_bytes()]),
        }
    }
}
