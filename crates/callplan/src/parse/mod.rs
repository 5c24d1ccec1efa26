//! Reading the texts: TOML to values, values to the model, names to ids.
//!
//! One pass declares every name, a second reads everything else. Nothing stops at the first fault: what
//! can't be read is reported and left out, and the rest is read on. Each table has a file of its own.

mod agents;
mod assumed;
mod calendar;
mod campaign;
mod codes;
mod condition;
mod deck;
mod dial;
mod emergency;
mod far_end;
mod follow;
mod goal;
mod identity;
mod inbound;
mod jump;
pub(crate) mod later;
mod members;
mod merge;
mod money;
mod music;
mod names;
mod nearest;
mod numbers;
mod people;
mod place;
mod preset;
mod proof;
mod queues;
mod reader;
mod remote;
mod rota;
mod rule;
mod said;
mod screen;
mod secrets;
mod session;
mod site;
mod speech;
mod spelling;
mod steps;
mod stir;
mod syntax;
mod table;
mod tls;
mod trunk;
mod value;
mod voice;
mod week;
pub(crate) mod words;

pub(crate) use merge::{LISTS, Sections, TABLES, merge, rest, trees};
pub(crate) use money::Spending;
pub(crate) use names::Names;
pub(crate) use nearest::{nearest, one_of};
pub(crate) use people::Extensions;
pub(crate) use place::{Findings, Place};
pub(crate) use preset::presets;
pub(crate) use proof::Proofs;
pub(crate) use reader::Reader;
pub use remote::fetched_calendar;
pub(crate) use site::{Basics, Target};
pub(crate) use steps::STICKY;
pub(crate) use table::{Entry, Value};
pub(crate) use value::{length, show};
