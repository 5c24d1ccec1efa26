//! The tasks of a developer: test, bench, ladders.

fn main() {}
