//! Transactions as a transaction user and a peer see them, in virtual time.

#![allow(missing_docs, clippy::unwrap_used)]

mod matching;
mod property;
mod stand;
mod timers;
