//! Prints what the tests of the sites that ship make of mutants of their plans, by the kind of mistake.
//!
//! `cargo run -p callplan --example mutants`
#![expect(clippy::disallowed_methods, reason = "it measures how long the core takes")]

#[path = "../tests/mutated/mod.rs"]
mod mutated;
#[path = "../tests/shipped/mod.rs"]
mod shipped;

use std::{collections::BTreeMap, time::Instant};

use callplan::{Source, load};
use mutated::{Fate, KINDS, mutants};
use shipped::{Etc, read, starter};

const FATES: [(Fate, &str); 4] =
    [(Fate::Killed, "killed"), (Fate::Alive, "alive"), (Fate::Equal, "equal"), (Fate::Refused, "refused")];

fn main() {
    judge("the starter site", &starter());
    judge("the company of twenty", &[read("samples/company.toml.sample")]);
}

fn judge(name: &str, sources: &[Source]) {
    let began = Instant::now();
    let (original, _) = load(sources, &Etc).unwrap_or_else(|findings| panic!("{}", findings[0]));
    let mut table: BTreeMap<(&str, Fate), usize> = BTreeMap::new();
    let mut alive = Vec::new();
    for mutant in mutants(sources) {
        let fate = mutant.fate(&original, &Etc);
        *table.entry((mutant.kind, fate)).or_default() += 1;
        if fate == Fate::Alive {
            alive.push(mutant.what);
        }
    }
    println!("{name}: {} tests, {} rules", original.tests.len(), original.always.len());
    println!("  {:8}{}", "", FATES.map(|(_, word)| format!("{word:>9}")).concat());
    for kind in KINDS {
        let row = FATES.map(|(fate, _)| format!("{:>9}", table.get(&(kind, fate)).unwrap_or(&0)));
        println!("  {kind:8}{}", row.concat());
    }
    let sum =
        |fate: Fate| table.iter().filter(|((_, of), _)| *of == fate).map(|(_, count)| count).sum::<usize>();
    println!("  {:8}{}", "all", FATES.map(|(fate, _)| format!("{:>9}", sum(fate))).concat());
    let (killed, lived) = (sum(Fate::Killed), sum(Fate::Alive));
    println!(
        "  {:.1} % of those that calls can tell, in {:.1?}",
        percent(killed, killed + lived),
        began.elapsed()
    );
    alive.iter().for_each(|what| println!("  alive: {what}"));
    println!();
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * f64::from(u32::try_from(part).expect("few")) / f64::from(u32::try_from(whole).expect("few"))
}
