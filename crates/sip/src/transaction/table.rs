//! Writes the whole behaviour of a machine as text: what every event leads to in every state.

use std::fmt::{Debug, Write};

use bytes::Bytes;
use clock::{Instant, Table};

use super::timing::{Pace, Timing};

/// A machine as its table sees it.
pub(super) trait Machine {
    /// What may happen to it.
    type Event: Clone + Debug;
    /// What it may ask for.
    type Effect: Debug;
    /// Its timers.
    type Timer: Copy + Eq + Debug;

    fn start(pace: Pace<'_>) -> Self
    where
        Self: Sized;
    fn handle(&mut self, event: Self::Event, pace: Pace<'_>) -> Vec<Self::Effect>;
    fn state(&self) -> &dyn Debug;
    fn timers(&mut self) -> &mut Table<Self::Timer>;
    /// The timer whose firing an event is, if it is that.
    fn fired(event: &Self::Event) -> Option<Self::Timer>;
    /// Bytes that an effect sends, if it does.
    fn sent(effect: &Self::Effect) -> Option<&Bytes>;
}

/// A machine whose parts have the names that all of them have; `start` makes one.
macro_rules! machine {
    ($machine:ident, $event:ty, $start:expr) => {
        impl Machine for $machine {
            type Event = $event;
            type Effect = Effect;
            type Timer = Timer;

            fn start(pace: Pace<'_>) -> Self {
                ($start)(pace)
            }

            fn handle(&mut self, event: Self::Event, pace: Pace<'_>) -> Vec<Effect> {
                let mut out = Effects::new();
                Self::handle(self, NOW, event, pace, &mut out);
                out.into_vec()
            }

            fn state(&self) -> &dyn std::fmt::Debug {
                &self.state
            }

            fn timers(&mut self) -> &mut Table<Timer> {
                &mut self.timers
            }

            fn fired(event: &Self::Event) -> Option<Timer> {
                if let Event::Timer(timer) = event { Some(*timer) } else { None }
            }

            fn sent(effect: &Effect) -> Option<&Bytes> {
                if let Effect::Send(bytes) = effect { Some(bytes) } else { None }
            }
        }
    };
}
pub(super) use machine;

/// When everything in a table happens.
pub(super) const NOW: Instant = Instant::from_micros(10_000_000);

/// Holds the table of a machine against its snapshot: for every state, which `roads` of events from the
/// start lead to, and every event, what is asked for, the next state and the timers that run then.
pub(super) fn check<M: Machine>(name: &str, reliable: bool, roads: &[&[M::Event]], events: &[M::Event]) {
    let timing = Timing::default();
    let pace = Pace { timing: &timing, reliable };
    let mut text = String::new();
    for road in roads {
        writeln!(text, "[{}]", word(travel::<M>(road, pace).state())).unwrap();
        for event in events {
            let mut machine = travel::<M>(road, pace);
            let effects = take(&mut machine, event, pace);
            writeln!(text, "{}", row::<M>(event, &effects, &mut machine)).unwrap();
        }
        text.push('\n');
    }
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

fn travel<M: Machine>(road: &[M::Event], pace: Pace<'_>) -> M {
    let mut machine = M::start(pace);
    for event in road {
        take(&mut machine, event, pace);
    }
    machine
}

fn take<M: Machine>(machine: &mut M, event: &M::Event, pace: Pace<'_>) -> Vec<M::Effect> {
    if let Some(timer) = M::fired(event) {
        machine.timers().clear(timer);
    }
    machine.handle(event.clone(), pace)
}

/// `event  effects  state  timers`
fn row<M: Machine>(event: &M::Event, effects: &[M::Effect], machine: &mut M) -> String {
    let effects: Vec<_> = effects.iter().map(asked::<M>).collect();
    let effects = if effects.is_empty() { "-".to_owned() } else { effects.join(", ") };
    let mut timers: Vec<_> = machine.timers().armed().collect();
    timers.sort_by_key(|(_, at)| *at);
    let timers: Vec<_> =
        timers.iter().map(|(timer, at)| format!("{timer:?} {} ms", at.since(NOW).as_millis())).collect();
    let state = word(machine.state());
    format!("  {:16} {effects:18} {state:11} {}", name(event), timers.join(", ")).trim_end().to_owned()
}

fn asked<M: Machine>(effect: &M::Effect) -> String {
    match M::sent(effect) {
        Some(bytes) => format!("send {}", std::str::from_utf8(bytes).unwrap().split(' ').next().unwrap()),
        None => name(effect),
    }
}

/// The first word of what `value` looks like.
fn word(value: &dyn Debug) -> String {
    format!("{value:?}").split([' ', '(', '{']).next().unwrap().to_owned()
}

/// `Timer(B)` is `Timer B`, `Failure { to: ".." }` is `Failure`.
fn name(value: &dyn Debug) -> String {
    let text = format!("{value:?}");
    match text.strip_prefix("Timer(") {
        Some(timer) => format!("Timer {}", timer.trim_end_matches(')')),
        None => word(value),
    }
}
