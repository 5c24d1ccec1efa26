//! Reading a description: line by line, skipping what does not matter to us.

use std::net::{IpAddr, Ipv4Addr};

use smallvec::SmallVec;
use thiserror::Error;

use super::{
    CODECS_MAX, Codec, Codecs, Description, Direction, Encoding, MEDIA_LINES_MAX, Profile, Refused,
    SDP_BYTES_MAX,
};

/// Why a description can't be used; the peer is at fault in each case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SdpError {
    /// Longer than [`SDP_BYTES_MAX`].
    #[error("the session description is over {SDP_BYTES_MAX} bytes")]
    TooLong,
    /// More than [`MEDIA_LINES_MAX`] m-lines.
    #[error("the session description has over {MEDIA_LINES_MAX} media lines")]
    TooManyMedia,
    /// Not text, or no `v=` line first.
    #[error("the body is no session description")]
    Unreadable,
    /// No audio over plain RTP among the m-lines.
    #[error("no audio line over RTP/AVP")]
    NoAudio,
    /// No usable `c=` line for the audio.
    #[error("no connection address for the audio")]
    NoAddress,
    /// An address that media must never be sent to (RELIABILITY P4).
    #[error("media may not go to that address")]
    ForbiddenAddress,
    /// None of the formats is one that we can take.
    #[error("no format in common")]
    NoFormat,
}

impl SdpError {
    /// What the peer is told: 400, 413 or 488.
    pub const fn status(self) -> sip::Status {
        match self {
            Self::TooLong => sip::Status::REQUEST_ENTITY_TOO_LARGE,
            Self::Unreadable => sip::Status::BAD_REQUEST,
            Self::TooManyMedia
            | Self::NoAudio
            | Self::NoAddress
            | Self::ForbiddenAddress
            | Self::NoFormat => sip::Status::NOT_ACCEPTABLE_HERE,
        }
    }
}

/// What may stand at session level and be overruled by a media line.
#[derive(Clone, Copy, Default)]
struct Defaults {
    address: Option<IpAddr>,
    direction: Option<Direction>,
}

/// The audio line while its attributes are being read.
struct Audio {
    port: u16,
    /// Protocol and formats, as written.
    rest: Box<str>,
    profile: Profile,
    position: usize,
    numbers: SmallVec<[u8; 8]>,
    maps: Codecs,
    fmtps: SmallVec<[(u8, Box<str>); 4]>,
    defaults: Defaults,
    rtcp_port: Option<u16>,
    ptime_ms: Option<u8>,
}

impl Description {
    /// Reads the first audio line over plain RTP; `body` is the whole body of a message.
    ///
    /// # Errors
    /// [`SdpError`], always the peer's fault.
    pub fn parse(body: &[u8]) -> Result<Self, SdpError> {
        if body.len() > SDP_BYTES_MAX {
            return Err(SdpError::TooLong);
        }
        let text = str::from_utf8(body).map_err(|_| SdpError::Unreadable)?;
        // A bare CR ends a line too, or what stands behind it would be a line to the other party alone.
        let mut lines = text.split(['\r', '\n']).map(str::trim_end).filter(|line| !line.is_empty());
        if !lines.next().is_some_and(|line| line.starts_with("v=")) {
            return Err(SdpError::Unreadable);
        }
        let mut reader = Reader::default();
        for line in lines {
            reader.line(line)?;
        }
        reader.finish()
    }

    /// The formats that carry sound or keys and that both sides know, numbered as here.
    pub fn common(&self, wanted: &[Codec]) -> Codecs {
        self.codecs
            .iter()
            .filter(|ours| wanted.iter().any(|theirs| theirs.same_format(ours)))
            .cloned()
            .collect()
    }

    /// The formats that the relay can hand on as one of those wanted, numbered as here.
    pub(crate) fn relayed(&self, wanted: &[Codec]) -> Codecs {
        let is_wanted = |ours: &&Codec| wanted.iter().any(|theirs| theirs.relays_to(ours));
        self.codecs.iter().filter(is_wanted).cloned().collect()
    }

    /// Whether the party asks us to be silent: by direction, or by the old address 0.0.0.0 (RFC 3264 §8.4).
    pub fn is_hold(&self) -> bool {
        !self.direction.hears() || self.address.is_unspecified()
    }
}

#[derive(Default)]
struct Reader {
    session: Defaults,
    audio: Option<Audio>,
    /// Whether the lines being read belong to the audio line, to another m-line or to the session.
    place: Place,
    media_lines: usize,
    refused: Vec<Refused>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Place {
    #[default]
    Session,
    Audio,
    Elsewhere,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), SdpError> {
        let Some((kind, value)) = line.split_once('=') else { return Ok(()) };
        match kind {
            "m" => return self.media(value),
            "c" => {
                let address = connection(value);
                match (self.place, &mut self.audio) {
                    (Place::Session, _) => self.session.address = address,
                    (Place::Audio, Some(audio)) => {
                        audio.defaults.address = address.or(audio.defaults.address)
                    }
                    (Place::Audio | Place::Elsewhere, _) => {}
                }
            }
            "a" => match (self.place, &mut self.audio) {
                (Place::Session, _) => self.session.direction = direction(value).or(self.session.direction),
                (Place::Audio, Some(audio)) => audio.attribute(value),
                (Place::Audio | Place::Elsewhere, _) => {}
            },
            _ => {}
        }
        Ok(())
    }

    fn media(&mut self, value: &str) -> Result<(), SdpError> {
        self.media_lines += 1;
        if self.media_lines > MEDIA_LINES_MAX {
            return Err(SdpError::TooManyMedia);
        }
        let (media, rest) = value.split_once(' ').unwrap_or((value, ""));
        let (port, rest) = rest.trim_start().split_once(' ').unwrap_or((rest, ""));
        // One without a port is a line of before that is out of use (RFC 3264 §8.2): the sound may have another by now.
        let is_wanted = self.audio.as_ref().is_none_or(|audio| audio.port == 0);
        if is_wanted
            && media.eq_ignore_ascii_case("audio")
            && let Some(audio) = Audio::begin(port, rest, self.media_lines - 1)
                .filter(|audio| self.audio.is_none() || audio.port != 0)
        {
            if let Some(unused) = self.audio.replace(audio) {
                self.refused.insert(unused.position, Refused { media: media.into(), rest: unused.rest });
            }
            self.place = Place::Audio;
            return Ok(());
        }
        self.place = Place::Elsewhere;
        self.refused.push(Refused { media: media.into(), rest: rest.into() });
        Ok(())
    }

    fn finish(self) -> Result<Description, SdpError> {
        let audio = self.audio.ok_or(SdpError::NoAudio)?;
        let address = audio.defaults.address.or(self.session.address).ok_or(SdpError::NoAddress)?;
        if is_forbidden(address) {
            return Err(SdpError::ForbiddenAddress);
        }
        let codecs = audio.codecs();
        if codecs.is_empty() {
            return Err(SdpError::NoFormat);
        }
        Ok(Description {
            address,
            port: audio.port,
            rtcp_port: audio.rtcp_port.unwrap_or(audio.port.saturating_add(1)),
            codecs,
            ptime_ms: audio.ptime_ms.unwrap_or(20).clamp(10, 60),
            direction: audio.defaults.direction.or(self.session.direction).unwrap_or_default(),
            profile: audio.profile,
            position: audio.position,
            refused: self.refused,
        })
    }
}

impl Audio {
    /// `None` when the line is not plain RTP or its port is no port.
    fn begin(port: &str, rest: &str, position: usize) -> Option<Self> {
        // "49170/2" announces a range of ports (RFC 8866 §5.14); the first is the one that counts.
        let port = port.split('/').next()?.parse().ok()?;
        let mut words = rest.split_ascii_whitespace();
        let profile = match words.next()? {
            "RTP/AVP" => Profile::Avp,
            "RTP/AVPF" => Profile::Avpf,
            _ => return None,
        };
        let numbers =
            words.filter_map(|word| word.parse().ok()).filter(|number| *number < 128).take(CODECS_MAX);
        Some(Self {
            port,
            rest: rest.into(),
            profile,
            position,
            numbers: numbers.collect(),
            maps: Codecs::new(),
            fmtps: SmallVec::new(),
            defaults: Defaults::default(),
            rtcp_port: None,
            ptime_ms: None,
        })
    }

    fn attribute(&mut self, value: &str) {
        let (name, rest) = value.split_once(':').unwrap_or((value, ""));
        match name {
            "rtpmap" if self.maps.len() < CODECS_MAX => self.maps.extend(rtpmap(rest)),
            "fmtp" if self.fmtps.len() < CODECS_MAX => {
                if let Some((number, parameters)) = rest.trim_start().split_once(' ') {
                    self.fmtps.extend(number.parse().ok().map(|number| (number, parameters.trim().into())));
                }
            }
            // Some phones write "20.0".
            "ptime" => {
                self.ptime_ms = rest.trim().split('.').next().and_then(|ms| ms.parse().ok()).or(self.ptime_ms)
            }
            "rtcp" => {
                self.rtcp_port = rest.split_ascii_whitespace().next().and_then(|port| port.parse().ok())
            }
            _ => self.defaults.direction = direction(value).or(self.defaults.direction),
        }
    }

    /// The formats in the order of the m-line; a number without a meaning is left out.
    fn codecs(&self) -> Codecs {
        let known = |number: &u8| {
            let mapped = self.maps.iter().find(|codec| codec.number == *number).cloned();
            let mut codec = mapped.or_else(|| Codec::fixed(*number))?;
            codec.fmtp =
                self.fmtps.iter().find(|(of, _)| of == number).map(|(_, parameters)| parameters.clone());
            Some(codec)
        };
        self.numbers.iter().filter_map(known).collect()
    }
}

/// `0 PCMU/8000/1`.
fn rtpmap(value: &str) -> Option<Codec> {
    let (number, mapping) = value.trim().split_once(' ')?;
    let mut parts = mapping.trim().split('/');
    let encoding = Encoding::named(parts.next()?.trim());
    let rate = parts.next()?.trim().parse().ok().filter(|rate| *rate > 0)?;
    let channels = parts.next().and_then(|count| count.trim().parse().ok()).unwrap_or(1);
    let number = number.parse().ok().filter(|number| *number < 128)?;
    Some(Codec { number, encoding, rate, channels, fmtp: None })
}

/// `IN IP4 192.0.2.1`, a TTL behind a slash left away. Host names are not looked up: nobody sends them
/// in practice, and the signalling thread must not wait for DNS.
fn connection(value: &str) -> Option<IpAddr> {
    let address = value.split_ascii_whitespace().nth(2)?;
    // One of IPv4 in the clothes of IPv6 is what it is: 127.0.0.1 is no stranger's either way.
    address.split('/').next()?.parse().ok().map(|ip: IpAddr| ip.to_canonical())
}

fn direction(value: &str) -> Option<Direction> {
    [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive]
        .into_iter()
        .find(|direction| direction.as_str() == value)
}

/// Addresses that would make us a packet cannon: multicast, broadcast and "this network" but for 0.0.0.0 itself,
/// which older phones write for hold (RFC 3264 §8.4).
fn is_forbidden(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            v4.is_multicast() || v4.is_broadcast() || (v4.octets()[0] == 0 && v4 != Ipv4Addr::UNSPECIFIED)
        }
        IpAddr::V6(v6) => v6.is_multicast(),
    }
}

#[cfg(test)]
mod tests;
