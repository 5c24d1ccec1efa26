//! What an operator is told of a trunk in trouble, in the log and by `ringplan trunks`: which trunk, which side erred, what
//! mends it. Seen from outside on a whole switch, one trouble after another.
#![expect(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test ends at its first surprise")]
#![expect(dead_code, reason = "the door is others' too")]

mod door;

use std::time::Duration;

use b2bua::{
    reach::{Answer, Fault},
    switch::{FlowEvent, Input, Log, Output},
};
use door::{Door, carrier::answer};
use sip::flow::{Flow, Transport};

/// What goes wrong, once the switch has begun.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// The carrier's answer to a REGISTER, and to the next if it is asked again.
    Says(&'static str, &'static str),
    /// No connection comes about.
    Fails(Fault),
    /// The network says that nobody is there.
    Bounces,
    /// Nobody says anything.
    Silence,
    /// The name servers know no such name.
    NoName,
    /// There are no name servers.
    NoNameServer,
}
use Trouble::{Bounces, Fails, NoName, NoNameServer, Says, Silence};

const OURS: &str = "our side: ";
const THEIRS: &str = "the carrier's side: ";
const BETWEEN: &str = "the way between: ";

const DIGEST: &str = "WWW-Authenticate: Digest realm=\"c\", nonce=\"n\", algorithm=MD5, qop=\"auth\"\r\n";

/// The trouble, what is said of it, and on which side it is sought.
const CASES: [(Trouble, &str, &str, &str); 24] = [
    (Says("401 Unauthorized", DIGEST), "user or secret is refused", OURS, "gave you"),
    (
        Says("401 Unauthorized", "WWW-Authenticate: Basic realm=\"c\"\r\n"),
        "can be answered",
        THEIRS,
        "Digest",
    ),
    (Says("403 Forbidden", ""), "403", THEIRS, "account is open"),
    (Says("404 Not Found", ""), "404", OURS, "`user`"),
    (Says("408 Request Timeout", ""), "408", THEIRS, "behind its edge"),
    (Says("423 Interval Too Brief", ""), "423", THEIRS, "intervals"),
    (Says("480 Temporarily Unavailable", ""), "480", THEIRS, "nothing to do here"),
    (Says("400 Bad Request", ""), "400", OURS, "ask it why"),
    (Says("302 Moved Temporarily", ""), "302", OURS, "`host`"),
    (Says("500 Server Internal Error", ""), "500", THEIRS, "out of order"),
    (Says("503 Service Unavailable", ""), "503", THEIRS, "out of order"),
    (Says("603 Decline", ""), "603", THEIRS, "account is open"),
    (Silence, "no answer", BETWEEN, "firewall"),
    (Bounces, "nobody is there", THEIRS, "`host`"),
    (Fails(Fault::Refused), "refuses the connection", THEIRS, "port"),
    (Fails(Fault::Silent), "no connection comes about", BETWEEN, "firewall"),
    (Fails(Fault::NoRoute), "no route", OURS, "network"),
    (Fails(Fault::System), "this system makes no connection", OURS, "files"),
    (Fails(Fault::OtherName), "certificate is for another name", THEIRS, "`host`"),
    (Fails(Fault::Expired), "certificate does not hold now", THEIRS, "renew"),
    (Fails(Fault::UnknownAuthority), "signed by nobody we believe", OURS, "[tls]"),
    (Fails(Fault::NoTls), "no TLS", THEIRS, "port"),
    (NoName, "no address", OURS, "`host`"),
    (NoNameServer, "no name server answers", OURS, "reaches its name servers"),
];

/// A switch with one trunk, and what it wants and says.
struct Office {
    door: Door,
    log: Vec<String>,
    /// REGISTERs that went out.
    asked: Vec<String>,
    wants: Vec<Output>,
}

const CARRIER: &str = "10.0.1.30:5061";

impl Office {
    fn open(host: &str, transport: &str) -> Self {
        let site = format!(
            "[trunks.larch]\nprofile = \"generic-register\"\nhost = \"{host}\"\ntransport = \"{transport}\"\n\
             user = \"larch\"\nsecret = {{ file = \"secrets/larch\" }}\nping = \"off\"\n"
        );
        let door = Door::with(&site);
        let mut office = Self { door, log: Vec::new(), asked: Vec::new(), wants: Vec::new() };
        office.listen();
        office
    }

    fn hears(&mut self, input: Input) {
        self.door.switch.handle(self.door.now, input);
        self.listen();
    }

    fn listen(&mut self) {
        while let Some(output) = self.door.switch.poll() {
            match output {
                Output::Log(Log::Info(line) | Log::Warn(line)) => self.log.push(line),
                Output::Transmit { bytes, .. } => {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    self.asked.extend(Some(text).filter(|text| text.starts_with("REGISTER ")));
                }
                other => self.wants.push(other),
            }
        }
    }

    fn flow() -> Flow {
        let (local, remote) = ("10.0.0.1:5060".parse().unwrap(), CARRIER.parse().unwrap());
        Flow { transport: Transport::Udp, local, remote, connection: 0 }
    }

    /// Time passes, a second at a time.
    fn waits(&mut self, seconds: u32) {
        for _ in 0..seconds {
            self.door.now = self.door.now.after(Duration::from_secs(1));
            self.hears(Input::Time);
        }
    }
}

fn after(trouble: Trouble) -> Office {
    let (host, transport) = match trouble {
        Fails(_) => (CARRIER, "tls"),
        NoName | NoNameServer => ("sip.carrier.example", "udp"),
        Says(..) | Bounces | Silence => (CARRIER, "udp"),
    };
    let mut office = Office::open(host, transport);
    match trouble {
        Says(status, lines) => {
            for at in 0..2 {
                let Some(register) = office.asked.get(at).cloned() else { break };
                let bytes = answer(&register, status, lines).into();
                office.hears(Input::Datagram { flow: Office::flow(), bytes });
            }
        }
        Fails(fault) => {
            let id = office.wants.iter().find_map(|want| match want {
                Output::Open { id, .. } => Some(*id),
                _ => None,
            });
            office.hears(Input::Flow(FlowEvent::Failed(id.unwrap(), fault)));
        }
        Bounces => office.hears(Input::Flow(FlowEvent::Closed(Office::flow()))),
        Silence => office.waits(40),
        NoName | NoNameServer => {
            let question = office.wants.iter().find_map(|want| match want {
                Output::Resolve { question, .. } => Some(*question),
                _ => None,
            });
            let answer = if matches!(trouble, NoName) { Answer::Nobody } else { Answer::Unknown };
            office.hears(Input::Resolved { question: question.unwrap(), answer });
        }
    }
    office
}

#[test]
fn every_trouble_names_the_trunk_the_side_and_the_mend() {
    for (trouble, what, side, mend) in CASES {
        let office = after(trouble);
        let says = |line: &str| line.contains(what) && line.contains(side) && line.contains(mend);
        let lines: Vec<_> = office.log.iter().filter(|line| says(line)).collect();
        assert!(
            lines.iter().any(|line| line.starts_with("trunk larch is not registered: ")),
            "{trouble:?}: {:?}",
            office.log
        );
        let view = office.door.switch.view();
        let trunk = view.trunks.iter().find(|trunk| &*trunk.name == "larch").unwrap();
        assert!(says(&trunk.health) && !trunk.is_usable, "{trouble:?}: {}", trunk.health);
    }
}

/// Goal: a trunk that does not register is in trouble too, and one that is told of once is not told of with each attempt.
#[test]
fn a_connection_that_fails_is_told_once_and_so_is_its_end() {
    let site = format!("[trunks.larch]\nprofile = \"generic-tls\"\nhost = \"{CARRIER}\"\nping = \"5s\"\n");
    let mut office = Office { door: Door::with(&site), log: vec![], asked: vec![], wants: vec![] };
    office.listen();
    let mut failures = 0;
    for _ in 0..30 {
        office.waits(1);
        for want in std::mem::take(&mut office.wants) {
            if let Output::Open { id, .. } = want {
                failures += 1;
                office.hears(Input::Flow(FlowEvent::Failed(id, Fault::OtherName)));
            }
        }
    }
    let told = |office: &Office, what: &str| office.log.iter().filter(|line| line.contains(what)).count();
    assert!(
        failures > 2
            && told(&office, "trunk larch: 10.0.1.30:5061: its certificate is for another name") == 1
    );
    let view = office.door.switch.view();
    let trunk = view.trunks.iter().find(|trunk| &*trunk.name == "larch").unwrap();
    assert!(
        !trunk.is_usable && trunk.servers[0].state.contains("the carrier's side: write as `host`"),
        "{trunk:?}"
    );
    for _ in 0..6 {
        office.waits(1);
        for want in std::mem::take(&mut office.wants) {
            if let Output::Open { id, .. } = want {
                let flow = Flow { transport: Transport::Tls, connection: 7, ..Office::flow() };
                office.hears(Input::Flow(FlowEvent::Opened(id, flow)));
            }
        }
    }
    assert_eq!(told(&office, "10.0.1.30:5061 takes connections again"), 1, "{:?}", office.log);
}
