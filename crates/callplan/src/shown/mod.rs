//! What a plan is, shown to whoever runs it: by name, by origin, step by step, drawn, told.
//!
//! Everything here reads the compiled graph, so what is shown is what runs. It knows words and pages; it must never
//! decide anything of a call.

mod default;
mod exits;
mod find;
mod origin;
mod prose;
mod reach;
mod svg;
mod tree;

pub use default::{Precedence, default};
pub use exits::{Exit, On};
pub use find::NoSuchPlan;
pub use origin::Origin;
pub use prose::prose;
pub use svg::{TooLarge, svg};
pub use tree::{Fragment, Paint, tree};
