//! The simulator's command line: ladders and seeds.

mod equal;
mod flags;
mod planted;
mod simulate;

use std::{env, fs, path::PathBuf, process::ExitCode};

use nix::sys::signal::{SigHandler, Signal, signal};
use sim::ladders::Golden;

use self::flags::Flags;

const HELP: &str = "\
sim ladders [--bless] [NAME...]          play the golden ladders; --bless writes what came of them
sim simulate --seeds N [--from S]        play N runs that numbers choose, from S on
sim simulate --seeds N --loss PERCENT    the same on a network that loses so much each way, and has no other fault
sim simulate --seed S --ladder           play one of them and draw it; with the name of a fault, one that has it
sim simulate --planted                   plant faults, one at a time, and see that each is found
sim simulate --equivalence N             compare N calls with what explain says of them, and see that
                                         planted changes of plans are caught; --seed S plays one again";

fn main() -> ExitCode {
    end_with_the_reader();
    let mut args = env::args().skip(1);
    match args.next().as_deref() {
        Some("ladders") => ladders(args.collect()),
        Some("simulate") => match Flags::read(&args.collect::<Vec<_>>()) {
            Ok(flags) => simulate::run(&flags),
            Err(why) => {
                println!("{why}\n\n{HELP}");
                ExitCode::from(2)
            }
        },
        _ => {
            println!("{HELP}");
            ExitCode::from(2)
        }
    }
}

/// Lets `sim ladders | head` end as other commands do, silently.
fn end_with_the_reader() {
    // SAFETY: the default action runs no code of ours.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
}

fn ladders(args: Vec<String>) -> ExitCode {
    let bless = args.iter().any(|arg| arg == "--bless");
    let wanted: Vec<&String> = args.iter().filter(|arg| !arg.starts_with("--")).collect();
    let mut failed = 0;
    for path in files() {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !wanted.is_empty() && !wanted.contains(&&name) {
            continue;
        }
        let file = fs::read_to_string(&path).unwrap_or_default();
        let golden = Golden::of(&file);
        match golden.play() {
            Ok(ladder) if golden.expects(&ladder) && Golden::is_sound(&ladder) => println!("ok      {name}"),
            Ok(ladder) if bless && Golden::is_sound(&ladder) => {
                println!("blessed {name}");
                if let Err(error) = fs::write(&path, golden.with(&ladder)) {
                    println!("{error}");
                    failed += 1;
                }
            }
            Ok(ladder) => {
                println!("FAILED  {name}\n{ladder}");
                failed += 1;
            }
            Err(why) => {
                println!("FAILED  {name}: {why}");
                failed += 1;
            }
        }
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The files of `scenarios/ladders`, in order.
pub(crate) fn files() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/ladders");
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    files
}
