//! Notices that certificate files were replaced, and takes the new ones for connections from then on.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use callplan::{PemFile, TlsClients, TlsIdentity};
use tokio::time::{Instant, sleep};
use tracing::{error, info};

use super::{
    Tls, TlsError,
    age::{Daily, say},
};
use crate::{
    config::{ASSET_MAX, ContentError, content},
    time::Clocks,
};

/// Between two looks at the files.
const LOOK: Duration = Duration::from_secs(2);

/// What tells one state of a file from another: who renews a certificate may write or rename it.
type Stamp = Option<(u64, i64, i64, u64)>;

/// Looks at the files again and again. `config` says what is configured now, below `root`.
pub(crate) async fn watch(tls: Tls, root: PathBuf, config: impl Fn() -> callplan::Tls) {
    let mut watch = Watch::new(config());
    let (clocks, mut daily) = (Clocks::start(), Daily::said(Instant::now()));
    loop {
        sleep(LOOK).await;
        if daily.is_due(Instant::now()) {
            say(&watch.in_use, clocks.now().wall);
        }
        match watch.look(&root, config()).map(|new| new.and_then(|new| tls.renew(&new))) {
            None => {}
            Some(Ok(())) => {
                info!("new certificates are in use for new connections");
                say(&watch.in_use, clocks.now().wall);
            }
            Some(Err(error)) => error!("new certificates are not used, the old ones stay: {error}"),
        }
    }
}

/// What was seen of the files.
///
/// A change is taken up when it is complete, that is once two looks find the same: certificate and key are
/// rarely replaced in one instant. What the files then hold is held against what is in use, for they may have
/// been replaced at any time since that was read.
#[derive(Debug)]
struct Watch {
    /// What was configured at the last look.
    configured: callplan::Tls,
    /// The same with the bytes last taken up.
    in_use: callplan::Tls,
    /// Stamps at the last look, and those of the files that were last read.
    seen: Vec<Stamp>,
    known: Option<Vec<Stamp>>,
}

impl Watch {
    fn new(config: callplan::Tls) -> Self {
        Self { in_use: config.clone(), configured: config, seen: Vec::new(), known: None }
    }

    /// What is to be used from now on, if the files hold something else than what is.
    fn look(&mut self, root: &Path, config: callplan::Tls) -> Option<Result<callplan::Tls, TlsError>> {
        if config != self.configured {
            // Applied meanwhile, and thereby in use; its files may be newer by now.
            self.in_use.clone_from(&config);
            self.configured = config;
            self.known = None;
        }
        let now = stamps(root, &self.configured);
        let is_settled = now == self.seen;
        self.seen = now;
        if !is_settled || self.known.as_ref() == Some(&self.seen) {
            return None;
        }
        self.known = Some(self.seen.clone());
        let found = read(root, &self.configured);
        match &found {
            Ok(new) if *new == self.in_use => return None,
            Ok(new) => self.in_use.clone_from(new),
            Err(_) => {}
        }
        Some(found)
    }
}

fn stamps(root: &Path, config: &callplan::Tls) -> Vec<Stamp> {
    let stamp = |file: &PemFile| {
        let found = fs::metadata(root.join(&*file.path)).ok()?;
        Some((found.ino(), found.mtime(), found.mtime_nsec(), found.size()))
    };
    config.files().map(stamp).collect()
}

/// The same config with the files as they are now.
fn read(root: &Path, config: &callplan::Tls) -> Result<callplan::Tls, TlsError> {
    let anew = |file: &PemFile| -> Result<PemFile, TlsError> {
        let path = file.path.clone();
        let fault = |error: ContentError| TlsError::LocalFile(file.path.clone(), error.to_string());
        let bytes: Arc<[u8]> = content(&root.join(&*path), ASSET_MAX).map_err(fault)?.into();
        Ok(PemFile { path, bytes })
    };
    let identity = |it: &TlsIdentity| -> Result<_, TlsError> {
        Ok(TlsIdentity { cert: anew(&it.cert)?, key: anew(&it.key)? })
    };
    Ok(callplan::Tls {
        identity: config.identity.as_ref().map(identity).transpose()?,
        also: config.also.iter().map(identity).collect::<Result<_, _>>()?,
        ca: config.ca.as_ref().map(anew).transpose()?,
        clients: match &config.clients {
            TlsClients::Unasked => TlsClients::Unasked,
            TlsClients::Asked(file) => TlsClients::Asked(anew(file)?),
            TlsClients::Required(file) => TlsClients::Required(anew(file)?),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of certificates, as the config would have read it.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("ringplan-watch-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        /// Replaces both files as who renews them does, by renaming.
        fn renews(&self, content: &str) {
            for file in ["cert.pem", "key.pem"] {
                fs::write(self.0.join("new"), format!("{file} {content}")).unwrap();
                fs::rename(self.0.join("new"), self.0.join(file)).unwrap();
            }
        }

        fn applied(&self) -> callplan::Tls {
            let file = |path: &str| PemFile {
                path: path.into(),
                bytes: fs::read(self.0.join(path)).unwrap().into(),
            };
            let identity = TlsIdentity { cert: file("cert.pem"), key: file("key.pem") };
            callplan::Tls { identity: Some(identity), ..callplan::Tls::default() }
        }

        /// What the next few looks take up.
        fn looks(&self, watch: &mut Watch, config: &callplan::Tls) -> Vec<callplan::Tls> {
            (0..4).filter_map(|_| watch.look(&self.0, config.clone())).map(Result::unwrap).collect()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn files_that_stay_are_never_taken_up_and_renewed_ones_once() {
        let folder = Folder::new("renewed");
        folder.renews("one");
        let applied = folder.applied();
        let mut watch = Watch::new(applied.clone());
        assert_eq!(folder.looks(&mut watch, &applied), []);
        folder.renews("two");
        assert_eq!(folder.looks(&mut watch, &applied), [folder.applied()]);
        folder.renews("two");
        assert_eq!(folder.looks(&mut watch, &applied), [], "the same again");
    }

    /// Goal: what is renewed between an apply and the next look, or between reading the config and the first look,
    /// does not wait for the change after it.
    #[test]
    fn files_renewed_right_after_they_were_read_are_taken_up() {
        let folder = Folder::new("right-after");
        folder.renews("one");
        let first = folder.applied();
        let mut watch = Watch::new(first.clone());
        folder.renews("two");
        assert_eq!(folder.looks(&mut watch, &first), [folder.applied()]);
        folder.renews("three");
        let second = folder.applied();
        folder.renews("four");
        assert_eq!(folder.looks(&mut watch, &second), [folder.applied()]);
    }

    #[test]
    fn half_a_change_is_not_taken_up() {
        let folder = Folder::new("half");
        folder.renews("one");
        let applied = folder.applied();
        let mut watch = Watch::new(applied.clone());
        folder.looks(&mut watch, &applied);
        fs::write(folder.0.join("cert.pem"), "cert.pem two, its key to come").unwrap();
        assert!(watch.look(&folder.0, applied.clone()).is_none());
        fs::write(folder.0.join("key.pem"), "key.pem two, behind its certificate").unwrap();
        assert!(watch.look(&folder.0, applied.clone()).is_none(), "not settled yet");
        assert_eq!(folder.looks(&mut watch, &applied), [folder.applied()]);
    }
}
