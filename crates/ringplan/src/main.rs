//! The ringplan phone switch: one binary that is daemon, command line and demo.
//!
//! This crate is the only one that meets the world: sockets, clocks, threads, files, the terminal. It
//! knows every other crate, and none knows it. What it decides itself is little: which thread does what
//! (`daemon`), how bytes come and go (`net`, `signalling`), where files lie (`config`) and what is printed
//! (`cli`).

mod apply;
mod cli;
mod config;
mod control;
mod daemon;
mod demo;
mod entropy;
mod lock;
mod log;
mod net;
mod plain;
mod queue;
mod signalling;
mod time;
mod ua;
mod vouch;

fn main() -> std::process::ExitCode {
    share_heap();
    cli::run()
}

/// Has all threads allocate from one heap. By itself glibc makes one for each, and lets all but the first
/// grow by a page at a time, with a system call for each: on the signalling thread, one a message. It also
/// is to keep no list of small chunks that every larger request has to clear away first.
#[cfg(target_env = "gnu")]
fn share_heap() {
    use nix::libc::{M_ARENA_MAX, M_MXFAST, M_TOP_PAD, mallopt};

    for (setting, value) in [(M_ARENA_MAX, 1), (M_MXFAST, 0), (M_TOP_PAD, 1 << 20)] {
        // SAFETY: it sets a number of the allocator, and no other thread runs yet.
        unsafe { mallopt(setting, value) };
    }
}

/// Other C libraries have other heaps.
#[cfg(not(target_env = "gnu"))]
fn share_heap() {}
