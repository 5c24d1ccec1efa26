//! Screening: whoever picks up outside is asked whether they take the call.

use std::time::Duration;

use super::{Prompt, Shipped};

/// How somebody outside is asked. Until they accept nobody has taken the call, so the voicemail of a mobile can't.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// What they hear, again and again.
    pub say: Prompt,
    /// The key that takes the call.
    pub accept: char,
    /// The key that declines it.
    pub decline: char,
    /// How long after they picked up a key is waited for.
    pub within: Duration,
}

impl Screen {
    /// As asked where nothing else is said.
    pub const USUAL: Self = Self {
        say: Prompt::Shipped(Shipped::TakeCall),
        accept: '1',
        decline: '2',
        within: Duration::from_secs(10),
    };
}

/// What a step says of screening.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Screening {
    /// Nothing: who is rung by themselves is not asked, who is rung beside others is.
    #[default]
    Unsaid,
    /// Nobody is asked.
    Off,
    /// Everybody outside is.
    On(Screen),
}

impl Screening {
    /// How somebody is asked; `otherwise` where nothing is said.
    pub fn or(self, otherwise: Option<Screen>) -> Option<Screen> {
        match self {
            Self::Unsaid => otherwise,
            Self::Off => None,
            Self::On(screen) => Some(screen),
        }
    }
}
