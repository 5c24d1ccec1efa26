//! Brings the tree on disk into force: at the start, on SIGHUP, and when asked over the control socket.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use b2bua::switch::Control;
use callplan::{Code, Finding, Site, proof::failures};
use tracing::{error, info, warn};

use crate::{
    config::{ConfigError, Loaded, Place, Refused, Tree, Versions},
    net::tls::{Tls, TlsError},
    signalling::{Inbox, Order},
};

/// What runs, and how the disk differs from it.
#[derive(Clone, Debug)]
pub(crate) struct Running {
    /// The site in force.
    pub(crate) site: Arc<Site>,
    /// Why the tree on disk is not what runs; empty when it is.
    pub(crate) refused: Vec<String>,
}

impl Running {
    /// One line about it, for a service manager.
    pub(crate) fn status(&self) -> String {
        let site = &self.site;
        if self.refused.is_empty() {
            let (phones, trunks) = (site.phones.len(), site.trunks.len());
            format!("version {}, {phones} phones, {trunks} trunks", site.version)
        } else {
            format!("running version {}, tree on disk refused: `ringplan check` says why", site.version)
        }
    }
}

/// Why a tree did not come into force.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApplyError {
    /// It can't be read.
    #[error(transparent)]
    LocalConfig(#[from] ConfigError),
    /// It does not check, or fails its own tests.
    #[error("{} in the config", count(.0.len()))]
    LocalRefused(Vec<Finding>),
    /// Its certificates can't be used.
    #[error(transparent)]
    LocalTls(#[from] TlsError),
    /// The signalling thread takes no orders.
    #[error("the switch takes no orders at the moment")]
    LimitOrders,
}

impl ApplyError {
    /// Everything that is wrong, one text each.
    pub(crate) fn findings(&self) -> Vec<String> {
        match self {
            Self::LocalRefused(findings) => findings.iter().map(ToString::to_string).collect(),
            Self::LocalConfig(_) | Self::LocalTls(_) | Self::LimitOrders => vec![self.to_string()],
        }
    }
}

fn count(findings: usize) -> String {
    if findings == 1 { "1 finding".to_owned() } else { format!("{findings} findings") }
}

/// Applies the tree on disk whenever it is asked to.
#[derive(Debug)]
pub(crate) struct Applier {
    place: Place,
    versions: Versions,
    inbox: Inbox,
    tls: Tls,
    running: Mutex<Running>,
}

impl Applier {
    /// Starts with the tree on disk if it checks, else with the version last applied.
    ///
    /// # Errors
    /// Neither can run.
    pub(crate) fn start(place: Place, inbox: Inbox) -> Result<Self, ApplyError> {
        let versions = Versions::new(place.versions());
        let running = match read(&place) {
            Ok((tree, mut loaded)) => {
                // What ran before is not known to do better, so nothing is kept from running.
                loaded.warnings.extend(failures(&loaded.site));
                Running { site: keep(&versions, &tree, loaded), refused: Vec::new() }
            }
            Err(refused) => last(&versions, &refused).ok_or(refused)?,
        };
        let tls = Tls::new(&running.site.tls)?;
        Ok(Self { place, versions, inbox, tls, running: Mutex::new(running) })
    }

    /// Brings the tree on disk into force. Calls under way stay on the version they began with.
    ///
    /// # Errors
    /// The tree can't be read, does not check or fails its own tests; what runs goes on running.
    pub(crate) fn apply(&self) -> Result<Arc<Site>, ApplyError> {
        let result = self.swap();
        match &result {
            Ok(site) => info!("version {} is in force", site.version),
            Err(refused) => {
                let mut running = self.lock();
                running.refused = refused.findings();
                error!("running version {}, tree on disk refused: {refused}", running.site.version);
                running.refused.iter().flat_map(|it| it.lines()).for_each(|line| error!("{line}"));
            }
        }
        result
    }

    /// What TLS connections are made with; an apply renews it.
    pub(crate) fn tls(&self) -> Tls {
        self.tls.clone()
    }

    /// What runs now.
    pub(crate) fn running(&self) -> Running {
        self.lock().clone()
    }

    fn swap(&self) -> Result<Arc<Site>, ApplyError> {
        let (tree, loaded) = read(&self.place)?;
        let failing = failures(&loaded.site);
        if !failing.is_empty() {
            return Err(ApplyError::LocalRefused(failing));
        }
        if loaded.site.listen != self.lock().site.listen {
            warn!("[listen] changed: sockets stay as they are until the next start");
        }
        self.tls.renew(&loaded.site.tls)?;
        let site = keep(&self.versions, &tree, loaded);
        if !self.inbox.order(Order::Control(Control::Apply(Arc::clone(&site)))) {
            return Err(ApplyError::LimitOrders);
        }
        *self.lock() = Running { site: Arc::clone(&site), refused: Vec::new() };
        Ok(site)
    }

    /// Each change is one assignment, so a panic elsewhere leaves nothing half done.
    fn lock(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(place: &Place) -> Result<(Tree, Loaded), ApplyError> {
    let tree = Tree::read(&place.config)?;
    match tree.load() {
        Ok(loaded) => Ok((tree, loaded)),
        Err(Refused(findings)) => Err(ApplyError::LocalRefused(findings)),
    }
}

/// Numbers the site of a tree that checks, and keeps the tree for a later start. A disk that is full costs
/// only that: the site runs.
fn keep(versions: &Versions, tree: &Tree, loaded: Loaded) -> Arc<Site> {
    loaded.warnings.iter().for_each(tell);
    let mut site = loaded.site;
    site.version = versions.keep(tree, &site.hash).unwrap_or_else(|(number, error)| {
        error!("version {number} runs but could not be kept: {error}");
        number
    });
    Arc::new(site)
}

/// Says what was found; one line of the log is one event. By a certificate that does not hold connections fail now.
fn tell(finding: &Finding) {
    let text = finding.to_string();
    if finding.code == Code::CertificateExpired {
        text.lines().for_each(|line| error!("{line}"));
    } else {
        text.lines().for_each(|line| warn!("{line}"));
    }
}

/// The version last applied, if it still checks.
fn last(versions: &Versions, refused: &ApplyError) -> Option<Running> {
    let (number, path) = versions.last()?;
    let Loaded { mut site, .. } = Tree::read(&path).ok()?.load().ok()?;
    site.version = number;
    let refused = refused.findings();
    error!("running version {number}, tree on disk refused");
    refused.iter().flat_map(|it| it.lines()).for_each(|line| error!("{line}"));
    Some(Running { site: Arc::new(site), refused })
}
