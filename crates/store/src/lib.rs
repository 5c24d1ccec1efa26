//! State that outlives the process, behind requests and replies.

pub mod request;

pub use request::*;
