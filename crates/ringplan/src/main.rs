//! The ringplan phone switch.

fn main() {}
