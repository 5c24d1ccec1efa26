//! Timers A to M to the microsecond, on unreliable and reliable flows (RFC 3261 table 4, RFC 6026 §8).

use sip::{Method, Status};

use crate::stand::{Stand, millis, request, response, tcp, udp};

/// The same word at many times.
fn each(times: &[u64], word: &str) -> Vec<(u64, String)> {
    times.iter().map(|at| (*at, word.to_owned())).collect()
}

fn then(mut history: Vec<(u64, String)>, at: u64, word: &str) -> Vec<(u64, String)> {
    history.push((at, word.to_owned()));
    history
}

#[test]
fn timers_a_and_b_repeat_and_give_up_an_invite() {
    let mut stand = Stand::new();
    stand.asks(udp(), Method::Invite);
    let sent = each(&[0, 500, 1500, 3500, 7500, 15500, 31500], "INVITE");
    assert_eq!(stand.history(), then(sent, 32000, "told timed out"));
    assert!(stand.layer.is_idle());
}

#[test]
fn timer_b_may_be_cut_short() {
    let mut stand = Stand::new();
    let branch = stand.branch();
    stand.request_with(udp(), Method::Invite, branch, Some(millis(4000)));
    let sent = each(&[0, 500, 1500, 3500], "INVITE");
    assert_eq!(stand.history(), then(sent, 4000, "told timed out"));
}

#[test]
fn a_reliable_flow_repeats_nothing_but_gives_up() {
    for (method, word) in [(Method::Invite, "INVITE"), (Method::Bye, "BYE")] {
        let mut stand = Stand::new();
        stand.asks(tcp(), method);
        assert_eq!(stand.history(), then(each(&[0], word), 32000, "told timed out"));
    }
}

#[test]
fn timers_e_and_f_repeat_and_give_up_a_request() {
    let mut stand = Stand::new();
    stand.asks(udp(), Method::Bye);
    let sent = each(&[0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500], "BYE");
    assert_eq!(stand.history(), then(sent, 32000, "told timed out"));
}

#[test]
fn timer_e_slows_down_to_t2_after_a_provisional() {
    let mut stand = Stand::new();
    let via = stand.asks(udp(), Method::Bye);
    stand.pass(millis(600));
    stand.receive(response(100, "BYE", &via));
    stand.news();
    let sent = each(&[1500, 5500, 9500, 13500, 17500, 21500, 25500, 29500], "BYE");
    assert_eq!(stand.history(), then(sent, 32000, "told timed out"));
}

#[test]
fn a_provisional_ends_the_repetition_of_an_invite_and_its_wait() {
    let mut stand = Stand::new();
    let via = stand.asks(udp(), Method::Invite);
    stand.receive(response(180, "INVITE", &via));
    stand.news();
    assert_eq!(stand.history(), []);
    assert_eq!(stand.layer.live(), (1, 0), "who rings may ring for long");
}

#[test]
fn a_cancelled_invite_without_final_response_is_given_up_after_64_t1() {
    let mut stand = Stand::new();
    let branch = stand.branch();
    let via = format!("192.0.2.1;branch={branch}");
    stand.request(udp(), Method::Invite, branch);
    stand.receive(response(180, "INVITE", &via));
    stand.pass(millis(10_000));
    stand.request(udp(), Method::Cancel, branch);
    stand.receive(response(200, "CANCEL", &via));
    stand.news();
    assert_eq!(stand.history(), each(&[42_000], "told timed out"));
    assert!(stand.layer.is_idle());
}

#[test]
fn timer_d_acknowledges_copies_of_a_refusal_for_32_s() {
    let mut stand = Stand::new();
    let via = stand.asks(udp(), Method::Invite);
    stand.receive(response(486, "INVITE", &via));
    assert_eq!(stand.news(), [(0, "INVITE".into()), (0, "ACK".into()), (0, "told 486".into())]);
    stand.pass(millis(31_999));
    stand.receive(response(486, "INVITE", &via));
    assert_eq!(stand.news(), each(&[31_999], "ACK"));
    stand.pass(millis(1));
    stand.receive(response(486, "INVITE", &via));
    assert_eq!(stand.news(), []);
    assert!(stand.layer.is_idle());
}

#[test]
fn timer_d_is_zero_on_a_reliable_flow() {
    let mut stand = Stand::new();
    let via = stand.asks(tcp(), Method::Invite);
    stand.receive_by(tcp(), response(486, "INVITE", &via));
    assert!(stand.layer.is_idle());
}

#[test]
fn timer_k_absorbs_copies_of_a_final_response_for_t4() {
    let mut stand = Stand::new();
    let via = stand.asks(udp(), Method::Bye);
    stand.receive(response(200, "BYE", &via));
    stand.news();
    stand.pass(millis(4_999));
    stand.receive(response(200, "BYE", &via));
    stand.is_quiet();
    assert_eq!(stand.layer.live(), (1, 0));
    stand.pass(millis(1));
    assert!(stand.layer.is_idle());
}

#[test]
fn timer_m_passes_each_2xx_for_64_t1() {
    for flow in [udp(), tcp()] {
        let mut stand = Stand::new();
        let via = stand.asks(flow, Method::Invite);
        stand.receive(response(200, "INVITE", &via));
        stand.pass(millis(31_999));
        stand.news();
        stand.receive(response(200, "INVITE", &via));
        assert_eq!(stand.news(), each(&[31_999], "told 200"));
        stand.pass(millis(1));
        assert!(stand.layer.is_idle());
        stand.receive(response(200, "INVITE", &via));
        assert_eq!(stand.news(), each(&[32_000], "told stray 200"));
    }
}

#[test]
fn a_silent_user_lets_100_be_sent_after_200_ms() {
    let mut stand = Stand::new();
    let key = stand.receive_new(udp(), request("INVITE", "192.0.2.7;branch=z9hG4bKtheirs", ""));
    assert_eq!(stand.history(), each(&[200], "100"));
    stand.receive(request("INVITE", "192.0.2.7;branch=z9hG4bKtheirs", ""));
    assert_eq!(stand.news(), each(&[200], "100"), "a copy of the INVITE brings a copy of the response");
    stand.respond(key, Status::RINGING);
    assert_eq!(stand.history(), each(&[200], "180"));
}

#[test]
fn a_user_who_answers_in_time_makes_100_needless() {
    for status in [Status::RINGING, Status::OK, Status::BUSY_HERE] {
        let mut stand = Stand::new();
        let key = stand.receive_new(udp(), request("INVITE", "192.0.2.7;branch=z9hG4bKtheirs", ""));
        stand.pass(millis(199));
        stand.respond(key, status);
        stand.pass(millis(1));
        assert_eq!(stand.sent().status(), Some(status));
    }
}

#[test]
fn timers_g_and_h_repeat_a_refusal_until_its_ack_is_given_up() {
    let mut stand = Stand::new();
    let key = stand.receive_new(udp(), request("INVITE", "192.0.2.7;branch=z9hG4bKtheirs", ""));
    stand.respond(key, Status::BUSY_HERE);
    let sent = each(&[0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500], "486");
    assert_eq!(stand.history(), then(sent, 32000, "told ended"));
    assert!(stand.layer.is_idle());
}

#[test]
fn timer_g_does_not_run_on_a_reliable_flow() {
    let mut stand = Stand::new();
    let key = stand.receive_new(tcp(), request("INVITE", "192.0.2.7;branch=z9hG4bKtheirs", ""));
    stand.respond(key, Status::BUSY_HERE);
    assert_eq!(stand.history(), then(each(&[0], "486"), 32000, "told ended"));
}

#[test]
fn timer_i_absorbs_copies_of_an_ack_for_t4() {
    let mut stand = Stand::new();
    let key = stand.receive_new(udp(), request("INVITE", "192.0.2.7;branch=z9hG4bKtheirs", ""));
    stand.respond(key, Status::BUSY_HERE);
    stand.receive(request("ACK", "192.0.2.7;branch=z9hG4bKtheirs", "b1"));
    assert_eq!(stand.news(), [(0, "486".into()), (0, "told acknowledged None".into())]);
    stand.pass(millis(4_999));
    stand.receive(request("ACK", "192.0.2.7;branch=z9hG4bKtheirs", "b1"));
    stand.receive(request("INVITE", "192.0.2.7;branch=z9hG4bKtheirs", ""));
    stand.is_quiet();
    stand.pass(millis(1));
    assert!(stand.layer.is_idle());
}

#[test]
fn timer_i_is_zero_on_a_reliable_flow() {
    let mut stand = Stand::new();
    let key = stand.receive_new(tcp(), request("INVITE", "192.0.2.7;branch=z9hG4bKtheirs", ""));
    stand.respond(key, Status::BUSY_HERE);
    stand.receive_by(tcp(), request("ACK", "192.0.2.7;branch=z9hG4bKtheirs", "b1"));
    assert!(stand.layer.is_idle());
}

#[test]
fn timer_j_repeats_a_final_response_for_64_t1() {
    let mut stand = Stand::new();
    let bye = || request("BYE", "192.0.2.7;branch=z9hG4bKtheirs", "b1");
    let key = stand.receive_new(udp(), bye());
    stand.respond(key, Status::OK);
    stand.pass(millis(31_999));
    stand.news();
    stand.receive(bye());
    assert_eq!(stand.news(), each(&[31_999], "200"));
    stand.pass(millis(1));
    assert!(stand.layer.is_idle());
}

#[test]
fn timer_j_is_zero_on_a_reliable_flow() {
    let mut stand = Stand::new();
    let key = stand.receive_new(tcp(), request("BYE", "192.0.2.7;branch=z9hG4bKtheirs", "b1"));
    stand.respond(key, Status::OK);
    assert!(stand.layer.is_idle());
}

#[test]
fn timer_l_absorbs_copies_of_an_accepted_invite_for_64_t1() {
    for flow in [udp(), tcp()] {
        let mut stand = Stand::new();
        let invite = || request("INVITE", "192.0.2.7;branch=z9hG4bKtheirs", "");
        let key = stand.receive_new(flow, invite());
        stand.respond(key, Status::OK);
        stand.pass(millis(31_999));
        stand.news();
        stand.receive_by(flow, invite());
        stand.is_quiet();
        stand.respond(key, Status::OK);
        assert_eq!(stand.news(), each(&[31_999], "200"), "the user repeats its 2xx through the transaction");
        stand.pass(millis(1));
        assert!(stand.layer.is_idle());
        stand.respond(key, Status::OK);
        stand.is_quiet();
    }
}

#[test]
fn a_request_that_the_user_forgot_ends_with_its_senders_patience() {
    let mut stand = Stand::new();
    stand.receive_new(udp(), request("OPTIONS", "192.0.2.7;branch=z9hG4bKtheirs", ""));
    assert_eq!(stand.history(), each(&[32_000], "told ended"));
    assert!(stand.layer.is_idle());
}
