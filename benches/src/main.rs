//! Side-by-side benches.

fn main() {}
