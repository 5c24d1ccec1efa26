//! `ringplan prompts`: what callers hear, where it comes from, and who recorded it.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use b2bua::shared::recorded::{Recorded, read};
use callplan::{Prompt, PromptFile, PromptId, Site, explain::lasts, heard};
use serde_json::{Value, json};
use store::sqlite::{Reader, StoreError};

use super::{Exit, complain, completions::named, table};
use crate::{
    config::{Loaded, Place, Readers, Tree, replace},
    control::{client, shape},
};

/// Programs that play a WAV they are given, and what stands before its name.
const PLAYERS: [&[&str]; 5] =
    [&["paplay"], &["pw-play"], &["aplay", "-q"], &["play", "-q"], &["ffplay", "-nodisp", "-autoexit"]];

/// Show every prompt: where it comes from, how long it lasts, who uses it, and who recorded it.
///
/// A prompt with `recorded = "1"` in the config is recorded by phone: whoever has `allow_prompts = true` dials *771,
/// speaks after the tone and ends with pound; 1 keeps it, 2 records again. The next caller hears it, without a reload.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  ringplan prompts\n  ringplan prompts play welcome\n  \
                  ringplan prompts export welcome welcome.wav\n  ringplan prompts clear welcome"
)]
pub(crate) struct Prompts {
    #[command(subcommand)]
    deed: Option<Deed>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What is done with one of them.
#[derive(Debug, clap::Subcommand)]
enum Deed {
    /// Play a prompt on this machine, as callers hear it.
    #[command(after_help = "Example:\n  ringplan prompts play welcome")]
    Play {
        /// The prompt, by its name in the config.
        #[arg(add = named(&["prompts"]))]
        name: String,
    },
    /// Write a prompt to a file, as callers hear it: a WAV.
    #[command(after_help = "Example:\n  ringplan prompts export welcome welcome.wav")]
    Export {
        /// The prompt, by its name in the config.
        #[arg(add = named(&["prompts"]))]
        name: String,
        /// The file.
        file: PathBuf,
    },
    /// Let callers hear again what the config has. The file that was recorded is deleted when another is recorded, or by
    /// the next start: somebody may be hearing it.
    #[command(after_help = "Example:\n  ringplan prompts clear welcome")]
    Clear {
        /// The prompt, by its name in the config.
        #[arg(add = named(&["prompts"]))]
        name: String,
    },
}

impl Prompts {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let site = match Tree::of(place).map(|tree| tree.load()) {
            Ok(Ok(Loaded { site, .. })) => site,
            Ok(Err(refused)) => return complain(Exit::Broken, refused),
            Err(error) => return complain(Exit::Broken, error),
        };
        let recorded = match all_recorded(place) {
            Ok(recorded) => recorded,
            Err(error) => return complain(Exit::Failed, error),
        };
        let all = Heard { site: &site, recorded, place };
        match &self.deed {
            None => all.show(self.json),
            Some(Deed::Play { name }) => all.play(name),
            Some(Deed::Export { name, file }) => all.export(name, file),
            Some(Deed::Clear { name }) => all.clear(name),
        }
    }
}

/// Prompts of the config, and what was recorded in place of some.
struct Heard<'a> {
    site: &'a Site,
    recorded: Vec<(Arc<str>, Recorded)>,
    place: &'a Place,
}

impl Heard<'_> {
    fn show(&self, json: bool) -> Exit {
        let columns = [
            ("PROMPT", "name"),
            ("FROM", "from"),
            ("SECONDS", "seconds"),
            ("NUMBER", "number"),
            ("RECORDED", "at"),
            ("BY", "by"),
            ("USED BY", "used_by"),
        ];
        let ids = (0..self.site.prompts.len()).map(PromptId::from);
        let body: Value = ids.map(|id| self.shape(id)).collect();
        table::show(&body, json, &columns, "there are no prompts: write them under [prompts]");
        Exit::Done
    }

    fn shape(&self, id: PromptId) -> Value {
        let prompt = &self.site[id];
        let recorded = self.recorded(prompt);
        let lasts = match recorded {
            Some(recorded) => Some(Duration::from_millis(recorded.lasted_ms.into())),
            None => lasts(self.site, Prompt::File(id)),
        };
        json!({
            "name": prompt.shown(),
            "from": match (recorded, &prompt.says) {
                (Some(_), _) => "recorded",
                (None, Some(_)) => "said",
                (None, None) => &prompt.file,
            },
            "seconds": lasts.map(|lasts| format!("{:.1}", lasts.as_secs_f64())),
            "number": prompt.recorded.as_deref(),
            "at": recorded.map(|recorded| shape::time(recorded.at)),
            "by": recorded.map(|recorded| &*recorded.by),
            "used_by": heard::users(self.site, id),
        })
    }

    /// How a prompt was recorded, where the config still has it recorded.
    fn recorded(&self, prompt: &PromptFile) -> Option<&Recorded> {
        let own = self.recorded.iter().find(|(name, _)| *name == prompt.name).map(|(_, own)| own);
        own.filter(|_| prompt.recorded.is_some())
    }

    /// The sound of a prompt of this name.
    fn sound(&self, name: &str) -> Result<Arc<[u8]>, String> {
        let prompt = self.find(name)?;
        let Some(recorded) = self.recorded(prompt) else {
            return prompt
                .bytes
                .clone()
                .ok_or_else(|| format!("prompt {name} can't be played: `ringplan check` says why"));
        };
        let path = self.place.recorded().join(&*recorded.file);
        let read = std::fs::read(&path);
        read.map(Into::into).map_err(|error| format!("{} can't be read: {error}", path.display()))
    }

    fn find(&self, name: &str) -> Result<&PromptFile, String> {
        let found = self.site.prompts.iter().find(|prompt| *prompt.name == *name);
        found.ok_or_else(|| format!("there is no prompt {name}; `ringplan prompts` lists them"))
    }

    fn export(&self, name: &str, file: &Path) -> Exit {
        let written = self.sound(name).and_then(|bytes| {
            let written = replace(file, &bytes, Readers::Folder);
            written.map_err(|error| format!("{} can't be written: {error}", file.display()))
        });
        written.map_or_else(|why| complain(Exit::Failed, why), |()| Exit::Done)
    }

    fn play(&self, name: &str) -> Exit {
        let played = self.sound(name).and_then(|bytes| play(&bytes));
        played.map_or_else(|why| complain(Exit::Failed, why), |()| Exit::Done)
    }

    fn clear(&self, name: &str) -> Exit {
        match self.find(name).map(|prompt| self.recorded(prompt)) {
            Ok(Some(_)) => {}
            Ok(None) => {
                return complain(
                    Exit::Failed,
                    format!("prompt {name} is not recorded: there is nothing to clear"),
                );
            }
            Err(why) => return complain(Exit::Failed, why),
        }
        match client::post(&self.place.control(), &format!("/v1/prompts/{name}/clear")) {
            Ok(_) => Exit::Done,
            Err(error) => complain(Exit::Failed, error),
        }
    }
}

/// What the database has of prompts; none where no switch has run.
fn all_recorded(place: &Place) -> Result<Vec<(Arc<str>, Recorded)>, StoreError> {
    let path = place.database();
    if !path.exists() {
        return Ok(Vec::new());
    }
    let values = Reader::open(&path)?.values()?;
    let read = values.iter().filter_map(|(name, value)| read(name, value));
    Ok(read.map(|(name, recorded)| (name.into(), recorded)).collect())
}

/// Plays a WAV by whatever plays one here.
fn play(bytes: &[u8]) -> Result<(), String> {
    let file = tempfile(bytes).map_err(|error| format!("it can't be laid down to be played: {error}"))?;
    for player in PLAYERS {
        let (program, options) = player.split_first().expect("each has a name");
        let ran = Command::new(program).args(options).arg(&file).stdin(Stdio::null()).status();
        match ran {
            Ok(status) if status.success() => return remove(&file),
            Ok(status) => {
                let _ = remove(&file);
                return Err(format!(
                    "{program} could not play it ({status}): `ringplan prompts export` writes it to a file"
                ));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                let _ = remove(&file);
                return Err(format!("{program} can't be run: {error}"));
            }
        }
    }
    let _ = remove(&file);
    let names = PLAYERS.map(|player| player[0]).join(", ");
    Err(format!("nothing here plays sound ({names}): `ringplan prompts export` writes it to a file"))
}

/// A file of nobody else's with these bytes.
fn tempfile(bytes: &[u8]) -> io::Result<PathBuf> {
    let path = std::env::temp_dir().join(format!("ringplan-{}.wav", std::process::id()));
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path)?;
    file.write_all(bytes)?;
    Ok(path)
}

fn remove(path: &Path) -> Result<(), String> {
    std::fs::remove_file(path).map_err(|error| format!("{} stays: {error}", path.display()))
}
