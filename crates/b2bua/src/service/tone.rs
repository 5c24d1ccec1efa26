//! Call-progress tones by country (ITU-T E.180 supplement 2).

use callplan::{Country, Shipped, number::Numbering};
use media::control::Tone;

/// Level of tones we make, in dBm0.
const LEVEL_DB: i8 = -16;

const fn ringing(hz: [u16; 2], cadence_ms: [u16; 4]) -> Tone {
    Tone { hz, level_db: LEVEL_DB, cadence_ms }
}

/// Twice, then silence, as in Britain and where its telephones went.
const TWICE: [u16; 4] = [400, 200, 400, 2000];

/// What a caller hears while somebody is rung; elsewhere it is a second of 425 Hz in five, as the Recommendation wishes.
/// A tone that is to swell and fade is two beside each other.
const RINGING: [(&[&str], Tone); 16] = [
    (&["GB", "IE", "NZ"], ringing([400, 450], TWICE)),
    (&["AU", "SG"], ringing([413, 438], TWICE)),
    (&["IN"], ringing([388, 412], TWICE)),
    (&["ZA"], ringing([384, 416], TWICE)),
    (&["MY"], ringing([425, 0], TWICE)),
    (&["HK"], ringing([440, 480], [400, 200, 400, 3000])),
    (&["JP"], ringing([384, 416], [1000, 2000, 0, 0])),
    (&["KR", "TW"], ringing([440, 480], [1000, 2000, 0, 0])),
    (&["CN"], ringing([450, 0], [1000, 4000, 0, 0])),
    (&["PH"], ringing([425, 480], [1000, 4000, 0, 0])),
    (&["FR"], ringing([440, 0], [1500, 3500, 0, 0])),
    (&["ES"], ringing([425, 0], [1500, 3000, 0, 0])),
    (&["BE"], ringing([425, 0], [1000, 3000, 0, 0])),
    (&["PT", "SE"], ringing([425, 0], [1000, 5000, 0, 0])),
    (&["AT"], ringing([420, 0], [1000, 5000, 0, 0])),
    (&["CL", "IL"], ringing([400, 0], [1000, 3000, 0, 0])),
];

/// What a caller hears while somebody is rung.
pub(crate) fn ringback(country: Country) -> Tone {
    if Numbering::of(country).is_some_and(|row| row.code == "1") {
        return ringing([440, 480], [2000, 4000, 0, 0]);
    }
    let own = RINGING.iter().find(|(countries, _)| countries.contains(&country.as_str()));
    own.map_or(ringing([425, 0], [1000, 4000, 0, 0]), |(_, tone)| *tone)
}

/// What a caller in a slot hears: a short tone now and then, so that it knows the line from a dead one.
pub(crate) const WAITING: Tone = Tone { hz: [425, 0], level_db: -24, cadence_ms: [200, 9800, 0, 0] };

/// What tells a caller that the recording begins.
pub(crate) const BEEP: Tone =
    Tone { hz: [1000, 0], level_db: -10, cadence_ms: [Shipped::Beep.lasts().as_millis() as u16, 0, 0, 0] };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_country_rings_as_it_is_listed() {
        let table = [
            ("US", [440, 480], [2000, 4000, 0, 0]),
            ("CA", [440, 480], [2000, 4000, 0, 0]),
            ("JM", [440, 480], [2000, 4000, 0, 0]),
            ("GB", [400, 450], [400, 200, 400, 2000]),
            ("NZ", [400, 450], [400, 200, 400, 2000]),
            ("AU", [413, 438], [400, 200, 400, 2000]),
            ("DE", [425, 0], [1000, 4000, 0, 0]),
            ("IT", [425, 0], [1000, 4000, 0, 0]),
            ("FR", [440, 0], [1500, 3500, 0, 0]),
            ("ES", [425, 0], [1500, 3000, 0, 0]),
            ("JP", [384, 416], [1000, 2000, 0, 0]),
            ("AT", [420, 0], [1000, 5000, 0, 0]),
        ];
        for (country, hz, cadence) in table {
            let tone = ringback(Country::parse(country).expect("two letters"));
            assert_eq!((tone.hz, tone.cadence_ms), (hz, cadence), "{country}");
        }
        let mut all: Vec<_> = RINGING.iter().flat_map(|(countries, _)| *countries).collect();
        all.sort_unstable();
        assert!(all.is_sorted_by(|a, b| a < b), "a country has one tone");
    }
}
