//! One directory of TOML and the files it names, read whole.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use callplan::{Assets, Exposed, Fetched, Finding, Flaw, Pem, Saying, Site, Source, Spoken, Unread};

use super::{
    ConfigError, ContentError, Place,
    asset::{exposed, unread},
    content,
    speech::{self, Speech},
    walk::texts,
};
use crate::{calendars::Copies, net::tls, time::Clocks};

/// The largest file that a text names.
pub(crate) const ASSET_MAX: u64 = 64 << 20;
/// The largest text.
pub(crate) const TEXT_MAX: u64 = 4 << 20;

/// Where a version keeps calendars that were fetched; the dot keeps it out of what is read and compared.
const CALENDARS: &str = ".calendars";

/// A config directory in memory.
#[derive(Debug)]
pub(crate) struct Tree {
    root: PathBuf,
    sources: Vec<Source>,
    /// What the texts named, by the name they used, as far as it was asked for and is there.
    assets: RefCell<BTreeMap<String, Arc<[u8]>>>,
    /// Files as they would be, by the name the texts use.
    planned: BTreeMap<String, Arc<[u8]>>,
    /// What says its texts; none for a tree that was said already.
    speech: Option<Speech>,
    /// Where calendars are kept that lie elsewhere; none for a tree that has its own copies.
    copies: Option<Copies>,
    /// Those count rather than its own.
    is_renewed: bool,
}

/// A tree that checks.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The site.
    pub(crate) site: Site,
    /// What the operator should look at nonetheless.
    pub(crate) warnings: Vec<Finding>,
}

/// A tree that does not check: everything that is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("the config is refused: `ringplan check` says why")]
pub(crate) struct Refused(pub(crate) Vec<Finding>);

impl Tree {
    /// Reads every `.toml` below `root`, in order of path. Names that begin with a dot are left alone.
    ///
    /// # Errors
    /// The directory or a file in it can't be read, or there is far too much of it.
    pub(crate) fn read(root: &Path) -> Result<Self, ConfigError> {
        let paths = texts(root)?;
        if paths.is_empty() {
            return Err(ConfigError::LocalMissing(root.to_owned()));
        }
        let sources = paths.iter().map(|path| source(path)).collect::<Result<_, _>>()?;
        Ok(Self { sources, ..Self::empty(root) })
    }

    /// The operator's tree, whose texts can be said, and whose calendars are as they were fetched last.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub(crate) fn of(place: &Place) -> Result<Self, ConfigError> {
        Ok(Self::read(&place.config)?.renewed_in(place))
    }

    /// The same tree, whose texts are said where they were not before, and whose calendars are as they were fetched last.
    #[must_use]
    pub(crate) fn spoken_in(self, place: &Place) -> Self {
        let (speech, copies) = (Speech::new(place.spoken()), Copies::new(place.calendars()));
        Self { speech: Some(speech), copies: Some(copies), ..self }
    }

    /// The same tree, whose calendars are as they were fetched last even if it has its own.
    #[must_use]
    pub(crate) fn renewed_in(self, place: &Place) -> Self {
        Self { is_renewed: true, ..self.spoken_in(place) }
    }

    /// A tree at `root` without a text.
    pub(super) fn empty(root: &Path) -> Self {
        let (assets, planned) = (RefCell::default(), BTreeMap::new());
        Self {
            root: root.to_owned(),
            sources: Vec::new(),
            assets,
            planned,
            speech: None,
            copies: None,
            is_renewed: false,
        }
    }

    /// The texts as they are.
    pub(crate) fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The tree as it would be if the text at `path` held `bytes`.
    #[must_use]
    pub(crate) fn with_text(mut self, path: &Path, bytes: &[u8]) -> Self {
        let source = Source::from_bytes(path.to_string_lossy(), bytes);
        match self.sources.iter_mut().find(|old| old.name == source.name) {
            Some(old) => *old = source,
            None => self.sources.push(source),
        }
        self
    }

    /// The tree as it would be if the file that the texts call `name` held `bytes`.
    #[must_use]
    pub(crate) fn with_asset(mut self, name: &str, bytes: &[u8]) -> Self {
        self.planned.insert(name.to_owned(), bytes.into());
        self
    }

    /// Checks and compiles the tree.
    pub(crate) fn load(&self) -> Result<Loaded, Refused> {
        let (site, warnings) = callplan::load(&self.sources, self).map_err(Refused)?;
        Ok(Loaded { site, warnings })
    }

    /// The same, whatever somebody could spend: for whoever asks by what.
    pub(crate) fn load_exposed(&self) -> Result<Loaded, Refused> {
        let (site, warnings) = callplan::load_exposed(&self.sources, self).map_err(Refused)?;
        Ok(Loaded { site, warnings })
    }

    /// Everything that was read, by its name below the root: the texts, then what they named.
    pub(super) fn contents(&self) -> Vec<(String, Arc<[u8]>)> {
        let texts = self.sources.iter().map(|source| {
            let path = Path::new(&*source.name);
            let name = path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().into_owned();
            (name, source.text.as_bytes().into())
        });
        let assets = self.assets.borrow();
        texts.chain(assets.iter().map(|(name, bytes)| (name.clone(), Arc::clone(bytes)))).collect()
    }

    /// Writes all that was read below `to`, so that reading `to` gives the same tree. Secrets are among it, so every
    /// file is its owner's alone (RELIABILITY A7).
    pub(crate) fn copy(&self, to: &Path) -> io::Result<()> {
        for (name, bytes) in self.contents() {
            let path = to.join(name);
            fs::create_dir_all(path.parent().unwrap_or(to))?;
            let mut file =
                OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
            file.write_all(&bytes)?;
        }
        Ok(())
    }
}

impl Assets for Tree {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, Unread> {
        if let Some(planned) = self.planned.get(path) {
            return Ok(Arc::clone(planned));
        }
        let file = self.root.join(path);
        // The checker lets no path out of the directory; a link in it is the operator's own doing.
        let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        assert!(inside, "{path} leads out of the config directory");
        let bytes: Arc<[u8]> = content(&file, ASSET_MAX).map_err(|error| unread(&file, path, error))?.into();
        self.assets.borrow_mut().insert(path.to_owned(), Arc::clone(&bytes));
        Ok(bytes)
    }

    fn fetched(&self, url: &str) -> Result<Fetched, Unread> {
        let name = format!("{CALENDARS}/{}", Copies::name(url));
        // A version has its own, and runs with that unless another is to come into force with it.
        let own = content(&self.root.join(&name), ASSET_MAX).ok();
        let own = own.map(|bytes| Fetched { bytes: bytes.into(), stale: None });
        let fetched = match (own, &self.copies) {
            (Some(own), Some(copies)) if self.is_renewed => copies.read(url).unwrap_or(own),
            (Some(own), _) => own,
            (None, Some(copies)) => copies.read(url)?,
            (None, None) => return Err("it was never fetched".into()),
        };
        self.assets.borrow_mut().insert(name, Arc::clone(&fetched.bytes));
        Ok(fetched)
    }

    fn spoken(&self, saying: Saying<'_>) -> Result<Spoken, Unread> {
        let name = speech::file_of(saying);
        let of_version = content(&self.root.join(&name), ASSET_MAX);
        let spoken = match (of_version, &self.speech) {
            (Ok(wave), _) => Spoken { wave: wave.into(), mute: None },
            (Err(_), Some(speech)) => speech.say(saying)?,
            (Err(_), None) => return Err("nobody here can say it".into()),
        };
        self.assets.borrow_mut().insert(name, Arc::clone(&spoken.wave));
        Ok(spoken)
    }

    fn exposed(&self, path: &str) -> Option<Exposed> {
        // What is only planned has no mode yet.
        if self.planned.contains_key(path) { None } else { exposed(&self.root.join(path)) }
    }

    fn today(&self) -> Option<jiff::civil::Date> {
        let now = Clocks::start().now().wall.unix_micros();
        let now = jiff::Timestamp::from_microsecond(now).ok()?;
        Some(jiff::tz::TimeZone::UTC.to_datetime(now).date())
    }

    fn flaws(&self, pem: Pem<'_>) -> Vec<Flaw> {
        tls::flaws(pem, Clocks::start().now().wall)
    }
}

fn source(path: &Path) -> Result<Source, ConfigError> {
    let bytes = content(path, TEXT_MAX).map_err(|error| {
        let path = path.to_owned();
        match error {
            ContentError::LocalSystem(error) => ConfigError::LocalFile { path, error },
            ContentError::LocalKind(is) => ConfigError::LocalKind { path, is },
            ContentError::LimitSize(_) => ConfigError::LimitTree { path, limit: "4 MiB" },
        }
    })?;
    Ok(Source::from_bytes(path.to_string_lossy(), &bytes))
}
