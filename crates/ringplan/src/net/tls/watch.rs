//! Notices that certificate files were replaced, and takes the new ones for connections from then on.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use callplan::{PemFile, TlsClients, TlsIdentity};
use tokio::time::sleep;
use tracing::{error, info};

use super::{Tls, TlsError};

/// Between two looks at the files.
const LOOK: Duration = Duration::from_secs(2);

/// What tells one state of a file from another: who renews a certificate may write or rename it.
type Stamp = Option<(u64, i64, i64, u64)>;

/// Looks at the files again and again. `config` says what is configured now, below `root`.
///
/// A change is taken up when it is complete, that is once two looks find the same: certificate and key are
/// rarely replaced in one instant.
pub(crate) async fn watch(tls: Tls, root: PathBuf, config: impl Fn() -> callplan::Tls) {
    let mut known = (config(), Vec::new());
    known.1 = stamps(&root, &known.0);
    let mut seen = known.1.clone();
    loop {
        sleep(LOOK).await;
        let config = config();
        let now = stamps(&root, &config);
        let is_settled = now == seen;
        seen = now;
        if config != known.0 {
            // Applied meanwhile, and thereby taken up.
            known = (config, seen.clone());
        } else if is_settled && seen != known.1 {
            known.1.clone_from(&seen);
            match read(&root, &config).and_then(|config| tls.renew(&config)) {
                Ok(()) => info!("new certificates are in use for new connections"),
                Err(error) => error!("new certificates are not used, the old ones stay: {error}"),
            }
        }
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
        let fault = |error: io::Error| TlsError::LocalFile(file.path.clone(), error.to_string());
        let bytes: Arc<[u8]> = fs::read(root.join(&*path)).map_err(fault)?.into();
        Ok(PemFile { path, bytes })
    };
    let identity = |it: &TlsIdentity| -> Result<_, TlsError> {
        Ok(TlsIdentity { cert: anew(&it.cert)?, key: anew(&it.key)? })
    };
    Ok(callplan::Tls {
        identity: config.identity.as_ref().map(identity).transpose()?,
        ca: config.ca.as_ref().map(anew).transpose()?,
        clients: match &config.clients {
            TlsClients::Unasked => TlsClients::Unasked,
            TlsClients::Asked(file) => TlsClients::Asked(anew(file)?),
            TlsClients::Required(file) => TlsClients::Required(anew(file)?),
        },
    })
}
