//! What is written is what the site holds: every key once, with a value that is not its default.

use std::time::Duration;

use callplan::{
    Act, Atom, CalledFrom, Condition, E164, FailOver, Finding, Format, Guard, MediaMode, Memory, Order,
    Owner, Pattern, Prompt, Public, Redirects, Refresher, Refusal, Reliable, Session, SessionTimer, Shipped,
    Site, Source, Span, Transfers, Transport, Who, describe, effective, load,
};

const SITE: &str = r#"
[site]
name = "Larch & Co"
timezone = "america/new_york"
country = "GB"
domain = "pbx.larch.example"
public = "203.0.113.7"
mailbox = "office"
ring = "1m30s"
phone_secrets = { file = "secrets/phones" }
[listen]
udp = ["0.0.0.0:5060", "[::]:5062"]
rtp = "20000-20999"
[limits]
calls_max = 40
calls_per_person = 3
calls_per_minute = 12
legs_max = 20
silence_max = "45s"
stranger_rate = 50
stranger_network_rate = 500
[trunks.a]
profile = "generic-register"
host = "[2001:db8::5]:5080"
transport = "tcp"
user = "larch"
secret = { file = "secrets/a" }
realm = ["a.example", "Edge A"]
channels = 12
from = ["198.51.100.0/24", "192.0.2.9"]
called = "diversion"
format = "national"
fail_over_on = ["503", "408"]
media = "direct"
redirects = "follow"
transfers = "follow"
session_timer = "20m"
refresher = "them"
100rel = "always"
[trunks.b]
profile = "generic-address"
host = "sip.b.example"
[people]
rosa = { ext = "0101", name = "Rosa Diaz", mobile = "+447700900151", allow = ["national", "internal"], calls_max = 1, call_waiting = false }
tom = { present = "+442079460001" }
[people_defaults]
call_waiting = true
present = "+442079460000"
calls_max = 4
[phones]
rosa-desk = { person = "rosa", session_timer = "off" }
rosa-soft = { person = "rosa", ext = 191 }
lobby = { ext = 190 }
[groups.sales]
ext = 120
members = ["rosa"]
ring = "in-order"
each = "15s"
total = "40s"
[groups.support]
ext = 121
members = ["rosa"]
answered_elsewhere = false
[mailboxes.office]
ext = 180
pin_file = "secrets/pin"
greeting = { file = "hello.wav" }
max = "2m"
silence = "4s"
lamp = ["tom", "rosa"]
[prompts]
hello = { file = "hello.wav" }
[hours.office]
timezone = "Asia/Kolkata"
sat-mon = ["14:00-18:00", "09:00-12:00"]
holidays = ["2027-01-01", { date = 2026-12-25, name = "Christmas Day" }]
toggle = "*28"
[lists]
vip = ["+442079460009", "+442079460008"]
spam = { file = "spam.txt" }
[numbers]
"+442079460000" = { label = "Main", trunk = "b", plan = "main" }
"+442079460001" = { group = "sales" }
[plans.main]
steps = [
  { unless = "not (hours:office or caller in list:vip) and caller withheld", reject = "decline" },
  { ring = "group:sales", for = "10s", busy = "hangup" },
  { forward = "+442079460555", declined = "person:tom" },
  { voicemail = "tom" },
]
[dial.home]
to = ["+4420", "country:GB", "type:toll-free", "any", "type:short"]
not = ["satellite", "type:premium"]
class = "national"
trunks = ["b", "a"]
[emergency]
numbers = ["999", "112"]
trunks = ["b"]
present = "+442079460000"
"#;

fn load_with(text: &str) -> Result<(Site, Vec<Finding>), Vec<Finding>> {
    let wav =
        b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\x01\0\0\0\x80";
    let ha1 = format!("# made by hand\nlobby MD5 {}\nlobby SHA-256 {}\n", "0f".repeat(16), "A0".repeat(32));
    let files = Memory::default()
        .with("secrets/phones", ha1.as_bytes())
        .with("secrets/a", b"hunter2\n")
        .with("secrets/pin", b"4711\n")
        .with("spam.txt", b"# nobody\n\n+442079460007  # again\n")
        .with("hello.wav", wav);
    load(&[Source::new("site.toml", text)], &files)
}

fn site() -> Site {
    let (site, warnings) = load_with(SITE).unwrap_or_else(|findings| panic!("{findings:#?}"));
    assert_eq!(warnings, []);
    site
}

fn number(text: &str) -> E164 {
    E164::parse(text).expect("a number")
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn the_site_and_its_sockets() {
    let site = site();
    assert_eq!(
        (&*site.name, &*site.domain, site.country.as_str()),
        ("Larch & Co", "pbx.larch.example", "GB")
    );
    assert_eq!(site.timezone.iana_name(), Some("America/New_York"));
    assert_eq!(site.public, Public::Fixed([203, 0, 113, 7].into()));
    assert_eq!(site.ring, seconds(90));
    assert_eq!(site.last_mailbox, site.mailbox("office"));
    assert_eq!(site.listen.udp, ["0.0.0.0:5060".parse().unwrap(), "[::]:5062".parse().unwrap()]);
    assert_eq!((site.listen.tcp.as_slice(), site.listen.rtp.clone()), (&[][..], 20000..=20999));
    assert_eq!((site.limits.calls_max, site.limits.calls_per_person, site.limits.legs_max), (40, 3, 20));
    assert_eq!(site.limits.calls_per_minute, 12);
    assert_eq!(site.limits.silence_max, seconds(45));
    assert_eq!((site.limits.stranger_rate, site.limits.stranger_network_rate), (50, 500));
}

#[test]
fn trunks() {
    let site = site();
    let a = &site[site.trunk("a").unwrap()];
    assert_eq!((&*a.host, a.port, a.transport), ("2001:db8::5", Some(5080), Some(Transport::Tcp)));
    assert_eq!(
        (a.user.as_deref(), a.secret.as_ref().map(callplan::Secret::reveal)),
        (Some("larch"), Some("hunter2"))
    );
    assert_eq!(
        (a.channels, a.called, a.format, a.media),
        (12, CalledFrom::Diversion, Format::National, MediaMode::Direct)
    );
    assert_eq!(a.realms.iter().map(|realm| &**realm).collect::<Vec<_>>(), ["a.example", "Edge A"]);
    assert_eq!((a.redirects, a.transfers), (Redirects::Follow, Transfers::Follow));
    assert!(a.from[0].contains([198, 51, 100, 9].into()) && !a.from[1].contains([192, 0, 2, 8].into()));
    assert_eq!(a.fail_over, FailOver { timeout: false, statuses: vec![408, 503] });
    let timer = SessionTimer::Asked(Duration::from_secs(20 * 60));
    assert_eq!(a.session, Session { timer, refresher: Refresher::Them, reliable: Reliable::Always });
    assert_eq!(site.phones[0].session.timer, SessionTimer::Off);
    let b = &site[site.trunk("b").unwrap()];
    assert_eq!((&*b.host, b.port, b.transport, b.format), ("sip.b.example", None, None, Format::E164));
    assert_eq!(b.fail_over, FailOver::default());
    assert!(!format!("{site:?}").contains("hunter2"), "a password is never shown");
}

#[test]
fn people_phones_and_groups() {
    let site = site();
    let rosa = &site[site.person("rosa").unwrap()];
    assert_eq!(
        (&*rosa.label, rosa.ext.as_deref(), rosa.mobile),
        ("Rosa Diaz", Some("0101"), Some(number("+447700900151")))
    );
    assert_eq!(rosa.allow, [site.class("internal").unwrap(), site.class("national").unwrap()]);
    assert_eq!((rosa.calls_max, &*rosa.present), (1, &[number("+442079460000")][..]));
    assert_eq!(rosa.phones, [site.phone("rosa-desk").unwrap(), site.phone("rosa-soft").unwrap()]);
    let tom = &site[site.person("tom").unwrap()];
    assert_eq!((rosa.call_waiting, tom.call_waiting), (false, true));
    assert_eq!((&*tom.label, tom.calls_max, &*tom.present), ("tom", 4, &[number("+442079460001")][..]));
    assert_eq!(tom.allow, [site.class("internal").unwrap()], "nobody dials out who was not allowed to");
    assert_eq!(site.extension("0101"), site.person("rosa").map(Owner::Person));
    assert_eq!(site.extension("190"), site.phone("lobby").map(Owner::Phone));
    assert_eq!(site.extension("120"), site.group("sales").map(Owner::Group));
    assert_eq!(site.extension("191"), site.phone("rosa-soft").map(Owner::Phone));
    let lobby = &site[site.phone("lobby").unwrap()];
    assert_eq!((lobby.ha1.md5, lobby.ha1.sha256), (Some([0x0f; 16]), Some([0xa0; 32])));
    let sales = &site[site.group("sales").unwrap()];
    assert_eq!(
        (sales.order, sales.members.as_slice()),
        (Order::InOrder, [site.person("rosa").unwrap()].as_slice())
    );
    assert!(sales.answered_elsewhere && !site[site.group("support").unwrap()].answered_elsewhere);
}

#[test]
fn members_may_say_what_they_weigh_and_who_is_gone_by_is_counted() {
    let of = |rest: &str| {
        let text = format!("{SITE}\n[groups.team]\nmembers = [\"tom\", {{ person = \"rosa\"{rest}");
        load_with(&text).expect("a good text").0
    };
    let weighted = of(", weight = 3 }]\nring = \"weighted\"");
    let team = &weighted[weighted.group("team").unwrap()];
    assert_eq!((team.order, team.weights.as_slice()), (Order::Weighted, [1, 3].as_slice()));
    let is_tallied = |site: &Site| site.people.iter().map(|person| person.is_tallied).collect::<Vec<_>>();
    assert!(is_tallied(&weighted).iter().all(|is_tallied| !is_tallied));
    for order in ["longest-idle", "fewest-calls", "least-talk"] {
        let site = of(&format!(" }}]\nring = \"{order}\""));
        let members = |person: &callplan::Person| matches!(&*person.name, "rosa" | "tom");
        assert_eq!(is_tallied(&site), site.people.iter().map(members).collect::<Vec<_>>(), "{order}");
    }
}

#[test]
fn mailboxes_and_prompts() {
    let site = site();
    let office = &site[site.mailbox("office").unwrap()];
    assert!(office.pin.is_some_and(|pin| pin.is("4711")));
    assert_eq!(office.ext.as_deref(), Some("180"));
    assert_eq!(site.extension("180"), site.mailbox("office").map(Owner::Mailbox));
    assert_eq!((office.max, office.silence, office.owner), (seconds(120), seconds(4), None));
    let Prompt::File(greeting) = office.greeting else { panic!("the greeting is a file") };
    assert_eq!((&*site[greeting].file, site[greeting].bytes.is_some()), ("hello.wav", true));
    assert_eq!(office.lamp, [site.person("tom").unwrap(), site.person("rosa").unwrap()]);
    let own = &site[site.mailbox("tom").unwrap()];
    assert_eq!((own.owner, own.greeting), (site.person("tom"), Prompt::Shipped(Shipped::LeaveMessage)));
}

#[test]
fn hours_and_lists() {
    let site = site();
    let office = &site.hours[0];
    assert_eq!(office.toggle.as_deref(), Some("*28"));
    assert_eq!(office.timezone.iana_name(), Some("Asia/Kolkata"));
    let day = [Span { open: 540, close: 720 }, Span { open: 840, close: 1080 }];
    let open: Vec<_> = office.week.iter().map(|spans| spans.as_slice() == day).collect();
    assert_eq!(open, [true, false, false, false, false, true, true]);
    let holidays: Vec<_> =
        office.holidays.iter().map(|day| (day.date.to_string(), day.name.as_deref())).collect();
    assert_eq!(holidays, [("2026-12-25".into(), Some("Christmas Day")), ("2027-01-01".into(), None)]);
    assert_eq!(&*site.lists[0].numbers, [number("+442079460008"), number("+442079460009")]);
    assert!(site.lists[1].contains(number("+442079460007")));
}

#[test]
fn steps_and_their_guards() {
    let site = site();
    let steps: Vec<_> = site[site.plan("main").unwrap()].nodes.iter().map(|node| &site[*node]).collect();
    let [first, second, busy, third, last] = steps.as_slice() else { panic!("{steps:#?}") };
    let Some(Guard::Unless(Condition::All(terms))) = &first.guard else { panic!("{first:#?}") };
    let office = Condition::Atom(Atom::Open(0.into()));
    let vip = Condition::Atom(Atom::CallerIn(0.into()));
    assert_eq!(
        terms.as_slice(),
        [Condition::Not(Box::new(Condition::Any(vec![office, vip]))), Condition::Atom(Atom::CallerWithheld),]
    );
    assert_eq!(first.act, Act::Reject(Refusal::Decline));
    let Act::Ring(ring) = &second.act else { panic!("{second:#?}") };
    assert_eq!(ring.who, Who::Group(site.group("sales").unwrap()));
    assert_eq!((ring.each, ring.total), (seconds(10), seconds(10)), "a turn is no longer than the step");
    assert_eq!(ring.busy.map(|node| &site[node].act), Some(&busy.act));
    assert_eq!(busy.act, Act::Hangup);
    let Act::Forward(forward) = &third.act else { panic!("{third:#?}") };
    assert_eq!((forward.to, forward.total), (number("+442079460555"), seconds(90)));
    assert_eq!(forward.declined, site.plan("person:tom").map(|plan| site.entry(plan)));
    assert_eq!(last.act, Act::Voicemail(site.mailbox("tom").unwrap()));
    assert_eq!(site.entry(site.plan("main").unwrap()), site[site.plan("main").unwrap()].nodes[0]);
}

#[test]
fn numbers_dial_rules_and_emergency() {
    let site = site();
    let main = &site[site.number(number("+442079460000")).unwrap()];
    assert_eq!((&*main.label, main.trunk, Some(main.plan)), ("Main", site.trunk("b"), site.plan("main")));
    let sales = &site[site.number(number("+442079460001")).unwrap()];
    assert_eq!((&*sales.label, Some(sales.plan)), ("+442079460001", site.plan("number:+442079460001")));
    let [rule] = site.dial.as_slice() else { panic!("one rule") };
    assert_eq!(
        (rule.to[0], rule.to[3], rule.to.len(), rule.except.len()),
        (Pattern::Prefix(4420), Pattern::Any, 5, 2)
    );
    assert_eq!(rule.to[4], Pattern::Shorts);
    assert_eq!((site.class("national"), rule.trunks.len()), (Some(rule.class), 2));
    assert_eq!(site.emergency.numbers.iter().map(|number| &**number).collect::<Vec<_>>(), ["112", "999"]);
    assert_eq!(
        (site.emergency.trunks.as_slice(), site.emergency.present),
        (&[site.trunk("b").unwrap()][..], Some(main.e164))
    );
}

/// TOML has several spellings for one thing, and a config may be spread over texts in any order.
#[test]
fn other_spellings_mean_the_same() {
    let site = r#"
        site = { name = "L", timezone = "UTC", country = "US", domain = "l.example", phone_secrets.file = "secrets/phones" }
        emergency.present = "+12025550100"
        trunks.c = { profile = "generic-address", host = "c.example" }
    "#;
    let inline = r#"
        people = { a = { ext = 0x6f } }
        [phones]
        a-desk.person = "a"
        [numbers]
        "+12025550100".plan = "m"
        [plans]
        m.steps = [{ ring = "person:a" }, { voicemail = "a" }]
    "#;
    let headers = "[people.a]\r\next = 111\r\n[phones.a-desk]\r\nperson = 'a'\r\n[numbers.'+12025550100']\r\nplan = 'm'\r\n";
    let steps = r#"
        [[plans.m.steps]]
        ring = """person:a"""
        [[plans.m.steps]]
        voicemail = "\u0061"
    "#;
    let files = Memory::default().with("secrets/phones", b"");
    let plans = |texts: &[&str]| {
        let sources: Vec<_> = texts.iter().map(|text| Source::new("a.toml", *text)).collect();
        let (site, warnings) = load(&sources, &files).unwrap();
        assert_eq!(warnings, []);
        (0..site.plans.len()).map(|plan| describe(&site, plan.into()).to_string()).collect::<String>()
    };
    assert_eq!(plans(&[site, inline]), plans(&[steps, headers, site]));
}

/// Every key that can be written is printed so that it is read again, and whatever is not written beside it.
#[test]
fn what_is_printed_as_in_force_is_the_same_site() {
    let mut site = site();
    let text = effective(&[Source::new("site.toml", SITE)], &site).to_string();
    let (again, _) = load_with(&text).unwrap_or_else(|findings| panic!("{}\n{text}", findings[0]));
    site.hash = again.hash;
    assert_eq!(format!("{again:#?}"), format!("{site:#?}"), "{text}");
}

/// What speaks is whichever is installed, so it is told beside the config; a command of the site's own is printed.
#[test]
fn what_speaks_is_told() {
    let printed = |text: &str| {
        let (site, _) = load_with(text).unwrap_or_else(|findings| panic!("{findings:#?}"));
        effective(&[Source::new("site.toml", text)], &site).to_string()
    };
    let usual = "# [hooks.speech]  # default\n# command = [\"espeak-ng\", \"-v\", \"{language}\", \"--stdin\", \"-w\", \"{file}\"]  \
                 # or espeak, where only that is installed\n# timeout = \"10s\"\n";
    assert!(printed(SITE).contains(usual), "{}", printed(SITE));
    let own = printed(&format!("{SITE}[hooks.speech]\ncommand = [\"say\"]\n"));
    assert!(own.contains("command = [\"say\"]") && !own.contains("espeak"), "{own}");
}

/// What a number that moves says is printed as well, and what one that stays says without a word.
#[test]
fn whether_a_number_moves_is_printed() {
    let text =
        SITE.replace("{ group = \"sales\" }", "{ group = \"sales\", trunk = \"a\", state = \"porting\" }");
    let (site, notes) = load_with(&text).unwrap_or_else(|findings| panic!("{findings:#?}"));
    assert_eq!(notes.iter().map(|note| note.code.id()).collect::<Vec<_>>(), ["C509"]);
    let printed = effective(&[Source::new("site.toml", &*text)], &site).to_string();
    assert!(
        printed.contains("state = \"porting\"\n") && printed.contains("state = \"live\"  # default\n"),
        "{printed}"
    );
}

/// A version is known by everything that was read for it: texts, their order, secrets, prompts.
#[test]
fn the_hash_tells_versions_apart() {
    let one = site().hash;
    assert_eq!(one, site().hash);
    let (other, _) = load_with(&SITE.replace("Larch & Co", "Larch & Sons")).unwrap();
    assert_ne!(one, other.hash);
}
