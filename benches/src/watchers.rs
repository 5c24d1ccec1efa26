//! Lamps: what a call costs whose two people have 20 watchers each, with all their NOTIFYs.

use std::{
    fmt::Write as _,
    fs,
    net::UdpSocket,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread::{sleep, spawn},
    time::Duration,
};

use sip::{
    Message, Method, Name,
    digest::{Algorithm, Challenge, Request, Secret, answer, ha1},
};
use xtask::net::{Net, PORT};

use crate::{
    peer::{folder, socket},
    switch,
    table::{Row, Table},
    ua::{description, header, hear, is_final, response, send, with_sdp},
};

/// Pairs of people who call one another at the same time.
const PAIRS: u32 = 8;
/// Who watches each person.
const WATCHERS: u32 = 20;
const ROUNDS: u32 = 25;
/// How long a call rings, talks, and is over: longer than states are merged, so that each is told.
const PAUSE: Duration = Duration::from_millis(300);
const DOMAIN: &str = "pbx.test";

/// The phones of one side, behind one socket.
struct Side {
    socket: UdpSocket,
    me: String,
}

/// A call that stands.
struct Call {
    id: String,
    to: String,
    target: String,
    /// The INVITE as the callee got it.
    offered: String,
}

/// Lets every pair call in rounds, all of them watched, and looks at the processor time of the whole process.
pub(crate) fn bench(table: &mut Table) -> Result<(), String> {
    let daemon = switch::start("watchers", Some(site()?))?;
    let tree = switch::tree(&daemon);
    let (callers, callees, watching) = (Side::new(10)?, Side::new(11)?, Side::new(12)?);
    let told = Arc::new(AtomicU32::new(0));
    for pair in 0..PAIRS {
        callees.register(&format!("d{pair}"))?;
    }
    watching.watch_all()?;
    watching.listen(Arc::clone(&told))?;
    round(&callers, &callees, 0)?;
    let (before, already) = (tree.spent(), told.load(Ordering::Relaxed));
    for number in 1..=ROUNDS {
        round(&callers, &callees, number)?;
    }
    let spent = tree.spent() - before;
    let calls = PAIRS * ROUNDS;
    let notifies = f64::from(told.load(Ordering::Relaxed) - already) / f64::from(calls);
    daemon.stop()?;
    let ours = spent.as_secs_f64() * 1000.0 / f64::from(calls);
    let work = format!("call whose two people have {WATCHERS} watchers each");
    let note = format!("{notifies:.0} NOTIFYs a call: it rings, talks, is over");
    table.add(Row { work, ours, unit: "ms", beside: None, goal: 1.0, note });
    // Early or trying, confirmed and terminated, each to all.
    let least = f64::from(WATCHERS * 2 * 3);
    if notifies >= least {
        Ok(())
    } else {
        Err(format!("{notifies} NOTIFYs a call, at least {least} are due"))
    }
}

/// Every pair calls, talks and hangs up.
fn round(callers: &Side, callees: &Side, number: u32) -> Result<(), String> {
    let begin = |pair| callers.call(callees, pair, number);
    let mut calls = (0..PAIRS).map(begin).collect::<Result<Vec<Call>, String>>()?;
    sleep(PAUSE);
    calls.iter_mut().try_for_each(|call| callees.pick_up(callers, call))?;
    sleep(PAUSE);
    calls.iter().try_for_each(|call| callers.hang_up(callees, call))?;
    sleep(PAUSE);
    Ok(())
}

impl Side {
    fn new(host: u8) -> Result<Self, String> {
        let net = Net::of_this_run();
        let socket = socket(net.address(host), PORT)?;
        socket.connect((net.address(1), PORT)).map_err(|error| error.to_string())?;
        socket.set_read_timeout(Some(Duration::from_secs(5))).map_err(|error| error.to_string())?;
        Ok(Self { socket, me: format!("{}:{PORT}", net.address(host)) })
    }

    /// A request as the phone of this name writes it.
    fn request(&self, method: &str, user: &str, to: &str, id: &str, cseq: u32, more: &str) -> String {
        let uri = if method == "REGISTER" { format!("sip:{DOMAIN}") } else { format!("sip:{to}@{DOMAIN}") };
        format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {};branch=z9hG4bK{method}{id}x{cseq};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:{user}@{DOMAIN}>;tag=bench\r\nTo: <sip:{to}@{DOMAIN}>\r\n\
             Call-ID: {id}\r\nCSeq: {cseq} {method}\r\nContact: <sip:{user}@{}>\r\n{more}",
            self.me, self.me
        )
    }

    /// Sends a request, and again with credentials; gives the final answer, or the second request where others
    /// are to hear of it first.
    fn prove(&self, method: &Method, user: &str, to: &str, id: &str, more: &str) -> Result<String, String> {
        let first = self.request(method.as_str(), user, to, id, 1, more);
        send(&self.socket, &bare(&first))?;
        let challenged = hear(&self.socket, |text| is_final(text) && header(text, "Call-ID") == id)?;
        if *method == Method::Invite {
            let to_tagged = header(&challenged, "To");
            let ack = first
                .replace("INVITE", "ACK")
                .replace(&format!("To: <sip:{to}@{DOMAIN}>"), &format!("To: {to_tagged}"));
            let ack = ack.replace("z9hG4bKACK", "z9hG4bKINVITE");
            send(&self.socket, &bare(&ack))?;
        }
        let message = Message::parse(challenged.clone().into()).map_err(|error| format!("{error:?}"))?;
        let (name, line) = if *method == Method::Register {
            (Name::WwwAuthenticate, "Authorization")
        } else {
            (Name::ProxyAuthenticate, "Proxy-Authorization")
        };
        let challenge = Challenge::choose(message.headers(name)).ok_or(challenged)?;
        let uri = first.split(' ').nth(1).unwrap_or_default();
        let asked = Request { method, uri, body: &[] };
        let proof = answer(&challenge, user, Secret::Password("secret"), &asked, "cnonce", 1);
        let proof = proof.ok_or("the challenge can't be answered")?;
        Ok(self.request(method.as_str(), user, to, id, 2, &format!("{line}: {proof}\r\n{more}")))
    }

    fn ask(&self, method: &Method, user: &str, to: &str, id: &str, more: &str) -> Result<(), String> {
        let proved = self.prove(method, user, to, id, more)?;
        send(&self.socket, &bare(&proved))?;
        let answered = hear(&self.socket, |text| is_final(text) && header(text, "Call-ID") == id)?;
        if answered.starts_with("SIP/2.0 200") { Ok(()) } else { Err(answered) }
    }

    fn register(&self, user: &str) -> Result<(), String> {
        self.ask(&Method::Register, user, user, &format!("r-{user}"), "Expires: 3600\r\n")
    }

    /// Each watcher has a lamp for one of the people.
    fn watch_all(&self) -> Result<(), String> {
        for pair in 0..PAIRS {
            for watcher in 0..WATCHERS {
                for person in ["c", "d"] {
                    let (user, id) = (format!("w{watcher}"), format!("s-{person}{pair}-{watcher}"));
                    let more = "Event: dialog\r\nExpires: 3600\r\n";
                    self.ask(&Method::Subscribe, &user, &format!("{person}{pair}"), &id, more)?;
                }
            }
        }
        Ok(())
    }

    /// Answers NOTIFYs and counts them, as long as the process lives.
    fn listen(&self, told: Arc<AtomicU32>) -> Result<(), String> {
        let socket = self.socket.try_clone().map_err(|error| error.to_string())?;
        spawn(move || {
            loop {
                let Ok(notify) = hear(&socket, |text| text.starts_with("NOTIFY ")) else { continue };
                told.fetch_add(1, Ordering::Relaxed);
                let _ =
                    send(&socket, &format!("{}Content-Length: 0\r\n\r\n", response(&notify, "200 OK", "")));
            }
        });
        Ok(())
    }

    /// Calls, until it rings.
    fn call(&self, callees: &Self, pair: u32, number: u32) -> Result<Call, String> {
        let id = format!("c-{pair}-{number}");
        let (user, to) = (format!("c{pair}"), format!("d{pair}"));
        let proved = self.prove(&Method::Invite, &user, &to, &id, "")?;
        send(&self.socket, &with_sdp(&proved, &description(&self.socket)?))?;
        let offered = hear(&callees.socket, |text| text.starts_with("INVITE "))?;
        let contact = format!("Contact: <sip:{to}@{}>\r\n", callees.me);
        let ringing = response(&offered, "180 Ringing", &contact);
        send(&callees.socket, &format!("{ringing}Content-Length: 0\r\n\r\n"))?;
        Ok(Call { id, to: String::new(), target: String::new(), offered })
    }

    /// Picks up, as the callee.
    fn pick_up(&self, callers: &Self, call: &mut Call) -> Result<(), String> {
        let contact = format!("Contact: <sip:x@{}>\r\n", self.me);
        let answer = response(&call.offered, "200 OK", &contact);
        send(&self.socket, &with_sdp(&answer, &description(&self.socket)?))?;
        let answered = hear(&callers.socket, |text| is_final(text) && header(text, "Call-ID") == call.id)?;
        if !answered.starts_with("SIP/2.0 200") {
            return Err(answered);
        }
        call.to = header(&answered, "To").to_owned();
        call.target = header(&answered, "Contact").trim_matches(['<', '>']).to_owned();
        callers.on_call("ACK", call, 2)
    }

    /// Hangs up, as the caller.
    fn hang_up(&self, callees: &Self, call: &Call) -> Result<(), String> {
        self.on_call("BYE", call, 3)?;
        hear(&self.socket, |text| is_final(text) && header(text, "Call-ID") == call.id)?;
        let id = header(&call.offered, "Call-ID").to_owned();
        let bye = hear(&callees.socket, |text| text.starts_with("BYE ") && header(text, "Call-ID") == id)?;
        send(&callees.socket, &format!("{}Content-Length: 0\r\n\r\n", response(&bye, "200 OK", "")))
    }

    fn on_call(&self, method: &str, call: &Call, cseq: u32) -> Result<(), String> {
        let (me, id) = (&self.me, &call.id);
        let user = format!("c{}", id.split('-').nth(1).unwrap_or_default());
        let text = format!(
            "{method} {} SIP/2.0\r\nVia: SIP/2.0/UDP {me};branch=z9hG4bK{method}{id};rport\r\nMax-Forwards: 70\r\n\
             From: <sip:{user}@{DOMAIN}>;tag=bench\r\nTo: {}\r\nCall-ID: {id}\r\nCSeq: {cseq} {method}\r\n\
             Content-Length: 0\r\n\r\n",
            call.target, call.to
        );
        send(&self.socket, &text)
    }
}

fn bare(head: &str) -> String {
    format!("{head}Content-Length: 0\r\n\r\n")
}

/// People in pairs and phones that watch, to be laid over the bench's site.
fn site() -> Result<PathBuf, String> {
    let folder = folder("watchers")?;
    let (mut people, mut phones, mut secrets) =
        ("[people]\n".to_owned(), "[phones]\n".to_owned(), String::new());
    let mut secret = |name: &str| {
        let _ = writeln!(secrets, "{name} MD5 {}", ha1(Algorithm::Md5, name, DOMAIN, "secret").as_str());
    };
    for (side, first) in [("c", 30_000), ("d", 30_100)] {
        for pair in 0..PAIRS {
            let name = format!("{side}{pair}");
            let _ = writeln!(people, "{name} = {{ ext = {} }}", first + pair);
            let _ = writeln!(phones, "{name} = {{ person = \"{name}\" }}");
            secret(&name);
        }
    }
    for watcher in 0..WATCHERS {
        let name = format!("w{watcher}");
        let _ = writeln!(phones, "{name} = {{ ext = {} }}", 31_000 + watcher);
        secret(&name);
    }
    let write = |path: PathBuf, text: &str| fs::write(path, text).map_err(|error| error.to_string());
    fs::create_dir_all(folder.join("secrets")).map_err(|error| error.to_string())?;
    write(folder.join("people.toml"), &format!("{people}{phones}"))?;
    write(folder.join("secrets/phones"), &secrets)?;
    Ok(folder)
}
