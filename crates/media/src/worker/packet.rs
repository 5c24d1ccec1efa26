//! The way of a packet: in from one party, out to the other, in the buffer it came in.

use std::net::SocketAddr;

use clock::Instant;

use super::{Channel, Scratch, Worker};
use crate::{
    codec::coder::Codec,
    control::{DoneReason, Format, Key, Reply},
    convert::Clocks,
    incoming::Heard,
    relay::{self, Change, Route},
    rtcp::{self, Bridge},
    rtp::{self, Datagram, HEADER_LEN, Header, Packet},
    stage::dtmf::Event,
    stream::{Party, Playing, Stream},
};

/// A packet that was believed.
struct Arrival {
    packet: Packet,
    format: Format,
    heard: Heard,
}

impl Worker {
    /// Takes what came on the RTP port of a stream. `source` is `None` where the kernel vouches for it.
    /// If the datagram is to be sent on, it now is what to send, and the answer says from which socket.
    pub fn rtp(
        &mut self,
        now: Instant,
        port: u16,
        source: Option<SocketAddr>,
        datagram: &mut Datagram,
    ) -> Option<(u16, Channel)> {
        if rtp::is_rtcp(datagram.bytes()) {
            return self.shared(now, port, source, datagram);
        }
        let stream = self.streams[usize::from(port / 2)].as_deref_mut()?;
        let Some(arrival) = stream.accept(now, source, datagram) else {
            stream.counts.refused += 1;
            return None;
        };
        if let Some(source) = source {
            self.latch(port, Channel::Rtp, source);
        }
        let opened = self.overhear(now, port, &arrival, datagram);
        self.forward(now, port, &arrival, opened, datagram)
    }

    /// Takes what came on the RTCP port of a stream; as [`rtp`](Self::rtp).
    pub fn rtcp(
        &mut self,
        now: Instant,
        port: u16,
        source: Option<SocketAddr>,
        datagram: &mut Datagram,
    ) -> Option<(u16, Channel)> {
        let admitted = |party: &Party| source.is_none_or(|source| party.rtcp.admits(source));
        self.admit_report(now, port, admitted, datagram)?;
        if let Some(source) = source {
            self.latch(port, Channel::Rtcp, source);
        }
        self.report(port, datagram)
    }

    /// RTCP on the RTP port, which only a party that settled on it may send there.
    fn shared(
        &mut self,
        now: Instant,
        port: u16,
        source: Option<SocketAddr>,
        datagram: &mut Datagram,
    ) -> Option<(u16, Channel)> {
        let admitted =
            |party: &Party| party.shares_port && source.is_none_or(|source| party.rtp.admits(source));
        self.admit_report(now, port, admitted, datagram)?;
        self.report(port, datagram)
    }

    /// A report came: counted as refused unless it is sound and its party is admitted, who is then not silent.
    fn admit_report(
        &mut self,
        now: Instant,
        port: u16,
        admitted: impl Fn(&Party) -> bool,
        datagram: &Datagram,
    ) -> Option<()> {
        let stream = self.streams[usize::from(port / 2)].as_deref_mut()?;
        if !stream.party.as_ref().is_some_and(admitted) || !rtcp::is_sound(datagram.bytes()) {
            stream.counts.refused += 1;
            return None;
        }
        stream.excused = now;
        Some(())
    }

    /// A sound packet came from here: from now on only from here.
    fn latch(&mut self, port: u16, channel: Channel, source: SocketAddr) {
        let Some(stream) = self.stream(port) else { return };
        let Some(party) = &mut stream.party else { return };
        let aim = match channel {
            Channel::Rtp => party.rtp.latch(source),
            Channel::Rtcp => party.rtcp.latch(source),
        };
        let id = stream.id;
        if aim.is_some() && channel == Channel::Rtp {
            self.say(Reply::Latched { stream: id, source });
        }
        self.point(port, channel, aim);
    }

    /// Keys and recordings. If the packet had to be opened, its sound is in the scratch: so many samples.
    fn overhear(&mut self, now: Instant, port: u16, arrival: &Arrival, datagram: &Datagram) -> Option<usize> {
        let stream = self.streams[usize::from(port / 2)].as_deref_mut()?;
        let header = &arrival.packet.header;
        let payload = &datagram.bytes()[arrival.packet.payload.clone()];
        if let Format::TelephoneEvent(_) = arrival.format {
            let event = Event::parse(payload);
            if let Some(key) = event.and_then(|event| stream.presses.take(header, &event)) {
                self.key(now, port, key);
            }
            return None;
        }
        let mut recorder = stream.recorder.take()?;
        let late = arrival.heard == Heard::Late;
        let codec = Codec::of(arrival.format).filter(|codec| !late || codec.is_forgetful());
        let Scratch { sound, narrow } = &mut *self.scratch;
        let opened = codec.and_then(|codec| {
            let ear = stream.ear(codec);
            let count = ear.hear(now, payload, sound)?;
            let slow = ear.narrow(&sound[..count], narrow);
            let spoke = recorder.take(now, header, late, codec.clock_khz(), &narrow[..slow]);
            Some((count, spoke))
        });
        let task = recorder.task();
        stream.recorder = Some(recorder);
        if opened.is_some_and(|(_, spoke)| spoke) {
            self.say(Reply::Spoke { task });
        }
        opened.map(|(count, _)| count)
    }

    fn key(&mut self, now: Instant, port: u16, key: Key) {
        let Some(stream) = self.stream(port) else { return };
        let (id, wanted) = (stream.id, stream.collect.is_some());
        let ends = stream.recorder.as_ref().is_some_and(|recorder| recorder.ends_with(key));
        if wanted {
            self.say(Reply::Key { stream: id, key });
        }
        if ends {
            self.end_recording(now, port, DoneReason::Key(key));
        }
    }

    /// The bare relay.
    fn forward(
        &mut self,
        now: Instant,
        port: u16,
        arrival: &Arrival,
        opened: Option<usize>,
        datagram: &mut Datagram,
    ) -> Option<(u16, Channel)> {
        let Arrival { packet, heard, .. } = arrival;
        let stream = self.streams[usize::from(port / 2)].as_deref_mut()?;
        let route = relay::find(&stream.routes, packet.header.payload_type)?;
        let to = stream.peer?;
        if let Change::Codec { from, to: codec } = route.change {
            return self.convert(now, port, arrival, (route, from, codec), opened, datagram);
        }
        let header = stream.by_hearer(&packet.header, route.clocks);
        let other = self.streams[usize::from(to / 2)].as_deref_mut()?;
        if !other.hears_peer() {
            return None;
        }
        let restarted = *heard == Heard::Restarted;
        let numbers = other.outgoing.follow(now, &header, route.kind, restarted)?;
        route.change.apply(&mut datagram.bytes_mut()[packet.payload.clone()]);
        datagram.restamp(packet, &numbers.header(other.outgoing.ssrc(), route.to));
        self.sent_on(to)
    }

    /// The relay between two who speak different codecs. What comes late is lost: codecs remember, and the packets that
    /// overtook it were spoken already.
    fn convert(
        &mut self,
        now: Instant,
        port: u16,
        Arrival { packet, heard, .. }: &Arrival,
        (route, from, codec): (Route, Codec, Codec),
        opened: Option<usize>,
        datagram: &mut Datagram,
    ) -> Option<(u16, Channel)> {
        let stream = self.streams[usize::from(port / 2)].as_deref_mut()?;
        let (to, mut header) = (stream.peer?, stream.by_hearer(&packet.header, route.clocks));
        let hears = self.streams[usize::from(to / 2)].as_deref()?.hears_peer();
        if !hears || *heard == Heard::Late {
            return None;
        }
        let stream = self.streams[usize::from(port / 2)].as_deref_mut()?;
        let sound = &mut self.scratch.sound;
        let payload = &datagram.bytes()[packet.payload.clone()];
        let count = opened.or_else(|| stream.ear(from).hear(now, payload, sound))?;
        let other = self.streams[usize::from(to / 2)].as_deref_mut()?;
        let restarted = *heard == Heard::Restarted;
        let mouth = other.mouth(codec);
        if restarted {
            mouth.forget();
        }
        header.timestamp = header.timestamp.wrapping_sub(mouth.lead());
        let len = mouth.speak(now, &sound[..count], from.rate(), &mut datagram.room()[HEADER_LEN..])?;
        let numbers = other.outgoing.follow(now, &header, route.kind, restarted)?;
        datagram.compose(&numbers.header(other.outgoing.ssrc(), route.to), len);
        self.sent_on(to)
    }

    /// A packet of the peer goes to the party of this stream.
    fn sent_on(&mut self, to: u16) -> Option<(u16, Channel)> {
        let stream = self.streams[usize::from(to / 2)].as_deref_mut()?;
        stream.counts.sent += 1;
        let aim = stream.party.as_mut()?.rtp.sent();
        self.point(to, Channel::Rtp, aim);
        Some((to, Channel::Rtp))
    }

    /// Passes a report on to the peer.
    fn report(&mut self, port: u16, datagram: &mut Datagram) -> Option<(u16, Channel)> {
        let stream = self.streams[usize::from(port / 2)].as_deref()?;
        let to = stream.peer?;
        let other = self.streams[usize::from(to / 2)].as_deref()?;
        let bridge = Bridge {
            reporter_hears: &stream.outgoing,
            other_says: &other.incoming,
            other_hears: &other.outgoing,
            clock: &stream.clock,
        };
        if !rtcp::translate(datagram, &bridge) {
            return None;
        }
        let party = self.stream(to)?.party.as_mut()?;
        let (channel, gate) = match party.shares_port {
            true => (Channel::Rtp, &mut party.rtp),
            false => (Channel::Rtcp, &mut party.rtcp),
        };
        let aim = gate.sent();
        self.point(to, channel, aim);
        Some((to, channel))
    }
}

impl Stream {
    /// Whether what the peer says reaches the party: it listens, and hears nothing of ours instead.
    fn hears_peer(&self) -> bool {
        self.party.as_ref().is_some_and(|party| party.hears) && !matches!(self.playing, Playing::Sound(_))
    }

    /// A header of the party's as the peer counts time.
    fn by_hearer(&mut self, header: &Header, clocks: Clocks) -> Header {
        match clocks.differ() {
            true => Header { timestamp: self.clock.follow(header, clocks), ..*header },
            false => *header,
        }
    }

    /// Judges a packet by source, form, direction, payload type and speaker.
    fn accept(&mut self, now: Instant, source: Option<SocketAddr>, datagram: &Datagram) -> Option<Arrival> {
        let party = self.party.as_ref()?;
        if !party.speaks || source.is_some_and(|source| !party.rtp.admits(source)) {
            return None;
        }
        if !self.allowance.take(now) {
            return None;
        }
        let packet = Packet::parse(datagram.bytes())?;
        let format = party.format(packet.header.payload_type)?;
        let heard = self.incoming.hear(&packet.header);
        if heard == Heard::Stranger {
            return None;
        }
        self.heard = now;
        self.counts.received += 1;
        Some(Arrival { packet, format, heard })
    }
}
