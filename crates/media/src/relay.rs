//! The forwarding table: which payload types of one party become which of another.
//!
//! An entry is all that a relayed packet needs besides its numbers, so that plain entries could be handed
//! to the kernel one day. Knows formats, never packets or streams.

use smallvec::SmallVec;

use crate::{
    codec::{coder::Codec, g711},
    control::{Format, Payload},
    convert::Clocks,
    outgoing::Kind,
    stage::dtmf,
};

/// What becomes of a payload on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// µ-law becomes A-law.
    UlawToAlaw,
    /// A-law becomes µ-law.
    AlawToUlaw,
    /// What is said in the one codec is said in the other: not done in place, but by `convert`.
    Codec {
        /// The speaker's.
        from: Codec,
        /// The hearer's.
        to: Codec,
    },
    /// How long a key was pressed is counted by another clock.
    Event(Clocks),
}

/// One entry: packets of type `from` leave as type `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The number they come with.
    pub from: u8,
    /// The number they leave with.
    pub to: u8,
    /// What happens to the payload.
    pub change: Change,
    /// How the timestamp is to be understood, once it counts by the hearer's clock.
    pub kind: Kind,
    /// By which clocks speaker and hearer count.
    pub clocks: Clocks,
}

/// A forwarding table from one party to another; types without an entry are dropped.
pub type Routes = SmallVec<[Route; 4]>;

/// The table from a party that settled on `from` to one that settled on `to`.
pub fn routes(from: &[Payload], to: &[Payload]) -> Routes {
    let mut routes: Routes = from.iter().filter_map(|payload| sound(*payload, to)).collect();
    // Keys go by the clock of the sound around them: both are of one stream.
    let clocks = routes.first().map_or(Clocks { from_khz: 8, to_khz: 8 }, |route| route.clocks);
    routes.extend(from.iter().filter_map(|payload| event(*payload, to, clocks)));
    routes
}

/// The entry for a payload type.
pub fn find(routes: &[Route], payload_type: u8) -> Option<Route> {
    routes.iter().copied().find(|route| route.from == payload_type)
}

impl Change {
    /// Carries it out in place, where that can be: both laws have one byte a sample.
    pub fn apply(self, payload: &mut [u8]) {
        match self {
            Self::None | Self::Codec { .. } => {}
            Self::UlawToAlaw => g711::translate(&g711::ULAW_TO_ALAW, payload),
            Self::AlawToUlaw => g711::translate(&g711::ALAW_TO_ULAW, payload),
            Self::Event(clocks) => dtmf::change_clock(payload, clocks),
        }
    }
}

/// The entry for a format of sound: as it is, by table between the laws, and else by the codecs, in what the other party
/// likes best of what we speak.
fn sound(payload: Payload, to: &[Payload]) -> Option<Route> {
    if let Format::TelephoneEvent(_) = payload.format {
        return None;
    }
    let number_of = |format: Format| to.iter().find(|other| other.format == format).map(|other| other.number);
    let khz = clock_khz(payload.format);
    let plain = |to, change| Route {
        from: payload.number,
        to,
        change,
        kind: Kind::Audio { khz },
        clocks: Clocks { from_khz: khz, to_khz: khz },
    };
    if let Some(number) = number_of(payload.format) {
        return Some(plain(number, Change::None));
    }
    let translated = match payload.format {
        Format::Pcmu => Some((Format::Pcma, Change::UlawToAlaw)),
        Format::Pcma => Some((Format::Pcmu, Change::AlawToUlaw)),
        Format::G722 | Format::Opus | Format::TelephoneEvent(_) | Format::Other(_) => None,
    };
    if let Some((number, change)) = translated.and_then(|(format, change)| Some((number_of(format)?, change)))
    {
        return Some(plain(number, change));
    }
    let speaks = Codec::of(payload.format)?;
    let (number, hears) = to.iter().find_map(|other| Some((other.number, Codec::of(other.format)?)))?;
    let clocks = Clocks { from_khz: speaks.clock_khz(), to_khz: hears.clock_khz() };
    Some(Route {
        from: payload.number,
        to: number,
        change: Change::Codec { from: speaks, to: hears },
        kind: Kind::Audio { khz: clocks.to_khz },
        clocks,
    })
}

/// The entry for a format of keys: by the same clock if the other party has it, else by another.
fn event(payload: Payload, to: &[Payload], clocks: Clocks) -> Option<Route> {
    let rate_of = |payload: &Payload| match payload.format {
        Format::TelephoneEvent(rate) => Some(rate),
        Format::Pcmu | Format::Pcma | Format::G722 | Format::Opus | Format::Other(_) => None,
    };
    let rate = rate_of(&payload)?;
    let events = || to.iter().filter_map(|other| Some((other.number, rate_of(other)?)));
    let (number, other) = events().find(|(_, other)| *other == rate).or_else(|| events().next())?;
    let counted = Clocks { from_khz: (rate / 1000).max(1), to_khz: (other / 1000).max(1) };
    let change = if counted.differ() { Change::Event(counted) } else { Change::None };
    Some(Route { from: payload.number, to: number, change, kind: Kind::Event { khz: clocks.to_khz }, clocks })
}

fn clock_khz(format: Format) -> u32 {
    // What we can't open has a rate that is nobody's business here: the highest in use lets every honest timestamp pass.
    Codec::of(format).map_or(48, Codec::clock_khz)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payloads(list: &[(u8, Format)]) -> Vec<Payload> {
        list.iter().map(|(number, format)| Payload { number: *number, format: *format }).collect()
    }

    fn table(from: &[(u8, Format)], to: &[(u8, Format)]) -> Vec<(u8, u8, Change)> {
        let routes = routes(&payloads(from), &payloads(to));
        routes.iter().map(|route| (route.from, route.to, route.change)).collect()
    }

    #[test]
    fn numbers_are_mapped_by_what_they_mean() {
        let phone = [(8, Format::Pcma), (101, Format::TelephoneEvent(8000)), (107, Format::Other(1))];
        let trunk = [(107, Format::TelephoneEvent(8000)), (8, Format::Pcma)];
        assert_eq!(table(&phone, &trunk), [(8, 8, Change::None), (101, 107, Change::None)]);
        assert_eq!(table(&trunk, &phone), [(8, 8, Change::None), (107, 101, Change::None)]);
    }

    #[test]
    fn the_laws_are_translated_only_where_they_must() {
        let ulaw = [(0, Format::Pcmu)];
        let alaw = [(8, Format::Pcma)];
        let both = [(8, Format::Pcma), (0, Format::Pcmu)];
        assert_eq!(table(&ulaw, &alaw), [(0, 8, Change::UlawToAlaw)]);
        assert_eq!(table(&alaw, &ulaw), [(8, 0, Change::AlawToUlaw)]);
        assert_eq!(table(&ulaw, &both), [(0, 0, Change::None)]);
        assert_eq!(table(&both, &ulaw), [(8, 0, Change::AlawToUlaw), (0, 0, Change::None)]);
    }

    #[test]
    fn codecs_are_changed_into_one_another_only_where_they_must() {
        let change = |from: &[(u8, Format)], to: &[(u8, Format)]| {
            let routes = routes(&payloads(from), &payloads(to));
            routes.iter().map(|route| (route.to, route.change, route.clocks.to_khz)).next()
        };
        let (wide, opus) = ([(9, Format::G722)], [(111, Format::Opus)]);
        let both = [(9, Format::G722), (8, Format::Pcma)];
        let law = Codec::Law(g711::Law::Mu);
        let made = |from, to| Change::Codec { from, to };
        assert_eq!(change(&wide, &both), Some((9, Change::None, 8)));
        assert_eq!(change(&[(0, Format::Pcmu)], &both), Some((8, Change::UlawToAlaw, 8)));
        assert_eq!(change(&[(0, Format::Pcmu)], &wide), Some((9, made(law, Codec::G722), 8)));
        assert_eq!(change(&wide, &opus), Some((111, made(Codec::G722, Codec::Opus), 48)));
        assert_eq!(change(&opus, &both), Some((9, made(Codec::Opus, Codec::G722), 8)));
        assert_eq!(change(&[(18, Format::Other(18))], &both), None);
        assert_eq!(change(&both[..1], &[(18, Format::Other(18))]), None);
    }

    #[test]
    fn keys_keep_their_clock_where_they_can() {
        let (fast, slow) = ((110, Format::TelephoneEvent(48_000)), (101, Format::TelephoneEvent(8000)));
        assert_eq!(table(&[fast, slow], &[slow, fast]), [(110, 110, Change::None), (101, 101, Change::None)]);
        let slower = Change::Event(Clocks { from_khz: 48, to_khz: 8 });
        assert_eq!(table(&[fast], &[slow]), [(110, 101, slower)]);
    }

    #[test]
    fn keys_stand_in_time_as_the_sound_around_them() {
        let opus = payloads(&[(111, Format::Opus), (101, Format::TelephoneEvent(8000))]);
        let law = payloads(&[(8, Format::Pcma), (101, Format::TelephoneEvent(8000))]);
        let keys = routes(&opus, &law)[1];
        assert_eq!((keys.change, keys.kind), (Change::None, Kind::Event { khz: 8 }));
        assert_eq!(keys.clocks, Clocks { from_khz: 48, to_khz: 8 });
    }
}
