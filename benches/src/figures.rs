//! Arithmetic on what was measured; it knows no process and no clock.

/// A contestant with one setting, and what a unit of work cost it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tried {
    /// Who, and with what setting.
    pub(crate) name: String,
    /// Processor time a unit of work, round by round.
    pub(crate) costs: Vec<f64>,
}

impl Tried {
    /// What a round costs typically.
    pub(crate) fn cost(&self) -> f64 {
        median(&self.costs)
    }
}

/// The cheapest of the peers; none if there is none.
pub(crate) fn cheapest(peers: &[Tried]) -> Option<&Tried> {
    peers.iter().min_by(|a, b| a.cost().total_cmp(&b.cost()))
}

/// Ours to theirs, each round judged by itself: what disturbs the machine for a while disturbs both.
pub(crate) fn ratio(ours: &Tried, theirs: &Tried) -> f64 {
    let rounds = ours.costs.iter().zip(&theirs.costs);
    median(&rounds.map(|(ours, theirs)| ours / theirs).collect::<Vec<_>>())
}

/// The middle value, or the mean of the two in the middle; NaN of nothing.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => values[half],
        _ => f64::midpoint(values[half - 1], values[half]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(name: &str, costs: &[f64]) -> Tried {
        Tried { name: name.to_owned(), costs: costs.to_vec() }
    }

    #[test]
    fn the_median_is_the_middle_of_the_sorted_values() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn the_best_peer_is_the_one_that_costs_least() {
        let peers = [tried("one", &[2.0, 9.0, 2.0]), tried("two", &[1.9, 3.0, 3.0])];
        assert_eq!(cheapest(&peers).map(|best| best.name.as_str()), Some("one"));
        assert_eq!(cheapest(&[]), None);
    }

    /// One round in which the machine was busy with something else moves neither side alone.
    #[test]
    fn a_disturbed_round_does_not_move_the_ratio() {
        let (ours, theirs) = (tried("ours", &[1.0, 5.0, 1.0]), tried("theirs", &[2.0, 10.0, 2.0]));
        assert_eq!(ratio(&ours, &theirs), 0.5);
    }
}
