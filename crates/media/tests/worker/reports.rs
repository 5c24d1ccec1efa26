//! RTCP between two parties whose numbers are not ours (RFC 3550 §6, §7.2).

use crate::rig::{Rig, ULAW, addr};

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn read(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks_exact(4).map(|word| u32::from_be_bytes(word.try_into().unwrap())).collect()
}

/// A sender report with one block, then a description that names somebody, then a goodbye.
fn report(speaker: u32, timestamp: u32, about: u32, highest: u32) -> Vec<u8> {
    let report = [
        0x81c8_000c,
        speaker,
        0xaaaa_0001,
        0xbbbb_0002,
        timestamp,
        50,
        8000, // its own stream
        about,
        0x1000_0003,
        highest,
        40,
        0xcccc_0003,
        0xdddd_0004, // ours
    ];
    let name = [0x81ca_0003, speaker, 0x0106_616e, 0x6140_7800];
    let goodbye = [0x81cb_0001, speaker];
    words(&[&report[..13], &name, &goodbye].concat())
}

#[test]
fn a_report_speaks_of_the_streams_the_other_party_knows() {
    let mut rig = Rig::new();
    let (mut a, mut b) = rig.call();
    let to_b = a.says(&mut rig, 1).unwrap().header;
    let b_began = b.sequence;
    let to_a = b.says(&mut rig, 1).unwrap().header;
    let from_a = Some(addr("10.0.0.1:4001"));

    let theirs = report(a.ssrc, a.timestamp, to_a.ssrc, u32::from(to_a.sequence) | 0x7_0000);
    let (from, bytes) = rig.rtcp(a.port, from_a, &theirs).unwrap();
    let out = read(&bytes);
    assert_eq!(from, b.port);
    assert_eq!(out[0..2], [0x81c8_000c, to_b.ssrc]);
    assert_eq!(out[2..4], [0xaaaa_0001, 0xbbbb_0002], "the wall clock is the speaker's own");
    assert_eq!(out[4], to_b.timestamp.wrapping_add(160));
    assert_eq!(out[7..10], [b.ssrc, 0x1000_0003, u32::from(b_began)]);
    assert_eq!(out[11..13], [0xcccc_0003, 0xdddd_0004], "so the round trip is from phone to phone");
    assert_eq!(out[13] >> 16, 0x81ca);
    assert_eq!(out[14], to_b.ssrc);
    let text = String::from_utf8_lossy(&bytes);
    assert!(!text.contains("ana@"), "a name went through: {text}");
    assert!(!out.iter().any(|word| word >> 16 == 0x81cb), "our stream does not end with the speaker's");
}

#[test]
fn a_report_about_nothing_the_peer_knows_stays_behind() {
    let mut rig = Rig::new();
    let (mut a, mut b) = rig.call();
    a.says(&mut rig, 1);
    b.says(&mut rig, 1);
    let receiver = words(&[0x81c9_0007, a.ssrc, 0x666, 0, 0, 0, 0, 0]);
    assert_eq!(rig.rtcp(a.port, None, &receiver), None);
    assert_eq!(rig.rtcp(a.port, None, &report(0x666, 0, 0x666, 0)), None);
}

#[test]
fn unsound_or_foreign_compounds_are_refused() {
    let mut rig = Rig::new();
    let (mut a, mut b) = rig.call();
    a.says(&mut rig, 1);
    let to_a = b.says(&mut rig, 1).unwrap().header;
    let good = report(a.ssrc, a.timestamp, to_a.ssrc, u32::from(to_a.sequence));
    let from_a = Some(addr("10.0.0.1:4001"));
    let mut longer = good.clone();
    longer[3] += 40;
    let mut padded_first = good.clone();
    padded_first[0] |= 0x20;
    let mut more_blocks = good.clone();
    more_blocks[0] |= 0x1f;
    let name_first = good[52..].to_vec();
    for bad in [&good[..good.len() - 2], &longer, &padded_first, &more_blocks, &name_first, &[]] {
        assert_eq!(rig.rtcp(a.port, from_a, bad), None);
    }
    assert_eq!(rig.rtcp(a.port, Some(addr("10.0.0.1:4003")), &good), None);
    assert!(rig.rtcp(a.port, from_a, &good).is_some());
}

#[test]
fn reports_on_the_rtp_port_go_there_only_if_settled() {
    let mut rig = Rig::new();
    let (mut a, mut b) = rig.call();
    a.says(&mut rig, 1);
    let to_a = b.says(&mut rig, 1).unwrap().header;
    let good = report(a.ssrc, a.timestamp, to_a.ssrc, u32::from(to_a.sequence));
    let mut datagram = media::rtp::Datagram::new();
    datagram.fill(&good);
    assert_eq!(rig.worker.rtp(rig.now, a.port, None, &mut datagram), None);
    rig.aim(&a, |remote| remote.rtcp = remote.rtp, ULAW);
    let sent = rig.worker.rtp(rig.now, a.port, None, &mut datagram);
    assert_eq!(sent, Some((b.port, media::worker::Channel::Rtcp)));
}
