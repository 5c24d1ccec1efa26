//! Brings the tree on disk into force: at the start, on SIGHUP, and when asked over the control socket; and takes it
//! back, to a version that ran before.

mod error;
mod renew;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use b2bua::switch::Control;
use callplan::{Code, Finding, Severity, Site, proof::failures, ways::Horizon};
use tokio::runtime::Handle;
use tracing::{error, info, warn};

pub(crate) use self::error::ApplyError;
use crate::{
    calendars::{Calendars, Copies},
    config::{By, Change, Entry, Held, Journal, Loaded, Place, Refused, Tree, Versions, changes},
    net::tls::Tls,
    signalling::{Inbox, Order, room},
    time::Clocks,
};

/// What runs, and how the disk differs from it.
#[derive(Clone, Debug)]
pub(crate) struct Running {
    /// The site in force.
    pub(crate) site: Arc<Site>,
    /// Why the tree on disk is not what runs; empty when it is.
    pub(crate) refused: Vec<String>,
    /// It was gone back to, and the tree on disk is another one.
    pub(crate) is_rolled_back: bool,
}

/// A tree that came into force, or would.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    /// The version; of one that only would, that which runs.
    pub(crate) version: u32,
    /// The version that ran before.
    pub(crate) before: u32,
    /// What the operator should look at nonetheless.
    pub(crate) warnings: Vec<String>,
    /// What differs from the version before.
    pub(crate) changed: Vec<Change>,
}

impl Running {
    /// One line about it, for a service manager.
    pub(crate) fn status(&self) -> String {
        let site = &self.site;
        let (version, phones, trunks) = (site.version, site.phones.len(), site.carriers().count());
        match (self.refused.is_empty(), self.is_rolled_back) {
            (true, false) => format!("version {version}, {phones} phones, {trunks} trunks"),
            (true, true) => format!(
                "running version {version}, tree on disk differs: `ringplan apply` brings it into force"
            ),
            (false, _) => {
                format!("running version {version}, tree on disk refused: `ringplan check` says why")
            }
        }
    }
}

/// Applies the tree on disk whenever it is asked to.
#[derive(Debug)]
pub(crate) struct Applier {
    place: Place,
    versions: Versions,
    journal: Journal,
    clocks: Clocks,
    /// Whoever changes what runs holds it: one at a time.
    turn: Mutex<()>,
    inbox: Inbox,
    tls: Tls,
    calendars: Calendars,
    running: Mutex<Running>,
}

impl Applier {
    /// Starts with the tree on disk if it checks and was not taken back, else with the version last applied.
    ///
    /// # Errors
    /// Neither can run.
    pub(crate) fn start(place: Place, inbox: Inbox) -> Result<Self, ApplyError> {
        let versions = Versions::new(place.versions());
        let journal = Journal::new(&place.versions());
        let clocks = Clocks::start();
        let mut changed = Vec::new();
        let held = |hash: &[u8]| versions.held().filter(|held| held.is_against(hash));
        let running = match read(&place) {
            Ok((tree, mut loaded)) => {
                // What ran before is not known to do better, so nothing is kept from running.
                loaded.warnings.extend(failures(&loaded.site, Horizon::after(clocks.now().wall)));
                let back = held(&loaded.site.hash).and_then(|held| taken_back(&versions, &held));
                back.unwrap_or_else(|| {
                    let before = versions.held().map(|held| held.number);
                    let before = before.or_else(|| versions.last().map(|(last, _)| last));
                    versions.release();
                    changed = differing(&versions, before, &tree);
                    Running {
                        site: keep(&versions, &tree, loaded),
                        refused: Vec::new(),
                        is_rolled_back: false,
                    }
                })
            }
            Err(refused) => last(&versions, &refused).ok_or(refused)?,
        };
        let tls = Tls::new(&running.site.tls)?;
        let calendars = Calendars::new(Copies::new(place.calendars()), tls.clone());
        let (running, turn) = (Mutex::new(running), Mutex::new(()));
        let applier = Self { place, versions, journal, clocks, turn, inbox, tls, calendars, running };
        applier.note(By::Start, changed, None);
        Ok(applier)
    }

    /// Brings the tree on disk into force. Calls under way stay on the version they began with.
    ///
    /// # Errors
    /// The tree can't be read, does not check or fails its own tests; what runs goes on running.
    pub(crate) fn apply(&self, by: By) -> Result<Applied, ApplyError> {
        self.apply_if(by, |_| Ok(()))
    }

    /// The same, unless whoever looks at the site before it comes into force refuses it.
    ///
    /// # Errors
    /// Those of [`Applier::apply`], or what `look` says.
    pub(crate) fn apply_if(
        &self,
        by: By,
        look: impl FnOnce(&Site) -> Result<(), ApplyError>,
    ) -> Result<Applied, ApplyError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let result = self.swap(by, look);
        match &result {
            Ok(applied) => info!("version {} is in force", applied.version),
            Err(refused) => {
                let mut running = self.lock();
                running.refused = refused.findings();
                error!("running version {}, tree on disk refused: {refused}", running.site.version);
                running.refused.iter().flat_map(|it| it.lines()).for_each(|line| error!("{line}"));
            }
        }
        result
    }

    /// What [`Applier::apply`] would do, as far as that can be known without doing it.
    ///
    /// # Errors
    /// The tree would be refused.
    pub(crate) fn rehearse(&self) -> Result<Applied, ApplyError> {
        let (tree, loaded) = self.proven()?;
        Tls::new(&loaded.site.tls)?;
        let version = self.lock().site.version;
        let changed = differing(&self.versions, Some(version), &tree);
        Ok(Applied { version, before: version, warnings: texts(&loaded), changed })
    }

    /// Brings a version that ran before into force, the one before this if none is named, until the tree on disk is
    /// applied again. A restart keeps it, unless another tree lies on disk by then.
    ///
    /// # Errors
    /// There is no such version, or it does not check any more; what runs goes on running.
    pub(crate) fn roll_back(&self, number: Option<u32>) -> Result<Applied, ApplyError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let number = number.or_else(|| self.earlier(self.lock().site.version));
        self.go_back(number.ok_or(ApplyError::LocalFirst)?, By::Rollback, None)
    }

    /// Brings the version that ran before `version` into force again, if that still runs; nothing if it does not.
    ///
    /// # Errors
    /// Those of [`Applier::roll_back`].
    pub(crate) fn take_back(
        &self,
        version: u32,
        before: u32,
        why: &str,
    ) -> Result<Option<Applied>, ApplyError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if self.lock().site.version != version {
            return Ok(None);
        }
        self.go_back(before, By::Watch, Some(why)).map(Some)
    }

    fn go_back(&self, number: u32, by: By, why: Option<&str>) -> Result<Applied, ApplyError> {
        let before = self.lock().site.version;
        let kept = || ApplyError::LocalVersion { number, kept: self.versions.kept() };
        let (path, hash) = self.versions.find(number).ok_or_else(kept)?;
        let tree = Tree::read(&path)?.spoken_in(&self.place);
        let mut loaded = tree.load().map_err(|Refused(findings)| ApplyError::LocalRefused(findings))?;
        let changed = differing(&self.versions, Some(before), &tree);
        // Its name is part of what is hashed, and a version lies elsewhere than the tree it was made of.
        (loaded.site.version, loaded.site.hash) = (number, hash);
        let warnings = texts(&loaded);
        let site = Arc::new(loaded.site);
        self.tls.renew(&site.tls)?;
        self.force(&site)?;
        let disk = read(&self.place).ok().map(|(_, loaded)| loaded.site.hash);
        let is_rolled_back = disk != Some(hash);
        if is_rolled_back {
            let held = self.versions.hold(number, disk);
            let _ =
                held.map_err(|error| error!("version {number} runs, but the next start won't know: {error}"));
        } else {
            self.versions.release();
        }
        let refused = if is_rolled_back { self.lock().refused.clone() } else { Vec::new() };
        *self.lock() = Running { site, refused, is_rolled_back };
        self.note(by, changed.clone(), why);
        warn!("{}", self.running().status());
        Ok(Applied { version: number, before, warnings, changed })
    }

    /// What TLS connections are made with; an apply renews it.
    pub(crate) fn tls(&self) -> Tls {
        self.tls.clone()
    }

    /// What calendars are fetched with.
    pub(crate) fn calendars(&self) -> Calendars {
        self.calendars.clone()
    }

    /// What runs now.
    pub(crate) fn running(&self) -> Running {
        self.lock().clone()
    }

    fn swap(
        &self,
        by: By,
        look: impl FnOnce(&Site) -> Result<(), ApplyError>,
    ) -> Result<Applied, ApplyError> {
        let (tree, loaded) = self.proven()?;
        look(&loaded.site)?;
        let before = self.lock().site.version;
        let (changed, warnings) = (differing(&self.versions, Some(before), &tree), texts(&loaded));
        let known = self.versions.number_of(&loaded.site.hash);
        self.has_room(known)?;
        // Renewed before the version has a number: one that can't be used is no version.
        self.tls.renew(&loaded.site.tls)?;
        let site = keep(&self.versions, &tree, loaded);
        self.tell_of_listen(&site);
        if let Err(crowd) = self.inbox.apply(&site).ok_or(ApplyError::LimitOrders)? {
            if known.is_none() {
                self.versions.withdraw(site.version);
            }
            return Err(crowd.into());
        }
        self.versions.release();
        *self.lock() = Running { site: Arc::clone(&site), refused: Vec::new(), is_rolled_back: false };
        self.note(by, changed.clone(), None);
        Ok(Applied { version: site.version, before, warnings, changed })
    }

    /// The tree on disk, if it checks, and its own tests and rules hold. What is merely too long to be looked at refuses
    /// nothing.
    fn proven(&self) -> Result<(Tree, Loaded), ApplyError> {
        let (tree, mut loaded) = self.fetched()?;
        let failing = failures(&loaded.site, Horizon::after(self.clocks.now().wall));
        let (unproven, failing): (Vec<_>, _) =
            failing.into_iter().partition(|finding| finding.code == Code::RuleUnproven);
        loaded.warnings.extend(unproven);
        if failing.is_empty() { Ok((tree, loaded)) } else { Err(ApplyError::LocalRefused(failing)) }
    }

    /// The tree on disk with every calendar that it names; those that nobody ever fetched are fetched now, by whoever is
    /// inside the runtime.
    fn fetched(&self) -> Result<(Tree, Loaded), ApplyError> {
        let is_missing = |finding: &Finding| finding.code == Code::NeverFetched;
        let (mut tree, mut loaded) = read(&self.place)?;
        if loaded.warnings.iter().any(is_missing) {
            Handle::current().block_on(self.calendars.fetch_missing(&loaded.site));
            // What can't be fetched says why by now.
            (tree, loaded) = read(&self.place)?;
        }
        let missing: Vec<_> = loaded.warnings.iter().filter(|it| is_missing(it)).cloned().collect();
        if missing.is_empty() { Ok((tree, loaded)) } else { Err(ApplyError::LocalRefused(missing)) }
    }

    /// Looks whether one version more may be alive, before this one has a number. Calls come and go meanwhile, so it is
    /// looked at again when the switch takes it.
    fn has_room(&self, version: Option<u32>) -> Result<(), ApplyError> {
        let held = self.inbox.held().ok_or(ApplyError::LimitOrders)?;
        Ok(room(held, version)?)
    }

    fn tell_of_listen(&self, site: &Site) {
        if site.listen != self.lock().site.listen {
            warn!("[listen] changed: sockets stay as they are until the next start");
        }
    }

    /// Tells the switch what runs from now on, whatever else is alive: what takes a change back has to come into force.
    fn force(&self, site: &Arc<Site>) -> Result<(), ApplyError> {
        self.tell_of_listen(site);
        if self.inbox.order(Order::Control(Control::Apply(Arc::clone(site)))) {
            Ok(())
        } else {
            Err(ApplyError::LimitOrders)
        }
    }

    /// The newest version that is older than `number`.
    fn earlier(&self, number: u32) -> Option<u32> {
        self.versions.kept().into_iter().filter(|kept| *kept < number).max()
    }

    /// Notes in the journal what runs from now on. A disk that is full costs only that.
    fn note(&self, by: By, changed: Vec<Change>, why: Option<&str>) {
        let (at, version) = (self.clocks.now().wall.unix_seconds(), self.lock().site.version);
        if let Err(error) = self.journal.add(&Entry { at, version, by, changed, why: why.map(str::to_owned) })
        {
            error!("that version {version} runs could not be noted for `ringplan history`: {error}");
        }
    }

    /// Each change is one assignment, so a panic elsewhere leaves nothing half done.
    fn lock(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(place: &Place) -> Result<(Tree, Loaded), ApplyError> {
    let tree = Tree::of(place)?;
    match tree.load() {
        Ok(loaded) => Ok((tree, loaded)),
        Err(Refused(findings)) => Err(ApplyError::LocalRefused(findings)),
    }
}

/// What differs between a version that is kept and a tree.
fn differing(versions: &Versions, number: Option<u32>, tree: &Tree) -> Vec<Change> {
    let before = number.and_then(|number| versions.at(number));
    before.map(|path| changes(&path, tree)).unwrap_or_default()
}

fn texts(loaded: &Loaded) -> Vec<String> {
    loaded.warnings.iter().map(ToString::to_string).collect()
}

/// The version that was gone back to, if it still checks.
fn taken_back(versions: &Versions, held: &Held) -> Option<Running> {
    let site = version(versions, held.number)?;
    let running = Running { site: Arc::new(site), refused: Vec::new(), is_rolled_back: true };
    warn!("{}", running.status());
    Some(running)
}

/// A version that is kept, if it still checks.
fn version(versions: &Versions, number: u32) -> Option<Site> {
    let (path, hash) = versions.find(number)?;
    let Loaded { mut site, .. } = Tree::read(&path).ok()?.load().ok()?;
    (site.version, site.hash) = (number, hash);
    Some(site)
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
    text.lines().for_each(|line| match (finding.code, finding.severity()) {
        (Code::CertificateExpired, _) | (_, Severity::Error) => error!("{line}"),
        (_, Severity::Warning) => warn!("{line}"),
        (_, Severity::Note) => info!("{line}"),
    });
}

/// The version last applied, or gone back to, if it still checks.
fn last(versions: &Versions, refused: &ApplyError) -> Option<Running> {
    let held = versions.held().map(|held| held.number);
    let number = held.or_else(|| versions.last().map(|(number, _)| number))?;
    let site = Arc::new(version(versions, number)?);
    let refused = refused.findings();
    error!("running version {number}, tree on disk refused");
    refused.iter().flat_map(|it| it.lines()).for_each(|line| error!("{line}"));
    Some(Running { site, refused, is_rolled_back: held.is_some() })
}
