//! The config of a large site: so many numbers and people, every person with a phone, teams of ten, a few plans.

use std::fmt::Write as _;

use callplan::{Memory, Source};

/// Its texts, and the files that they name.
pub(crate) fn large(numbers: usize, people: usize) -> (Vec<Source>, Memory) {
    let head = "[site]\nname = \"Large\"\ntimezone = \"America/New_York\"\ncountry = \"US\"\ndomain = \"pbx.example\"\n\
                mailbox = \"last\"\nphone_secrets = { file = \"phones\" }\n[mailboxes]\nlast = { max = \"1m\" }\n\
                [trunks.carrier]\nprofile = \"generic-address\"\nhost = \"192.0.2.1\"\n\
                [dial.national]\nto = [\"country:US\", \"type:short\"]\nclass = \"national\"\ntrunks = [\"carrier\"]\n\
                [emergency]\npresent = \"+12025550000\"\n\
                [hours.office]\nmon-fri = [\"08:30-12:30\", \"13:30-18:00\"]\nholidays = [\"2026-12-25\"]\n\
                [lists]\nspam = [\"+12025550199\"]\n[prompts]\nhello = { file = \"hello.wav\" }\n\
                [plans.night]\nsteps = [{ play = \"hello\" }, { voicemail = \"last\" }]\n";
    let (mut who, mut teams, mut calls) = (String::from("[people]\n"), String::new(), String::new());
    for at in 0..people {
        let _ = writeln!(who, "p{at} = {{ ext = {}, name = \"Person {at}\" }}", 100_000 + at);
    }
    who.push_str("[phones]\n");
    (0..people).for_each(|at| who.push_str(&format!("p{at}-desk = {{ person = \"p{at}\" }}\n")));
    for team in 0..people / 10 {
        let members: Vec<_> = (0..10).map(|at| format!("\"p{}\"", team * 10 + at)).collect();
        let order = ["all", "in-order", "round-robin"][team % 3];
        let _ = writeln!(
            teams,
            "[groups.t{team}]\nmembers = [{}]\nring = \"{order}\"\neach = \"15s\"\nbusy = \"voicemail:last\"",
            members.join(", ")
        );
        let _ = writeln!(
            teams,
            "[plans.t{team}]\nsteps = [{{ when = \"caller in list:spam\", reject = \"busy\" }}, \
             {{ unless = \"hours:office\", goto = \"night\" }}, {{ ring = \"group:t{team}\", for = \"40s\" }}, \
             {{ ring = \"person:p{}\", for = \"20s\", else = \"voicemail:last\" }}]",
            team * 10
        );
    }
    calls.push_str("[numbers]\n");
    for at in 0..numbers {
        let leads = match at % 4 {
            0 | 2 => format!("plan = \"t{}\"", at / 2 % (people / 10)),
            1 => format!("person = \"p{}\", forward = \"+12025550160\"", at % people),
            _ => format!("group = \"t{}\", mailbox = \"last\"", at % (people / 10)),
        };
        let _ = writeln!(
            calls,
            "\"+1202555{at:04}\" = {{ label = \"Number {at}\", trunk = \"carrier\", {leads} }}"
        );
    }
    let texts =
        [("site.toml", head.to_owned()), ("people.toml", who), ("teams.toml", teams), ("calls.toml", calls)];
    let files = Memory::default().with("phones", b"").with("hello.wav", &silence());
    (texts.map(|(name, text)| Source::new(name, text)).to_vec(), files)
}

/// The smallest WAV there is.
fn silence() -> Vec<u8> {
    b"RIFF\x26\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\x02\0\0\0\0\0"
        .to_vec()
}
