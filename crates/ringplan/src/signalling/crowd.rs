//! How many versions of the config are alive at a time: each that calls began on, and the one in force.
//!
//! A call stays on its version to its end, so only calls that end make room.

use std::fmt;

use b2bua::switch::HeldVersion;

/// Versions that may be alive at a time.
const VERSIONS_MAX: usize = 8;

/// Versions that are named where there is no room.
const NAMED: usize = 3;

/// No room for one more: every version that calls hold, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crowd(Vec<HeldVersion>);

/// Whether a version may come alive beside those that calls hold; one that is held already always may.
pub(crate) fn room(held: Vec<HeldVersion>, version: Option<u32>) -> Result<(), Crowd> {
    let is_held = held.iter().any(|it| Some(it.version) == version);
    if is_held || held.len() < VERSIONS_MAX { Ok(()) } else { Err(Crowd(held)) }
}

impl fmt::Display for Crowd {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = self.0.len();
        write!(
            out,
            "calls hold {held} versions, and {VERSIONS_MAX} may be alive at a time; the oldest are version "
        )?;
        for (at, it) in self.0.iter().take(NAMED).enumerate() {
            let (comma, oldest) = (if at > 0 { "; version " } else { "" }, &it.oldest);
            let from = if oldest.from.is_empty() { "anonymous" } else { &oldest.from };
            write!(
                out,
                "{comma}{}, held by call {:x} from {from} to {}",
                it.version, oldest.number.0, oldest.to
            )?;
            if it.calls > 1 {
                write!(out, " and {} more", it.calls - 1)?;
            }
        }
        write!(out, ": apply again once they have ended, or roll back to a version that is alive")
    }
}

impl std::error::Error for Crowd {}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(versions: std::ops::RangeInclusive<u32>) -> Vec<HeldVersion> {
        let oldest = |version| b2bua::switch::Oldest {
            number: store::CallId(0x5f00 + u64::from(version)),
            from: if version == 2 { "".into() } else { "+12025550142".into() },
            to: "+12025550100".into(),
        };
        let one = |version| HeldVersion { version, calls: 1 + version as usize % 2, oldest: oldest(version) };
        versions.map(one).collect()
    }

    #[test]
    fn a_ninth_version_has_no_room_and_one_that_is_held_has() {
        assert_eq!(room(held(1..=7), Some(9)), Ok(()));
        assert_eq!(room(held(1..=8), Some(8)), Ok(()));
        assert_eq!(room(held(1..=8), Some(9)), Err(Crowd(held(1..=8))));
        assert_eq!(room(held(1..=8), None), Err(Crowd(held(1..=8))));
    }

    #[test]
    fn whoever_has_no_room_reads_which_calls_are_in_the_way() {
        assert_eq!(
            Crowd(held(1..=8)).to_string(),
            "calls hold 8 versions, and 8 may be alive at a time; the oldest are \
             version 1, held by call 5f01 from +12025550142 to +12025550100 and 1 more; \
             version 2, held by call 5f02 from anonymous to +12025550100; \
             version 3, held by call 5f03 from +12025550142 to +12025550100 and 1 more: \
             apply again once they have ended, or roll back to a version that is alive"
        );
    }
}
