//! The subscription usage of a dialog, seen from the notifier (RFC 6665 §4.2, RFC 5057).
//!
//! ```text
//!   Held ── SUBSCRIBE answered ──> Told ── changed ──> Telling ── 2xx ──> Told
//!                                    │                   │ ├── refused for now, nobody there ──> Asleep
//!                                    │ ended             │ └── 481, nothing heard ──> (forgotten)
//!                                    v                   v ended meanwhile
//!                                  Ending <── 2xx ───────┘        Ending ── anything ──> (forgotten)
//! ```
//!
//! One NOTIFY is out at a time: what changes meanwhile is told when it is answered, as it stands then.

use sip::Status;

/// NOTIFYs that may be refused for now, one after another, before a watcher is given up.
const TRIES_MAX: u8 = 4;

/// Where a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Usage {
    /// The answer to its SUBSCRIBE waits for the store.
    Held,
    /// Its watcher knows how it stands, or is told so in a moment.
    Told,
    /// A NOTIFY is out, and then this is to be done.
    Telling(Then),
    /// Nothing reaches its watcher, or it wants to be left alone.
    Asleep,
    /// The last NOTIFY is out.
    Ending,
}

/// What is to be done when a NOTIFY was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// Nothing.
    Rest,
    /// The state changed: another.
    Tell,
    /// The last one.
    End(Reason),
}

/// Why a subscription ended (RFC 6665 §4.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Its time is up, or it was ended by its watcher.
    Timeout,
    /// What it watched is gone.
    NoResource,
}

impl Reason {
    /// Its word in Subscription-State.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::NoResource => "noresource",
        }
    }
}

/// What happens to a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A SUBSCRIBE was answered 200: a NOTIFY follows whether anything changed or not.
    Answered,
    /// What it watches changed.
    Changed,
    /// A NOTIFY was answered.
    Heard(Status),
    /// A NOTIFY was not answered.
    TimedOut,
    /// A NOTIFY could not be sent.
    Unreachable,
    /// Its watcher can be reached again, or has been left alone long enough.
    Woken,
    /// It is over.
    Ended(Reason),
}

/// What is to be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Nothing.
    Nothing,
    /// Send NOTIFY, unless its watcher knows all of it.
    Tell,
    /// Send the last NOTIFY.
    TellLast(Reason),
    /// Its watcher does not know what it was told: tell anew, later.
    Later,
    /// Forget it.
    Forget,
}

/// The state, and how often of late a NOTIFY came to nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Machine {
    usage: Usage,
    tries: u8,
}

impl Machine {
    pub(crate) const fn new(usage: Usage) -> Self {
        Self { usage, tries: 0 }
    }

    pub(crate) const fn usage(self) -> Usage {
        self.usage
    }

    /// Its SUBSCRIBE was answered, and asked for no more than one look.
    pub(crate) fn begin(&mut self) {
        if self.usage == Usage::Held {
            self.usage = Usage::Told;
        }
    }

    /// The NOTIFY that was ordered is out.
    pub(crate) const fn sent(&mut self, is_last: bool) {
        self.usage = if is_last { Usage::Ending } else { Usage::Telling(Then::Rest) };
    }

    /// The NOTIFY that was ordered found no way.
    pub(crate) const fn found_no_way(&mut self) {
        self.usage = Usage::Asleep;
    }

    /// Takes one event.
    pub(crate) fn handle(&mut self, event: Event) -> Order {
        match self.usage {
            Usage::Held => self.held(event),
            Usage::Told => self.told(event),
            Usage::Telling(then) => self.telling(then, event),
            Usage::Asleep => self.asleep(event),
            Usage::Ending => match event {
                Event::Heard(status) if status.is_provisional() => Order::Nothing,
                Event::Heard(_) | Event::TimedOut | Event::Unreachable => Order::Forget,
                Event::Answered | Event::Changed | Event::Woken | Event::Ended(_) => Order::Nothing,
            },
        }
    }

    fn held(&mut self, event: Event) -> Order {
        match event {
            Event::Answered => {
                self.usage = Usage::Told;
                Order::Tell
            }
            Event::Ended(_) => Order::Forget,
            Event::Changed | Event::Woken | Event::Heard(_) | Event::TimedOut | Event::Unreachable => {
                Order::Nothing
            }
        }
    }

    fn told(&mut self, event: Event) -> Order {
        match event {
            Event::Answered | Event::Changed => Order::Tell,
            Event::Ended(reason) => Order::TellLast(reason),
            Event::Woken | Event::Heard(_) | Event::TimedOut | Event::Unreachable => Order::Nothing,
        }
    }

    fn telling(&mut self, then: Then, event: Event) -> Order {
        match (event, then) {
            (Event::Answered | Event::Changed | Event::Woken, Then::Rest | Then::Tell) => {
                self.usage = Usage::Telling(Then::Tell);
                Order::Nothing
            }
            (Event::Ended(reason), _) => {
                self.usage = Usage::Telling(Then::End(reason));
                Order::Nothing
            }
            (Event::Answered | Event::Changed | Event::Woken, Then::End(_)) => Order::Nothing,
            (Event::Heard(status), _) if status.is_provisional() => Order::Nothing,
            (Event::Heard(status), then) if status.is_success() => {
                *self = Self::new(Usage::Told);
                match then {
                    Then::Rest => Order::Nothing,
                    Then::Tell => Order::Tell,
                    Then::End(reason) => Order::TellLast(reason),
                }
            }
            (Event::Heard(status), Then::Rest | Then::Tell) if !ends(status) && self.tries < TRIES_MAX => {
                (self.usage, self.tries) = (Usage::Asleep, self.tries + 1);
                Order::Later
            }
            (Event::Unreachable, Then::Rest | Then::Tell) => {
                self.usage = Usage::Asleep;
                Order::Later
            }
            (Event::Heard(_) | Event::TimedOut | Event::Unreachable, _) => Order::Forget,
        }
    }

    fn asleep(&mut self, event: Event) -> Order {
        match event {
            Event::Answered | Event::Woken => {
                self.usage = Usage::Told;
                Order::Tell
            }
            Event::Ended(reason) => {
                self.usage = Usage::Told;
                Order::TellLast(reason)
            }
            Event::Changed | Event::Heard(_) | Event::TimedOut | Event::Unreachable => Order::Nothing,
        }
    }
}

/// Whether a refusal of a NOTIFY ends its subscription (RFC 6665 §4.2.2, RFC 5057 §5.1). A challenge does, since
/// no phone is owed our credentials (RELIABILITY A8).
const fn ends(status: Status) -> bool {
    matches!(status.code(), 401 | 404 | 405 | 407 | 408 | 410 | 416 | 480..=485 | 489 | 501 | 502 | 604)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    /// Every state and every event: what comes of it.
    #[test]
    fn every_event_in_every_state() {
        let states = [
            Usage::Held,
            Usage::Told,
            Usage::Telling(Then::Rest),
            Usage::Telling(Then::Tell),
            Usage::Telling(Then::End(Reason::Timeout)),
            Usage::Asleep,
            Usage::Ending,
        ];
        let events = [
            Event::Answered,
            Event::Changed,
            Event::Heard(Status::OK),
            Event::Heard(Status::SERVICE_UNAVAILABLE),
            Event::Heard(Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST),
            Event::TimedOut,
            Event::Unreachable,
            Event::Woken,
            Event::Ended(Reason::NoResource),
        ];
        let mut table = String::new();
        for state in states {
            for event in events {
                let mut machine = Machine::new(state);
                let order = machine.handle(event);
                let usage = machine.usage();
                writeln!(table, "{} + {event:?} -> {order:?}, {}", short(state), short(usage)).unwrap();
            }
        }
        insta::assert_snapshot!(table);
    }

    fn short(usage: Usage) -> String {
        match usage {
            Usage::Telling(then) => format!("Telling({then:?})"),
            Usage::Ending => "Ending".to_owned(),
            other @ (Usage::Held | Usage::Told | Usage::Asleep) => format!("{other:?}"),
        }
    }

    #[test]
    fn a_watcher_that_refuses_for_ever_is_given_up() {
        let mut machine = Machine::new(Usage::Told);
        let busy = Event::Heard(Status::SERVICE_UNAVAILABLE);
        let mut told = 0;
        loop {
            machine.sent(false);
            told += 1;
            if machine.handle(busy) == Order::Forget {
                break;
            }
            assert_eq!(machine.handle(Event::Woken), Order::Tell);
        }
        assert_eq!(told, TRIES_MAX + 1);
    }
}
