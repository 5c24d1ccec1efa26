//! Which device a binding is, and the way to it.

use super::*;

#[test]
fn bindings_are_tried_by_q_and_then_the_latest_first() {
    let mut desk = Desk::new();
    for (contact, q) in [("a", "0.5"), ("b", "1.0"), ("c", "0.5"), ("d", "0.25")] {
        desk.registered(&format!("Contact: <sip:{contact}@192.0.2.10>;q={q}"));
        desk.after(1);
    }
    let users = |desk: &Desk| desk.contacts().iter().map(|it| it[4..5].to_owned()).collect::<String>();
    assert_eq!(users(&desk), "bcad");
    reply(desk.asks("Contact: <sip:a@192.0.2.10>;q=0.5"));
    assert_eq!(users(&desk), "bacd");
    let list = reply(desk.asks(""));
    assert_eq!(list.lines.iter().filter(|(name, _)| *name == Name::Contact).count(), 4);
    assert!(line(&list, Name::Contact).unwrap().starts_with("<sip:b@"));
}

/// RFC 5626 §6: the instance is the phone, wherever it is; with flow numbers each flow is one binding.
#[test]
fn an_instance_replaces_its_old_contact_and_its_flows_stand_side_by_side() {
    let mut desk = Desk::new();
    let at = |port: u16, more: &str| {
        format!("Contact: <sip:a@192.0.2.10:{port}>;+sip.instance=\"<urn:uuid:1>\"{more}")
    };
    desk.registered(&at(5060, ""));
    let moved = desk.asks_as("after-restart", 1, &at(5070, ""));
    let reply = desk.commits(moved);
    assert!(line(&reply, Name::Contact).unwrap().ends_with(";+sip.instance=\"<urn:uuid:1>\""));
    assert_eq!(desk.contacts(), ["sip:a@192.0.2.10:5070"]);
    let outcome = desk.asks_as("after-restart", 2, &at(5060, ";expires=0"));
    assert!(matches!(outcome, Outcome::Reply(_)), "a late farewell to the old address");
    assert_eq!(desk.contacts(), ["sip:a@192.0.2.10:5070"]);
    let mut desk = Desk::new();
    for (port, reg_id, bindings) in [(5060, 1, 1), (5060, 2, 2), (5080, 1, 2)] {
        let reply =
            desk.registered(&format!("Supported: outbound\n{}", at(port, &format!(";reg-id={reg_id}"))));
        assert_eq!(line(&reply, Name::Require), Some("outbound"));
        assert_eq!(desk.contacts().len(), bindings);
        desk.after(1);
    }
    assert_eq!(desk.contacts(), ["sip:a@192.0.2.10:5080", "sip:a@192.0.2.10:5060"]);
}

/// RFC 5626 §5.4: how soon the switch wants to hear something, of those whose flow ends here.
#[test]
fn a_phone_that_keeps_its_flow_is_told_the_pace() {
    let flow = "Contact: <sip:a@192.0.2.10>;+sip.instance=\"<urn:uuid:1>\";reg-id=1";
    let edge = "Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKp\nPath: <sip:edge.example;lr;ob>";
    let by_edge = format!("{edge}\nSupported: outbound\n{flow}");
    let outbound = format!("Supported: outbound\n{flow}");
    for (from, lines, pace) in [
        (udp("192.0.2.10:5060"), &*outbound, Some("29")),
        (tcp("192.0.2.10:40001", 7), &outbound, Some("120")),
        (udp("192.0.2.10:5060"), flow, None),
        (udp("192.0.2.10:5060"), &by_edge, None),
    ] {
        let mut desk = Desk::new();
        desk.flow = from;
        let reply = desk.registered(lines);
        assert_eq!(line(&reply, Name::FlowTimer), pace, "{lines}");
    }
}

#[test]
fn a_phone_that_takes_another_port_does_not_leave_its_old_contact_behind() {
    let mut desk = Desk::new();
    desk.registered("Contact: <sip:a@192.0.2.10:5060;line=x>");
    desk.registered("Contact: <sip:a@192.0.2.10:31337;line=y>");
    assert_eq!(desk.contacts(), ["sip:a@192.0.2.10:31337;line=y"]);
    assert_eq!(desk.stored().len(), 1);
    let other_phone = desk.asks_as("another", 1, "Contact: <sip:a@192.0.2.10:40000>");
    desk.commits(other_phone);
    assert_eq!(desk.contacts().len(), 2, "another registration is another phone");
}

/// RELIABILITY M1: what a phone says of itself against where it sends from.
#[test]
fn a_device_is_found_by_its_instance_or_where_the_phone_has_no_other() {
    let mut desk = Desk::new();
    desk.registered("Contact: <sip:rosa-desk@192.0.2.10:5060>;+sip.instance=\"<urn:uuid:1>\"");
    let request = register("rosa-desk", PHONE, "call-2", 1, "Contact: <sip:rosa-desk@192.0.2.10:5060>");
    let device = desk.registrar.device_on("rosa-desk", desk.flow, &request, desk.now.mono);
    assert_eq!(device.as_ref(), Some(desk.binding().device()));
    desk.flow = udp("192.0.2.77:5060");
    desk.registered("Contact: <sip:rosa-desk@192.0.2.77:5060>;+sip.instance=\"<urn:uuid:1>\"");
    let way = |desk: &Desk, device: Option<&str>| {
        desk.registrar.device("rosa-desk", device, desk.now.mono).map(|it| it.flow.remote.to_string())
    };
    assert_eq!(way(&desk, device.as_deref()).as_deref(), Some("192.0.2.77:5060"));
    assert_eq!(way(&desk, Some("another")).as_deref(), Some("192.0.2.77:5060"), "the only one there is");
    desk.flow = udp("192.0.2.88:5060");
    desk.registered("Contact: <sip:rosa-desk@192.0.2.88:5060>");
    assert_eq!(way(&desk, device.as_deref()).as_deref(), Some("192.0.2.77:5060"));
    assert_eq!(way(&desk, Some("another")), None, "one of two is a guess");
}

#[test]
fn a_device_whose_connection_broke_is_not_looked_for_at_another() {
    let mut desk = Desk::new();
    desk.flow = tcp("192.0.2.10:40001", 7);
    desk.registered("Contact: <sip:rosa-desk@192.0.2.10:5060;transport=tcp>;+sip.instance=\"<urn:uuid:1>\"");
    let mobile = desk.binding().device().clone();
    desk.registrar.flow_closed(desk.flow);
    desk.flow = udp("192.0.2.88:5060");
    desk.registered("Contact: <sip:rosa-desk@192.0.2.88:5060>;+sip.instance=\"<urn:uuid:2>\"");
    let way = |device: Option<&str>| desk.registrar.device("rosa-desk", device, desk.now.mono);
    assert!(way(Some(&mobile)).is_none());
    assert!(way(None).is_none(), "nobody knows which device it is");
}

#[test]
fn a_connection_is_gone_with_its_binding_and_another_that_stands_is_not() {
    let mut desk = Desk::new();
    desk.flow = tcp("192.0.2.10:40001", 7);
    desk.registered(CONTACT);
    let device = desk.binding().device().clone();
    let (own, newer) = (desk.flow, tcp("192.0.2.10:40002", 8));
    let is_gone = |desk: &Desk, flow| desk.registrar.is_gone("rosa-desk", &device, flow, desk.now.mono);
    assert!(!is_gone(&desk, own));
    desk.registrar.flow_closed(own);
    assert_eq!([is_gone(&desk, own), is_gone(&desk, newer)], [true, false], "it is back and registers soon");
    desk.after(100_000);
    assert!(is_gone(&desk, newer), "its binding expired");
}

#[test]
fn a_binding_leads_to_who_spoke_elsewhere_if_it_is_newer_or_listens_there() {
    let mut desk = Desk::new();
    desk.registered(CONTACT);
    let (before, after) = (desk.now.mono, desk.now.after(Duration::from_secs(9)).mono);
    let (other_port, elsewhere) = (udp("192.0.2.10:40001"), udp("192.0.2.99:5060"));
    assert!(desk.binding().leads_to(desk.flow, after));
    assert!(desk.binding().leads_to(other_port, after), "it speaks from any port and listens on one");
    assert!(!desk.binding().leads_to(elsewhere, after), "it moved and has not registered since");
    assert!(!desk.binding().leads_to(tcp("192.0.2.10:40001", 7), after));
    desk.after(5);
    desk.asks(CONTACT);
    assert!(desk.binding().leads_to(elsewhere, before), "it registered since");

    let mut desk = Desk::new();
    desk.registered("Contact: <sip:rosa-desk@192.168.1.30:5060>");
    assert!(
        desk.binding().behind_nat && !desk.binding().leads_to(other_port, after),
        "its NAT gave it another port"
    );
}

#[test]
fn nat_is_detected_and_requests_go_where_the_register_came_from() {
    let private = "Contact: <sip:a@10.0.0.5:5060>";
    let listens_elsewhere = "Contact: <sip:a@192.0.2.10:5071>";
    let victim = "Contact: <sip:a@203.0.113.66:5060>";
    for (via, contact, behind, towards) in [
        (PHONE, CONTACT, false, "192.0.2.10:5060"),
        (PHONE, listens_elsewhere, false, "192.0.2.10:5071"),
        (PHONE, "Contact: <sip:a@192.0.2.10>", false, "192.0.2.10:5060"),
        ("10.0.0.5:5060", private, true, "192.0.2.10:2048"),
        ("10.0.0.5:5060", CONTACT, true, "192.0.2.10:2048"),
        (PHONE, private, true, "192.0.2.10:2048"),
        (PHONE, victim, true, "192.0.2.10:2048"),
        (PHONE, "Contact: <sip:a@phone.lan>", true, "192.0.2.10:2048"),
        (PHONE, "Contact: <sip:a@192.0.2.10>\nPath: <sip:edge.example;lr>", false, "192.0.2.10:2048"),
    ] {
        let mut desk = Desk::new();
        desk.via = via.into();
        desk.flow = udp("192.0.2.10:2048");
        desk.registered(contact);
        let binding = desk.binding();
        assert_eq!(binding.behind_nat, behind, "{via} {contact}");
        let there: SocketAddr = towards.parse().unwrap();
        assert_eq!(binding.towards(), Towards::Flow(Flow { remote: there, ..desk.flow }), "{via} {contact}");
    }
    let mut desk = Desk::new();
    desk.registered("Contact: <sip:a@192.0.2.10:5062;transport=tcp>");
    let Towards::Contact(over_tcp) = desk.binding().towards() else { panic!("TCP is asked for") };
    assert_eq!(
        (over_tcp.numeric().unwrap(), over_tcp.transport),
        ("192.0.2.10:5062".parse().unwrap(), Transport::Tcp)
    );
}

#[test]
fn a_closed_connection_puts_its_bindings_to_sleep_until_the_phone_is_back() {
    let mut desk = Desk::new();
    desk.flow = tcp("192.0.2.10:40001", 7);
    desk.registered(CONTACT);
    assert_eq!(desk.binding().towards(), Towards::Flow(desk.flow));
    desk.registrar.flow_closed(tcp("192.0.2.10:40001", 8));
    assert_eq!(desk.registrar.live("rosa-desk", desk.now.mono), 1, "another connection");
    desk.registrar.flow_closed(desk.flow);
    assert_eq!(desk.registrar.live("rosa-desk", desk.now.mono), 0);
    assert_eq!(desk.registrar.phones().map(|(_, bindings)| bindings.len()).sum::<usize>(), 1);
    desk.flow = tcp("192.0.2.10:40002", 9);
    desk.registered(CONTACT);
    assert_eq!(desk.registrar.live("rosa-desk", desk.now.mono), 1);
}

/// RFC 5626 §3.2: several flows of one device are several ways to one phone.
#[test]
fn a_device_with_two_flows_is_one_and_its_newest_flow_comes_first() {
    let mut desk = Desk::new();
    let at = |id: u8, more: &str| {
        let contact = format!("<sip:a@192.0.2.{id}:5060;transport=tcp>");
        format!("Contact: {contact};+sip.instance=\"<urn:uuid:{id}>\"{more}")
    };
    for (connection, id, more) in [(7, 1, ";reg-id=1"), (8, 1, ";reg-id=2"), (9, 2, "")] {
        desk.flow = tcp("192.0.2.10:40001", connection);
        desk.registered(&at(id, more));
        desk.after(1);
    }
    let ways = |desk: &Desk| -> Vec<Vec<u32>> {
        let devices = desk.registrar.devices("rosa-desk", desk.now.mono);
        devices.iter().map(|flows| flows.iter().map(|it| it.flow.connection).collect()).collect()
    };
    assert_eq!(ways(&desk), [vec![9], vec![8, 7]]);
    assert_eq!(desk.registrar.live("rosa-desk", desk.now.mono), 2);
    let newest: Vec<u32> =
        desk.registrar.newest("rosa-desk", desk.now.mono).iter().map(|it| it.flow.connection).collect();
    assert_eq!(newest, [9, 8]);
    let second = desk.registrar.devices("rosa-desk", desk.now.mono)[1][0].device().clone();
    desk.registrar.flow_closed(tcp("192.0.2.10:40001", 8));
    assert_eq!(ways(&desk), [vec![9], vec![7]]);
    let way = desk.registrar.device("rosa-desk", Some(&second), desk.now.mono);
    assert_eq!(way.map(|it| it.flow.connection), Some(7), "its other flow leads to it too");
    desk.registrar.flow_closed(tcp("192.0.2.10:40001", 7));
    assert!(desk.registrar.device("rosa-desk", Some(&second), desk.now.mono).is_none(), "another device");
}
