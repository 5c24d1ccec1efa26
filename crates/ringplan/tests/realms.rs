//! Who is behind a carrier learns nothing of the secret that is the carrier's (RELIABILITY A8): the built daemon, and a carrier
//! that passes on what it is told.

mod house;

use std::{
    io::ErrorKind,
    net::{SocketAddr, UdpSocket},
};

use bytes::{Bytes, BytesMut};
use house::{
    Site,
    party::{Party, Place},
    wire::{Datagrams, PATIENCE},
};
use sip::{Message, Method, Name, Status, message::respond_to};

/// The realm of the carrier, and of whoever it calls.
const OWN: &str = "carrier.example";
const FAR: &str = "far.example";

/// What everybody who answers says of media.
const SDP: &str =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.4\r\ns=-\r\nc=IN IP4 127.0.0.4\r\nt=0 0\r\nm=audio 9000 RTP/AVP 0\r\n";

/// A carrier that is called.
struct Carrier(UdpSocket);

impl Carrier {
    fn new(host: &str) -> Self {
        let socket = UdpSocket::bind((host, 0)).expect("all of 127/8 is ours");
        socket.set_read_timeout(Some(PATIENCE)).expect("a time above zero");
        Self(socket)
    }

    fn at(&self) -> SocketAddr {
        self.0.local_addr().expect("bound")
    }

    /// The next request, of this method.
    fn hears(&self, method: &Method) -> (Message, SocketAddr) {
        let mut room = [0; 4_096];
        let (length, from) = self.0.recv_from(&mut room).expect("the switch calls");
        let message = Message::parse(Bytes::copy_from_slice(&room[..length])).expect("a message");
        assert_eq!(message.method(), method);
        (message, from)
    }

    fn says(
        &self,
        (to, from): &(Message, SocketAddr),
        status: Status,
        (name, value): (Name, &str),
        sdp: &str,
    ) {
        let mut room = BytesMut::new();
        let answer = respond_to(&mut room, to, *from, status, Some("carrier")).header(name, value);
        let answer = if sdp.is_empty() { answer } else { answer.body("application/sdp", sdp.as_bytes()) };
        self.0.send_to(&answer.end(), from).expect("it is taken");
    }

    /// Asks for a proof in this realm.
    fn challenges(&self, request: &(Message, SocketAddr), realm: &str) {
        let challenge = format!("Digest realm=\"{realm}\", nonce=\"of {realm}\", qop=\"auth\"");
        let status = Status::PROXY_AUTHENTICATION_REQUIRED;
        self.says(request, status, (Name::ProxyAuthenticate, &challenge), "");
        if *request.0.method() == Method::Invite {
            self.hears(&Method::Ack);
        }
    }

    /// Is called, and asks in its own realm before it goes on.
    fn is_called(&self) -> (Message, SocketAddr) {
        let invite = self.hears(&Method::Invite);
        assert_eq!(proofs(&invite.0), [] as [&str; 0]);
        self.challenges(&invite, OWN);
        let invite = self.hears(&Method::Invite);
        assert_eq!(proofs(&invite.0), [OWN]);
        invite
    }

    /// Nothing more came.
    fn hears_nothing(&self) {
        self.0.set_nonblocking(true).expect("a socket");
        let heard = self.0.recv(&mut [0; 4_096]).map_err(|error| error.kind());
        assert_eq!(heard, Err(ErrorKind::WouldBlock));
        self.0.set_nonblocking(false).expect("a socket");
    }
}

/// The realms that a request proves itself in.
fn proofs(request: &Message) -> Vec<&str> {
    let of = |line| sip::digest::Credentials::parse(line).expect("it can be read").realm;
    request.headers(Name::ProxyAuthorization).chain(request.headers(Name::Authorization)).map(of).collect()
}

/// A site that calls out over the first of these carriers, then over the other.
fn site(name: &str, first: &Carrier, other: &Carrier, realm: &str) -> Site {
    let site = Site::new(name);
    site.write("secrets/first", "secret");
    site.write(
        "out.toml",
        &format!(
            "[trunks.first]\nprofile = \"generic-address\"\nping = \"off\"\nhost = \"{}\"\nuser = \"larch\"\n\
             secret = {{ file = \"secrets/first\" }}\n{realm}[trunks.other]\nprofile = \"generic-address\"\n\
             ping = \"off\"\nhost = \"{}\"\n[people_defaults]\nallow = [\"internal\", \"national\"]\n\
             present = \"+12025550100\"\n[dial.national]\nto = [\"country:US\"]\nclass = \"national\"\n\
             trunks = [\"first\", \"other\"]\n",
            first.at(),
            other.at()
        ),
    );
    site
}

fn ana(site: &Site) -> Party<Datagrams> {
    let way = Datagrams::connect("127.0.0.1:0", site.address);
    let (at, password) = (way.address(), site.add_phone("ana-desk"));
    Party::new(way, Place { name: "ana-desk", password, over: "UDP", at, media: at })
}

const BUSY: (Status, (Name, &str)) = (Status::BUSY_HERE, (Name::Allow, "INVITE"));

/// Goal: the carrier asks in its own realm and is told a proof; then whoever it calls asks, through it, in another one. That is
/// not answered, the next carrier takes the call, and the operator reads the realm. Where the config names it, it is answered.
#[test]
fn who_is_called_is_given_a_proof_only_in_a_realm_that_the_config_names() {
    let written = format!("realm = [\"{OWN}\", \"{FAR}\"]\n");
    for (name, realm) in [("realm-learned", ""), ("realm-written", &*written)] {
        let (first, other) = (Carrier::new("127.0.0.4"), Carrier::new("127.0.0.5"));
        let site = site(name, &first, &other, realm);
        let daemon = site.serve();
        let mut ana = ana(&site);
        ana.calls("12025550177", name);
        let invite = first.is_called();
        first.challenges(&invite, FAR);
        let (status, line) = BUSY;
        if realm.is_empty() {
            other.says(&other.hears(&Method::Invite), status, line, "");
            daemon.says(&format!("INVITE not authorized in the realm \"{FAR}\""));
            first.hears_nothing();
        } else {
            let invite = first.hears(&Method::Invite);
            assert_eq!(proofs(&invite.0), [OWN, FAR]);
            first.says(&invite, status, line, "");
        }
        assert_eq!(ana.is_told().status(), Some(status));
    }
}

/// Goal: the same when a call that stands is hung up on. Whoever was called can ask for a proof then as well, and gets none; the
/// carrier itself is told one.
#[test]
fn who_was_called_is_given_no_proof_as_it_is_hung_up_on() {
    let (first, other) = (Carrier::new("127.0.0.4"), Carrier::new("127.0.0.5"));
    let site = site("realm-bye", &first, &other, "");
    let daemon = site.serve();
    let mut ana = ana(&site);
    for realm in [FAR, OWN] {
        ana.calls("12025550177", realm);
        let invite = first.is_called();
        first.says(&invite, Status::OK, (Name::Contact, &format!("<sip:{}>", first.at())), SDP);
        first.hears(&Method::Ack);
        let answer = ana.is_answered();
        ana.hangs_up(&answer);
        let bye = first.hears(&Method::Bye);
        first.challenges(&bye, realm);
        if realm == OWN {
            let bye = first.hears(&Method::Bye);
            assert_eq!(proofs(&bye.0), [OWN]);
            first.says(&bye, Status::OK, (Name::Allow, "BYE"), "");
        } else {
            daemon.says(&format!("BYE not authorized in the realm \"{FAR}\""));
            first.hears_nothing();
        }
    }
}
