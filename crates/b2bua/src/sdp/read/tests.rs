use super::*;

const PHONE: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n\
    m=audio 11780 RTP/AVP 0 8 9 101\r\na=fmtp:101 0-15\r\na=rtpmap:101 telephone-event/8000\r\n\
    a=ptime:20.0\r\na=sendrecv\r\n";

fn read(text: &str) -> Result<Description, SdpError> {
    Description::parse(text.as_bytes())
}

#[test]
fn formats_keep_the_order_of_the_line_and_find_their_parameters() {
    let description = read(PHONE).unwrap();
    let names: Vec<_> = description.codecs.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["PCMU/8000", "PCMA/8000", "G722/8000", "telephone-event/8000"]);
    assert_eq!(description.codecs[3].fmtp.as_deref(), Some("0-15"));
    assert_eq!((description.port, description.rtcp_port, description.ptime_ms), (11780, 11781, 20));
}

/// Goal: nobody writes lines into what the other party is told.
#[test]
fn a_bare_return_ends_a_line() {
    let text = PHONE.replace("101 0-15", "101 0-15\rc=IN IP4 192.0.2.99");
    let description = read(&text).unwrap();
    assert_eq!(description.address, "192.0.2.99".parse::<IpAddr>().unwrap());
    assert!(description.codecs.iter().all(|codec| !format!("{codec:?}").contains("\\r")));
}

#[test]
fn media_level_overrules_the_session() {
    let text = PHONE.replace("a=sendrecv", "c=IN IP4 192.0.2.99\r\na=sendonly");
    let description = read(&text).unwrap();
    assert_eq!(description.address, "192.0.2.99".parse::<IpAddr>().unwrap());
    assert!(description.is_hold());
}

#[test]
fn both_spellings_of_hold_are_heard() {
    assert!(read(&PHONE.replace("sendrecv", "inactive")).unwrap().is_hold());
    assert!(read(&PHONE.replace("c=IN IP4 192.0.2.7", "c=IN IP4 0.0.0.0")).unwrap().is_hold());
    assert!(!read(PHONE).unwrap().is_hold());
}

/// RELIABILITY P4: nobody makes us send a packet a millisecond, or one a minute.
#[test]
fn packets_last_as_long_as_packets_do() {
    for (said, ms) in [
        ("10", 10),
        ("30", 30),
        ("40", 40),
        ("0", 10),
        ("5", 10),
        ("200", 60),
        ("-20", 20),
        ("99999999999", 20),
    ] {
        let description = read(&PHONE.replace("ptime:20.0", &format!("ptime:{said}"))).unwrap();
        assert_eq!(description.ptime_ms, ms, "{said}");
    }
}

#[test]
fn other_media_is_kept_to_be_refused_in_its_place() {
    let text = PHONE.replace("m=audio", "m=video 9000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\nm=audio");
    let description = read(&text).unwrap();
    assert_eq!(description.position, 1);
    assert_eq!(description.refused, [Refused { media: "video".into(), rest: "RTP/AVP 96".into() }]);
}

#[test]
fn a_line_for_sound_that_is_out_of_use_is_passed_over() {
    let video = "m=video 9000 RTP/AVP 96";
    let unused = "m=audio 0 RTP/AVP 18\r\na=sendonly\r\nm=image 9 udptl t38";
    let text = PHONE.replace("m=audio", &format!("{video}\r\n{unused}\r\nm=audio"));
    let description = read(&text).unwrap();
    assert_eq!((description.port, description.position, description.is_hold()), (11780, 3, false));
    let refused = |media: &str, rest: &str| Refused { media: media.into(), rest: rest.into() };
    let all = [refused("video", "RTP/AVP 96"), refused("audio", "RTP/AVP 18"), refused("image", "udptl t38")];
    assert_eq!(description.refused, all);
    let last = format!("{PHONE}m=audio 0 RTP/AVP 18\r\n");
    assert_eq!(read(&last).unwrap().port, 11780, "nor does it take the place of another");
}

#[test]
fn what_would_leave_no_sound_is_an_error_with_its_status() {
    let cases = [
        ("hello", SdpError::Unreadable, 400),
        ("v=0\r\nc=IN IP4 192.0.2.1\r\nm=video 9 RTP/AVP 96\r\n", SdpError::NoAudio, 488),
        ("v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 9 RTP/SAVP 0\r\n", SdpError::NoAudio, 488),
        ("v=0\r\nm=audio 9 RTP/AVP 0\r\n", SdpError::NoAddress, 488),
        ("v=0\r\nc=IN IP4 224.0.0.1\r\nm=audio 9 RTP/AVP 0\r\n", SdpError::ForbiddenAddress, 488),
        ("v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 9 RTP/AVP 77\r\n", SdpError::NoFormat, 488),
    ];
    for (text, error, status) in cases {
        let found = read(text).unwrap_err();
        assert_eq!((found, found.status().code()), (error, status), "{text}");
    }
    let mapped = read("v=0\r\nc=IN IP6 ::ffff:127.0.0.1\r\nm=audio 9 RTP/AVP 0\r\n").unwrap();
    assert!(mapped.address.is_loopback());
    let many = format!("v=0\r\nc=IN IP4 192.0.2.1\r\n{}", "m=audio 9 RTP/AVP 0\r\n".repeat(17));
    assert_eq!(read(&many).unwrap_err(), SdpError::TooManyMedia);
    assert_eq!(read(&format!("v=0\r\n{}", "a".repeat(SDP_BYTES_MAX))).unwrap_err(), SdpError::TooLong);
}
