//! Calendars that lie elsewhere: fetched, kept while they can't be, and brought into force by themselves.

mod house;

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use house::{Ran, Site};
use serde_json::Value;

/// What a server does with whoever asks.
#[derive(Clone, Debug)]
enum Manner {
    /// Answers this, byte for byte.
    Says(String),
    /// Says nothing for a while.
    IsSlow,
}

/// A web server of the test's own, and what it was asked.
struct Server {
    at: SocketAddr,
    manner: Arc<Mutex<Manner>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn new(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let at = listener.local_addr().expect("bound");
        let (manner, asked) = (Arc::new(Mutex::new(manner)), Arc::default());
        let server = Self { at, manner: Arc::clone(&manner), asked: Arc::clone(&asked) };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let manner = manner.lock().expect("it only reads").clone();
                asked.lock().expect("it only adds").push(answers(stream, manner));
            }
        });
        server
    }

    fn does(&self, manner: Manner) {
        *self.manner.lock().expect("it only reads") = manner;
    }

    fn url(&self) -> String {
        format!("http://{}/private/us.ics", self.at)
    }

    /// What it was asked since the last time.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().expect("it only adds"))
    }
}

/// Answers once; what was asked.
#[expect(clippy::disallowed_methods, reason = "a server that is slow")]
fn answers(mut stream: TcpStream, manner: Manner) -> String {
    let mut asked = String::new();
    let mut lines = BufReader::new(stream.try_clone().expect("a socket"));
    while lines.read_line(&mut asked).is_ok_and(|read| read > 2) {}
    match manner {
        Manner::Says(answer) => drop(stream.write_all(answer.as_bytes())),
        Manner::IsSlow => thread::sleep(Duration::from_secs(8)),
    }
    asked
}

fn calendar(summary: &str, stamp: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:{stamp}\r\nDTSTART;VALUE=DATE:20261225\r\n\
         RRULE:FREQ=YEARLY\r\nSUMMARY:{summary}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn answer(head: &str, body: &str) -> Manner {
    Manner::Says(format!(
        "HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    ))
}

fn good(summary: &str) -> Manner {
    answer("200 OK\r\nETag: \"one\"", &calendar(summary, "20260101T000000Z"))
}

/// A site whose office is closed on the days of a calendar that lies on this server.
fn site(name: &str) -> Site {
    let site = Site::new(name);
    site.add_phone("ana-desk");
    site.add_phone("ben-desk");
    site
}

fn with_calendar(site: &Site, server: &Server) {
    site.write(
        "hours.toml",
        &format!(
            "[hours.office]\nmon-fri = [\"09:00-17:00\"]\nholidays = \"{}\"\nrefresh = \"1h\"\n\
             [plans.main]\nsteps = [{{ unless = \"hours:office\", reject = \"busy\" }}, {{ voicemail = \"office\" }}]\n\
             [numbers]\n\"+12025550101\" = {{ plan = \"main\" }}\n",
            server.url()
        ),
    );
}

/// What becomes of a call at Christmas, and why.
fn explained(site: &Site) -> String {
    let words = ["explain", "--from", "+12025550142", "--to", "+12025550101", "--at", "2026-12-25 10:00"];
    let ran: Ran = site.run(&words);
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.out
}

fn refreshed(site: &Site) -> Value {
    let ran = site.run(&["calendars", "--refresh", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let listed: Value = serde_json::from_str(&ran.out).expect("it is JSON");
    listed[0].clone()
}

fn history(site: &Site) -> Value {
    serde_json::from_str(&site.run(&["history", "--json"]).out).expect("it is JSON")
}

/// Goal: a change whose calendar can't be had is refused and says why; once it can be had, it is in force and explained.
#[test]
fn a_calendar_is_fetched_when_it_is_applied() {
    let (site, server) = (site("fetched-apply"), Server::new(answer("500 Internal Server Error", "no")));
    let daemon = site.serve();
    with_calendar(&site, &server);
    let checked = site.run(&["check"]);
    assert!(checked.out.contains("C908") && checked.out.contains("it was never fetched"), "{checked:?}");
    let refused = site.run(&["apply"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.out.contains("hours.toml:3:12") && refused.out.contains("it answers 500"), "{refused:?}");
    server.does(good("Christmas"));
    assert_eq!(site.run(&["apply"]).code, 0);
    let told = explained(&site);
    let event = format!("closed: \"Christmas\" (http://{}/.../us.ics line 8)", server.at);
    assert!(told.contains(&event), "{told}");
    // Whoever compares reads the same copy on both sides.
    let same = site.run(&["diff"]);
    assert!(same.code == 0 && same.out.contains("no call goes differently"), "{same:?}");
    let listed = site.run(&["calendars"]);
    assert!(listed.out.contains("good") && !listed.out.contains("private"), "{listed:?}");
    // A restart has it, whether the server answers or not.
    daemon.stop();
    server.does(answer("500 Internal Server Error", "no"));
    let daemon = site.serve();
    assert_eq!(history(&site)["running"], 2);
    assert!(explained(&site).contains(&event));
    daemon.stop();
}

/// Goal: whatever a server answers, the last good copy counts, and whoever looks reads why and since when.
#[test]
fn a_calendar_that_cannot_be_fetched_keeps_its_last_good_copy_and_says_so() {
    let (site, server) = (site("fetched-stale"), Server::new(good("Christmas")));
    let daemon = site.serve();
    with_calendar(&site, &server);
    assert_eq!(site.run(&["apply"]).code, 0);
    let half = calendar("Halved", "20260101T000000Z");
    let half = &half[..half.len() - 40];
    let away = format!("302 Found\r\nLocation: http://{}/private/us.ics", server.at);
    for (manner, why) in [
        (answer("500 Internal Server Error", ""), "it answers 500 Internal Server Error"),
        (answer("304 Not Modified\r\nX: 1", ""), ""),
        (answer("200 OK", "<html>Sign in</html>"), "what it answers can't be read"),
        (answer("200 OK", half), "what it answers ends in the middle"),
        (Manner::Says(format!("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{half}")), "it breaks off"),
        (Manner::Says("not HTTP at all\r\n\r\n".to_owned()), "it breaks off"),
        (Manner::Says(format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(9 << 20))), "it is larger than 8 MiB"),
        (answer(&away, ""), "it redirects more than 3 times"),
        (
            answer("302 Found\r\nLocation: http://192.0.2.1/us.ics", ""),
            "it redirects to http://192.0.2.1/us.ics, which",
        ),
        (answer("302 Found\r\nLocation: https://127.0.0.1:9/us.ics", ""), "can't be reached"),
        (Manner::IsSlow, "it did not answer within 6 s"),
    ] {
        server.does(manner);
        let listed = refreshed(&site);
        if why.is_empty() {
            assert_eq!(listed["state"], "good", "{listed}");
            continue;
        }
        assert_eq!(listed["state"], "stale", "{why}: {listed}");
        assert!(listed["why"].as_str().is_some_and(|told| told.contains(why)), "{why}: {listed}");
        assert!(explained(&site).contains("closed: \"Christmas\""), "{why}");
        let checked = site.run(&["check"]);
        assert!(checked.out.contains("C909") && checked.out.contains(why), "{why}: {checked:?}");
    }
    daemon.says("can't be fetched: it answers 500");
    server.does(good("Christmas"));
    // Who was slow may be answering still.
    assert_eq!(refreshed(&site)["state"], "good");
    daemon.says("can be fetched again");
    assert!(!site.run(&["check"]).out.contains("C909"));
    assert_eq!(history(&site)["running"], 2);
    daemon.stop();
}

/// Goal: what is fetched is asked for with what is known of it, and is a version more only where it is another.
#[test]
fn another_calendar_comes_into_force_by_itself() {
    let (site, server) = (site("fetched-another"), Server::new(good("Christmas")));
    let daemon = site.serve();
    with_calendar(&site, &server);
    assert_eq!(site.run(&["apply"]).code, 0);
    let first = server.asked();
    assert!(
        first.len() == 1 && !first[0].contains("If-None-Match") && !first[0].contains("if-none-match"),
        "{first:?}"
    );
    server.does(answer("304 Not Modified", ""));
    assert_eq!(refreshed(&site)["state"], "good");
    let asked = server.asked().concat().to_lowercase();
    assert!(asked.contains("if-none-match: \"one\"") && asked.starts_with("get /private/us.ics "), "{asked}");
    // Another stamp alone makes no other calendar.
    server.does(answer("200 OK", &calendar("Christmas", "20260202T020202Z")));
    refreshed(&site);
    assert_eq!(history(&site)["running"], 2);
    // What lies on disk and was not applied stays there.
    site.write("more.toml", "[people]\ncho = { ext = 103 }\n");
    server.does(answer("200 OK", &calendar("Closed for the feast", "20260202T020202Z")));
    refreshed(&site);
    daemon.says("version 3 is in force: calendars are others");
    let told = history(&site);
    assert_eq!((&told["running"], &told["versions"][0]["by"]), (&3.into(), &"calendar".into()), "{told}");
    assert!(explained(&site).contains("closed: \"Closed for the feast\""));
    let calls = site.run(&["person", "cho", "away"]);
    assert_eq!(calls.code, 1, "{calls:?}");
    // The version before has its own.
    assert_eq!(site.run(&["rollback", "2"]).code, 0);
    let own = std::fs::read_dir(site.data().join("versions/2/.calendars")).expect("it has one").count();
    assert_eq!(own, 1);
    daemon.stop();
}

#[test]
fn a_redirect_on_the_same_host_is_followed() {
    let (site, server) = (site("fetched-redirect"), Server::new(good("Christmas")));
    let daemon = site.serve();
    let moved = Server::new(answer(&format!("301 Moved Permanently\r\nLocation: {}", server.url()), ""));
    with_calendar(&site, &moved);
    let ran = site.run(&["apply"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(explained(&site).contains("closed: \"Christmas\""));
    daemon.stop();
}

/// Goal: a switch that starts without a copy starts, says so, and takes it in as soon as it can be fetched.
#[test]
fn a_start_goes_on_without_a_calendar_and_takes_it_in_later() {
    let (site, server) = (site("fetched-start"), Server::new(answer("503 Service Unavailable", "")));
    with_calendar(&site, &server);
    let daemon = site.serve();
    daemon.says("C908");
    daemon.says("there is no copy, and its days are as every other");
    assert!(!explained(&site).contains("closed:"));
    server.does(good("Christmas"));
    assert_eq!(refreshed(&site)["state"], "good");
    daemon.says("version 2 is in force: calendars are others");
    assert!(explained(&site).contains("closed: \"Christmas\""));
    daemon.stop();
}
