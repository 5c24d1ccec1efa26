//! The daemon is told to end while people talk (RELIABILITY F10).

use std::{
    fmt::Write,
    net::UdpSocket,
    sync::mpsc::{self, Receiver, Sender, TryRecvError},
    thread::{self, JoinHandle},
    time::Duration,
};

use nix::sys::signal::Signal;
use sip::digest::{Algorithm, ha1};
use store::sqlite::{Filter, Reader};

use crate::{
    house::Site,
    phones::{PATIENCE, loudest, phone, register, registered, request, talk, talking, tone, until},
    ua::{News, Phone},
};

/// Calls under way when it is told.
const CALLS: u16 = 20;

/// What every phone of a couple proves itself with.
const PASSWORD: &str = "as secret as the others";

/// Two who talk, on a thread each.
struct Couple {
    /// Lets the caller go on: first to say something, then to hang up.
    go: Sender<()>,
    caller: JoinHandle<()>,
    callee: JoinHandle<()>,
}

impl Couple {
    /// People and phones for all, known to the site before it runs.
    fn furnish(site: &Site) {
        let (mut people, mut phones, mut secrets) =
            ("[people]\n".to_owned(), "[phones]\n".to_owned(), String::new());
        for (name, ext) in
            (0..CALLS).flat_map(|call| [(format!("a{call}"), 300 + call), (format!("b{call}"), 400 + call)])
        {
            let hash = ha1(Algorithm::Sha256, &name, "pbx.test", PASSWORD);
            let _ = writeln!(people, "{name} = {{ ext = {ext} }}");
            let _ = writeln!(phones, "{name} = {{ person = \"{name}\" }}");
            let _ = writeln!(secrets, "{name} {} {}", Algorithm::Sha256.as_str(), hash.as_str());
        }
        site.write("many.toml", &(people + &phones));
        site.write("secrets/phones", &secrets);
        site.make_room(2 * CALLS);
    }

    /// One calls the other. The caller tells when the call stands, and when both were heard.
    fn begin(site: &Site, call: u16, tell: &Sender<()>) -> Self {
        let mut callee = phone(site, &format!("b{call}"), PASSWORD);
        register(&mut callee);
        let callee = thread::spawn(move || {
            until(&mut callee, |news| matches!(news, News::Called(_)));
            callee.answer().expect("loopback has sockets");
            hear(&mut callee);
            callee.say(&tone(8_000));
            until(&mut callee, |news| *news == News::HungUp);
        });
        let mut caller = phone(site, &format!("a{call}"), PASSWORD);
        let (tell, (go, may_go)) = (tell.clone(), mpsc::channel());
        let caller = thread::spawn(move || {
            caller.call(&(400 + call).to_string(), "").expect("loopback has sockets");
            until(&mut caller, |news| *news == News::Answered);
            tell.send(()).expect("the test waits for it");
            stay(&mut caller, &may_go);
            caller.say(&tone(8_000));
            hear(&mut caller);
            tell.send(()).expect("the test waits for it");
            stay(&mut caller, &may_go);
            caller.hang_up();
            talk(&mut caller, Duration::from_millis(300));
        });
        Self { go, caller, callee }
    }

    fn go_on(&self) {
        self.go.send(()).expect("the caller waits for it");
    }

    /// The caller hangs up.
    fn part(self) {
        self.go_on();
        self.caller.join().expect("the caller was heard");
        self.callee.join().expect("the callee was heard");
    }
}

/// Sound flows until the other's tone is heard.
fn hear(phone: &mut Phone) {
    let deadline = phone.now() + PATIENCE;
    while loudest(phone.heard()) < 6_000 {
        assert!(phone.now() < deadline, "nothing is heard");
        talk(phone, Duration::from_millis(20));
    }
}

/// Sound flows until there is leave to go on.
fn stay(phone: &mut Phone, go: &Receiver<()>) {
    while go.try_recv() == Err(TryRecvError::Empty) {
        talk(phone, Duration::from_millis(20));
    }
}

/// A carrier that calls is told when to come back; it is known by its address.
fn refuses_a_carrier(site: &Site) {
    let carrier = UdpSocket::bind("127.0.0.3:0").expect("loopback has a free port");
    carrier.set_read_timeout(Some(PATIENCE)).expect("a time above zero");
    let here = carrier.local_addr().expect("bound");
    let invite = request("INVITE", here, "drain", "", "");
    carrier.send_to(invite.as_bytes(), site.address).expect("loopback takes it");
    let mut answer = [0; 1_500];
    let len = carrier.recv(&mut answer).expect("it is answered");
    let answer = String::from_utf8_lossy(&answer[..len]);
    assert!(answer.starts_with("SIP/2.0 503 ") && answer.contains("\r\nRetry-After: "), "{answer}");
}

/// How each call ended, and who ended it.
fn ends(site: &Site) -> Vec<(String, String, String)> {
    let reader = Reader::open(&site.data().join("ringplan.db")).expect("it is there");
    let calls = reader.records(&Filter::default()).expect("it can be read");
    let told = calls.iter().map(|it| (it.outcome.to_string(), it.cause.to_string(), it.ended_by.to_string()));
    told.collect()
}

fn end(outcome: &str, cause: &str, by: &str) -> (String, String, String) {
    (outcome.to_owned(), cause.to_owned(), by.to_owned())
}

#[test]
fn twenty_calls_outlive_the_order_to_stop_new_ones_are_refused_and_the_last_is_the_end() {
    let site = Site::new("drain");
    Couple::furnish(&site);
    let daemon = site.serve();
    site.add_phone("ana-desk");
    let (tell, told) = mpsc::channel();
    let mut couples: Vec<_> = (0..CALLS).map(|call| Couple::begin(&site, call, &tell)).collect();
    let all_told = || (0..CALLS).for_each(|_| told.recv_timeout(PATIENCE).expect("every call stands"));
    all_told();
    daemon.signal(Signal::SIGTERM);
    daemon.says("draining");
    let refused = site.run(&["dial", "--to", "102", "--from", "ana-desk", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&refused.out).expect("it is JSON");
    assert_eq!((refused.code, json["status"].as_u64()), (1, Some(503)), "{json}");
    refuses_a_carrier(&site);
    drop(registered(&site, "ben-desk"));
    couples.iter().for_each(Couple::go_on);
    all_told();
    let last = couples.pop().expect("there are twenty");
    couples.into_iter().for_each(Couple::part);
    let calls = site.run(&["calls"]).out;
    assert!(calls.contains("phone:a19, phone:b19"), "it lives as long as its last call: {calls}");
    last.part();
    assert_eq!(daemon.wait().code(), Some(0));
    assert_eq!(ends(&site), vec![end("answered", "hang-up", "caller"); CALLS.into()]);
}

#[test]
fn a_second_order_to_stop_hangs_up_and_records_what_is_left() {
    let site = Site::new("hurry");
    let daemon = site.serve();
    let (mut ana, callee) = talking(&site);
    daemon.signal(Signal::SIGTERM);
    daemon.says("draining");
    daemon.signal(Signal::SIGTERM);
    until(&mut ana, |news| *news == News::HungUp);
    callee.join().expect("ben lives");
    assert_eq!(daemon.wait().code(), Some(0));
    assert_eq!(ends(&site), [end("answered", "shutdown", "switch")]);
}
