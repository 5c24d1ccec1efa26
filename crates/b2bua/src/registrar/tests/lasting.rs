//! What outlives a moment, a process or a site, and what does not.

use super::*;

#[test]
fn what_comes_moves_or_goes_waits_for_its_commit_and_a_refresh_does_not() {
    let mut desk = Desk::new();
    let first = desk.registered(CONTACT);
    assert_eq!(first.status, Status::OK);
    assert!(line(&first, Name::Contact).unwrap().starts_with("<sip:rosa-desk@192.0.2.10:5060>;expires="));
    let refreshed = desk.asks(CONTACT);
    assert_eq!(reply(refreshed).status, Status::OK);
    desk.flow = udp("192.0.2.10:40000");
    let moved = desk.asks(CONTACT);
    assert_eq!(desk.commits(moved).status, Status::OK);
    assert_eq!(line(&desk.registered("Contact: *\nExpires: 0"), Name::Contact), None);
    assert_eq!(
        desk.registrar.counters(),
        Counters { added: 1, refreshed: 1, removed: 1, ..Counters::default() }
    );
}

/// DESIGN §7: written only when the row is older than half the interval.
#[test]
fn refreshes_are_written_now_and_then() {
    let mut desk = Desk::with(Limits { interval_min: Duration::from_secs(3600), ..Limits::default() });
    desk.registered(CONTACT);
    let mut written = Vec::new();
    for _ in 0..12 {
        desk.after(600);
        let rows = desk.rows.len();
        reply(desk.asks(CONTACT));
        written.push(desk.rows.len() > rows);
    }
    let every_fourth = [false, false, false, true];
    assert_eq!(written, every_fourth.repeat(3));
    let rows = desk.rows.iter().filter(|row| matches!(row, Request::PutBinding(Some(_), _))).count();
    assert_eq!(rows, 1, "nobody waits for a refresh");
}

#[test]
fn without_a_commit_in_time_the_phone_is_to_come_back_in_a_minute_and_waits_again() {
    let fails: [fn(&mut Desk, Ticket) -> Reply; 2] = [
        |desk, _| {
            assert_eq!(desk.registrar.timeout(), Some(Instant::from_micros(200_000)));
            desk.now = desk.now.after(Duration::from_millis(200));
            desk.registrar.tick(desk.now, &mut desk.rows).remove(0).1
        },
        |desk, ticket| desk.registrar.failed(desk.now, ticket).unwrap().1,
    ];
    for fail in fails {
        let mut desk = Desk::new();
        let Outcome::Wait(ticket) = desk.asks(CONTACT) else { panic!("does not wait") };
        let late = fail(&mut desk, ticket);
        assert_eq!((late.status, expires(&late), line(&late, Name::Expires)), (Status::OK, 60, Some("60")));
        assert_eq!(desk.registrar.counters().unsafe_replies, 1);
        assert_eq!(desk.contacts().len(), 1, "it can be called all the same");
        assert_eq!(desk.registrar.committed(desk.now, ticket), None, "answered once");
        assert!(matches!(desk.asks(CONTACT), Outcome::Wait(_)));
    }
}

#[test]
fn too_many_waiting_are_answered_as_if_the_store_had_failed() {
    let mut desk = Desk::with(Limits { waiting: 1, ..Limits::default() });
    assert!(matches!(desk.registers("a", "a", 1, CONTACT), Outcome::Wait(_)));
    assert_eq!(expires(&reply(desk.registers("b", "b", 1, CONTACT))), 60);
}

#[test]
fn bindings_expire_by_themselves_and_leave_nothing() {
    let mut desk = Desk::new();
    let granted = expires(&desk.registered(CONTACT));
    desk.after(granted - 1);
    desk.registrar.tick(desk.now, &mut desk.rows);
    assert_eq!(desk.contacts().len(), 1);
    desk.after(1);
    assert!(desk.contacts().is_empty(), "not live though nobody ticked");
    assert!(desk.registrar.timeout().unwrap() <= desk.now.mono);
    desk.registrar.tick(desk.now, &mut desk.rows);
    assert_eq!((desk.registrar.phones().count(), desk.registrar.timeout()), (0, None));
    assert!(desk.stored().is_empty());
}

/// DESIGN §7: what was acknowledged is there again, for half an interval longer than was written.
#[test]
fn a_restart_finds_every_binding_and_honours_it_longer() {
    let mut desk = Desk::with(Limits { interval_min: Duration::from_secs(3600), ..Limits::default() });
    desk.registered(CONTACT);
    desk.after(1700);
    reply(desk.asks(CONTACT));
    desk.flow = tcp("192.0.2.10:40001", 7);
    desk.registered("Contact: <sip:stream@192.0.2.10>");
    let rows = desk.stored();
    // The refresh after 1,700 s was not written: the row ends 3,600 s after the start, the binding 5,300 s.
    let mut later = Desk::new();
    later.now = desk.now.after(Duration::from_secs(3500));
    later.registrar.restore(later.now, &rows);
    assert_eq!(later.contacts(), ["sip:rosa-desk@192.0.2.10:5060"], "the stream sleeps");
    assert!(matches!(later.asks_as("call-1", 1, CONTACT), Outcome::Reply(_)), "too old a CSeq");
    assert_eq!(later.registrar.counters().refused, 1);
    assert_eq!(reply(later.asks_as("call-1", 9, CONTACT)).status, Status::OK);
    // Connections are counted anew by a new process, so one may look like one of the last.
    later.flow = desk.flow;
    let woken = later.asks_as("call-1", 10, "Contact: <sip:stream@192.0.2.10>");
    later.commits(woken);
    assert_eq!(later.contacts().len(), 2);
    let mut too_late = Desk::new();
    too_late.now = desk.now.after(Duration::from_secs(3701));
    too_late.registrar.restore(too_late.now, &rows);
    assert!(too_late.contacts().is_empty());
}

#[test]
fn damaged_rows_are_left_out_and_a_wild_clock_keeps_nothing_for_ever() {
    let mut desk = Desk::new();
    desk.registered(CONTACT);
    let good = desk.stored().remove(0);
    let broken =
        ["", "udp", "udp 1 2 0", "sctp 192.0.2.1:1 192.0.2.2:2 0", "udp 192.0.2.1:1 192.0.2.2:2 0 0"];
    let mut rows: Vec<_> =
        broken.iter().map(|flow| store::Binding { flow: (*flow).into(), ..good.clone() }).collect();
    rows.push(store::Binding { expires: Wall::from_unix_micros(i64::MAX), ..good });
    let mut later = Desk::new();
    later.registrar.restore(later.now, &rows);
    assert_eq!(later.contacts().len(), 1);
    later.after(7200 + 3600);
    assert!(later.contacts().is_empty());
}

/// Credentials and phones are always those of the newest version.
#[test]
fn a_phone_taken_out_of_the_config_is_forgotten() {
    let with = |phones: &str| {
        let config = format!(
            "[site]\nname = \"Larch\"\ntimezone = \"UTC\"\ncountry = \"US\"\ndomain = \"pbx.example\"\n\
             phone_secrets = {{ file = \"phones\" }}\n[listen]\nudp = [\"192.0.2.1:5060\"]\n{phones}"
        );
        let assets = callplan::Memory::default().with("phones", b"");
        callplan::load(&[callplan::Source::new("site.toml", config)], &assets).unwrap().0
    };
    let rosa = "[phones.rosa-desk]\next = 101\n";
    let (old, new) = (with(&format!("[phones.tom-desk]\next = 102\n{rosa}")), with(rosa));
    let mut desk = Desk::new();
    for (name, user) in [("tom-desk", "102"), ("rosa-desk", "101")] {
        let request = register(user, PHONE, name, 1, CONTACT);
        let phone = old.phone(name).unwrap();
        let outcome = desk.registrar.register(desk.now, &old, phone, desk.flow, 1, &request, &mut desk.rows);
        desk.commits(outcome);
    }
    desk.registrar.apply(&new, &mut desk.rows);
    assert_eq!(desk.registrar.phones().map(|(name, _)| name).collect::<Vec<_>>(), ["rosa-desk"]);
    assert_eq!(desk.stored().len(), 1);
}
