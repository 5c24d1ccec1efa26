//! The little SDP a test phone needs: one audio stream of G.711 with keys (RFC 8866, RFC 3264).

use std::net::{IpAddr, SocketAddr};

use media::codec::g711::Law;

/// Payload type of keys in our own offers.
const KEYS: u8 = 101;

/// The other side's audio, as far as we can use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Party {
    /// Where it wants RTP.
    pub(super) address: SocketAddr,
    /// What we send it, and expect.
    pub(super) law: Law,
    /// The payload type of that.
    pub(super) payload_type: u8,
    /// The payload type of keys, if it takes any.
    pub(super) keys: Option<u8>,
}

/// Our side: both laws and keys as an offer, the one settled with `party` as an answer.
pub(super) fn write(local: SocketAddr, version: u32, party: Option<&Party>) -> String {
    let family = if local.is_ipv4() { "IP4" } else { "IP6" };
    let ip = local.ip();
    let (formats, maps) = match party {
        None => (format!("0 8 {KEYS}"), rtpmap(Law::Mu) + &rtpmap(Law::A) + &keys(KEYS)),
        Some(party) => {
            let listed = party.keys.map(|number| format!(" {number}")).unwrap_or_default();
            (
                format!("{}{listed}", party.payload_type),
                rtpmap(party.law) + &party.keys.map(keys).unwrap_or_default(),
            )
        }
    };
    format!(
        "v=0\r\no=ringplan {version} {version} IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\n\
         m=audio {} RTP/AVP {formats}\r\n{maps}a=ptime:20\r\na=sendrecv\r\n",
        local.port()
    )
}

fn rtpmap(law: Law) -> String {
    match law {
        Law::Mu => "a=rtpmap:0 PCMU/8000\r\n".to_owned(),
        Law::A => "a=rtpmap:8 PCMA/8000\r\n".to_owned(),
    }
}

fn keys(number: u8) -> String {
    format!("a=rtpmap:{number} telephone-event/8000\r\na=fmtp:{number} 0-15\r\n")
}

/// Reads the other side's; `None` when it has no audio of ours.
pub(super) fn read(body: &[u8]) -> Option<Party> {
    let text = str::from_utf8(body).ok()?;
    let ip: IpAddr = value(text, "c=IN IP4 ").or_else(|| value(text, "c=IN IP6 "))?.parse().ok()?;
    let mut media = value(text, "m=audio ")?.split(' ');
    let port: u16 = media.next()?.parse().ok()?;
    let formats: Vec<u8> = media.skip(1).filter_map(|format| format.parse().ok()).collect();
    let payload_type = *formats.iter().find(|format| matches!(format, 0 | 8))?;
    let law = if payload_type == 0 { Law::Mu } else { Law::A };
    let is_keys = |number: &u8| text.contains(&format!("a=rtpmap:{number} telephone-event/8000"));
    let keys = formats.iter().copied().find(is_keys);
    (port != 0).then_some(Party { address: SocketAddr::new(ip, port), law, payload_type, keys })
}

/// The rest of the first line that begins so.
fn value<'a>(text: &'a str, begin: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(begin)).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_reads_back_as_the_first_law_with_keys() {
        let local = "127.0.0.1:40000".parse().unwrap();
        let party = read(write(local, 1, None).as_bytes()).unwrap();
        assert_eq!(party, Party { address: local, law: Law::Mu, payload_type: 0, keys: Some(KEYS) });
    }

    #[test]
    fn an_answer_repeats_what_the_offer_had() {
        let local = "[::1]:40000".parse().unwrap();
        let offered = Party { address: local, law: Law::A, payload_type: 8, keys: None };
        assert_eq!(read(write(local, 1, Some(&offered)).as_bytes()), Some(offered));
    }

    #[test]
    fn a_stream_refused_or_without_our_codecs_is_none() {
        let refused = "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 0 RTP/AVP 0\r\n";
        let other = "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 9 RTP/AVP 9\r\n";
        assert_eq!(read(refused.as_bytes()), None);
        assert_eq!(read(other.as_bytes()), None);
    }
}
