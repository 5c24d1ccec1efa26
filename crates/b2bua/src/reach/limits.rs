//! Bounds of finding a way.

use std::time::Duration;

/// Bounds of the cache and of waiting.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Names remembered; beyond, the one asked longest ago is forgotten.
    pub names: usize,
    /// Askers waiting at one time; beyond, they are refused.
    pub waits: usize,
    /// How long an asker waits for name and connection together.
    pub deadline: Duration,
    /// The least time that an answer is believed, whatever it says itself.
    pub fresh_min: Duration,
    /// The most.
    pub fresh_max: Duration,
    /// How long an answer serves beyond that while no newer one comes.
    pub stale: Duration,
    /// How long "there is no such name" is believed.
    pub negative: Duration,
    /// How long an address that did not answer is tried after the others of its name.
    pub avoided: Duration,
    /// Addresses avoided at one time; beyond, the one avoided longest is forgiven.
    pub avoided_max: usize,
    /// How long an address is believed to take datagrams only.
    pub datagrams_only: Duration,
    /// Connections being opened at one time for others than the carriers of the config; beyond,
    /// they are refused.
    pub opening: usize,
    /// Connections of ours to others than these; beyond, the one used longest ago is closed.
    pub connections: usize,
    /// How long such a one may be unused before it is closed.
    pub unused: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            names: 256,
            waits: 1024,
            deadline: Duration::from_secs(4),
            fresh_min: Duration::from_secs(5),
            fresh_max: Duration::from_secs(60 * 60),
            stale: Duration::from_secs(60 * 60),
            negative: Duration::from_secs(30),
            avoided: Duration::from_secs(60),
            avoided_max: 64,
            datagrams_only: Duration::from_secs(10 * 60),
            opening: 64,
            connections: 512,
            unused: Duration::from_secs(60 * 60),
        }
    }
}
