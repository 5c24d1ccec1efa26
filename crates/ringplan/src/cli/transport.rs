//! How a phone of our own reaches the switch.

use callplan::Tls;

use crate::{net::tls, ua::Over};

/// A transport, as the command line spells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Transport {
    /// Datagrams.
    #[default]
    Udp,
    /// A connection.
    Tcp,
    /// A connection inside TLS.
    Tls,
}

impl Transport {
    /// The same, as the config has it.
    pub(crate) const fn model(self) -> callplan::Transport {
        match self {
            Self::Udp => callplan::Transport::Udp,
            Self::Tcp => callplan::Transport::Tcp,
            Self::Tls => callplan::Transport::Tls,
        }
    }

    /// What a phone is told that reaches a switch with this config.
    ///
    /// # Errors
    /// There is no certificate that the switch could be known by.
    pub(crate) fn over(self, config: &Tls) -> Result<Over, String> {
        match self {
            Self::Udp => Ok(Over::Udp),
            Self::Tcp => Ok(Over::Tcp),
            Self::Tls => {
                let identity = config.identity.as_ref().ok_or("the config has no [tls] cert")?;
                tls::believing(&identity.cert).map(Over::Tls).map_err(|error| error.to_string())
            }
        }
    }
}
