//! Writing our own descriptions.

use std::{fmt, net::IpAddr};

use super::{Codecs, Description, Direction, Profile, Refused};

/// Our side of a stream, as offered or answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// Session id of the `o=` line, constant for a leg.
    pub session: u64,
    /// Session version, one more with each change (RFC 3264 §8).
    pub version: u32,
    /// Address told to the party.
    pub address: IpAddr,
    /// Even RTP port.
    pub port: u16,
    /// Formats, the preferred one first.
    pub codecs: Codecs,
    /// Milliseconds a packet we would like to get.
    pub ptime_ms: u8,
    /// Which way media flows, in our words.
    pub direction: Direction,
    /// The profile, in an answer that of the offer.
    pub profile: Profile,
    /// Position of the audio line among all m-lines.
    pub position: usize,
    /// The other m-lines, refused.
    pub refused: Vec<Refused>,
}

impl Local {
    /// Takes on the form of `offer`, so that this becomes its answer: same profile, same m-lines in the same
    /// places, and the direction that its direction allows.
    pub fn answering(mut self, offer: &Description) -> Self {
        self.profile = offer.profile;
        self.position = offer.position;
        self.refused.clone_from(&offer.refused);
        self.direction = offer.direction.answered();
        self
    }
}

impl fmt::Display for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let family = if self.address.is_ipv4() { "IP4" } else { "IP6" };
        let Self { session, version, address, .. } = self;
        write!(f, "v=0\r\no=- {session} {version} IN {family} {address}\r\ns=-\r\n")?;
        write!(f, "c=IN {family} {address}\r\nt=0 0\r\n")?;
        for refused in &self.refused[..self.position.min(self.refused.len())] {
            write!(f, "m={} 0 {}\r\n", refused.media, refused.rest)?;
        }
        write!(f, "m=audio {} {}", self.port, self.profile.as_str())?;
        for codec in &self.codecs {
            write!(f, " {}", codec.number)?;
        }
        f.write_str("\r\n")?;
        for codec in &self.codecs {
            write!(f, "a=rtpmap:{} {codec}\r\n", codec.number)?;
            if let Some(parameters) = &codec.fmtp {
                write!(f, "a=fmtp:{} {parameters}\r\n", codec.number)?;
            }
        }
        write!(f, "a=ptime:{}\r\na={}\r\n", self.ptime_ms, self.direction.as_str())?;
        for refused in &self.refused[self.position.min(self.refused.len())..] {
            write!(f, "m={} 0 {}\r\n", refused.media, refused.rest)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_the_lines_of_its_offer_in_their_places() {
        let offer = "v=0\r\nc=IN IP4 192.0.2.1\r\nm=video 9 RTP/AVP 96\r\nm=audio 4000 RTP/AVPF 8 0\r\na=sendonly\r\n\
                     m=image 9 udptl t38\r\n";
        let offer = Description::parse(offer.as_bytes()).unwrap();
        let local = Local {
            session: 7,
            version: 1,
            address: "198.51.100.1".parse().unwrap(),
            port: 20_000,
            codecs: offer.codecs.clone(),
            ptime_ms: 20,
            direction: Direction::SendRecv,
            profile: Profile::Avp,
            position: 0,
            refused: Vec::new(),
        };
        let text = local.answering(&offer).to_string();
        let media: Vec<_> = text.lines().filter(|line| line.starts_with("m=")).collect();
        assert_eq!(media, ["m=video 0 RTP/AVP 96", "m=audio 20000 RTP/AVPF 8 0", "m=image 0 udptl t38"]);
        assert!(text.contains("a=recvonly"));
        assert_eq!(Description::parse(text.as_bytes()).unwrap().port, 20_000);
    }
}
