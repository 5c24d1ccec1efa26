//! The call plan: read, checked, compiled, stepped and explained.

/// A checked and compiled site: immutable, swapped whole.
#[derive(Debug)]
pub struct Site {}
