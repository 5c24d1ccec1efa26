//! Why a tree did not come into force, in words for the operator.

use callplan::Finding;

use crate::{config::ConfigError, net::tls::TlsError, signalling::Crowd};

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
    /// No such version to go back to.
    #[error("version {number} is not kept: {}", those(.kept))]
    LocalVersion {
        /// Which was asked for.
        number: u32,
        /// Those that are kept.
        kept: Vec<u32>,
    },
    /// There is nothing to go back to.
    #[error("no other version ran before")]
    LocalFirst,
    /// It would lose phones that a rollback could not bring back.
    #[error(
        "{leaving} of {registered} registered phones are not in this version, which would be too many to stay; \
         `ringplan apply` without --watch forgets them"
    )]
    LimitRegistrations {
        /// Registered phones that it leaves out.
        leaving: usize,
        /// Registered phones.
        registered: usize,
    },
    /// Too many versions are alive.
    #[error(transparent)]
    LimitVersions(#[from] Crowd),
    /// The signalling thread takes no orders.
    #[error("the switch takes no orders at the moment")]
    LimitOrders,
}

impl ApplyError {
    /// Everything that is wrong, one text each.
    pub(crate) fn findings(&self) -> Vec<String> {
        match self {
            Self::LocalRefused(findings) => findings.iter().map(ToString::to_string).collect(),
            // The tree is as good as any; only its time has not come.
            Self::LimitVersions(_) | Self::LimitRegistrations { .. } => Vec::new(),
            Self::LocalConfig(_)
            | Self::LocalTls(_)
            | Self::LocalVersion { .. }
            | Self::LocalFirst
            | Self::LimitOrders => vec![self.to_string()],
        }
    }
}

fn count(findings: usize) -> String {
    if findings == 1 { "1 finding".to_owned() } else { format!("{findings} findings") }
}

fn those(numbers: &[u32]) -> String {
    let numbers: Vec<_> = numbers.iter().map(ToString::to_string).collect();
    if numbers.is_empty() { "none is".to_owned() } else { format!("there are {}", numbers.join(", ")) }
}
