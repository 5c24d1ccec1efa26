//! Call-progress tones by country (ITU-T E.180 supplement 2).

use callplan::{Country, Shipped};
use media::control::Tone;

/// Level of tones we make, in dBm0.
const LEVEL_DB: i8 = -16;

/// What a caller hears while somebody is rung.
pub(crate) fn ringback(country: Country) -> Tone {
    match country.as_str() {
        "US" | "CA" => Tone { hz: [440, 480], level_db: LEVEL_DB, cadence_ms: [2000, 4000, 0, 0] },
        "GB" | "IE" | "AU" | "NZ" => {
            Tone { hz: [400, 450], level_db: LEVEL_DB, cadence_ms: [400, 200, 400, 2000] }
        }
        "FR" => Tone { hz: [440, 0], level_db: LEVEL_DB, cadence_ms: [1500, 3500, 0, 0] },
        _ => Tone { hz: [425, 0], level_db: LEVEL_DB, cadence_ms: [1000, 4000, 0, 0] },
    }
}

/// What a caller in a slot hears: a short tone now and then, so that it knows the line from a dead one.
pub(crate) const WAITING: Tone = Tone { hz: [425, 0], level_db: -24, cadence_ms: [200, 9800, 0, 0] };

/// What tells a caller that the recording begins.
pub(crate) const BEEP: Tone =
    Tone { hz: [1000, 0], level_db: -10, cadence_ms: [Shipped::Beep.lasts().as_millis() as u16, 0, 0, 0] };
