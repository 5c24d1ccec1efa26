//! What a phone may and shows while somebody has signed in at it, on a small business.

mod larch;

use callplan::{
    PhoneId, Site,
    explain::{Question, dialled, explain, read_time},
    resolve::{Resolution, mailbox_at, presents, resolve, shown_for_help},
};
use larch::{larch, larch_with};

/// Cho, who may call abroad, has signed in at Ben's phone; Ana at the lobby's, which is nobody's.
fn lent(site: Site) -> (Site, PhoneId, PhoneId) {
    let phone = |name: &str| site.phone(name).expect("a phone of the site");
    let person = |name: &str| site.person(name).expect("one of its people");
    let (ben, lobby, cho, ana) = (phone("ben-desk"), phone("lobby"), person("cho"), person("ana"));
    (site.lent(&[(ben, cho), (lobby, ana)]), ben, lobby)
}

#[test]
fn a_lent_phone_is_theirs_who_signed_in_and_none_of_its_owners() {
    let (site, ben, lobby) = lent(larch());
    let of = |name: &str| site[site.person(name).unwrap()].phones.clone();
    assert_eq!((of("ben"), of("cho")), (vec![], vec![site.phone("cho-desk").unwrap(), ben]));
    assert_eq!(of("ana"), [site.phone("ana-desk").unwrap(), lobby]);
    let phones = (0..site.phones.len()).map(|at| &site[PhoneId::from(at)]);
    let is_lent: Vec<_> = phones.filter(|phone| phone.is_lent()).map(|phone| &*phone.name).collect();
    assert_eq!(is_lent, ["ben-desk", "lobby"]);
}

#[test]
fn a_lent_phone_may_and_shows_what_its_person_may() {
    let (site, ben, lobby) = lent(larch());
    assert!(matches!(resolve(&site, ben, "+442079460000"), Resolution::Outside { .. }));
    assert!(matches!(resolve(&site, lobby, "+442079460000"), Resolution::Refused(_)));
    assert!(matches!(resolve(&site, lobby, "+12025550142"), Resolution::Outside { .. }));
    assert_eq!(site.ext_of(ben).map(|ext| &**ext), Some("121"));
    assert_eq!(site.ext_of(lobby).map(|ext| &**ext), Some("111"));
}

#[test]
fn a_lent_phone_calls_for_help_as_its_owner() {
    let more = "[people.dan]\next = 130\npresent = \"+12025550101\"\n[phones.dan-desk]\nperson = \"dan\"\n";
    let site = larch_with(more);
    let (dan, lobby) = (site.phone("dan-desk").unwrap(), site.phone("lobby").unwrap());
    let cho = site.person("cho").unwrap();
    let mut site = site.lent(&[(dan, cho), (lobby, cho)]);
    site.emergency.present = None;
    assert_eq!(shown_for_help(&site, dan), "+12025550101".parse().ok());
    assert_eq!(shown_for_help(&site, lobby), presents(&site, lobby).first().copied(), "nobody's phone");
    assert_ne!(presents(&site, dan).first(), shown_for_help(&site, dan).as_ref());
}

#[test]
fn explain_rings_people_where_they_have_signed_in() {
    let (site, ..) = lent(larch());
    let at = read_time(&site.timezone, "2026-11-23 10:00").unwrap();
    let says = |to: &str| {
        let question = Question::read(&site, "tom-desk", to, at).unwrap();
        explain(&site, &question).to_string()
    };
    assert!(says("121").contains("ben-desk (lent to cho) rings"), "{}", says("121"));
    assert!(!says("112").contains("ben-desk"), "{}", says("112"));
    assert_eq!(mailbox_at(&site, "190"), None, "nobody's phone takes no messages for whoever is there");
    let code = dialled(&site, "cho", "*11", at).unwrap().lines;
    assert_eq!(
        code,
        ["code hot_desk: asks for extension and PIN; whoever knows both has signed in at this phone"]
    );
    let code = dialled(&site, "ben-desk", "*11", at).unwrap().lines;
    assert_eq!(code, ["code hot_desk: signs cho out of this phone"]);
}
