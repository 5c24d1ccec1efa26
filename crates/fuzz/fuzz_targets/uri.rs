//! Text as URIs and header values.
//!
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir crates/fuzz uri`; what must hold is said in `crates/sip/tests/probe`.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../sip/tests/probe/mod.rs"]
mod probe;

fuzz_target!(|bytes: &[u8]| {
    probe::uri(bytes);
});
