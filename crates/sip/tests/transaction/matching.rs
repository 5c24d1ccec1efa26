//! Which transaction a message belongs to (RFC 3261 §8.2.2.2, §9.2, §17.1.3, §17.2.3; RFC 6026).

use clock::Full;
use sip::{
    Method, Name, Status,
    flow::Flow,
    transaction::{Outgoing, Up},
};

use crate::stand::{Stand, flow, millis, request, response, tcp, told, udp};

const THEIRS: &str = "192.0.2.7;branch=z9hG4bKtheirs";

#[test]
fn a_copy_of_a_request_is_absorbed() {
    let mut stand = Stand::new();
    let key = stand.receive_new(udp(), request("OPTIONS", THEIRS, ""));
    stand.receive(request("OPTIONS", THEIRS, ""));
    stand.is_quiet();
    stand.respond(key, Status::OK);
    stand.sent();
    stand.receive(request("OPTIONS", THEIRS, ""));
    assert_eq!(stand.sent().status(), Some(Status::OK));
}

#[test]
fn branch_sent_by_and_method_make_a_transaction() {
    let mut stand = Stand::new();
    let first = stand.receive_new(udp(), request("OPTIONS", THEIRS, ""));
    let others = [
        request("OPTIONS", "192.0.2.7;branch=z9hG4bKother", ""),
        request("OPTIONS", "192.0.2.8;branch=z9hG4bKtheirs", ""),
        request("OPTIONS", "192.0.2.7:5061;branch=z9hG4bKtheirs", ""),
        request("BYE", THEIRS, ""),
    ];
    for other in others {
        assert_ne!(stand.receive_new(udp(), other), first);
    }
    stand.receive_by(flow("192.0.2.9:1024"), request("OPTIONS", THEIRS, ""));
    stand.is_quiet();
}

#[test]
fn a_cancel_finds_its_invite() {
    let mut stand = Stand::new();
    let invite = stand.receive_new(udp(), request("INVITE", THEIRS, ""));
    stand.layer.set_user(invite, 77);
    stand.receive(request("CANCEL", THEIRS, ""));
    let Up::Cancelled { invite: found, user, cancel, .. } = stand.told() else { panic!("no CANCEL") };
    assert_eq!((found, user), (invite, Some(77)));
    stand.respond(cancel, Status::OK);
    assert_eq!(stand.sent().status(), Some(Status::OK));
    stand.receive(request("CANCEL", THEIRS, ""));
    assert_eq!(stand.sent().status(), Some(Status::OK), "a copy of the CANCEL is absorbed");
    stand.respond(invite, Status::REQUEST_TERMINATED);
    assert_eq!(stand.sent().status(), Some(Status::REQUEST_TERMINATED));
}

#[test]
fn a_cancel_still_finds_an_invite_that_was_answered() {
    let mut stand = Stand::new();
    let invite = stand.receive_new(udp(), request("INVITE", THEIRS, ""));
    stand.respond(invite, Status::OK);
    stand.news();
    stand.receive(request("CANCEL", THEIRS, ""));
    assert!(matches!(stand.told(), Up::Cancelled { invite: found, .. } if found == invite));
}

#[test]
fn a_cancel_of_nothing_is_answered_481_without_a_transaction() {
    let mut stand = Stand::new();
    let mut tags = Vec::new();
    for _ in 0..2 {
        stand.receive(request("CANCEL", THEIRS, ""));
        let response = stand.sent();
        assert_eq!(response.status(), Some(Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST));
        tags.push(response.to_tag().unwrap().to_owned());
    }
    assert_eq!(tags[0], tags[1], "copies of a request get copies of the response");
    assert!(stand.layer.is_idle());
}

#[test]
fn a_cancel_from_elsewhere_finds_nothing() {
    let mut stand = Stand::new();
    stand.receive_new(udp(), request("INVITE", THEIRS, ""));
    stand.receive(request("CANCEL", "192.0.2.7;branch=z9hG4bKguess", ""));
    stand.receive(request("CANCEL", "192.0.2.8;branch=z9hG4bKtheirs", ""));
    assert_eq!(stand.news(), [(0, "481".into()), (0, "481".into())]);
}

#[test]
fn the_ack_of_a_refusal_finds_its_invite() {
    let mut stand = Stand::new();
    let invite = stand.receive_new(udp(), request("INVITE", THEIRS, ""));
    stand.layer.set_user(invite, 77);
    stand.respond(invite, Status::BUSY_HERE);
    stand.news();
    stand.receive(request("ACK", "192.0.2.7;branch=z9hG4bKother", "b1"));
    assert_eq!(told(&stand.told()), "told ACK", "of another branch it is nobody's");
    stand.receive(request("ACK", THEIRS, "b1"));
    assert!(matches!(stand.told(), Up::AckFor { invite: found, user: Some(77) } if found == invite));
    stand.pass(millis(500));
    stand.is_quiet();
}

#[test]
fn the_ack_of_a_2xx_is_the_users() {
    let mut stand = Stand::new();
    let invite = stand.receive_new(udp(), request("INVITE", THEIRS, ""));
    stand.respond(invite, Status::OK);
    stand.news();
    for branch in ["192.0.2.7;branch=z9hG4bKack", THEIRS] {
        stand.receive(request("ACK", branch, "b1"));
        assert_eq!(told(&stand.told()), "told ACK");
    }
}

#[test]
fn an_ack_before_any_final_response_means_nothing() {
    let mut stand = Stand::new();
    stand.receive_new(udp(), request("INVITE", THEIRS, ""));
    stand.receive(request("ACK", THEIRS, ""));
    stand.is_quiet();
}

#[test]
fn peers_of_rfc_2543_are_told_apart_without_branch() {
    for via in ["192.0.2.7", "192.0.2.7;branch=1", "192.0.2.7;branch=z9hG4bK"] {
        let mut stand = Stand::new();
        let invite = stand.receive_new(udp(), request("INVITE", via, ""));
        stand.receive(request("INVITE", via, ""));
        stand.is_quiet();
        let next = request("INVITE", via, "").replace("CSeq: 1", "CSeq: 2");
        assert_ne!(stand.receive_new(udp(), next), invite);
        let other_call = request("INVITE", via, "").replace("c1", "c2");
        assert_ne!(stand.receive_new(udp(), other_call), invite);
        let other_target = request("INVITE", via, "").replace("INVITE sip:bob", "INVITE sip:rob");
        assert_ne!(stand.receive_new(udp(), other_target), invite);

        stand.receive(request("CANCEL", via, ""));
        assert!(matches!(stand.told(), Up::Cancelled { invite: found, .. } if found == invite));
        stand.respond(invite, Status::REQUEST_TERMINATED);
        stand.news();
        stand.receive(request("ACK", via, "b1"));
        assert!(matches!(stand.told(), Up::AckFor { invite: found, .. } if found == invite));
    }
}

#[test]
fn a_copy_that_came_another_way_is_merged() {
    let mut stand = Stand::new();
    let invite = |branch| request("INVITE", &format!("192.0.2.7;branch=z9hG4bK{branch}"), "");
    let merged = |stand: &mut Stand, text: String| {
        stand.receive(text);
        let Up::Request { message, .. } = stand.told() else { panic!("no request") };
        stand.layer.merged(&message)
    };
    assert!(!merged(&mut stand, invite("way1")));
    assert!(merged(&mut stand, invite("way2")));
    assert!(!merged(&mut stand, invite("way3").replace("CSeq: 1", "CSeq: 2")), "a new request, not a copy");
    assert!(!merged(&mut stand, request("INVITE", "192.0.2.7;branch=z9hG4bKway4", "b1")), "one in a dialog");
}

#[test]
fn the_end_of_one_copy_leaves_the_others_merged() {
    let mut stand = Stand::new();
    let way = |branch| request("OPTIONS", &format!("192.0.2.7;branch=z9hG4bK{branch}"), "");
    stand.receive_new(tcp(), way("way1"));
    let copy = stand.receive_new(tcp(), way("way2"));
    stand.respond(copy, Status::LOOP_DETECTED);
    stand.sent();
    stand.receive_by(tcp(), way("way3"));
    assert!(matches!(stand.told(), Up::Request { message, .. } if stand.layer.merged(&message)));
}

#[test]
fn what_was_merged_with_may_come_again_when_it_is_over() {
    let mut stand = Stand::new();
    let way = |branch| request("OPTIONS", &format!("192.0.2.7;branch=z9hG4bK{branch}"), "");
    let key = stand.receive_new(tcp(), way("way1"));
    stand.respond(key, Status::OK);
    stand.receive_by(tcp(), way("way2"));
    stand.sent();
    assert!(matches!(stand.told(), Up::Request { message, .. } if !stand.layer.merged(&message)));
}

#[test]
fn a_response_finds_its_request_by_branch_and_method() {
    let mut stand = Stand::new();
    let branch = stand.branch();
    let via = format!("192.0.2.1;branch={branch}");
    let invite = stand.request(udp(), Method::Invite, branch);
    stand.receive(response(180, "INVITE", &via));
    let cancel = stand.request(udp(), Method::Cancel, branch);
    stand.news();
    stand.receive(response(200, "CANCEL", &via));
    assert!(matches!(stand.told(), Up::Response { key, user: 5, .. } if key == cancel));
    stand.receive(response(487, "INVITE", &via));
    assert_eq!(*stand.sent().method(), Method::Ack);
    assert!(matches!(stand.told(), Up::Response { key, user: 5, .. } if key == invite));
}

#[test]
fn responses_to_nothing_are_dropped_but_for_a_2xx_to_invite() {
    let mut stand = Stand::new();
    for via in ["192.0.2.1", "192.0.2.1;branch=z9hG4bKshort", "192.0.2.1;branch=z9hG4bKaaaaaaaaaaaaaaaa"] {
        for status in [100, 180, 302, 486, 600] {
            stand.receive(response(status, "INVITE", via));
        }
        stand.receive(response(200, "BYE", via));
        stand.is_quiet();
        stand.receive(response(200, "INVITE", via));
        assert_eq!(told(&stand.told()), "told stray 200");
    }
}

#[test]
fn a_2xx_after_a_refusal_is_a_stray_for_the_user_to_hang_up() {
    let mut stand = Stand::new();
    let via = stand.asks(udp(), Method::Invite);
    stand.receive(response(487, "INVITE", &via));
    stand.news();
    stand.receive(response(200, "INVITE", &via));
    assert_eq!(told(&stand.told()), "told stray 200");
}

#[test]
fn the_flow_of_waiting_requests_fails() {
    let mut stand = Stand::new();
    for (method, flow) in
        [(Method::Invite, udp()), (Method::Bye, tcp()), (Method::Bye, flow("192.0.2.9:5060"))]
    {
        stand.asks(flow, method);
    }
    stand.news();
    stand.layer.flow_failed(stand.now, flow("192.0.2.99:5060"), &mut stand.out);
    stand.is_quiet();
    stand.layer.flow_failed(stand.now, udp(), &mut stand.out);
    stand.layer.flow_failed(stand.now, tcp(), &mut stand.out);
    assert_eq!(stand.news(), [(0, "told unreachable".into()), (0, "told unreachable".into())]);
    assert_eq!(stand.layer.live(), (1, 0));
}

#[test]
fn what_is_said_of_datagrams_ends_nothing_that_somebody_answered() {
    let mut stand = Stand::new();
    for method in [Method::Invite, Method::Bye] {
        let name = method.as_str().to_owned();
        let via = stand.asks(udp(), method);
        stand.receive(response(100, &name, &via));
    }
    stand.news();
    stand.receive_new(udp(), request("INVITE", THEIRS, ""));
    stand.layer.flow_failed(stand.now, udp(), &mut stand.out);
    stand.is_quiet();
    assert_eq!(stand.layer.live(), (2, 1));
}

#[test]
fn a_connection_that_breaks_while_somebody_rings_leaves_the_invite_standing() {
    // Whoever rings can still be cancelled, and still answers: by a connection of its own.
    let mut stand = Stand::new();
    let via = stand.asks(tcp(), Method::Invite);
    stand.receive(response(180, "INVITE", &via));
    stand.news();
    stand.layer.flow_failed(stand.now, tcp(), &mut stand.out);
    assert_eq!(told(&stand.told()), "told flow failed");
    stand.receive_by(Flow { connection: 10, ..tcp() }, response(200, "INVITE", &via));
    assert_eq!(told(&stand.told()), "told 200");
}

#[test]
fn a_refusal_is_acknowledged_down_the_connection_that_it_came_by() {
    let other = Flow { connection: 10, ..tcp() };
    for (asked, came, goes) in
        [(tcp(), other, other), (udp(), flow("192.0.2.8:5060"), udp()), (tcp(), udp(), tcp())]
    {
        let mut stand = Stand::new();
        let via = stand.asks(asked, Method::Invite);
        stand.news();
        stand.receive_by(came, response(486, "INVITE", &via));
        let (flow, bytes) = stand.out.sent.pop_front().unwrap();
        assert!(bytes.starts_with(b"ACK ") && flow == goes, "{asked} {came} {flow}");
    }
}

#[test]
fn an_invite_that_nobody_waits_for_ends_and_acknowledges_till_then() {
    // Method: its slot is free 64 T1 later; a refusal before that has its ACK.
    for refused in [false, true] {
        let mut stand = Stand::new();
        let branch = stand.branch();
        let key = stand.request(udp(), Method::Invite, branch);
        let via = format!("192.0.2.1;branch={branch}");
        stand.receive(response(100, "INVITE", &via));
        stand.layer.forsake(stand.now, key, &mut stand.out);
        stand.news();
        if refused {
            stand.receive(response(487, "INVITE", &via));
            assert_eq!(*stand.sent().method(), Method::Ack);
        }
        stand.history();
        assert!(stand.layer.is_idle());
        assert_eq!(stand.now.as_micros(), 32_000_000);
    }
}

#[test]
fn responses_follow_to_the_connection_that_replaces_a_broken_one() {
    let mut stand = Stand::new();
    let invite = stand.receive_new(tcp(), request("INVITE", THEIRS, ""));
    let other = Flow { connection: 10, ..tcp() };
    stand.layer.moves(invite, other);
    assert_eq!(stand.layer.flow_of(invite), Some(other));
    stand.layer.flow_failed(stand.now, tcp(), &mut stand.out);
    stand.is_quiet();
    stand.layer.flow_failed(stand.now, other, &mut stand.out);
    assert!(matches!(stand.told(), Up::ServerUnreachable { key, .. } if key == invite));
}

#[test]
fn a_failed_flow_is_told_of_a_request_but_does_not_end_it() {
    let mut stand = Stand::new();
    let invite = stand.receive_new(tcp(), request("INVITE", THEIRS, ""));
    stand.layer.flow_failed(stand.now, tcp(), &mut stand.out);
    assert!(matches!(stand.told(), Up::ServerUnreachable { key, .. } if key == invite));
    stand.receive_by(Flow { connection: 10, ..tcp() }, request("CANCEL", THEIRS, ""));
    assert!(matches!(stand.told(), Up::Cancelled { invite: found, .. } if found == invite));
}

#[test]
fn a_full_layer_refuses_with_503_and_keeps_nothing() {
    let mut stand = Stand::with_limits(1, 1);
    let first = stand.receive_new(udp(), request("INVITE", THEIRS, ""));
    stand.receive(request("INVITE", "192.0.2.7;branch=z9hG4bKtoomany", ""));
    let response = stand.sent();
    assert_eq!(response.status(), Some(Status::SERVICE_UNAVAILABLE));
    let wait: u32 = response.header(Name::RetryAfter).unwrap().parse().unwrap();
    assert!((5..=30).contains(&wait), "{wait}");
    stand.is_quiet();
    assert_eq!((stand.layer.live(), stand.layer.refused()), ((0, 1), 1));
    stand.respond(first, Status::RINGING);
    assert_eq!(stand.sent().status(), Some(Status::RINGING), "who is in is served on");
}

#[test]
fn a_full_layer_does_not_send() {
    let mut stand = Stand::with_limits(1, 1);
    let branches = [stand.branch(), stand.branch()];
    stand.request(udp(), Method::Bye, branches[0]);
    stand.news();
    let bytes = request("BYE", &format!("192.0.2.1;branch={}", branches[1]), "b1").into();
    let second =
        Outgoing { user: 6, flow: udp(), method: Method::Bye, branch: branches[1], bytes, timeout: None };
    assert_eq!(stand.layer.request(stand.now, second.clone(), &mut stand.out), Err(Full(())));
    stand.is_quiet();
    stand.receive(response(200, "BYE", &format!("192.0.2.1;branch={}", branches[0])));
    stand.news();
    stand.pass(millis(4_999));
    let again = stand.layer.request(stand.now, second.clone(), &mut stand.out);
    assert_eq!(again, Err(Full(())), "who waits for timer K counts");
    stand.pass(millis(1));
    assert!(stand.layer.request(stand.now, second, &mut stand.out).is_ok());
}

#[test]
fn a_stateless_response_leaves_nothing_behind() {
    let mut stand = Stand::new();
    let key = stand.receive_new(udp(), request("INVITE", THEIRS, ""));
    let bytes = response(401, "INVITE", THEIRS).into();
    stand.layer.respond_stateless(key, bytes, &mut stand.out);
    assert_eq!(stand.sent().status(), Some(Status::UNAUTHORIZED));
    assert!(stand.layer.is_idle());
    stand.receive(request("ACK", THEIRS, "b1"));
    assert_eq!(told(&stand.told()), "told ACK");
    assert_eq!(stand.history(), [], "no 100, no copies");
}

#[test]
fn a_request_is_kept_until_its_final_response() {
    let mut stand = Stand::new();
    let key = stand.receive_new(udp(), request("INVITE", THEIRS, ""));
    stand.respond(key, Status::RINGING);
    assert_eq!(stand.layer.request_of(key).unwrap().call_id(), "c1");
    stand.respond(key, Status::OK);
    assert!(stand.layer.request_of(key).is_none());
    assert_eq!(stand.layer.flow_of(key), Some(udp()));
}

#[test]
fn responses_go_where_rfc_3261_and_rfc_3581_send_them() {
    // Via, source of the request, port of the responses.
    let cases = [
        ("192.0.2.7;branch=z9hG4bK1", "192.0.2.7:40000", 5060),
        ("192.0.2.7:5062;branch=z9hG4bK2", "192.0.2.7:40000", 5062),
        ("192.0.2.7:5062;rport;branch=z9hG4bK3", "192.0.2.7:40000", 40000),
        ("phone.example:5062;branch=z9hG4bK4", "192.0.2.7:40000", 5062),
        // Behind NAT the port in the Via is one inside.
        ("10.0.0.5:5062;branch=z9hG4bK5", "192.0.2.7:40000", 40000),
    ];
    for (via, source, port) in cases {
        let mut stand = Stand::new();
        let key = stand.receive_new(flow(source), request("OPTIONS", via, ""));
        stand.respond(key, Status::OK);
        let (to, _) = stand.out.sent.pop_front().unwrap();
        assert_eq!((to.remote.ip(), to.remote.port()), (flow(source).remote.ip(), port), "{via}");
    }
    let mut stand = Stand::new();
    let key = stand.receive_new(tcp(), request("OPTIONS", "192.0.2.7:5062;branch=z9hG4bK6", ""));
    stand.respond(key, Status::OK);
    assert_eq!(stand.out.sent[0].0, tcp(), "a stream carries its own responses");
}
