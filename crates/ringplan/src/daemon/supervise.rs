//! From "ready" to the end: signals, draining, and the threads' own death.

use std::{future::pending, mem, sync::Arc, time::Duration};

use b2bua::switch::Control;
use sd_notify::NotifyState;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    task::{JoinHandle, spawn_blocking},
    time::{Instant, sleep_until},
};
use tracing::{error, info, warn};

use super::notify;
use crate::{
    apply::Applier,
    signalling::{Inbox, Order},
};

/// Calls are let end for so long after SIGTERM.
pub(crate) const DRAIN: Duration = Duration::from_secs(60);

/// What is left then has so long to say goodbye.
const GOODBYE: Duration = Duration::from_secs(5);

/// Why the daemon ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Asked to, and drained.
    Drained,
    /// Asked to; calls were cut off.
    Hurried,
    /// The signalling thread died.
    Died,
}

/// The signals a daemon minds.
#[derive(Debug)]
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

/// What happened outside the switch.
enum Event {
    /// SIGTERM or Ctrl-C.
    Stop,
    /// SIGHUP.
    Apply,
    /// The tree on disk is in force, or refused.
    Applied,
    /// No call is left.
    Drained,
    /// The signalling thread is gone.
    Died,
    /// The time for this phase is up.
    TimeUp,
}

/// How far the end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Running,
    /// No new calls; those under way go on until then.
    Draining(Instant),
    /// BYE is said to the rest; whoever does not answer is left behind.
    HangingUp(Instant),
}

/// Whether the tree on disk is being applied.
///
/// That reads the disk, which may take for ever: a share that does not answer must not keep the daemon from
/// minding signals.
#[derive(Debug)]
enum Applying {
    No,
    /// On a thread of its own.
    Now(JoinHandle<()>),
    /// The same, and it was asked for again meanwhile: the disk may hold more than was read.
    Again(JoinHandle<()>),
}

impl Phase {
    const fn until(self) -> Option<Instant> {
        match self {
            Self::Running => None,
            Self::Draining(until) | Self::HangingUp(until) => Some(until),
        }
    }
}

impl Signals {
    /// Takes the signals from now on; the caller is inside the runtime.
    ///
    /// # Errors
    /// The system refuses.
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }
}

impl Applying {
    /// Waits for the end of what is under way, for ever if that is nothing.
    async fn end(&mut self) {
        match self {
            Self::No => pending().await,
            // One that panicked has said so on stderr.
            Self::Now(task) | Self::Again(task) => drop(task.await),
        }
    }
}

/// A daemon being minded.
struct Minder<'a> {
    inbox: &'a Inbox,
    applier: &'a Arc<Applier>,
    drained: watch::Receiver<bool>,
    signals: &'a mut Signals,
    applying: Applying,
}

/// Minds a daemon until it has ended or is told to.
pub(super) async fn supervise(
    inbox: &Inbox,
    applier: &Arc<Applier>,
    drained: watch::Receiver<bool>,
    signals: &mut Signals,
) -> Ended {
    Minder { inbox, applier, drained, signals, applying: Applying::No }.mind().await
}

impl Minder<'_> {
    async fn mind(&mut self) -> Ended {
        let mut phase = Phase::Running;
        loop {
            phase = match (self.event(phase).await, phase) {
                (Event::Apply, _) => {
                    self.apply();
                    phase
                }
                (Event::Applied, _) => {
                    self.applied();
                    phase
                }
                (Event::Stop, Phase::Running) => self.drain(),
                (Event::Stop, Phase::Draining(_)) | (Event::TimeUp, Phase::Draining(_)) => self.hang_up(),
                (Event::Drained, Phase::HangingUp(_))
                | (Event::TimeUp | Event::Stop, Phase::HangingUp(_)) => {
                    return Ended::Hurried;
                }
                (Event::Drained, Phase::Running | Phase::Draining(_)) => return Ended::Drained,
                (Event::Died, _) => {
                    error!("the signalling thread died");
                    return Ended::Died;
                }
                (Event::TimeUp, Phase::Running) => phase,
            };
        }
    }

    async fn event(&mut self, phase: Phase) -> Event {
        let until = phase.until();
        tokio::select! {
            _ = self.signals.terminate.recv() => Event::Stop,
            _ = self.signals.interrupt.recv() => Event::Stop,
            _ = self.signals.hang_up.recv() => Event::Apply,
            () = self.applying.end() => Event::Applied,
            changed = self.drained.changed() => if changed.is_ok() { Event::Drained } else { Event::Died },
            () = sleep_until(until.unwrap_or_else(Instant::now)), if until.is_some() => Event::TimeUp,
        }
    }

    /// Begins to apply the tree on disk; the log says how it went.
    fn apply(&mut self) {
        self.applying = match mem::replace(&mut self.applying, Applying::No) {
            Applying::No => {
                notify::tell(&[
                    NotifyState::Reloading,
                    NotifyState::monotonic_usec_now().unwrap_or(NotifyState::Ready),
                ]);
                let applier = Arc::clone(self.applier);
                Applying::Now(spawn_blocking(move || drop(applier.apply())))
            }
            Applying::Now(task) | Applying::Again(task) => Applying::Again(task),
        };
    }

    fn applied(&mut self) {
        let status = self.applier.running().status();
        notify::tell(&[NotifyState::Ready, NotifyState::Status(&status)]);
        match mem::replace(&mut self.applying, Applying::No) {
            Applying::Again(_) => self.apply(),
            Applying::Now(_) | Applying::No => {}
        }
    }

    fn drain(&self) -> Phase {
        info!("draining: no new calls, those under way may take {} s; stop again to hurry", DRAIN.as_secs());
        notify::tell(&[NotifyState::Stopping, NotifyState::Status("draining")]);
        self.inbox.order(Order::Control(Control::Drain));
        Phase::Draining(Instant::now() + DRAIN)
    }

    fn hang_up(&self) -> Phase {
        warn!("hanging up what is left");
        self.inbox.order(Order::Control(Control::HangUpAll));
        Phase::HangingUp(Instant::now() + GOODBYE)
    }
}
