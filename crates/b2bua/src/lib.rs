//! The switch: dialogs, legs and calls as one pure state machine (RFC 3261, RFC 7092).
//!
//! [`switch::Switch`] takes one [`switch::Input`] at a time and is drained of every [`switch::Output`].
//! Nothing here touches a socket, a clock, a thread or a file; `now` is an argument, the seed is config.
//!
//! | room | holds |
//! |---|---|
//! | `switch` | inputs, outputs, admission, dispatch |
//! | `call` | a call: its plan, its fork of B legs, its bridge, its end |
//! | `leg` | our user agent towards one party |
//! | `dialog`, `offer_answer`, `sdp` | what a leg is made of |
//! | `registrar`, `auth`, `trunk`, `reach` | who is where, who may, and the way there |
//! | `subscription` | who watches what, and is told how it stands |
//! | `service` | prompts, keys, recordings on one leg |
//! | `shared` | ports and limits |

#![forbid(unsafe_code)]

mod accept;
pub mod auth;
pub mod call;
pub mod cause;
mod core;
pub mod counters;
mod dialled;
pub mod dialog;
mod extension;
pub mod identity;
pub mod leg;
pub mod offer_answer;
pub mod reach;
pub mod registrar;
pub mod sdp;
mod service;
pub mod shared;
mod subscription;
pub mod switch;
pub mod trunk;
