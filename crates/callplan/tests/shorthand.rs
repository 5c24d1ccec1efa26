//! The shorthand of numbers: the brief's precedence, all 32 combinations, with and without a company phone.

use std::fmt::Write;

use callplan::{Memory, Source, describe, load};

const BASE: &str = r#"
[site]
name = "Larch & Co"
timezone = "America/New_York"
country = "US"
domain = "pbx.larch.example"
mailbox = "reception"
phone_secrets = { file = "secrets/phones" }
COMPANY
[trunks.carrier]
profile = "generic-address"
host = "sip.carrier.example"
[people]
rosa = { ext = 101 }
tom = { ext = 102 }
[people_defaults]
present = "+12025550100"
[phones]
rosa-desk = { person = "rosa" }
tom-desk = { person = "tom" }
[groups.sales]
ext = 120
members = ["tom"]
OVERFLOW
[mailboxes]
reception = {}
sales = {}
[menus.main]
greeting = "hello"
keys = { 1 = "group:sales" }
silence = { after = "5s", then = "hangup" }
invalid = { then = "hangup" }
[prompts]
hello = { file = "hello.wav" }
[dial.national]
to = ["country:US", "type:short"]
class = "national"
trunks = ["carrier"]
[numbers]
"+12025550101" = { menu = "main" }
"+12025550100" = { SHORTHAND }
"#;

/// One row of the table: what is set, the steps it comes to, and what is reported as never reached.
fn row(company: &str, overflow: &str, shorthand: &str) -> String {
    let text = BASE.replace("COMPANY", company).replace("OVERFLOW", overflow).replace("SHORTHAND", shorthand);
    let wav =
        b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\x01\0\0\0\x80";
    let files = Memory::default().with("secrets/phones", b"").with("hello.wav", wav);
    let (site, warnings) =
        load(&[Source::new("site.toml", text)], &files).expect("every combination is allowed");
    let mut row = format!("{{ {shorthand} }}\n");
    let plan = site.plan("number:+12025550100").expect("every number has a plan");
    for line in describe(&site, plan).to_string().lines() {
        let (_, step) = line.split_once('#').expect("steps have names");
        writeln!(row, "    {step}").expect("a text takes whatever is written to it");
    }
    for warning in warnings {
        writeln!(row, "    {} {}", warning.code, warning.message)
            .expect("a text takes whatever is written to it");
    }
    row
}

/// Every combination of the five parts, `menu` set slowest.
fn combinations() -> impl Iterator<Item = String> {
    const PARTS: [&str; 5] = [
        "menu = \"main\"",
        "group = \"sales\"",
        "person = \"rosa\"",
        "forward = \"+12025550160\"",
        "mailbox = \"sales\"",
    ];
    (0..32).map(|set| {
        let is_set = |part: &usize| set & (16 >> part) != 0;
        let parts: Vec<_> = (0..5).filter(is_set).map(|part| PARTS[part]).collect();
        parts.join(", ")
    })
}

fn table(company: &str, overflow: &str) -> String {
    combinations().map(|shorthand| row(company, overflow, &shorthand)).collect()
}

#[test]
fn all_32_combinations_keep_the_precedence() {
    insta::assert_snapshot!(table("", ""));
}

#[test]
fn the_company_phone_comes_before_the_mailbox() {
    insta::assert_snapshot!(table("company_phone = \"person:tom\"", ""));
}

/// What the number itself sets wins over the group's own overflow; without it the group decides.
#[test]
fn the_numbers_own_setting_wins_over_the_groups() {
    insta::assert_snapshot!(table("", "else = \"person:tom\"\nbusy = \"hangup\""));
}

/// Nobody is rung twice for being the company phone too.
#[test]
fn the_company_phone_is_not_rung_again() {
    insta::assert_snapshot!(row("company_phone = \"person:rosa\"", "", "person = \"rosa\""), @r#"
    { person = "rosa" }
        1  ring person:rosa, 30s
        2  voicemail rosa
    "#);
}
