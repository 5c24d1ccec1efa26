//! The two lines of an exchange.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Longest line either side takes.
pub(crate) const LINE_MAX: u64 = 64 << 20;

/// Longest question the daemon reads; only whoever may open the socket asks.
pub(crate) const QUESTION_MAX: u64 = 1 << 20;

/// What is done with the thing at the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Method {
    /// Look.
    Get,
    /// Act.
    Post,
}

/// A question or an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    /// Look or act.
    pub(crate) method: Method,
    /// On what, `/v1/calls`.
    pub(crate) path: String,
    /// What is handed over.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub(crate) body: Value,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Response {
    /// As in HTTP: 200, 404, 409, 422, 503.
    pub(crate) status: u16,
    /// What was asked for, or `{"error": "..."}`.
    pub(crate) body: Value,
}

impl Response {
    /// Whether it is what was asked for.
    pub(crate) const fn is_ok(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// What was asked for.
    pub(crate) const fn ok(body: Value) -> Self {
        Self { status: 200, body }
    }

    /// Why not.
    pub(crate) fn error(status: u16, error: impl ToString) -> Self {
        Self { status, body: serde_json::json!({ "error": error.to_string() }) }
    }
}
