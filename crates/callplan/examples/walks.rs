//! Walks a million random calls, event by event, through random sites and the starter site: none ends where neither
//! the operator wrote so nor `plan show` prints it.
//!
//! `cargo run --release -p callplan --example walks`
#![expect(clippy::disallowed_methods, reason = "it measures how long the core takes")]

#[path = "../tests/random/mod.rs"]
mod random;
#[path = "../tests/shipped/mod.rs"]
mod shipped;
#[path = "../tests/walker/mod.rs"]
mod walker;

use std::time::Instant;

use callplan::{Source, load};
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::TestRunner,
};
use random::{loaded, text};
use shipped::{Etc, starter};
use walker::{Ends, Walker};

const WALKS: usize = 1_000_000;
/// Walks of one site.
const EACH: usize = 500;

fn main() {
    let began = Instant::now();
    let starter = starter();
    let site = load(&starter, &Etc).unwrap_or_else(|findings| panic!("{}", findings[0])).0;
    let mut all = Walker::new(site, &starter, 1).walk(WALKS / 10);
    let (mut sites, mut refused) = (1, 0);
    let mut runner = TestRunner::deterministic();
    while all.walks() < WALKS {
        let text = text().new_tree(&mut runner).expect("a text").current();
        let Some(site) = loaded(&text) else {
            refused += 1;
            continue;
        };
        let Ends { written, printed, left, events } =
            Walker::new(site, &[Source::new("random.toml", text)], 2).walk(EACH);
        all = Ends {
            written: all.written + written,
            printed: all.printed + printed,
            left: all.left + left,
            events: all.events + events,
        };
        sites += 1;
    }
    println!(
        "{} walks of {} events through {sites} sites ({refused} more refused) in {:.1?}: {} ended at words of the config, \
         {} at what `plan show` prints, {} as the caller hung up; none elsewhere",
        all.walks(),
        all.events,
        began.elapsed(),
        all.written,
        all.printed,
        all.left
    );
}
