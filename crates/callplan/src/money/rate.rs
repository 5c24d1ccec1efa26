//! What a call costs by how long it lasts: a fee, then begun increments.

use std::time::Duration;

use super::Amount;

/// A price: `connect_fee`, then the first increment, then as many of the next as were begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// For each minute.
    pub per_minute: Amount,
    /// For being answered.
    pub connect_fee: Amount,
    /// Seconds that are charged whatever a call lasts; at least 1.
    pub first: u16,
    /// Seconds in which it is charged behind them; at least 1.
    pub next: u16,
}

impl Rate {
    /// What a call costs that lasted so long after its answer.
    pub fn cost(&self, lasted: Duration) -> Amount {
        self.cost_of(self.increments(lasted))
    }

    /// What a call costs that began so many increments behind the first.
    pub fn cost_of(&self, increments: u64) -> Amount {
        self.connect_fee.plus(self.per_minute.of_seconds(self.seconds(increments)))
    }

    /// For how long a call may go on that has paid for so many increments behind the first.
    pub fn paid_for(&self, increments: u64) -> Duration {
        Duration::from_secs(self.seconds(increments))
    }

    /// How many increments behind the first a call has begun that lasted so long.
    pub fn increments(&self, lasted: Duration) -> u64 {
        let behind = lasted.saturating_sub(Duration::from_secs(self.first.into()));
        let next = u128::from(self.next) * 1_000_000_000;
        u64::try_from(behind.as_nanos().div_ceil(next)).unwrap_or(u64::MAX)
    }

    /// Whether a longer call costs more.
    pub fn grows(&self) -> bool {
        self.per_minute > Amount::ZERO
    }

    fn seconds(&self, increments: u64) -> u64 {
        increments.saturating_mul(self.next.into()).saturating_add(self.first.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(per_minute: &str, connect_fee: &str, first: u16, next: u16) -> Rate {
        let [per_minute, connect_fee] = [per_minute, connect_fee].map(|text| Amount::parse(text).unwrap());
        Rate { per_minute, connect_fee, first, next }
    }

    #[test]
    fn every_begun_increment_is_charged() {
        let (minutes, sixes) = (rate("0.60", "0", 60, 60), rate("0.60", "0.05", 30, 6));
        let table = [
            (minutes, 0, "0.60"),
            (minutes, 60_000, "0.60"),
            (minutes, 60_001, "1.20"),
            (minutes, 120_000, "1.20"),
            (sixes, 0, "0.35"),
            (sixes, 30_000, "0.35"),
            (sixes, 30_001, "0.41"),
            (sixes, 36_000, "0.41"),
            (sixes, 3_600_000, "36.05"),
            (rate("0.60", "0", 1, 1), 99_500, "1.00"),
        ];
        for (rate, millis, cost) in table {
            let lasted = Duration::from_millis(millis);
            assert_eq!(rate.cost(lasted), Amount::parse(cost).unwrap(), "{rate:?} {millis} ms");
        }
    }

    /// A call that ends when what it paid for is over costs what it paid.
    #[test]
    fn what_is_paid_for_costs_what_was_paid() {
        for rate in [rate("0.0085", "0.001", 60, 60), rate("0.0001", "0", 30, 6), rate("3", "0", 1, 1)] {
            for increments in [0, 1, 2, 59, 1000] {
                let paid_for = rate.paid_for(increments);
                assert_eq!(rate.cost(paid_for), rate.cost_of(increments));
                assert!(rate.cost(paid_for + Duration::from_nanos(1)) > rate.cost_of(increments));
            }
        }
        assert!(!rate("0", "0.10", 60, 60).grows());
        assert_eq!(rate("0", "0", 1, 1).cost(Duration::MAX), Amount::ZERO);
    }
}
