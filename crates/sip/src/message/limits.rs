//! What a message may weigh; each bound is checked before work is done that grows with it.

/// Bounds on one message. Parameters have theirs in [`PARAMETERS_MAX`](crate::header::PARAMETERS_MAX).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a whole message; beyond it 513.
    pub message: u16,
    /// Header lines; beyond it 400.
    pub lines: u16,
    /// Bytes of one header line, its folds included; beyond it 400.
    pub line: u16,
    /// Via values, which also bounds loops (RFC 3261 §16.3); beyond it 400.
    pub vias: u16,
}

impl Default for Limits {
    fn default() -> Self {
        Self { message: u16::MAX, lines: 128, line: 8192, vias: 70 }
    }
}
