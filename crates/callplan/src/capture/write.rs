//! A question and what came of it, as a `[[tests]]` block.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use clock::Wall;

use crate::{
    Attest, Fact, Site,
    explain::{Explanation, Given, Press, Question, dialled_by, moment, written_from},
    parse::show,
    proof::ended,
    step::{Target, Word},
};

/// The block, with a line break at its end.
pub(super) fn written(site: &Site, name: &str, question: &Question, course: &Explanation) -> String {
    let mut text = format!("[[tests]]\nname = {}\n", quoted(name));
    let (from, to) = (written_from(site, question.caller), dialled_by(site, question.caller, question.entry));
    let at = moment(site, question.at);
    let _ =
        writeln!(text, "call = {{ from = {}, to = {}, at = {} }}", quoted(&from), quoted(&to), quoted(&at));
    assumed(&mut text, site, question);
    expected(&mut text, site, course);
    text
}

fn assumed(text: &mut String, site: &Site, question: &Question) {
    list(text, "press", question.press.iter().map(|press| pressed(*press)));
    let mut given: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Given { party, behaviour, since } in &question.given {
        let from = if since.is_zero() { String::new() } else { format!(" from {}", show(*since)) };
        given.entry(party.words(site)).or_default().push(format!("{}{from}", behaviour.words()));
    }
    for (party, after, to) in &question.sends {
        let to = dialled_by(site, question.caller, *to);
        given.entry(party.words(site)).or_default().push(format!("sends on to {to} after {}", show(*after)));
    }
    table(text, "given", given.into_iter().map(|(party, does)| (party, one_or_list(&does))));
    let named = |person: crate::PersonId| site[person].name.to_string();
    let states = question.states.iter().map(|(person, state)| (named(*person), quoted(&state.to_string())));
    table(text, "state", states);
    let held = question.held.iter().map(|(hours, is_open)| {
        (site[*hours].name.to_string(), quoted(if *is_open { "open" } else { "closed" }))
    });
    table(text, "held", held);
    let mut facts: Vec<_> = question.told.iter().map(|telling| fact(&telling.words(site))).collect();
    if question.attest != Attest::None {
        facts.push((Fact::CallerAttest.name().to_owned(), quoted(&question.attest.to_string())));
    }
    table(text, "facts", facts.into_iter());
    let turn = question.pointers.iter().filter_map(|(group, at)| {
        let members = &site[*group].members;
        let turn = members.get(usize::try_from(*at).ok()? % members.len().max(1))?;
        Some((site[*group].name.to_string(), quoted(&site[*turn].name)))
    });
    table(text, "turn", turn);
    let calls = question.calls.iter().map(|(person, calls)| (named(*person), calls.to_string()));
    table(text, "calls", calls);
    let did = question.tallies.iter().map(|(person, tally)| {
        let idle = tally.ended.map(|ended| format!("idle {}", show(since(ended, question.at))));
        let calls = (tally.calls > 0).then(|| format!("answered {}", tally.calls));
        let talk = (!tally.talk.is_zero()).then(|| format!("talked {}", show(tally.talk)));
        let all: Vec<_> = idle.into_iter().chain(calls).chain(talk).collect();
        (named(*person), items(all.iter().map(String::as_str)))
    });
    table(text, "did", did);
    list(text, "listed", question.listed.iter().map(|(list, _)| site[*list].name.to_string()));
    list(text, "blocked_by", question.blocked.iter().map(|(person, _)| named(*person)));
    let line = question.line.iter().map(|(at, word): &(Duration, Word)| word.written(*at, named));
    list(text, "line", line);
    let _ = writeln!(text, "chance = \"{}\"", question.chance);
    let _ = writeln!(text, "speaks = \"{}\"", show(question.speaks));
    if let Some(leaves) = question.leaves {
        let _ = writeln!(text, "leaves = \"{}\"", show(leaves));
    }
}

fn expected(text: &mut String, site: &Site, course: &Explanation) {
    let taken = course.visited.iter().filter(|visit| visit.taken);
    list(text, "passes", taken.map(|visit| site.node_name(visit.node)));
    let rung = course.rung.iter().map(|rung| match rung.who {
        Target::Phone(phone) => site[phone].name.to_string(),
        Target::Number { to, .. } => to.to_string(),
        Target::Agent(agent) => format!("agent:{}", site[agent].name),
    });
    let _ = writeln!(text, "rings = {}", items(rung.collect::<Vec<_>>().iter().map(String::as_str)));
    let ends = ended(site, course);
    // Of these two a test has no words.
    if ends != "failed" && ends != "nowhere" {
        let _ = writeln!(text, "ends = {}", quoted(&ends));
    }
}

fn pressed(press: Press) -> String {
    match press {
        Press::Asked(key) => key.to_string(),
        Press::Nothing => "-".to_owned(),
        Press::At(at, key) => format!("{key} at {}", show(at)),
    }
}

/// `contact.known=yes` as a key and its value.
fn fact(words: &str) -> (String, String) {
    let (name, value) = words.split_once('=').unwrap_or((words, ""));
    let value = match (name, value) {
        ("contact.known", "yes") => "true".to_owned(),
        ("contact.known", _) => "false".to_owned(),
        (_, value) => quoted(value),
    };
    (name.to_owned(), value)
}

fn since(ended: Wall, at: Wall) -> Duration {
    let micros = at.unix_micros().saturating_sub(ended.unix_micros());
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

fn table(text: &mut String, key: &str, entries: impl Iterator<Item = (String, String)>) {
    let entries: Vec<_> =
        entries.map(|(name, value)| format!("{} = {value}", bare_or_quoted(&name))).collect();
    if !entries.is_empty() {
        let _ = writeln!(text, "{key} = {{ {} }}", entries.join(", "));
    }
}

fn list(text: &mut String, key: &str, all: impl Iterator<Item = String>) {
    let all: Vec<_> = all.collect();
    if !all.is_empty() {
        let _ = writeln!(text, "{key} = {}", items(all.iter().map(String::as_str)));
    }
}

fn one_or_list(all: &[String]) -> String {
    if let [one] = all { quoted(one) } else { items(all.iter().map(String::as_str)) }
}

fn items<'t>(all: impl Iterator<Item = &'t str>) -> String {
    let all: Vec<_> = all.map(quoted).collect();
    format!("[{}]", all.join(", "))
}

fn bare_or_quoted(key: &str) -> String {
    let is_bare =
        !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if is_bare { key.to_owned() } else { quoted(key) }
}

/// A TOML text.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            letter if letter.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted + "\""
}
