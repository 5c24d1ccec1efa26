//! The running switch: which threads there are, how they start and how they end.
//!
//! One signalling thread owns the calls, media threads relay, one writer keeps the database, and a small
//! runtime carries streams, DNS, the control socket and signals. They start in the order in which a fault
//! is most telling, and end in the reverse: calls first, the database last.

mod capacity;
mod ending;
mod notify;
mod reconcile;
mod sockets;
mod supervise;
mod threads;

use std::{io, path::PathBuf, sync::Arc, thread::JoinHandle, time::Duration};

use b2bua::switch::View;

use callplan::{Listen, Site};
use nix::sys::signal::{SigHandler, Signal, signal};
use sd_notify::NotifyState;
use tokio::runtime::{Builder, Runtime};
use tracing::info;

pub(crate) use self::{capacity::Capacity, ending::Ended, sockets::BindError};
use self::{
    sockets::Sockets,
    supervise::{Signals, supervise},
    threads::Threads,
};
use crate::{
    apply::{Applier, ApplyError},
    calendars::Keeper,
    config::Place,
    control::{routes::Desk, server},
    lock::{DataError, DataLock},
    net::tls,
    signalling::{Inbox, Order, Window},
    watch::Watch,
};

/// Why a switch did not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// The config does not check, and nothing was applied before.
    #[error(transparent)]
    LocalConfig(#[from] ApplyError),
    /// The data directory can't be used.
    #[error(transparent)]
    LocalData(#[from] DataError),
    /// The database can't be used.
    #[error(transparent)]
    LocalStore(#[from] store::sqlite::StoreError),
    /// An address can't be bound.
    #[error(transparent)]
    LocalBind(#[from] BindError),
    /// The control socket can't be made.
    #[error("the control socket {path}: {error}", path = path.display())]
    LocalControl {
        /// Where it should lie.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The system refuses a thread or a descriptor.
    #[error("the system is out of means: {0}")]
    LimitSystem(#[from] io::Error),
}

/// A running switch.
#[derive(Debug)]
pub(crate) struct Daemon {
    runtime: Runtime,
    signalling: JoinHandle<()>,
    inbox: Inbox,
    window: Window,
    applier: Arc<Applier>,
    capacity: Capacity,
    place: Place,
    _lock: DataLock,
}

/// Whether all of `listen` could be bound now.
///
/// # Errors
/// The first address that can't be.
pub(crate) fn try_bind(listen: &Listen) -> Result<(), BindError> {
    Sockets::bind(listen).map(drop)
}

impl Daemon {
    /// Starts all threads on what `place` holds.
    ///
    /// # Errors
    /// Config, data, database or an address can't be used; nothing is left running.
    pub(crate) fn start(place: Place) -> Result<Self, StartError> {
        outlive_file_limits();
        let lock = DataLock::take(&place.data)?;
        let inbox = Inbox::new().map_err(io::Error::from)?;
        let applier = Arc::new(Applier::start(place.clone(), inbox.clone())?);
        let site = applier.running().site;
        let capacity = Capacity::measure(&site.listen.rtp);
        let sockets = Sockets::bind(&site.listen)?;
        let tls = applier.tls();
        let runtime =
            Builder::new_multi_thread().worker_threads(1).thread_name("runtime").enable_all().build()?;
        let entered = runtime.enter();
        let control = place.control();
        let listener =
            server::bind(&control).map_err(|error| StartError::LocalControl { path: control, error })?;
        let Threads { signalling, window, keeper } =
            threads::start(&place, Arc::clone(&site), sockets, tls.clone(), &inbox, runtime.handle())?;
        let configured = Arc::clone(&applier);
        runtime.spawn(tls::watch(tls, place.config.clone(), move || configured.running().site.tls.clone()));
        let watch = Watch::new(inbox.clone(), Arc::clone(&applier));
        runtime.spawn(Arc::clone(&watch).remember());
        let calendars = Keeper::new(Arc::clone(&applier), Arc::clone(&watch));
        runtime.spawn(Arc::clone(&calendars).mind());
        let desk = Desk::new(
            place.clone(),
            (Arc::clone(&applier), watch, calendars),
            inbox.clone(),
            window.clone(),
            keeper,
        );
        runtime.spawn(server::serve(listener, Arc::new(desk)));
        runtime.spawn(notify::watchdog(inbox.clone(), window.clone()));
        drop(entered);
        Ok(Self { runtime, signalling, inbox, window, applier, capacity, place, _lock: lock })
    }

    /// The site in force.
    pub(crate) fn site(&self) -> Arc<Site> {
        self.applier.running().site
    }

    /// What the switch is doing, now.
    pub(crate) fn look(&self) -> Arc<View> {
        self.runtime.block_on(self.window.fresh(&self.inbox))
    }

    /// Runs until it is told to stop, then ends every thread.
    pub(crate) fn run(self) -> Ended {
        let ended = self.runtime.block_on(self.mind());
        self.stop();
        ended
    }

    /// Says that it is ready once it minds what it is told.
    async fn mind(&self) -> Ended {
        let mut signals = Signals::listen().expect("the runtime takes signals");
        self.announce();
        supervise(&self.inbox, &self.applier, self.window.drained.clone(), &mut signals).await
    }

    /// Ends every thread, calls or not.
    pub(crate) fn stop(self) {
        self.inbox.order(Order::Stop);
        // A thread that panicked has said so on stderr.
        let _ = self.signalling.join();
        let _ = std::fs::remove_file(self.place.control());
        // Connections get what was said to them; look-ups under way are nobody's concern any more.
        self.runtime.shutdown_timeout(Duration::from_millis(200));
    }

    fn announce(&self) {
        let site = self.site();
        let listens = |kind, list: &[std::net::SocketAddr]| {
            list.iter().map(|at| format!("{kind} {at}")).collect::<Vec<_>>()
        };
        let listen = &site.listen;
        let kinds = [("UDP", &listen.udp), ("TCP", &listen.tcp), ("TLS", &listen.tls)];
        let sip = kinds.map(|(kind, list)| listens(kind, list)).concat().join(", ");
        info!("{} (version {}) listens on {sip}; {}", site.name, site.version, self.capacity);
        let status = self.applier.running().status();
        notify::tell(&[NotifyState::Ready, NotifyState::Status(&status)]);
    }
}

/// A file that may not grow fails its write, as on a full disk, and does not end the process.
fn outlive_file_limits() {
    // SAFETY: to ignore runs no code of ours.
    let _ = unsafe { signal(Signal::SIGXFSZ, SigHandler::SigIgn) };
}
