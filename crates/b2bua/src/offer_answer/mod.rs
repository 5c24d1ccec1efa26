//! Offer and answer on one leg (RFC 3264, RFC 6337), and the stream they describe.
//!
//! Whoever its stream is joined to is the call's business. Where two trunks allow it, no stream is opened and
//! descriptions pass from leg to leg. `stream` opens and aims the stream.

mod moving;
mod stream;

use std::net::IpAddr;

use bytes::Bytes;
use media::control::Counts;
use sip::Status;
use thiserror::Error;

use self::moving::Moving;
pub use self::stream::{Place, Stream};
use crate::{
    core::Core,
    sdp::{Codec, Codecs, Description, Local, SdpError},
};

/// Where the exchange stands. Never two offers at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exchange {
    /// Nothing was said yet.
    #[default]
    Fresh,
    /// Our offer is out.
    OfferSent,
    /// Their offer waits for our answer.
    OfferHeard,
    /// Both sides know.
    Settled,
}

/// Why an offer or answer can't be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The description itself; the peer's fault.
    #[error(transparent)]
    Sdp(#[from] SdpError),
    /// An offer while ours is out (RFC 3261 §14.2).
    #[error("offers cross")]
    Glare,
    /// No port left, or the media thread has none ready; ours to mend.
    #[error("no media port is free")]
    NoPort,
}

impl Refusal {
    /// What the peer is told.
    pub const fn status(self) -> Status {
        match self {
            Self::Sdp(error) => error.status(),
            Self::Glare => Status::REQUEST_PENDING,
            Self::NoPort => Status::SERVICE_UNAVAILABLE,
        }
    }
}

/// Whether media runs through us.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Carriage {
    /// It does: descriptions are ours (RFC 7092 §3.2, media relay).
    Relay,
    /// It may pass us by; this is what the party said last, verbatim.
    May(Bytes),
    /// It passes us by: descriptions go from leg to leg as they are (RFC 7092 §3.1, signalling only). What
    /// the party said last, and what it was told last.
    Passed(Bytes, Bytes),
}

/// What was said about media on one leg.
#[derive(Debug)]
pub struct Talk {
    exchange: Exchange,
    carriage: Carriage,
    stream: Option<Stream>,
    /// The stream was closed and the media thread has not said so yet.
    is_closing: bool,
    /// The stream is between two media threads.
    moving: Option<Moving>,
    counts: Counts,
    local: Option<Box<Local>>,
    /// What was said before an offer of other formats, should that be refused.
    before: Option<Box<Local>>,
    remote: Option<Box<Description>>,
    /// Source of the party's signalling.
    source: IpAddr,
    /// The party sits behind NAT, as far as signalling shows.
    behind_nat: bool,
}

impl Talk {
    /// Nothing said yet with a party whose signalling comes from `source`.
    pub const fn new(source: IpAddr, behind_nat: bool) -> Self {
        Self {
            exchange: Exchange::Fresh,
            carriage: Carriage::Relay,
            stream: None,
            is_closing: false,
            moving: None,
            before: None,
            counts: Counts { received: 0, sent: 0, refused: 0, lost: 0 },
            local: None,
            remote: None,
            source,
            behind_nat,
        }
    }

    /// The same, with leave to let media pass the switch by (`media = "direct"` on the trunk).
    pub fn that_may_pass(mut self) -> Self {
        self.carriage = Carriage::May(Bytes::new());
        self
    }

    /// Where the exchange stands.
    pub const fn exchange(&self) -> Exchange {
        self.exchange
    }

    /// What the party said last.
    pub fn remote(&self) -> Option<&Description> {
        self.remote.as_deref()
    }

    /// What we said last.
    pub fn local(&self) -> Option<&Local> {
        self.local.as_deref()
    }

    /// What the party said, to be passed on as it is; `None` where media has to run through us.
    pub const fn passable(&self) -> Option<&Bytes> {
        match &self.carriage {
            Carriage::Relay => None,
            Carriage::May(said) | Carriage::Passed(said, _) => Some(said),
        }
    }

    /// Whether media passes us by.
    pub const fn is_passed(&self) -> bool {
        matches!(self.carriage, Carriage::Passed(..))
    }

    /// Takes an offer of the party.
    ///
    /// # Errors
    /// [`Refusal::Glare`] while ours is out, [`Refusal::Sdp`] for what can't be read or used.
    pub fn hear_offer(&mut self, body: &Bytes) -> Result<(), Refusal> {
        if self.exchange == Exchange::OfferSent {
            return Err(Refusal::Glare);
        }
        self.hear(body)?;
        self.exchange = Exchange::OfferHeard;
        Ok(())
    }

    /// Takes the party's answer to our offer and lets media flow to it.
    ///
    /// # Errors
    /// [`Refusal::Sdp`] if it can't be read or shares no format with the offer.
    pub(crate) fn hear_answer(&mut self, body: &Bytes, core: &mut Core) -> Result<(), Refusal> {
        if let Carriage::Passed(said, _) = &mut self.carriage {
            if body.is_empty() {
                return Err(SdpError::NoAudio.into());
            }
            said.clone_from(body);
            self.exchange = Exchange::Settled;
            return Ok(());
        }
        let description = self.read(body)?;
        let offered = self.local.as_ref().map(|local| &*local.codecs).unwrap_or_default();
        if description.port == 0 || !description.common(offered).iter().any(Codec::is_sound) {
            return Err(SdpError::NoFormat.into());
        }
        self.remote = Some(Box::new(description));
        self.before = None;
        self.exchange = Exchange::Settled;
        self.aim(core);
        Ok(())
    }

    fn hear(&mut self, body: &Bytes) -> Result<(), Refusal> {
        match &mut self.carriage {
            Carriage::Relay => {}
            Carriage::May(said) => said.clone_from(body),
            Carriage::Passed(said, _) => {
                said.clone_from(body);
                return Ok(());
            }
        }
        let description = self.read(body)?;
        if description.port == 0 || !description.codecs.iter().any(Codec::is_sound) {
            return Err(SdpError::NoFormat.into());
        }
        self.remote = Some(Box::new(description));
        Ok(())
    }

    /// Our offer with these formats; opens the stream if there is none.
    ///
    /// # Errors
    /// [`Refusal::NoPort`].
    pub(crate) fn offer(&mut self, codecs: Codecs, at: Place, core: &mut Core) -> Result<Bytes, Refusal> {
        let local = self.describe(codecs, at, core)?;
        Ok(self.say(local, Exchange::OfferSent))
    }

    /// Our answer to the offer that was heard: the first of its formats for sound that `wanted` has, or else the one that
    /// the relay makes of one there with the least effort, and keys.
    ///
    /// # Errors
    /// [`Refusal::Sdp`] without a common format for sound, [`Refusal::NoPort`].
    pub(crate) fn answer(&mut self, wanted: &[Codec], at: Place, core: &mut Core) -> Result<Bytes, Refusal> {
        let offer = self.remote.as_ref().ok_or(SdpError::Unreadable)?;
        let codecs = one_sound(offer.common(wanted)).or_else(|| {
            let mut relayed = offer.relayed(wanted);
            relayed.sort_by_key(Codec::effort);
            one_sound(relayed)
        });
        let codecs = codecs.ok_or(SdpError::NoFormat)?;
        let local = self.describe(codecs, at, core)?;
        let offer = self.remote.as_ref().ok_or(SdpError::Unreadable)?;
        let local = local.answering(offer);
        let text = self.say(local, Exchange::Settled);
        self.aim(core);
        Ok(text)
    }

    /// The formats that both sides settled on, ours first.
    pub(crate) fn spoken(&self) -> Option<Codecs> {
        let (local, remote) = (self.local.as_ref()?, self.remote.as_ref()?);
        let is_theirs = |ours: &&Codec| remote.codecs.iter().any(|theirs| theirs.same_format(ours));
        Some(local.codecs.iter().filter(is_theirs).cloned().collect())
    }

    /// What we said before, offered anew: a re-INVITE without a description asks for that (RFC 3261 §14.2).
    ///
    /// # Errors
    /// [`Refusal::NoPort`].
    pub(crate) fn offer_again(&mut self, at: Place, core: &mut Core) -> Result<Bytes, Refusal> {
        let spoken = self.local.as_ref().map(|local| local.codecs.clone()).unwrap_or_default();
        self.offer(spoken, at, core)
    }

    /// Our offer with these formats instead of those spoken so far, which stand on if it is refused.
    ///
    /// # Errors
    /// [`Refusal::NoPort`].
    pub(crate) fn offer_instead(
        &mut self,
        codecs: Codecs,
        at: Place,
        core: &mut Core,
    ) -> Result<Bytes, Refusal> {
        let before = self.local.clone();
        let offer = self.offer(codecs, at, core)?;
        self.before = before;
        Ok(offer)
    }

    /// Takes a changed offer and answers it: with the format spoken so far if it is still offered, else with another
    /// one that we had offered. What stood before stands on if that can't be.
    ///
    /// # Errors
    /// As [`hear_offer`](Self::hear_offer) and [`answer`](Self::answer).
    pub(crate) fn change(&mut self, offer: &Bytes, at: Place, core: &mut Core) -> Result<Bytes, Refusal> {
        let (exchange, remote) = (self.exchange, self.remote.clone());
        let offered = self.local.as_ref().map(|local| local.codecs.clone()).unwrap_or_default();
        let spoken = self.spoken().and_then(|spoken| spoken.into_iter().find(Codec::is_sound));
        let is_kept =
            |codec: &&Codec| !codec.is_sound() || spoken.as_ref().is_some_and(|it| it.same_format(codec));
        let kept: Codecs = offered.iter().filter(is_kept).cloned().collect();
        let answer = self
            .hear_offer(offer)
            .and_then(|()| self.answer(&kept, at, core).or_else(|_| self.answer(&offered, at, core)));
        if answer.is_err() {
            (self.exchange, self.remote) = (exchange, remote);
        }
        answer
    }

    /// What the party was told last, once more: in the 200 after a 183, or to refresh the session.
    pub fn repeated(&self) -> Bytes {
        match (&self.carriage, &self.local) {
            (Carriage::Passed(_, told), _) => told.clone(),
            (Carriage::Relay | Carriage::May(_), Some(local)) => local.to_string().into(),
            (Carriage::Relay | Carriage::May(_), None) => Bytes::new(),
        }
    }

    /// From here on descriptions are passed between the legs and media passes us by. What is sent in our
    /// name is not ours.
    pub fn pass(&mut self, description: &Bytes, sent: Exchange) {
        match &mut self.carriage {
            Carriage::May(said) => {
                self.carriage = Carriage::Passed(std::mem::take(said), description.clone());
            }
            Carriage::Passed(_, told) => told.clone_from(description),
            Carriage::Relay => {}
        }
        self.exchange = sent;
        self.remote = None;
    }

    /// From here on media runs through us, whoever it went to before.
    pub(crate) fn comes_home(&mut self) {
        self.carriage = Carriage::Relay;
    }

    /// The party's signalling comes from here now.
    pub const fn hears_from(&mut self, source: IpAddr) {
        self.source = source;
    }

    /// An offer goes out with this description.
    pub fn offered(&mut self, description: &Bytes) {
        match &mut self.carriage {
            Carriage::Passed(_, told) => told.clone_from(description),
            Carriage::Relay | Carriage::May(_) => {}
        }
        self.exchange = Exchange::OfferSent;
    }

    /// Gives up an offer whose request failed; what stood before stands on.
    pub fn withdraw(&mut self) {
        self.exchange = Exchange::Settled;
        if let (Some(before), Some(refused)) = (self.before.take(), &self.local) {
            // The version was told, and never goes back (RFC 3264 §8).
            self.local = Some(Box::new(Local { version: refused.version, ..*before }));
        }
    }

    fn say(&mut self, mut local: Local, exchange: Exchange) -> Bytes {
        // RFC 3264 §8: a version that changed nothing is none.
        if let Some(before) = &self.local
            && **before == (Local { version: before.version, ..local.clone() })
        {
            local.version = before.version;
        }
        let text = local.to_string();
        self.local = Some(Box::new(local));
        self.exchange = exchange;
        text.into()
    }

    fn read(&self, body: &[u8]) -> Result<Description, Refusal> {
        let description = Description::parse(body)?;
        // A stranger must not turn the switch against itself; a phone on this very machine may say 127.0.0.1.
        if description.address.is_loopback() && !self.source.is_loopback() {
            return Err(SdpError::ForbiddenAddress.into());
        }
        Ok(description)
    }
}

/// The first format for sound and what goes with it. An answer with two of them may be followed by a re-INVITE
/// of the party that locks one (RFC 3264 §10.2), once a call for nothing.
pub(crate) fn one_sound(mut codecs: Codecs) -> Option<Codecs> {
    let sound = codecs.iter().position(Codec::is_sound)?;
    let mut at = 0..codecs.len();
    codecs.retain(|codec| at.next() == Some(sound) || !codec.is_sound());
    Some(codecs)
}
