//! Messages with one thing wrong.

pub(super) fn renumbered(text: &str, from: u32, to: u32) -> String {
    text.replacen(&format!("CSeq: {from} "), &format!("CSeq: {to} "), 1)
}

/// The caller's number changed, not the tag.
pub(super) fn from_another(text: &str) -> String {
    let line = |line: &str| match line.split_once("<sip:+") {
        Some(("From: ", rest)) => format!("From: <sip:+1999{}", rest.get(4..).unwrap_or(rest)),
        Some(_) | None => line.to_owned(),
    };
    text.split_inclusive("\r\n").map(line).collect()
}

/// Who is not to be known (RFC 3323 §4.1.1.3).
pub(super) const NOBODY: &str = "\"Anonymous\" <sip:anonymous@anonymous.invalid>";

/// Nobody calls; the tag stays.
pub(super) fn from_nobody(text: &str) -> String {
    let line = |line: &str| match line.split_once(">;tag=") {
        Some((from, tag)) if from.starts_with("From: ") => format!("From: {NOBODY};tag={tag}"),
        Some(_) | None => line.to_owned(),
    };
    text.split_inclusive("\r\n").map(line).collect()
}

pub(super) fn with_least_interval(text: &str) -> String {
    let line = |line: &str| match line.strip_prefix("Session-Expires:") {
        Some(_) => "Session-Expires: 90\r\n".to_owned(),
        None => line.to_owned(),
    };
    text.split_inclusive("\r\n").map(line).collect()
}

pub(super) fn without_reason(text: &str) -> String {
    let lines = text.split_inclusive("\r\n").filter(|line| !line.starts_with("Reason:"));
    lines.collect()
}

/// The CANCEL of an INVITE.
pub(super) fn cancel_of(invite: &str) -> String {
    let head = invite.split("\r\n\r\n").next().unwrap_or_default().replace("INVITE", "CANCEL");
    let kept =
        head.split("\r\n").filter(|line| !line.starts_with("Content-") && !line.starts_with("Contact"));
    let lines: Vec<&str> = kept.collect();
    format!("{}\r\nContent-Length: 0\r\n\r\n", lines.join("\r\n"))
}

/// Another body, and its length.
pub(super) fn with_body(text: &str, body: &str) -> String {
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    let lines = head.split("\r\n").filter(|line| !line.starts_with("Content-Length:"));
    let head: String = lines.map(|line| format!("{line}\r\n")).collect();
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())
}
