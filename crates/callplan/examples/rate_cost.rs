//! Prints what it costs to find a price in a deck of a hundred thousand rows, and to read that deck.
//!
//! `cargo run --release -p callplan --example rate_cost`

#![expect(clippy::disallowed_methods, reason = "this measures real time")]

use std::{fmt::Write, hint::black_box, time::Instant};

use callplan::{E164, Memory, Source, load, money::Way};

const ROWS: u64 = 100_000;
const ROUNDS: u64 = 2_000_000;

fn main() {
    for kinds in ["", "mobile"] {
        let mut deck = "prefix,number_type,per_minute\nany,,0.50\n".to_owned();
        for row in 0..ROWS {
            // Prefixes of three to eight digits all over the world, the short ones over the long.
            let prefix = 100 + row * 7919 % 10u64.pow(3 + u32::try_from(row % 6).expect("small"));
            writeln!(deck, "{prefix}{row:02},{kinds},0.{row:05}").expect("a text has room");
        }
        let text = format!(
            "{}\n[money]\ncurrency = \"USD\"\ndeck = \"rates.csv\"\n",
            include_str!("../tests/larch/site.toml")
        );
        let assets = Memory::default().with("welcome.wav", b"").with("closed.wav", b"").with("phones", b"");
        let assets = assets.with("rates.csv", deck.as_bytes());
        let begun = Instant::now();
        let loaded = load(&[Source::new("site.toml", text)], &assets);
        let site = loaded.unwrap_or_else(|findings| panic!("{}", findings[0])).0;
        let read = begun.elapsed();
        let deck = &site.money.as_ref().expect("it has a deck").deck;
        let day = "2026-11-22".parse().expect("a day");
        let numbers: Vec<E164> = (0..1024u64)
            .filter_map(|at| {
                E164::from_digits(&(10_000_000_000 + at * 48_271_000_037 % 89_999_999_999).to_string())
            })
            .collect();
        let begun = Instant::now();
        for round in 0..ROUNDS {
            let number = numbers[usize::try_from(round).expect("small") % numbers.len()];
            black_box(deck.price(Way::Out, black_box(number), day));
        }
        let each = begun.elapsed() / u32::try_from(ROUNDS).expect("small");
        println!("{} rows{}: read in {read:?}, found in {each:?}", deck.rows(Way::Out).len(), of(kinds));
    }
}

fn of(kinds: &str) -> String {
    if kinds.is_empty() { String::new() } else { format!(" that ask for the kind of the number ({kinds})") }
}
