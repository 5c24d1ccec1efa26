//! What `profile` sets, and that a trunk's own words come before it.

use std::time::Duration;

use callplan::{CalledFrom, Format, Host, Memory, Net, Profile, Site, Source, Transport, Trunk, load};

/// The trunk of this table.
fn trunk(table: &str) -> Trunk {
    let config = format!(
        "[site]\nname = \"Larch\"\ntimezone = \"UTC\"\ncountry = \"US\"\ndomain = \"pbx.example\"\n\
         phone_secrets = {{ file = \"secrets/phones\" }}\n[listen]\nudp = [\"192.0.2.1:5060\"]\n\
         [trunks.carrier]\n{table}"
    );
    let files = Memory::default().with("secrets/a", b"secret").with("secrets/phones", b"");
    let (site, _): (Site, _) = load(&[Source::new("site.toml", config)], &files).expect("a good site");
    site.trunks[0].clone()
}

const LOGIN: &str = "user = \"larch\"\nsecret = { file = \"secrets/a\" }\n";

fn net(text: &str) -> Net {
    Net::parse(text).expect("a network")
}

#[test]
fn twilio_is_known_by_its_addresses_and_spoken_to_over_tls() {
    let it = trunk(&format!("profile = \"twilio\"\nhost = \"larch.pstn.twilio.example\"\n{LOGIN}"));
    assert_eq!((it.profile, it.transport, it.format), (Profile::Address, Some(Transport::Tls), Format::E164));
    assert!(it.user.is_some() && it.secret.is_some(), "its challenges are answered");
    assert!(it.from.contains(&net("54.172.60.0/30")) && it.from.len() == 8);
}

#[test]
fn telnyx_registers_with_credentials_and_is_known_by_address_without() {
    let it = trunk(&format!("profile = \"telnyx\"\n{LOGIN}"));
    assert_eq!(
        (it.profile, &*it.host, it.transport),
        (Profile::Register, "sip.telnyx.com", Some(Transport::Tls))
    );
    assert_eq!(it.from, [net("192.76.120.10"), net("64.16.250.10")]);
    assert_eq!(trunk("profile = \"telnyx\"\n").profile, Profile::Address);
}

#[test]
fn a_carrier_over_tls_registers_if_it_gave_a_user() {
    let host = "profile = \"generic-tls\"\nhost = \"sip.carrier.example\"\n";
    assert_eq!(trunk(host).profile, Profile::Address);
    let it = trunk(&format!("{host}{LOGIN}"));
    assert_eq!((it.profile, it.transport), (Profile::Register, Some(Transport::Tls)));
}

#[test]
fn whatever_a_trunk_says_itself_comes_before_its_preset() {
    let it = trunk(
        "profile = \"twilio\"\nhost = \"203.0.113.9\"\ntransport = \"udp\"\nfrom = [\"203.0.113.0/24\"]\n\
         format = \"00\"\ncalled = \"to\"\nping = \"2m\"\n",
    );
    assert_eq!(
        (it.transport, it.format, it.called),
        (Some(Transport::Udp), Format::DoubleZero, CalledFrom::To)
    );
    assert_eq!((it.from, it.ping), (vec![net("203.0.113.0/24")], Some(Duration::from_secs(120))));
}

#[test]
fn a_trunk_that_says_nothing_leaves_the_transport_to_dns_and_is_asked_every_half_minute() {
    let it = trunk("profile = \"generic-address\"\nhost = \"sip.carrier.example\"\n");
    assert_eq!((it.transport, it.port, it.ping), (None, None, Some(Duration::from_secs(30))));
    assert_eq!(trunk("profile = \"generic-address\"\nhost = \"a.example\"\nping = \"off\"\n").ping, None);
}

#[test]
fn a_carrier_has_several_servers_and_a_proxy_before_them() {
    let it = trunk(
        "profile = \"generic-address\"\nhost = [\"a.example\", \"b.example:5070\", \"[2001:db8::1]:5080\"]\n\
         outbound_proxy = \"edge.example:5061\"\n",
    );
    let host = |name: &str, port| Host { name: name.into(), port };
    assert_eq!((&*it.host, it.port), ("a.example", None));
    assert_eq!(it.others, [host("b.example", Some(5070)), host("2001:db8::1", Some(5080))]);
    assert_eq!(it.outbound_proxy, Some(host("edge.example", Some(5061))));
}
