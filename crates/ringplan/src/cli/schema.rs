//! `ringplan schema`: the shape of a config, for editors.

use super::Exit;

/// Print a JSON Schema of the config, by which editors complete keys and mark mistakes.
///
/// A file of the config that begins with `#:schema schema.json` names it to the language servers that read TOML: taplo,
/// and Even Better TOML in Visual Studio Code.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  ringplan schema > /etc/ringplan/schema.json")]
pub(crate) struct Schema {}

impl Schema {
    pub(super) fn run(&self) -> Exit {
        print!("{}", callplan::schema());
        Exit::Done
    }
}
