//! Watches a change of the config for a while, and takes it back by itself where the switch does worse since
//! (PRODUCT 5, F6).
//!
//! It lives in the daemon: whoever asked for it may go. One change is watched at a time; the next one that is applied
//! ends it, and so does a restart.

mod band;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use callplan::Site;
use serde_json::{Value, json};
use tokio::{
    runtime::Handle,
    task::spawn_blocking,
    time::{MissedTickBehavior, interval},
};
use tracing::{error, info, warn};

use self::band::{Past, Trial, Tried, Verdict, are_too_many};
use crate::{
    apply::{Applied, Applier, ApplyError},
    config::By,
    signalling::Inbox,
    time::Clocks,
};

/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);

/// Between two notes of what became of calls.
const MINUTE: Duration = Duration::from_secs(60);

/// Changes of one daemon that are watched.
#[derive(Debug)]
pub(crate) struct Watch {
    inbox: Inbox,
    applier: Arc<Applier>,
    clocks: Clocks,
    past: Mutex<Past>,
    state: Mutex<Option<State>>,
}

/// How the change watched last stands.
#[derive(Clone, Debug)]
struct State {
    version: u32,
    before: u32,
    /// `watched`, `stays`, `taken-back`, `failed`, `overtaken` or `ended`.
    word: &'static str,
    /// Why it is no longer watched, where its time was not over.
    why: Option<String>,
    left: Duration,
    /// Before it and now.
    registered: (usize, usize),
    tried: Tried,
}

impl Watch {
    /// A watch over what `applier` changes.
    pub(crate) fn new(inbox: Inbox, applier: Arc<Applier>) -> Arc<Self> {
        let (past, state) = (Mutex::default(), Mutex::default());
        Arc::new(Self { inbox, applier, clocks: Clocks::start(), past, state })
    }

    /// Notes each minute what became of calls, for as long as the daemon runs.
    pub(crate) async fn remember(self: Arc<Self>) {
        let mut minutes = interval(MINUTE);
        minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            minutes.tick().await;
            let watch = Arc::clone(&self);
            let noted = spawn_blocking(move || {
                if let Some(figures) = watch.inbox.figures(None) {
                    lock(&watch.past).note(Tried::of(&figures.counters));
                }
            });
            // The runtime is about to end.
            if noted.await.is_err() {
                return;
            }
        }
    }

    /// Brings the tree on disk into force and watches it for so long. Who calls it may wait, and is inside the runtime.
    ///
    /// # Errors
    /// The tree is refused, or would cost registrations that a rollback could not bring back.
    pub(crate) fn apply(self: &Arc<Self>, window: Duration) -> Result<Applied, ApplyError> {
        let mut figures = None;
        let applied = self.applier.apply_if(By::Apply, |site| {
            let before = self.before(site)?;
            figures = Some(before);
            Ok(())
        })?;
        let Some(before) = figures.filter(|_| applied.version != applied.before) else { return Ok(applied) };
        let now = self.clocks.mono();
        let trial = Trial::new(applied.version, &before, &lock(&self.past), now, window);
        let registered = (trial.registered(), trial.registered());
        *lock(&self.state) = Some(State {
            version: applied.version,
            before: applied.before,
            word: "watched",
            why: None,
            left: window,
            registered,
            tried: Tried::default(),
        });
        info!("version {} is watched for {} s", applied.version, window.as_secs());
        Handle::current().spawn(Arc::clone(self).mind(trial, applied.before));
        Ok(applied)
    }

    /// Whether a change is watched now.
    pub(crate) fn is_watching(&self) -> bool {
        lock(&self.state).as_ref().is_some_and(|state| state.word == "watched")
    }

    /// How the change watched last stands; null if none was.
    pub(crate) fn told(&self) -> Value {
        lock(&self.state).as_ref().map_or(Value::Null, State::told)
    }

    /// How the switch does before a change.
    ///
    /// A phone that a version leaves out is forgotten at once, so that a rollback comes too late for it.
    fn before(&self, site: &Site) -> Result<b2bua::switch::Figures, ApplyError> {
        let figures = self.inbox.figures(Some(Arc::new(site.clone()))).ok_or(ApplyError::LimitOrders)?;
        if are_too_many(figures.leaving, figures.registered) {
            let (leaving, registered) = (figures.leaving, figures.registered);
            return Err(ApplyError::LimitRegistrations { leaving, registered });
        }
        Ok(figures)
    }

    async fn mind(self: Arc<Self>, mut trial: Trial, before: u32) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            let watch = Arc::clone(&self);
            let looked = spawn_blocking(move || {
                let verdict = watch.look(&mut trial, before);
                (trial, verdict)
            });
            match looked.await {
                Ok((still, true)) => trial = still,
                Ok((_, false)) | Err(_) => return,
            }
        }
    }

    /// Looks once, and does what follows; whether it is watched on.
    fn look(&self, trial: &mut Trial, before: u32) -> bool {
        // A thread that is stuck is the watchdog's.
        let Some(figures) = self.inbox.figures(None) else { return true };
        let now = self.clocks.mono();
        let verdict = trial.look(&figures, now);
        let version = trial.version();
        let (word, why) = match &verdict {
            Verdict::Watched => ("watched", None),
            Verdict::Stays => {
                info!("version {version} stays: the switch does as before");
                ("stays", None)
            }
            Verdict::Overtaken(by) => ("overtaken", Some(format!("version {by} came into force"))),
            Verdict::Ending => ("ended", Some("the switch is about to end".to_owned())),
            Verdict::Back(why) => self.take_back(version, before, &why.to_string()),
        };
        let mut state = lock(&self.state);
        // Of a newer change nothing is known here.
        if let Some(state) = state.as_mut().filter(|state| state.version == version) {
            let registered = (trial.registered(), figures.registered);
            let (left, tried) = (trial.left(now), trial.tried());
            *state = State { word, why, left, registered, tried, ..*state };
        }
        verdict == Verdict::Watched
    }

    fn take_back(&self, version: u32, before: u32, why: &str) -> (&'static str, Option<String>) {
        warn!("version {version} is taken back: {why}");
        match self.applier.take_back(version, before, why) {
            Ok(Some(_)) => ("taken-back", Some(why.to_owned())),
            Ok(None) => ("overtaken", Some("another version came into force".to_owned())),
            Err(error) => {
                error!("version {version} can't be taken back, and runs on: {error}");
                ("failed", Some(format!("{why}; version {before} can't be brought back: {error}")))
            }
        }
    }
}

impl State {
    fn told(&self) -> Value {
        let Tried { answered, in_vain, not_set_up } = self.tried;
        json!({
            "version": self.version,
            "before": self.before,
            "state": self.word,
            "why": self.why,
            "left_s": self.left.as_secs_f64().ceil(),
            "registered": { "before": self.registered.0, "now": self.registered.1 },
            "calls": { "answered": answered, "in_vain": in_vain, "not_set_up": not_set_up },
        })
    }
}

/// Each change is one assignment, so a panic elsewhere leaves nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
