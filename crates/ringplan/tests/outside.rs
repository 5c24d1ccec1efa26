//! `public`: whoever calls from another network is told that address, a neighbour the one that it reaches us at.

mod house;

use std::{
    io::{Read, Write},
    net::{IpAddr, SocketAddr, TcpStream},
};

use house::{
    Site,
    apart::{HERE, NEIGHBOUR, OUTSIDE, Others, with_others},
    authority::Authority,
    party::{Party, Place},
    wire::{Datagrams, connect_from, patient},
};
use sip::Message;

/// How our router is known outside, in either family.
const PUBLIC: [&str; 2] = ["203.0.113.5", "2001:db8:5::5"];

/// Anything that carries bytes.
trait Way: Read + Write + Send {}
impl<W: Read + Write + Send> Way for W {}

/// A site that listens on every address of a family, and says how it is seen.
struct Seen {
    site: Site,
    authority: Authority,
    /// Where it is for those in its network.
    here: IpAddr,
    port: u16,
    tls: u16,
    /// What its phones prove themselves with, by name.
    passwords: [(&'static str, String); 2],
}

impl Seen {
    fn new(name: &str, family: usize) -> Self {
        let (site, authority) = (Site::new(name), Authority::new());
        site.make_room(40);
        let tls = site.listen_for_tls(&authority.issue(&["pbx.test"]), "");
        let any = if family == 0 { "[\"0.0.0.0:" } else { "[\"[::]:" };
        for file in ["site.toml", "tls.toml"] {
            let text = std::fs::read_to_string(site.config().join(file)).expect("it was written");
            let public = format!("[site]\npublic = \"{}\"\n", PUBLIC[family]);
            site.write(file, &text.replace("[\"127.0.0.1:", any).replace("[site]\n", &public));
        }
        let here = HERE[family].parse().expect("an address");
        let passwords = ["ana-desk", "ben-desk"].map(|name| (name, site.add_phone(name)));
        Self { here, port: site.address.port(), tls: tls.port(), passwords, site, authority }
    }

    /// Ana's phone or Ben's, at this address of another host.
    fn phone(&self, others: &Others, who: usize, ip: &str, over: &'static str) -> Party<Box<dyn Way>> {
        let ip: IpAddr = ip.parse().expect("an address");
        let server = SocketAddr::new(self.here, if over == "TLS" { self.tls } else { self.port });
        let connected = || connect_from(ip, server);
        let (way, at): (Box<dyn Way>, _) = others.there(|| match over {
            "UDP" => {
                let way = Datagrams::connect(SocketAddr::new(ip, 0), server);
                let at = way.address();
                (Box::new(way) as Box<dyn Way>, at)
            }
            "TCP" => with_address(connected(), |stream| Box::new(stream)),
            _ => with_address(connected(), |stream| Box::new(self.authority.over(stream, "pbx.test", None))),
        });
        let (name, password) = self.passwords[who].clone();
        let media = SocketAddr::new(ip, 4_000);
        Party::new(way, Place { name, password, over, at, media })
    }

    /// What a message says of where we are: each of these is `ip`, at the port of the transport.
    fn tells(&self, message: &Message, over: &str, ip: &str) {
        let ip: IpAddr = ip.parse().expect("an address");
        let at = SocketAddr::new(ip, if over == "TLS" { self.tls } else { self.port });
        let line = |name| message.header_named(name).unwrap_or_default().to_owned();
        if message.status().is_none() {
            let via = line("Via");
            assert!(via.starts_with(&format!("SIP/2.0/{over} {at};")), "{via}, and not {at}");
        }
        let contact = line("Contact");
        assert!(
            contact.contains(&format!("@{at};")) || contact.ends_with(&format!("@{at}>")),
            "{contact}, and not {at}"
        );
        let body = String::from_utf8_lossy(&message.body()).into_owned();
        let family = format!("IN {} {ip}", if ip.is_ipv4() { "IP4" } else { "IP6" });
        let told: Vec<_> =
            body.lines().filter(|line| line.starts_with("o=") || line.starts_with("c=")).collect();
        assert!(told.len() == 2 && told.iter().all(|line| line.ends_with(&family)), "{told:?}, and not {ip}");
    }
}

fn with_address(
    stream: TcpStream,
    wrap: impl FnOnce(TcpStream) -> Box<dyn Way>,
) -> (Box<dyn Way>, SocketAddr) {
    patient(&stream);
    let at = stream.local_addr().expect("connected");
    (wrap(stream), at)
}

/// Goal: two phones call each other over each transport, in either direction; one is in our network and one behind a router
/// and all the way outside. In the same call each is told the address that leads to us from where it is: in Via, Contact and
/// SDP of what calls it, in Contact and SDP of what answers it.
#[test]
fn whoever_is_outside_is_told_the_public_address_and_a_neighbour_is_not() {
    with_others("whoever_is_outside_is_told_the_public_address_and_a_neighbour_is_not", |others| {
        for (family, name) in [(0, "outside-four"), (1, "outside-six")] {
            let seen = Seen::new(name, family);
            let daemon = seen.site.serve();
            for over in ["UDP", "TCP", "TLS"] {
                let ips = [(OUTSIDE[family], PUBLIC[family]), (NEIGHBOUR[family], HERE[family])];
                let [(far, public), (near, here)] = ips;
                let mut far = seen.phone(others, 0, far, over);
                let mut near = seen.phone(others, 1, near, over);
                far.registers(300);
                near.registers(300);
                call(&seen, (&mut far, public), (&mut near, here), ("102", over));
                call(&seen, (&mut near, here), (&mut far, public), ("101", over));
                far.registers(0);
                near.registers(0);
            }
            daemon.stop();
        }
    });
}

/// One calls the other; each is told of us by one of these addresses.
fn call(
    seen: &Seen,
    (caller, to_caller): (&mut Party<Box<dyn Way>>, &str),
    (callee, to_callee): (&mut Party<Box<dyn Way>>, &str),
    (extension, over): (&str, &str),
) {
    caller.calls(extension, &format!("{extension}-{over}"));
    let invite = callee.is_called();
    seen.tells(&invite, over, to_callee);
    callee.answers(&invite);
    let answer = caller.is_answered();
    seen.tells(&answer, over, to_caller);
    caller.hangs_up(&answer);
    callee.is_hung_up_on();
}
