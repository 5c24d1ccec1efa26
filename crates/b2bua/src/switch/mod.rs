//! The room where inputs come in and outputs go out.

mod input;
mod output;

pub use input::{Control, FlowEvent, Input, OpenId};
pub use output::Output;
