//! The switch: dialogs, legs and calls as one pure state machine.

pub mod auth;
pub mod reach;
pub mod registrar;
pub mod switch;
pub mod trunk;
