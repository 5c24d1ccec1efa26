//! What the tasks of a developer and the benches share: running programs, a daemon on addresses of its own,
//! packages that are installed when they are missing.
//!
//! It knows cargo, Debian's packages and processes; of the project only the command line of what was built.

#![expect(clippy::disallowed_methods, reason = "a task waits for processes and times them")]

pub mod daemon;
pub mod net;
pub mod packages;
pub mod peer;
pub mod shell;
