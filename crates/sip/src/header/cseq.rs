//! CSeq (RFC 3261 §20.16) and RAck (RFC 3262 §7.2).

use std::fmt;

use crate::{Fault, Method, decimal, grammar};

/// The place of a request among those of its sender (RFC 3261 §8.1.1.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CSeq {
    /// Below 2^31.
    pub number: u32,
    /// The method of the request.
    pub method: Method,
}

impl CSeq {
    /// Reads `number method`.
    ///
    /// # Errors
    /// The peer's fault: no number below 2^31, or no method.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let (number, method) = grammar::word(grammar::trim(text)).ok_or(Fault::PeerValue)?;
        let number = grammar::number(number).filter(|&n| n < 1 << 31).ok_or(Fault::PeerValue)?;
        let method = Method::parse(method).ok_or(Fault::PeerValue)?;
        Ok(Self { number, method })
    }
}

impl fmt::Display for CSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::number(f, self.number)?;
        f.write_str(" ")?;
        f.write_str(self.method.as_str())
    }
}

/// Which reliable provisional response a PRACK acknowledges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RAck {
    /// The RSeq of the response.
    pub rseq: u32,
    /// The CSeq of the response.
    pub cseq: CSeq,
}

impl RAck {
    /// Reads `rseq number method`.
    ///
    /// # Errors
    /// The peer's fault: a number or the method is missing or out of range.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let (rseq, cseq) = grammar::word(grammar::trim(text)).ok_or(Fault::PeerValue)?;
        Ok(Self { rseq: grammar::number(rseq).ok_or(Fault::PeerValue)?, cseq: CSeq::parse(cseq)? })
    }
}

impl fmt::Display for RAck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.rseq, self.cseq)
    }
}
