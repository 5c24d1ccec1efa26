//! The log on standard error: one line an event, whatever the event quotes (RELIABILITY I6).

use std::{env, io, io::IsTerminal};

use tracing_subscriber::{
    EnvFilter,
    field::MakeExt,
    fmt::{FormatFields, format::debug_fn},
};

use crate::plain;

/// Begins to log what `filter` lets through; an unreadable one means `info`. No time where the journal has
/// its own.
pub(crate) fn begin(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none();
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_target(false)
        // A log that nobody reads any more is no reason to fail: by default this would be told on the same
        // standard error, and panic.
        .log_internal_errors(false)
        .with_ansi(colours)
        .fmt_fields(fields());
    if env::var_os("JOURNAL_STREAM").is_some() { lines.without_time().init() } else { lines.init() }
}

/// The message, then what else an event carries.
fn fields() -> impl for<'w> FormatFields<'w> + Send + Sync + 'static {
    let one = debug_fn(|writer, field, value| {
        let text = format!("{value:?}");
        let text = plain::line(&text);
        if field.name() == "message" { write!(writer, "{text}") } else { write!(writer, "{field}={text}") }
    });
    one.delimited(" ")
}
