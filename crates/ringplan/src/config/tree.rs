//! One directory of TOML and the files it names, read whole.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs, io,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use callplan::{Assets, Finding, Flaw, Pem, Site, Source, Unread};

use super::{ConfigError, denied};
use crate::{net::tls, time::Clocks};

/// Bounds that a real site stays far below.
const FILES_MAX: usize = 1_000;
const TEXT_MAX: u64 = 4 << 20;
const ASSET_MAX: u64 = 64 << 20;

/// A config directory in memory.
#[derive(Debug)]
pub(crate) struct Tree {
    root: PathBuf,
    sources: Vec<Source>,
    /// What the texts named, by the name they used, as far as it was asked for and is there.
    assets: RefCell<BTreeMap<String, Arc<[u8]>>>,
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
        let mut paths = Vec::new();
        collect(root, &mut paths)?;
        paths.sort();
        if paths.is_empty() {
            return Err(ConfigError::LocalMissing(root.to_owned()));
        }
        let sources = paths.iter().map(|path| source(path)).collect::<Result<_, _>>()?;
        Ok(Self { root: root.to_owned(), sources, assets: RefCell::default() })
    }

    /// The texts as they are.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().map(|source| &*source.text)
    }

    /// Checks and compiles the tree.
    pub(crate) fn load(&self) -> Result<Loaded, Refused> {
        let (site, warnings) = callplan::load(&self.sources, self).map_err(Refused)?;
        Ok(Loaded { site, warnings })
    }

    /// Writes all that was read below `to`, so that reading `to` gives the same tree.
    pub(crate) fn copy(&self, to: &Path) -> io::Result<()> {
        let texts = self.sources.iter().map(|source| {
            let path = Path::new(&*source.name);
            (path.strip_prefix(&self.root).unwrap_or(path), source.text.as_bytes())
        });
        let assets = self.assets.borrow();
        let assets = assets.iter().map(|(name, bytes)| (Path::new(name), &**bytes));
        for (name, bytes) in texts.chain(assets) {
            let path = to.join(name);
            fs::create_dir_all(path.parent().unwrap_or(to))?;
            fs::write(path, bytes)?;
        }
        Ok(())
    }
}

impl Assets for Tree {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, Unread> {
        let file = self.root.join(path);
        let said = |error: io::Error| unread(&file, &error);
        // The checker lets no path out of the directory; a link in it is the operator's own doing.
        let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        assert!(inside, "{path} leads out of the config directory");
        if fs::metadata(&file).map_err(said)?.len() > ASSET_MAX {
            return Err("larger than 64 MiB".into());
        }
        let bytes: Arc<[u8]> = fs::read(&file).map_err(said)?.into();
        self.assets.borrow_mut().insert(path.to_owned(), Arc::clone(&bytes));
        Ok(bytes)
    }

    fn flaws(&self, pem: Pem<'_>) -> Vec<Flaw> {
        tls::flaws(pem, Clocks::start().now().wall)
    }
}

/// What the operator is told about a file that the config names.
fn unread(file: &Path, error: &io::Error) -> Unread {
    if error.kind() == io::ErrorKind::NotFound {
        return "no such file".into();
    }
    match denied(file, error) {
        Some((why, mend)) => Unread { why, mend },
        None => error.to_string().into(),
    }
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), ConfigError> {
    let fault = |error| ConfigError::LocalFile { path: folder.to_owned(), error };
    for entry in fs::read_dir(folder).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if hidden {
            continue;
        }
        if path.is_dir() {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
        if paths.len() > FILES_MAX {
            return Err(ConfigError::LimitTree { path: folder.to_owned(), limit: "1000 files" });
        }
    }
    Ok(())
}

fn source(path: &Path) -> Result<Source, ConfigError> {
    let fault = |error| ConfigError::LocalFile { path: path.to_owned(), error };
    if fs::metadata(path).map_err(fault)?.len() > TEXT_MAX {
        return Err(ConfigError::LimitTree { path: path.to_owned(), limit: "4 MiB" });
    }
    Ok(Source::from_bytes(path.to_string_lossy(), &fs::read(path).map_err(fault)?))
}
