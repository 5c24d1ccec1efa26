//! The one room of the binary that asks the system for chance: seeds and secrets.

use std::{fs::File, io::Read};

/// Bytes nobody can guess.
///
/// # Panics
/// Without `/dev/urandom`: a switch with secrets that can be guessed must not start.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let read = File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut bytes));
    read.expect("/dev/urandom gives bytes");
    bytes
}

/// A password of 100 bits in letters that can be read aloud: no capitals, no `l`, `o`, `0` or `1`.
pub(crate) fn password() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    bytes::<20>().iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}
