//! The little SDP a test phone needs: one audio stream with keys, of G.711 unless it is to speak another codec alone (RFC
//! 8866, RFC 3264).

use std::net::{IpAddr, SocketAddr};

use media::codec::{coder::Codec, g711::Law};

/// Payload type of keys in our own offers.
const KEYS: u8 = 101;

/// Payload type of Opus there.
const OPUS: u8 = 111;

/// What a phone speaks that was told nothing else.
const USUAL: [Codec; 2] = [Codec::Law(Law::Mu), Codec::Law(Law::A)];

/// The other side's audio, as far as we can use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Party {
    /// Where it wants RTP.
    pub(super) address: SocketAddr,
    /// What we send it, and expect.
    pub(super) codec: Codec,
    /// The payload type of that.
    pub(super) payload_type: u8,
    /// The payload type of keys, if it takes any.
    pub(super) keys: Option<u8>,
}

/// Our side: what we speak and keys as an offer, the one settled with `party` as an answer.
pub(super) fn write(local: SocketAddr, version: u32, only: Option<Codec>, party: Option<&Party>) -> String {
    let family = if local.is_ipv4() { "IP4" } else { "IP6" };
    let ip = local.ip();
    let offered = || {
        let ours = only.map_or(USUAL.to_vec(), |codec| vec![codec]);
        ours.into_iter().map(|codec| (number(codec), codec)).collect()
    };
    let formats: Vec<(u8, Codec)> =
        party.map_or_else(offered, |party| vec![(party.payload_type, party.codec)]);
    let taken = party.map_or(Some(KEYS), |party| party.keys);
    let numbers = formats.iter().map(|(number, _)| *number).chain(taken).map(|number| format!(" {number}"));
    let maps = formats.iter().map(|(number, codec)| format!("a=rtpmap:{number} {}\r\n", name(*codec)));
    let (numbers, maps) = (numbers.collect::<String>(), maps.chain(taken.map(keys)).collect::<String>());
    format!(
        "v=0\r\no=ringplan {version} {version} IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\n\
         m=audio {} RTP/AVP{numbers}\r\n{maps}a=ptime:20\r\na=sendrecv\r\n",
        local.port()
    )
}

const fn number(codec: Codec) -> u8 {
    match codec {
        Codec::Law(Law::Mu) => 0,
        Codec::Law(Law::A) => 8,
        Codec::G722 => 9,
        Codec::Opus => OPUS,
    }
}

const fn name(codec: Codec) -> &'static str {
    match codec {
        Codec::Law(Law::Mu) => "PCMU/8000",
        Codec::Law(Law::A) => "PCMA/8000",
        Codec::G722 => "G722/8000",
        Codec::Opus => "opus/48000/2",
    }
}

fn keys(number: u8) -> String {
    format!("a=rtpmap:{number} telephone-event/8000\r\na=fmtp:{number} 0-15\r\n")
}

/// Reads the other side's; `None` when it has no audio of ours.
pub(super) fn read(body: &[u8], only: Option<Codec>) -> Option<Party> {
    let text = str::from_utf8(body).ok()?;
    let ip: IpAddr = value(text, "c=IN IP4 ").or_else(|| value(text, "c=IN IP6 "))?.parse().ok()?;
    let mut media = value(text, "m=audio ")?.split(' ');
    let port: u16 = media.next()?.parse().ok()?;
    let formats: Vec<u8> = media.skip(1).filter_map(|format| format.parse().ok()).collect();
    let ours = only.map_or(USUAL.to_vec(), |codec| vec![codec]);
    let is_named = |at: u8, codec| text.contains(&format!("a=rtpmap:{at} {}", name(codec)));
    let codec_of = |at: u8| {
        let is_it = |codec: &Codec| match codec {
            Codec::Law(_) | Codec::G722 => number(*codec) == at,
            Codec::Opus => is_named(at, *codec),
        };
        ours.iter().copied().find(is_it)
    };
    let (payload_type, codec) = formats.iter().find_map(|at| Some((*at, codec_of(*at)?)))?;
    let is_keys = |number: &u8| text.contains(&format!("a=rtpmap:{number} telephone-event/8000"));
    let keys = formats.iter().copied().find(is_keys);
    (port != 0).then_some(Party { address: SocketAddr::new(ip, port), codec, payload_type, keys })
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
        let party = read(write(local, 1, None, None).as_bytes(), None).unwrap();
        let codec = Codec::Law(Law::Mu);
        assert_eq!(party, Party { address: local, codec, payload_type: 0, keys: Some(KEYS) });
    }

    #[test]
    fn who_speaks_but_one_codec_offers_and_takes_that_alone() {
        let local = "127.0.0.1:40000".parse().unwrap();
        for (codec, number) in [(Codec::G722, 9), (Codec::Opus, 111), (Codec::Law(Law::A), 8)] {
            let offer = write(local, 1, Some(codec), None);
            let party = read(offer.as_bytes(), Some(codec)).unwrap();
            assert_eq!((party.codec, party.payload_type, party.keys), (codec, number, Some(KEYS)));
            assert_eq!(read(offer.as_bytes(), Some(Codec::Law(Law::Mu))), None);
        }
    }

    #[test]
    fn an_answer_repeats_what_the_offer_had() {
        let local = "[::1]:40000".parse().unwrap();
        let offered = Party { address: local, codec: Codec::Law(Law::A), payload_type: 8, keys: None };
        assert_eq!(read(write(local, 1, None, Some(&offered)).as_bytes(), None), Some(offered));
    }

    #[test]
    fn a_stream_refused_or_without_our_codecs_is_none() {
        let refused = "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 0 RTP/AVP 0\r\n";
        let other = "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 9 RTP/AVP 9\r\n";
        assert_eq!(read(refused.as_bytes(), None), None);
        assert_eq!(read(other.as_bytes(), None), None);
    }
}
