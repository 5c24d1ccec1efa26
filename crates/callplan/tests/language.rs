//! What callers are spoken to in: by the site, by the number they call and by a step, and what they then hear.

use std::sync::Arc;

use callplan::{
    Assets, Code, Fact, Finding, Memory, Saying, Site, Source, Spoken, Unread, describe,
    explain::{Press, Question, explain, read_time},
    load,
    shown::prose,
};

const CONFIG: &str = r#"[site]
name = "Larch"
timezone = "Europe/Berlin"
country = "US"
domain = "pbx.example"
[trunks.carrier]
profile = "generic-address"
host = "192.0.2.10"
[prompts.welcome]
say = { en = "Welcome.", es = "Bienvenido.", "de-AT" = "Servus." }
[prompts.jingle]
file = { en = "en.wav", es = "es.wav", de = "de.wav" }
[menus.main]
greeting = "welcome"
keys = { 1 = "play:jingle", 2 = { language = "es", then = "menu:main" } }
silence = { after = "2s", then = "hangup" }
invalid = { then = "hangup" }
[plans.main]
steps = [{ play = "welcome" }, { hangup = true }]
[plans.chosen]
steps = [{ language = "es" }, { play = "welcome" }, { language = "en", then = "play:jingle" }]
[plans.by_country]
steps = [{ when = "caller.country = \"MX\"", language = "es" }, { play = "welcome" }, { hangup = true }]
[numbers]
"+12025550100" = { plan = "main" }
"+12025550101" = { plan = "main", language = "es" }
"+12025550102" = { plan = "main", language = "de" }
"+12025550103" = { plan = "chosen", language = "de" }
"+12025550104" = { plan = "by_country" }
"+12025550105" = { menu = "main" }
"#;

/// A WAV of so many hundredths of a second.
fn wav(hundredths: u32) -> Vec<u8> {
    let len = hundredths * 160;
    let mut wav =
        b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data".to_vec();
    wav.extend(len.to_le_bytes());
    wav.resize(wav.len() + len as usize, 0);
    wav
}

fn files() -> Memory {
    Memory::default()
        .with("spoken/Welcome.", &wav(100))
        .with("spoken/es/Bienvenido.", &wav(200))
        .with("spoken/de-AT/Servus.", &wav(300))
        .with("en.wav", &wav(400))
        .with("es.wav", &wav(500))
        .with("de.wav", &wav(600))
}

fn read(config: &str) -> Result<(Site, Vec<Finding>), Vec<Finding>> {
    load(&[Source::new("site.toml", config)], &files())
}

fn site(config: &str) -> Site {
    let (site, findings) = read(config).unwrap_or_else(|findings| panic!("{findings:#?}"));
    assert!(findings.iter().all(|finding| finding.code != Code::NoVariant), "{findings:#?}");
    site
}

fn explained(site: &Site, caller: &str, number: &str, press: &[char]) -> String {
    let at = read_time(&site.timezone, "Fri 2026-03-13 10:00").expect("a time");
    let mut question = Question::read(site, caller, number, at).expect("a question");
    question.press.extend(press.iter().map(|key| Press::Asked(*key)));
    explain(site, &question).to_string()
}

#[test]
fn a_caller_hears_what_is_written_in_the_language_of_the_number() {
    let site = site(CONFIG);
    let table = [
        ("+12025550100", "hears welcome (\"Welcome.\"), 1 s", "is spoken to in en: as the site does"),
        ("+12025550101", "hears welcome:es (\"Bienvenido.\"), 2 s", "is spoken to in es: the number says so"),
        // Who speaks German is spoken to in any kind of it.
        ("+12025550102", "hears welcome:de-AT (\"Servus.\"), 3 s", "is spoken to in de: the number says so"),
    ];
    for (number, heard, why) in table {
        let told = explained(&site, "+12025550142", number, &[]);
        assert!(told.contains(heard) && told.contains(why), "{told}");
    }
}

#[test]
fn a_step_sets_the_language_from_there_on() {
    let site = site(CONFIG);
    let told = explained(&site, "+12025550142", "+12025550103", &[]);
    let order = [
        "is spoken to in es: a step says so",
        "hears welcome:es (\"Bienvenido.\"), 2 s",
        "is spoken to in en: a step says so",
        "hears jingle, 4 s",
    ];
    let places = order.map(|line| told.find(line).unwrap_or_else(|| panic!("{line}: {told}")));
    assert!(places.is_sorted(), "{told}");
    for (caller, heard) in [("+525550123456", "hears welcome:es"), ("+12025550142", "hears welcome (")] {
        let told = explained(&site, caller, "+12025550104", &[]);
        assert!(told.contains(heard), "{told}");
    }
}

/// A call by whoever the contacts say this of.
fn told_contact(site: &Site, number: &str, language: &str) -> String {
    let at = read_time(&site.timezone, "Fri 2026-03-13 10:00").expect("a time");
    let mut question = Question::read(site, "+12025550142", number, at).expect("a question");
    question.tell(site, &format!("contact.language={language}")).expect("a fact");
    explain(site, &question).to_string()
}

#[test]
fn the_language_of_a_contact_wins_over_that_of_the_number_and_a_step_over_both() {
    let site = site(CONFIG);
    let table = [
        ("+12025550100", "es", "hears welcome:es", "is spoken to in es: the contact says so"),
        ("+12025550101", "en", "hears welcome (", "is spoken to in en: the contact says so"),
        ("+12025550101", "none", "hears welcome:es", "is spoken to in es: the number says so"),
        // Of a language that the site does not have, its kind.
        ("+12025550100", "es-AR", "hears welcome:es", "is spoken to in es: the contact says so"),
        ("+12025550103", "de", "hears welcome:es", "is spoken to in es: a step says so"),
    ];
    for (number, contact, heard, why) in table {
        let told = told_contact(&site, number, contact);
        assert!(told.contains(heard) && told.contains(why), "{told}");
    }
    let at = read_time(&site.timezone, "Fri 2026-03-13 10:00").expect("a time");
    let mut question = Question::read(&site, "+12025550142", "+12025550100", at).expect("a question");
    assert!(question.tell(&site, "contact.language=fr").is_err(), "nobody speaks French");
    question.told.push(callplan::Telling::Language(None));
    assert!(explain(&site, &question).to_string().contains("as the site does"));
}

#[test]
fn a_site_of_one_language_asks_nobody_what_a_caller_speaks() {
    let one = CONFIG.split("[prompts.welcome]").next().expect("it begins");
    let one = format!(
        "{one}[prompts]\nwelcome = {{ say = \"Welcome.\" }}\n[numbers]\n\"+12025550100\" = {{ plan = \"main\" }}\n[plans.main]\nsteps = [{{ play = \"welcome\" }}, {{ hangup = true }}]\n"
    );
    let facts =
        |site: &Site| site.plans.iter().filter(|plan| plan.facts.contains(Fact::ContactLanguage)).count();
    assert_eq!(facts(&site(&one)), 0);
    assert!(facts(&site(CONFIG)) > 0);
}

#[test]
fn a_key_of_a_menu_chooses_the_language() {
    let site = site(CONFIG);
    let told = explained(&site, "+12025550142", "+12025550105", &['2', '1']);
    let order = [
        "hears welcome (\"Welcome.\"), 1 s",
        "hears welcome:es (\"Bienvenido.\"), 2 s",
        "hears jingle:es, 5 s",
    ];
    let places = order.map(|line| told.find(line).unwrap_or_else(|| panic!("{line}: {told}")));
    assert!(places.is_sorted(), "{told}");
}

#[test]
fn a_plan_tells_where_the_language_is_set() {
    let site = site(CONFIG);
    let chosen = site.plan("chosen").expect("it is there");
    let told = describe(&site, chosen).to_string();
    assert!(told.contains("chosen#1  ") && told.contains("language es\n"), "{told}");
    let told = prose(&site, chosen);
    assert!(told.contains("rom here on the caller is spoken to in \"es\"."), "{told}");
}

/// A config whose callers are told the hours, leave a message or look somebody up, and what says all of it.
const OFFICE: &str = r#"[site]
name = "Larch"
timezone = "Europe/Berlin"
country = "DE"
domain = "pbx.example"
[trunks.carrier]
profile = "generic-address"
host = "192.0.2.10"
[people]
ana = { name = "Ana Lopes" }
[hours.office]
mon-fri = ["09:00-17:30"]
[plans.hours]
steps = [{ say_hours = "office" }, { voicemail = "ana" }]
[plans.names]
steps = [{ directory = true }, { hangup = true }]
[numbers]
"+4930901820" = { plan = "hours" }
"+4930901821" = { plan = "hours", language = "de" }
"+4930901822" = { plan = "hours", language = "fr" }
"+4930901823" = { plan = "names", language = "es" }
"+4930901824" = { plan = "hours", language = "it" }
"#;

/// Says everything, in some languages.
struct Speaks(&'static [&'static str]);

impl Assets for Speaks {
    fn read(&self, _: &str) -> Result<Arc<[u8]>, Unread> {
        Err("no such file".into())
    }

    fn spoken(&self, saying: Saying<'_>) -> Result<Spoken, Unread> {
        let speaks = self.0.contains(&saying.language);
        let wave = wav(u32::try_from(saying.text.len()).expect("it is short")).into();
        if speaks { Ok(Spoken { wave, mute: None }) } else { Err("there is no such voice".into()) }
    }
}

fn office(config: &str, speaks: &'static [&'static str]) -> (Option<Site>, Vec<Finding>) {
    match load(&[Source::new("site.toml", config)], &Speaks(speaks)) {
        Ok((site, findings)) => (Some(site), findings),
        Err(findings) => (None, findings),
    }
}

fn told_office(site: &Site, number: &str) -> String {
    let at = read_time(&site.timezone, "Fri 2026-03-13 18:00").expect("a time");
    let question = Question::read(site, "+493012345678", number, at).expect("a question");
    explain(site, &question).to_string()
}

#[test]
fn hours_messages_and_names_are_told_in_the_language_of_the_number() {
    let (site, _) = office(OFFICE, &["en", "de", "es", "fr", "it"]);
    let site = site.expect("it loads");
    let table = [
        (
            "+4930901820",
            "hears \"We are closed now. We open on Monday at nine.\"",
            "\"Please leave a message",
        ),
        (
            "+4930901821",
            "hears \"Wir haben im Moment geschlossen. Wir öffnen am Montag um neun Uhr.\"",
            "hears \"Bitte hinterlassen Sie nach dem Ton eine Nachricht.\", 0.5 s",
        ),
        (
            "+4930901822",
            "hears \"Nous sommes fermés en ce moment. Nous ouvrons lundi à neuf heures.\"",
            "hears \"Veuillez laisser un message après le signal sonore.\", 0.5 s",
        ),
        ("+4930901823", "hears \"Por favor, marque las primeras letras", "es: the number says so"),
        // Nobody has put these into Italian.
        (
            "+4930901824",
            "hears \"We are closed now. We open on Monday at nine.\"",
            "\"Please leave a message",
        ),
    ];
    for (number, hears, and) in table {
        let told = told_office(&site, number);
        assert!(told.contains(hears) && told.contains(and), "{told}");
    }
}

#[test]
fn what_has_no_words_in_a_language_is_told_of_once_for_each_place() {
    let (_, findings) = office(OFFICE, &["en", "de", "es", "fr"]);
    let told: Vec<_> = findings.iter().map(|finding| (finding.code, &*finding.message)).collect();
    let expected = [
        (Code::NoWordsThere, "a schedule can't be put into words in \"it\" yet, and is said in \"en\""),
        (Code::NoWordsThere, "a directory can't be put into words in \"it\" yet, and is said in \"en\""),
        (Code::ShippedUnsaid, "what comes with the switch has no words in \"it\" yet"),
    ];
    for one in expected {
        assert_eq!(told.iter().filter(|it| **it == one).count(), 1, "{told:?}");
    }
}

/// Goal: a site that speaks German runs where nothing speaks, and says in English what comes with the switch.
#[test]
fn what_comes_with_the_switch_stays_as_it_comes_where_nothing_speaks() {
    let config = OFFICE.replace("country", "language = \"de\"\ncountry").replace(", language = \"it\"", "");
    let silent = config
        .replace("{ say_hours = \"office\" }, ", "")
        .replace("directory = true", "reject = \"busy\"")
        .replace(", language = \"fr\"", "")
        .replace(", language = \"es\"", "");
    let (site, findings) = office(&silent, &[]);
    let told = told_office(&site.expect("it loads"), "+4930901820");
    assert!(told.contains("hears \"Please leave a message after the tone.\", 2.5 s"), "{told}");
    let [unsaid] = &findings.iter().filter(|it| it.code == Code::ShippedUnsaid).collect::<Vec<_>>()[..]
    else {
        panic!("{findings:#?}")
    };
    let message = "what comes with the switch can't be said in \"de\", and is heard in English: \
                   there is no such voice";
    assert_eq!((&*unsaid.message, unsaid.line), (message, 4));
    assert!(unsaid.mend.contains("install espeak-ng"), "{}", unsaid.mend);
    let (site, _) = office(&config, &["de", "en", "es", "fr"]);
    let told = told_office(&site.expect("it loads"), "+4930901820");
    assert!(told.contains("hears \"Bitte hinterlassen"), "{told}");
}

/// What is found of a config, and where.
fn found(config: &str, code: Code) -> Vec<(String, String)> {
    let findings = read(config).map_or_else(|findings| findings, |(_, findings)| findings);
    let found = findings.into_iter().filter(|finding| finding.code == code);
    found.map(|finding| (finding.message, finding.mend)).collect()
}

#[test]
fn a_prompt_that_lacks_a_language_is_told_of_and_is_heard_in_that_of_the_site() {
    let lacking = CONFIG.replace(", \"de-AT\" = \"Servus.\"", "");
    let [(message, mend)] = &found(&lacking, Code::NoVariant)[..] else { panic!("one is lacking") };
    assert_eq!(message, "this is not written in \"de\", and is heard in \"en\" there");
    assert_eq!(mend, "add de = \"...\"");
    let (site, _) = read(&lacking).expect("it is a warning");
    let told = explained(&site, "+12025550142", "+12025550102", &[]);
    assert!(told.contains("hears welcome (\"Welcome.\"), 1 s"), "{told}");
}

#[test]
fn what_is_no_language_or_leads_nowhere_is_refused_with_its_mend() {
    let without = CONFIG.replace("en = \"Welcome.\", ", "");
    assert_eq!(
        found(&without, Code::NoSiteVariant)[0].0,
        "this is not written in \"en\", which the site speaks"
    );
    let none =
        CONFIG.replace("language = \"de\" }\n\"+12025550103\"", "language = \"German\" }\n\"+12025550103\"");
    assert_eq!(found(&none, Code::BadLanguage)[0].0, "\"German\" is no language");
    let key = CONFIG.replace("es = \"Bienvenido.\"", "Spanish = \"Bienvenido.\"");
    assert_eq!(found(&key, Code::BadLanguage)[0].0, "\"Spanish\" is no language");
    let ends = CONFIG.replace("{ language = \"es\", then = \"menu:main\" }", "{ language = \"es\" }");
    let [(message, mend)] = &found(&ends, Code::LanguageEnds)[..] else { panic!("it leads nowhere") };
    assert_eq!(
        (&**message, &**mend),
        ("nothing follows here", "write where the call goes: { language = \"es\", then = \"menu:main\" }")
    );
    let beside = CONFIG.replace("\"de-AT\" = \"Servus.\" }", "\"de-AT\" = \"Servus.\" }\nlanguage = \"fr\"");
    assert_eq!(found(&beside, Code::KeyDoesNotApply)[0].0, "what is said stands for each language here");
    let many: String = (0..20)
        .map(|at| {
            format!(
                "\n\"+120255502{at:02}\" = {{ plan = \"main\", language = \"x{}\" }}",
                char::from(b'a' + at)
            )
        })
        .collect();
    assert_eq!(
        found(&(CONFIG.to_owned() + &many), Code::TooManyLanguages)[0].0,
        "more than 16 languages are spoken"
    );
}
