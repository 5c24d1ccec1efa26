//! Prints what it costs to read and check a large config: what `ringplan check` does, and what an apply does before
//! it swaps.
//!
//! `cargo run --release -p callplan --example load_cost`
#![expect(clippy::disallowed_methods, reason = "it measures how long the core takes")]

mod large;

use std::time::Instant;

use callplan::{load, proof::failures, ways::Horizon};
use clock::Wall;
use large::large;

fn main() {
    for (numbers, people) in [(500, 2_000), (10_000, 2_000)] {
        let (sources, files) = large(numbers, people);
        let bytes: usize = sources.iter().map(|source| source.text.len()).sum();
        let began = Instant::now();
        let (site, warnings) = load(&sources, &files).unwrap_or_else(|findings| panic!("{}", findings[0]));
        let loaded = began.elapsed();
        let found = failures(&site, Horizon::after(Wall::from_unix_micros(1_773_000_000_000_000)));
        println!(
            "{} numbers, {} people, {} nodes of plans, {} KB of text: read and checked in {loaded:.1?}, its tests and \
             rules in {:.1?}; {} findings",
            site.numbers.len(),
            site.people.len(),
            site.nodes.len(),
            bytes / 1000,
            began.elapsed().saturating_sub(loaded),
            warnings.len() + found.len()
        );
        let began = Instant::now();
        drop(site);
        println!("  given back in {:.1?}", began.elapsed());
    }
}
