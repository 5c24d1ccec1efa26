//! What a number that was dialled means, in one order for everybody.

use crate::{DialId, E164, Site};

/// The dial rule that leads to an outside number: of those that hold it, the one whose pattern says
/// most, the first written among equals.
pub fn route(site: &Site, number: E164) -> Option<DialId> {
    let weight = |rule: &crate::DialRule| {
        let excepted = rule.except.iter().any(|pattern| pattern.holds(number));
        let weights = rule.to.iter().filter(|pattern| pattern.holds(number)).map(crate::Pattern::weight);
        if excepted { None } else { weights.max() }
    };
    let rules = site.dial.iter().enumerate().filter_map(|(at, rule)| Some((weight(rule)?, at)));
    rules.min_by_key(|(weight, at)| (u8::MAX - weight, *at)).map(|(_, at)| DialId::from(at))
}
