//! Scenes: files that say who plays which part, and what the switch must have recorded.
//!
//! ```text
//! # Goal of the scene.
//! site spoken
//! register ana-desk ben-desk
//! ben-desk plays phone-answers
//! ana-desk plays caller-talks to 112 times 2
//! operator says close --hours desk --until 24:00 stocktake
//! rung ben-desk ben-desk
//! record answered times 2
//! ended hang-up by caller
//! shown 111
//! message reception
//! quiet cho-desk
//! calls none
//! ```
//!
//! Who plays `to` somebody calls the switch, or `by` another party, in the order written; who does not is called, and waits before the first
//! caller begins, and so does who watches, which is a part `of` somebody. `rate` starts so many calls a second, of which SIPp must have reached
//! `reaching`; without it they come one after another. Who `hears` so many packets has that much sound come to its port, and who `presses`
//! keys tells them where the part has room for them. What the operator `says` is a command of ringplan's, given once the callers before
//! are done. `rung` names the
//! phones of all calls in the order in which they were rung, `ended` why and by whom every call was ended, and `shown` who every
//! call is recorded to be from. `site` names pieces that are laid over the site of all. Who is `quiet` was rung by no call, and of `calls none` stands any more.

use std::{fs, path::Path};

/// From so many calls on a part is load: it takes them as they come, and its messages are not kept.
pub(super) const MANY: u32 = 100;

/// One scene.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Scene {
    /// The file's name without its ending.
    pub(super) name: String,
    /// Pieces of a site, folders beside `site/`, the later laid over the earlier.
    pub(super) pieces: Vec<String>,
    /// Phones that are registered while it lasts.
    pub(super) registered: Vec<String>,
    /// Who plays what.
    pub(super) roles: Vec<Role>,
    /// Outcome, and how many calls must have had it.
    pub(super) records: Vec<(String, u32)>,
    /// The phones that were rung, call after call; nothing is asked of them if there is none.
    pub(super) rung: Vec<String>,
    /// Why and by whom every call must have been ended.
    pub(super) ended: Option<(String, String)>,
    /// Who every call must be recorded to be from.
    pub(super) shown: Option<String>,
    /// Mailboxes in which one message must lie.
    pub(super) messages: Vec<String>,
    /// Phones that no call may have rung.
    pub(super) quiet: Vec<String>,
    /// Whether the switch must say in the end that there is no call.
    pub(super) is_over: bool,
}

/// One party's part.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Role {
    /// `ana-desk`, `carrier` and the like.
    pub(super) who: String,
    /// A SIPp scenario of `parts/`.
    pub(super) part: String,
    /// Whom it calls.
    pub(super) to: Option<String>,
    /// Who passes the call on to the switch.
    pub(super) by: Option<String>,
    /// Whom it watches.
    pub(super) of: Option<String>,
    /// How often it is played.
    pub(super) times: u32,
    /// Calls a second.
    pub(super) rate: Option<u32>,
    /// Calls a second that must have been reached.
    pub(super) reaching: Option<u32>,
    /// Packets of sound that must have come.
    pub(super) hears: Option<u32>,
    /// Keys that it tells, one for each place of the part.
    pub(super) presses: String,
    /// What the operator asks of the switch, who plays no part.
    pub(super) says: Vec<String>,
}

impl Scene {
    /// Whether it takes a minute of load.
    pub(super) fn loads(&self) -> bool {
        self.roles.iter().any(|role| role.times >= MANY)
    }
}

impl Role {
    /// A part that is played once.
    pub(super) fn new(who: &str, part: &str) -> Self {
        Self { who: who.to_owned(), part: part.to_owned(), times: 1, ..Self::default() }
    }
}

/// Every scene of the folder, in the order of their names.
pub(super) fn read_all(folder: &Path) -> Result<Vec<Scene>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<_> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "scene"));
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        parse(&name, &text).map_err(|why| format!("{}: {why}", path.display()))
    };
    paths.iter().map(read).collect()
}

pub(super) fn parse(name: &str, text: &str) -> Result<Scene, String> {
    let mut scene = Scene { name: name.to_owned(), ..Scene::default() };
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["site", pieces @ ..] => scene.pieces.extend(pieces.iter().map(|&it| it.to_owned())),
            ["register", phones @ ..] => scene.registered.extend(phones.iter().map(|&it| it.to_owned())),
            ["record", outcome] => scene.records.push(((*outcome).to_owned(), 1)),
            ["record", outcome, "times", times] => {
                scene.records.push(((*outcome).to_owned(), number(times)?));
            }
            ["rung", phones @ ..] => scene.rung.extend(phones.iter().map(|&it| it.to_owned())),
            ["ended", cause, "by", who] => scene.ended = Some(((*cause).to_owned(), (*who).to_owned())),
            ["shown", who] => scene.shown = Some((*who).to_owned()),
            ["quiet", phones @ ..] => scene.quiet.extend(phones.iter().map(|&it| it.to_owned())),
            ["calls", "none"] => scene.is_over = true,
            ["message", mailbox] => scene.messages.push((*mailbox).to_owned()),
            ["operator", "says", first, rest @ ..] => {
                let says = [first].into_iter().chain(rest).map(|&it| it.to_owned());
                scene.roles.push(Role { says: says.collect(), ..Role::new("operator", "") });
            }
            [who, "plays", part, rest @ ..] => scene.roles.push(role(who, part, rest)?),
            [..] => return Err(format!("`{line}` is no line of a scene")),
        }
    }
    Ok(scene)
}

fn role(who: &str, part: &str, mut rest: &[&str]) -> Result<Role, String> {
    let mut role = Role::new(who, part);
    while let [word, value, later @ ..] = rest {
        match *word {
            "to" => role.to = Some((*value).to_owned()),
            "by" => role.by = Some((*value).to_owned()),
            "of" => role.of = Some((*value).to_owned()),
            "times" => role.times = number(value)?,
            "rate" => role.rate = Some(number(value)?),
            "reaching" => role.reaching = Some(number(value)?),
            "hears" => role.hears = Some(number(value)?),
            "presses" => role.presses = (*value).to_owned(),
            _ => {
                let known = "`to`, `by`, `of`, `times`, `rate`, `reaching`, `hears` and `presses`";
                return Err(format!("a part has {known}, not `{word}`"));
            }
        }
        rest = later;
    }
    match rest {
        [] => Ok(role),
        [word, ..] => Err(format!("`{word}` lacks its value")),
    }
}

fn number(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scene_says_who_plays_what_and_what_is_recorded() {
        let text = "# Goal.\nsite spoken\nregister ana-desk\ncarrier plays calls to +1202 times 6 rate 2 reaching 1 hears 9 presses 3#\n\
                    operator says open --auto\nrung ana-desk ana-desk\nrecord answered times 6\nended hang-up by switch\nshown 111\nquiet cho-desk\ncalls none\n";
        let role = Role {
            to: Some("+1202".into()),
            times: 6,
            rate: Some(2),
            reaching: Some(1),
            hears: Some(9),
            presses: "3#".into(),
            ..Role::new("carrier", "calls")
        };
        let operator = Role { says: vec!["open".into(), "--auto".into()], ..Role::new("operator", "") };
        let scene = Scene {
            name: "x".into(),
            pieces: vec!["spoken".into()],
            registered: vec!["ana-desk".into()],
            roles: vec![role, operator],
            records: vec![("answered".into(), 6)],
            rung: vec!["ana-desk".into(); 2],
            ended: Some(("hang-up".into(), "switch".into())),
            shown: Some("111".into()),
            messages: vec![],
            quiet: vec!["cho-desk".into()],
            is_over: true,
        };
        assert_eq!(parse("x", text), Ok(scene));
    }

    #[test]
    fn line_that_means_nothing_is_refused() {
        for bad in [
            "ana-desk sings",
            "operator says",
            "ana-desk plays a to",
            "ana-desk plays a for 3",
            "record answered times x",
        ] {
            assert!(parse("x", bad).is_err(), "{bad}");
        }
    }
}
