//! A site around the few lines that a row is about, and what a call to it comes to, in one line.

use std::time::Duration;

use callplan::{
    Assets, Finding, Memory, Saying, Site, Source, Spoken, Unread,
    explain::{Explanation, Press, Question, Seen, explain, read_time},
    load,
    proof::ended,
    step::Target,
};

/// Five people with a desk phone each, a carrier, two prompts of two seconds, and mailboxes.
const BASE: &str = r#"
[site]
name = "Larch & Co"
timezone = "America/New_York"
country = "US"
domain = "pbx.larch.example"
mailbox = "last"
phone_secrets = { file = "phones" }
[people]
rosa = { ext = 101, allow = ["internal", "national"] }
tom = { ext = 102 }
ana = { ext = 111 }
ben = { ext = 112 }
cho = { ext = 113 }
[people_defaults]
present = "+12025550100"
[phones]
rosa-desk = { person = "rosa" }
tom-desk = { person = "tom" }
ana-desk = { person = "ana" }
ben-desk = { person = "ben" }
cho-desk = { person = "cho" }
[trunks.carrier]
profile = "generic-address"
host = "sip.carrier.example"
[dial.national]
to = ["country:US", "type:short"]
class = "national"
trunks = ["carrier"]
[prompts]
hello = { file = "hello.wav" }
closed = { file = "closed.wav" }
[mailboxes]
last = {}
sales = {}
[numbers]
"+12025550100" = { label = "Main", person = "rosa" }
"#;

/// A loaded site, and what was said of it.
pub(crate) struct Desk {
    pub(crate) site: Site,
    pub(crate) warnings: Vec<Finding>,
}

/// The site with these lines.
pub(crate) fn desk(more: &str) -> Desk {
    desk_at(BASE, more)
}

/// The same in place of `last` as the site's mailbox, and with more of what `[site]` has.
pub(crate) fn desk_of(site: &str, more: &str) -> Desk {
    desk_at(&BASE.replace("mailbox = \"last\"\n", site), more)
}

fn desk_at(base: &str, more: &str) -> Desk {
    let files = Memory::default()
        .with("phones", b"")
        .with("hello.wav", &wav())
        .with("closed.wav", &wav())
        .with(
            "types.csv",
            b"prefix,direction,number_type,per_minute\n1,inbound,,0.002\n1,inbound,toll-free,0.05\n",
        )
        .with("rates.csv", b"prefix,direction,per_minute\n1,,0.01\n1,inbound,0.002\n");
    let sources = [Source::new("base.toml", base), Source::new("row.toml", more)];
    let (site, warnings) =
        load(&sources, &Speaking(files)).unwrap_or_else(|findings| panic!("{}", findings[0]));
    Desk { site, warnings }
}

/// Files beside whoever says every text, in two seconds.
struct Speaking(Memory);

impl Assets for Speaking {
    fn read(&self, path: &str) -> Result<std::sync::Arc<[u8]>, Unread> {
        self.0.read(path)
    }

    fn spoken(&self, _: Saying<'_>) -> Result<Spoken, Unread> {
        Ok(Spoken { wave: wav().into(), mute: None })
    }
}

/// Two seconds of silence, 8 kHz, 16 bits.
fn wav() -> Vec<u8> {
    let mut wav =
        b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data".to_vec();
    wav.extend_from_slice(&32_000_u32.to_le_bytes());
    wav.resize(wav.len() + 32_000, 0);
    wav
}

impl Desk {
    /// What a call comes to: whom it rings from which second to which, what is heard, and how it ends. `given` says
    /// otherwise than a stranger on a Friday morning: `from withheld`, `at 2026-12-25 10:00`, `press 1 -`, `turn 1`,
    /// `known yes`, `fact contact.owner=tom`, or whatever `explain --if` takes.
    pub(crate) fn goes(&self, to: &str, given: &[&str]) -> String {
        let course = self.course(to, given);
        let site = &self.site;
        let seconds = |at: Duration| at.as_secs();
        let mut events: Vec<(Duration, String)> = Vec::new();
        for seen in &course.timeline {
            if let Seen::Played(prompt) = seen.what {
                let heard = match prompt {
                    callplan::Prompt::File(file) => format!("hears {}", site[file].name),
                    callplan::Prompt::Shipped(_) | callplan::Prompt::Hours(_) => continue,
                };
                events.push((seen.at, heard));
            }
            if let Seen::Ringback(ringback) = seen.what {
                events.push((seen.at, ringback.word(site)));
            }
            if let Seen::Said(sentence) = seen.what {
                events.push((seen.at, format!("hears \"{}\"", sentence.text(site))));
            }
        }
        for rung in &course.rung {
            let who = match rung.who {
                Target::Phone(phone) => {
                    site[phone].person.map_or(&*site[phone].name, |person| &*site[person].name).to_owned()
                }
                Target::Number { to, .. } => to.to_string(),
                Target::Agent(agent) => site[agent].name.to_string(),
            };
            events.push((rung.from, format!("{who} {}-{}", seconds(rung.from), seconds(rung.until))));
        }
        events.sort_by_key(|(at, _)| *at);
        let events = events.into_iter().map(|(_, event)| event).chain([ended(site, &course)]);
        events.collect::<Vec<_>>().join(", ")
    }

    /// The same as `explain` tells it.
    pub(crate) fn course(&self, to: &str, given: &[&str]) -> Explanation {
        let site = &self.site;
        let said = |word: &str| given.iter().find_map(|it| it.strip_prefix(word)?.strip_prefix(' '));
        let at = read_time(&site.timezone, said("at").unwrap_or("Fri 2026-03-13 10:00")).expect("a time");
        let mut question =
            Question::read(site, said("from").unwrap_or("+12025550142"), to, at).expect("a question");
        for word in given.iter().filter(|it| it.contains('=') && !it.starts_with("fact ")) {
            question.assume(site, word).expect("an assumption");
        }
        let pressed = said("press").unwrap_or_default();
        question.press =
            pressed
                .split_whitespace()
                .map(|key| {
                    if key == "-" { Press::Nothing } else { Press::Asked(key.chars().next().expect("a key")) }
                })
                .collect();
        if let Some(turn) = said("turn") {
            let turn = turn.parse().expect("a place");
            question.pointers = (0..site.groups.len()).map(|group| (group.into(), turn)).collect();
        }
        if let Some(answer) = said("known") {
            question.tell(site, &format!("contact.known={answer}")).expect("a fact");
        }
        for fact in given.iter().filter_map(|it| it.strip_prefix("fact ")) {
            question.tell(site, fact).expect("a fact");
        }
        explain(site, &question)
    }

    /// The codes of what was said of it.
    pub(crate) fn said(&self) -> Vec<&'static str> {
        self.warnings.iter().map(|finding| finding.code.id()).collect()
    }
}
