//! The forwarding table: which payload types of one party become which of another.
//!
//! An entry is all that a relayed packet needs besides its numbers, so that plain entries could be handed
//! to the kernel one day. Knows formats, never packets or streams.

use smallvec::SmallVec;

use crate::{
    codec::g711,
    control::{Format, Payload},
    outgoing::Kind,
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
    /// How the timestamp is to be understood.
    pub kind: Kind,
}

/// A forwarding table from one party to another; types without an entry are dropped.
pub type Routes = SmallVec<[Route; 4]>;

/// The table from a party that settled on `from` to one that settled on `to`.
pub fn routes(from: &[Payload], to: &[Payload]) -> Routes {
    from.iter().filter_map(|payload| route(*payload, to)).collect()
}

/// The entry for a payload type.
pub fn find(routes: &[Route], payload_type: u8) -> Option<Route> {
    routes.iter().copied().find(|route| route.from == payload_type)
}

impl Change {
    /// Carries it out in place: both laws have one byte a sample.
    pub fn apply(self, payload: &mut [u8]) {
        match self {
            Self::None => {}
            Self::UlawToAlaw => g711::translate(&g711::ULAW_TO_ALAW, payload),
            Self::AlawToUlaw => g711::translate(&g711::ALAW_TO_ULAW, payload),
        }
    }
}

fn route(payload: Payload, to: &[Payload]) -> Option<Route> {
    let number_of = |format: Format| to.iter().find(|other| other.format == format).map(|other| other.number);
    let translated = match payload.format {
        Format::Pcmu => Some((Format::Pcma, Change::UlawToAlaw)),
        Format::Pcma => Some((Format::Pcmu, Change::AlawToUlaw)),
        Format::TelephoneEvent(_) | Format::Other(_) => None,
    };
    let (to, change) = number_of(payload.format).map(|number| (number, Change::None)).or_else(|| {
        let (format, change) = translated?;
        Some((number_of(format)?, change))
    })?;
    Some(Route { from: payload.number, to, change, kind: kind(payload.format) })
}

fn kind(format: Format) -> Kind {
    match format {
        Format::Pcmu | Format::Pcma => Kind::Audio { khz: 8 },
        Format::TelephoneEvent(_) => Kind::Event,
        // Its rate is nobody's business here: the highest in use lets every honest timestamp pass.
        Format::Other(_) => Kind::Audio { khz: 48 },
    }
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
        assert_eq!(table(&trunk, &phone), [(107, 101, Change::None), (8, 8, Change::None)]);
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
    fn events_of_another_clock_are_not_mixed_up() {
        assert_eq!(
            table(&[(101, Format::TelephoneEvent(48000))], &[(101, Format::TelephoneEvent(8000))]),
            []
        );
    }
}
