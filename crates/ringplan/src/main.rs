//! The ringplan phone switch: one binary that is daemon, command line and demo.
//!
//! This crate is the only one that meets the world: sockets, clocks, threads, files, the terminal. It
//! knows every other crate, and none knows it. What it decides itself is little: how bytes come and go
//! (`net`), where files lie (`config`) and what is printed (`cli`).

mod cli;
mod config;
mod control;
mod entropy;
mod net;
mod time;

fn main() -> std::process::ExitCode {
    cli::run()
}
