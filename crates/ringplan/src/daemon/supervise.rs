//! From "ready" to the end: signals, draining, and the threads' own death.

use std::{future::pending, mem, sync::Arc};

use b2bua::switch::Control;
use sd_notify::NotifyState;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    task::{JoinHandle, spawn_blocking},
    time::sleep,
};
use tracing::{error, info, warn};

use super::{
    ending::{DRAIN, Ended, Phase, Turn},
    notify,
};
use crate::{
    apply::Applier,
    config::By,
    signalling::{Inbox, Order},
    time::Clocks,
};

/// The signals a daemon minds.
#[derive(Debug)]
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

/// What happened outside the switch.
enum Event {
    /// Something that the end is made of.
    Turn(Turn),
    /// SIGHUP.
    Apply,
    /// The tree on disk is in force, or refused.
    Applied,
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
    clocks: Clocks,
}

/// Minds a daemon until it has ended or is told to.
pub(super) async fn supervise(
    inbox: &Inbox,
    applier: &Arc<Applier>,
    drained: watch::Receiver<bool>,
    signals: &mut Signals,
) -> Ended {
    let clocks = Clocks::start();
    Minder { inbox, applier, drained, signals, applying: Applying::No, clocks }.mind().await
}

impl Minder<'_> {
    async fn mind(&mut self) -> Ended {
        let mut phase = Phase::Running;
        loop {
            match self.event(phase).await {
                Event::Apply => self.apply(),
                Event::Applied => self.applied(),
                Event::Turn(turn) => {
                    let next = phase.next(turn, self.clocks.mono());
                    if next != phase {
                        self.enter(next);
                    }
                    phase = next;
                }
            }
            if let Phase::Over(ended) = phase {
                return ended;
            }
        }
    }

    async fn event(&mut self, phase: Phase) -> Event {
        let rest = phase.until().map(|until| until.since(self.clocks.mono()));
        tokio::select! {
            _ = self.signals.terminate.recv() => Event::Turn(Turn::Stop),
            _ = self.signals.interrupt.recv() => Event::Turn(Turn::Stop),
            _ = self.signals.hang_up.recv() => Event::Apply,
            () = self.applying.end() => Event::Applied,
            changed = self.drained.changed() => {
                Event::Turn(if changed.is_ok() { Turn::Drained } else { Turn::Died })
            }
            () = sleep(rest.unwrap_or_default()), if rest.is_some() => Event::Turn(Turn::TimeUp),
        }
    }

    /// Tells the switch, the service manager and the log what this phase asks of them.
    fn enter(&self, phase: Phase) {
        match phase {
            Phase::Draining(_) => {
                let limit = DRAIN.as_secs();
                info!("draining: no new calls, those under way may take {limit} s; stop again to hurry");
                notify::tell(&[NotifyState::Stopping, NotifyState::Status("draining")]);
                self.inbox.order(Order::Control(Control::Drain));
            }
            Phase::HangingUp(_) => {
                warn!("hanging up what is left");
                self.inbox.order(Order::Control(Control::HangUpAll));
            }
            Phase::Over(Ended::Died) => error!("the signalling thread died"),
            Phase::Running | Phase::Over(Ended::Drained | Ended::Hurried) => {}
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
                Applying::Now(spawn_blocking(move || drop(applier.apply(By::Reload))))
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
}
