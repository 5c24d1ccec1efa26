//! The ringplan phone switch: one binary that is daemon, command line and demo.
//!
//! This crate is the only one that meets the world: sockets, clocks, threads, files, the terminal. It
//! knows every other crate, and none knows it. What it decides itself is little: which thread does what
//! (`daemon`), how bytes come and go (`net`, `signalling`), where files lie (`config`) and what is printed
//! (`cli`).

mod apply;
mod calendars;
mod cli;
mod config;
mod contacts;
mod control;
mod daemon;
mod demo;
mod entropy;
mod heap;
mod lock;
mod log;
mod net;
mod plain;
mod queue;
mod signalling;
mod sounds;
mod time;
mod ua;
mod vouch;
mod watch;

fn main() -> std::process::ExitCode {
    heap::settle();
    cli::run()
}
