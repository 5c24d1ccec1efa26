//! Two who speak different codecs hear each other, and who speaks but one of them hears prompts and is recorded.

use media::{
    codec::{
        coder::{Codec, SOUND_MAX},
        resample::RATE,
    },
    control::{DoneReason, Format, Reply},
    convert::{Ear, Mouth},
    stage::tone::{level_of, sine},
};

use crate::rig::{ALAW, Phone, Rig, Sent, ULAW, ms};

const WIDE: &[(u8, Format)] = &[(9, Format::G722), (101, Format::TelephoneEvent(8000))];
const OPUS: &[(u8, Format)] = &[(111, Format::Opus), (110, Format::TelephoneEvent(48_000))];
const ALL: [&[(u8, Format)]; 4] = [ULAW, ALAW, WIDE, OPUS];

/// What is said of a tone of 1 kHz, frame by frame.
struct Voice {
    codec: Codec,
    number: u8,
    mouth: Mouth,
    tone: Vec<i16>,
    at: usize,
}

impl Voice {
    fn new(formats: &[(u8, Format)]) -> Self {
        let (number, format) = formats[0];
        let codec = Codec::of(format).unwrap();
        Self { codec, number, mouth: Mouth::new(codec), tone: sine(RATE, 1000.0, 8000.0, 80_000), at: 0 }
    }

    /// Says so many milliseconds; what was sent on.
    fn says(&mut self, rig: &mut Rig, phone: &mut Phone, length: usize) -> Option<Sent> {
        let frame = self.frame(rig, phone, length);
        let sent = rig.rtp(phone.port, Some(phone.address), &frame);
        rig.pass(ms(length as u64));
        sent
    }

    fn frame(&mut self, rig: &Rig, phone: &mut Phone, length: usize) -> Vec<u8> {
        let mut bytes = [0; 1500];
        let sound = &self.tone[self.at..self.at + 8 * length];
        self.at += 8 * length;
        let len = self.mouth.speak(rig.now, sound, RATE, &mut bytes).unwrap();
        let packet = phone.packet(self.number, &bytes[..len]);
        phone.timestamp = phone.timestamp.wrapping_add(length as u32 * self.codec.clock_khz());
        packet
    }
}

/// What is heard, at 8 kHz, and the milliseconds of each packet.
fn heard(sent: &[Sent], formats: &[(u8, Format)]) -> (Vec<i16>, Vec<usize>) {
    let codec = Codec::of(formats[0].1).unwrap();
    let (mut ear, mut all, mut lengths) = (Ear::new(codec), Vec::new(), Vec::new());
    for packet in sent {
        assert_eq!(packet.header.payload_type, formats[0].0);
        let (mut sound, mut narrow) = ([0; SOUND_MAX], [0; SOUND_MAX]);
        let count = ear.hear(packet.at, &packet.payload, &mut sound).unwrap();
        lengths.push(count * 1000 / codec.rate() as usize);
        let count = ear.narrow(&sound[..count], &mut narrow);
        all.extend_from_slice(&narrow[..count]);
    }
    (all, lengths)
}

fn steps(sent: &[Sent]) -> Vec<u32> {
    sent.windows(2).map(|pair| pair[1].header.timestamp.wrapping_sub(pair[0].header.timestamp)).collect()
}

fn assert_tone(sound: &[i16], what: &str) {
    let level = level_of(sound, 1000.0) - level_of(&sine(RATE, 1000.0, 8000.0, 8000), 1000.0);
    assert!(level.abs() < 1.2, "{what}: {level}");
    assert!(level_of(sound, 1700.0) < -35.0, "{what}");
}

/// Goal: pitch, level, numbers and time are right in each pair. Method: two seconds of 20 ms.
#[test]
fn each_hears_each_other_whatever_they_speak() {
    for from in ALL {
        for to in ALL {
            let mut rig = Rig::new();
            let (mut a, b) = (rig.phone(1, from), rig.phone(2, to));
            rig.connect(&a, &b);
            let mut voice = Voice::new(from);
            (0..100).for_each(|_| drop(voice.says(&mut rig, &mut a, 20)));
            let sent = rig.heard(&b);
            assert_eq!(sent.len(), 100);
            let unit = 20 * Codec::of(to[0].1).unwrap().clock_khz();
            assert!(steps(&sent).iter().all(|step| *step == unit), "{from:?} to {to:?}");
            assert!(sent.iter().skip(1).all(|sent| !sent.header.marker));
            let (sound, lengths) = heard(&sent, to);
            assert_eq!(lengths, [20; 100]);
            assert_tone(&sound[4000..12_000], &format!("{from:?} to {to:?}"));
        }
    }
}

#[test]
fn packets_of_30_ms_become_what_opus_has_without_a_gap_in_time() {
    let mut rig = Rig::new();
    let (mut a, b) = (rig.phone(1, ULAW), rig.phone(2, OPUS));
    rig.connect(&a, &b);
    let mut voice = Voice::new(ULAW);
    (0..60).for_each(|_| drop(voice.says(&mut rig, &mut a, 30)));
    let sent = rig.heard(&b);
    let (sound, lengths) = heard(&sent, OPUS);
    assert_eq!(lengths[..4], [20, 40, 20, 40]);
    assert_eq!(steps(&sent)[..4], [960, 1920, 960, 1920]);
    assert_tone(&sound[4000..12_000], "30 ms");
}

#[test]
fn what_is_lost_stays_a_gap_and_what_is_late_is_lost() {
    let mut rig = Rig::new();
    let (mut a, b) = (rig.phone(1, WIDE), rig.phone(2, OPUS));
    rig.connect(&a, &b);
    let mut voice = Voice::new(WIDE);
    let first = voice.says(&mut rig, &mut a, 20).unwrap();
    let late = voice.frame(&rig, &mut a, 20);
    voice.frame(&rig, &mut a, 20);
    rig.pass(ms(40));
    let next = voice.says(&mut rig, &mut a, 20).unwrap();
    assert_eq!(next.header.sequence.wrapping_sub(first.header.sequence), 3);
    assert_eq!(next.header.timestamp.wrapping_sub(first.header.timestamp), 3 * 960);
    assert_eq!(rig.rtp(a.port, Some(a.address), &late), None);
    let after = voice.says(&mut rig, &mut a, 20).unwrap();
    assert_eq!(after.header.timestamp.wrapping_sub(next.header.timestamp), 960);
}

#[test]
fn keys_keep_their_length_by_the_other_clock_and_stand_in_time() {
    let mut rig = Rig::new();
    let (mut a, b) = (rig.phone(1, OPUS), rig.phone(2, ALAW));
    rig.connect(&a, &b);
    let mut voice = Voice::new(OPUS);
    let sound = voice.says(&mut rig, &mut a, 20).unwrap();
    for held in 1..=3_u16 {
        let [high, low] = (held * 960).to_be_bytes();
        let packet = a.packet(110, &[5, 10, high, low]);
        let sent = rig.rtp(a.port, Some(a.address), &packet).unwrap();
        rig.pass(ms(20));
        assert_eq!(sent.header.payload_type, 96);
        assert_eq!(sent.header.timestamp.wrapping_sub(sound.header.timestamp), 160);
        let [high, low] = (held * 160).to_be_bytes();
        assert_eq!(sent.payload, [5, 10, high, low]);
    }
    a.timestamp = a.timestamp.wrapping_add(3 * 960);
    let after = voice.says(&mut rig, &mut a, 20).unwrap();
    assert_eq!(after.header.timestamp.wrapping_sub(sound.header.timestamp), 4 * 160);
}

#[test]
fn what_is_no_code_is_not_passed_on() {
    let mut rig = Rig::new();
    let (mut a, b) = (rig.phone(1, OPUS), rig.phone(2, ULAW));
    rig.connect(&a, &b);
    for junk in [&[][..], &[0xff; 3], &[0x03, 0x00]] {
        let packet = a.packet(111, junk);
        assert_eq!(rig.rtp(a.port, Some(a.address), &packet), None, "{junk:?}");
    }
    let mut voice = Voice::new(OPUS);
    assert!(voice.says(&mut rig, &mut a, 20).is_some());
}

#[test]
fn a_change_of_codec_during_the_call_is_followed() {
    let mut rig = Rig::new();
    let (mut a, b) = (rig.phone(1, WIDE), rig.phone(2, ULAW));
    rig.connect(&a, &b);
    let mut voice = Voice::new(WIDE);
    (0..20).for_each(|_| drop(voice.says(&mut rig, &mut a, 20)));
    let before = rig.heard(&b);
    rig.aim(&b, |_| {}, OPUS);
    (0..100).for_each(|_| drop(voice.says(&mut rig, &mut a, 20)));
    let after = rig.heard(&b);
    assert_eq!((before.len(), after.len()), (20, 100));
    assert_eq!(after[0].header.sequence, before[19].header.sequence.wrapping_add(1));
    assert_eq!(steps(&after), [960; 99]);
    assert_tone(&heard(&after, OPUS).0[4000..12_000], "after the change");
}

/// Goal: reports name times that the hearer knows. Method: that of a packet which it has.
#[test]
fn reports_name_times_by_the_hearers_clock() {
    let mut rig = Rig::new();
    let (mut a, b) = (rig.phone(1, OPUS), rig.phone(2, ULAW));
    rig.connect(&a, &b);
    let mut voice = Voice::new(OPUS);
    (0..10).for_each(|_| drop(voice.says(&mut rig, &mut a, 20)));
    let theirs = a.timestamp;
    let sent = voice.says(&mut rig, &mut a, 20).unwrap();
    let mut report = vec![0x80, 200, 0, 6];
    report.extend(a.ssrc.to_be_bytes());
    report.extend([0; 8]);
    report.extend(theirs.to_be_bytes());
    report.extend([0; 8]);
    let source = std::net::SocketAddr::new(a.address.ip(), a.address.port() + 1);
    let (_, told) = rig.rtcp(a.port, Some(source), &report).unwrap();
    assert_eq!(told[16..20], sent.header.timestamp.to_be_bytes());
}

#[test]
fn prompts_are_heard_in_every_codec() {
    for formats in ALL {
        let mut rig = Rig::new();
        let a = rig.phone(1, formats);
        rig.play(1, &a, &sine(RATE, 1000.0, 8000.0, 16_000), Some(1), ms(0));
        rig.pass(ms(2500));
        assert_eq!(rig.done(), [(1, DoneReason::Finished, 2000)]);
        let sent = rig.heard(&a);
        assert_eq!(sent.len(), 100);
        let unit = 20 * Codec::of(formats[0].1).unwrap().clock_khz();
        assert!(steps(&sent).iter().all(|step| *step == unit), "{formats:?}");
        assert_tone(&heard(&sent, formats).0[4000..12_000], &format!("{formats:?}"));
    }
}

#[test]
fn opus_is_made_in_lengths_that_it_has() {
    let mut rig = Rig::new();
    let a = rig.phone(1, OPUS);
    rig.aim(&a, |remote| remote.ptime_ms = 30, OPUS);
    rig.play(1, &a, &sine(RATE, 1000.0, 8000.0, 8000), Some(1), ms(0));
    rig.pass(ms(1500));
    assert_eq!(heard(&rig.heard(&a), OPUS).1, [20; 50]);
}

#[test]
fn messages_are_recorded_from_every_codec() {
    for formats in ALL {
        let mut rig = Rig::new();
        let mut a = rig.phone(1, formats);
        rig.record(1, &a, ms(10_000), ms(0));
        let mut voice = Voice::new(formats);
        (0..100).for_each(|_| drop(voice.says(&mut rig, &mut a, 20)));
        let spoke = rig.take(|reply| matches!(reply, Reply::Spoke { .. }).then_some(()));
        assert_eq!(spoke.len(), 1, "{formats:?}");
        rig.ask(media::control::Request::Stop { task: media::control::TaskId(1) });
        let recorded = rig.recorded();
        assert_eq!(recorded.len(), 16_000, "{formats:?}");
        assert_tone(&recorded[4000..12_000], &format!("{formats:?}"));
    }
}

/// Goal: codecs that remember hear each packet once. Method: what the peer hears is to the byte what it would hear if
/// nobody were recorded.
#[test]
fn who_is_recorded_while_talking_is_heard_as_well() {
    let call = |is_recorded: bool| {
        let mut rig = Rig::new();
        let (mut a, b) = (rig.phone(1, OPUS), rig.phone(2, WIDE));
        rig.connect(&a, &b);
        if is_recorded {
            rig.record(1, &a, ms(10_000), ms(0));
        }
        let mut voice = Voice::new(OPUS);
        (0..100).for_each(|_| drop(voice.says(&mut rig, &mut a, 20)));
        rig.ask(media::control::Request::Stop { task: media::control::TaskId(1) });
        (rig.heard(&b), rig.recorded())
    };
    let (sent, recorded) = call(true);
    assert_tone(&recorded[4000..12_000], "the recording");
    assert_tone(&heard(&sent, WIDE).0[4000..12_000], "the peer");
    assert!(sent == call(false).0);
}

/// The beat goes on: who waits hears silence, and a prompt after it begins in time.
#[test]
fn silence_is_made_in_every_codec() {
    for formats in [WIDE, OPUS] {
        let mut rig = Rig::new();
        let a = rig.phone(1, formats);
        rig.collect(1, &a);
        rig.pass(ms(1000));
        let (sound, _) = heard(&rig.heard(&a), formats);
        assert!(sound.len() >= 7800 && sound.iter().all(|sample| sample.abs() < 40), "{formats:?}");
    }
}
