//! Many calls in one sum: what was, and between what bounds it would have been.

use std::time::Duration;

use super::{Differs, Fared, How, Spent, Verdict};

/// The least and the most of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span<T> {
    /// At least.
    pub least: T,
    /// At most.
    pub most: T,
}

/// Calls by what came of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Calls that were compared.
    pub calls: u64,
    /// Those that go as they did.
    pub same: u64,
    /// Those that no journal tells enough of.
    pub untold: u64,
    /// Somebody talked with the caller: then, and with the new site.
    pub answered: (u64, Span<u64>),
    /// A message was left.
    pub voicemail: (u64, Span<u64>),
    /// The caller got nobody.
    pub missed: (u64, Span<u64>),
    /// How long all callers waited; where nobody knows what they would have done, up to that at least.
    pub waited: (Duration, Span<Duration>),
    /// What all calls cost.
    pub spent: (Spent, Spent),
}

impl Sum {
    /// Adds a call.
    pub fn add(&mut self, verdict: &Verdict) {
        let (was, now): (&Fared, &[Fared]) = match verdict {
            Verdict::Untold(_) => {
                self.untold += 1;
                return;
            }
            Verdict::Same(was, _) => {
                self.same += 1;
                (was, std::slice::from_ref(was))
            }
            Verdict::Differs(Differs { was, now, .. }) => (was, now),
        };
        self.calls += 1;
        for (how, (before, span)) in [
            (How::Answered, &mut self.answered),
            (How::Voicemail, &mut self.voicemail),
            (How::Missed, &mut self.missed),
        ] {
            *before += u64::from(was.how == how);
            span.least += u64::from(now.iter().all(|it| it.how == how));
            span.most += u64::from(now.iter().any(|it| it.how == how || it.how == How::Unknown));
        }
        let spent = if let Verdict::Same(_, spent) = verdict {
            *spent
        } else {
            Spent::one_of(now.iter().map(|it| it.spent))
        };
        self.spent = (self.spent.0.plus(was.spent), self.spent.1.plus(spent));
        let waits = || now.iter().map(|it| it.waited);
        self.waited.0 += was.waited;
        self.waited.1.least += waits().min().unwrap_or_default();
        self.waited.1.most += waits().max().unwrap_or_default();
    }
}
