//! `ringplan completions`: for the shell.

use std::io;

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, Exit};

/// Print completions for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  ringplan completions bash > /etc/bash_completion.d/ringplan")]
pub(crate) struct Completions {
    /// Which shell.
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self) -> Exit {
        clap_complete::generate(self.shell, &mut Cli::command(), "ringplan", &mut io::stdout());
        Exit::Done
    }
}
