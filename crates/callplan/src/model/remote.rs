//! Calendars that lie elsewhere: their addresses, and how often they are fetched.

use std::{net::IpAddr, sync::Arc, time::Duration};

use sha2::{Digest as _, Sha256};

/// A calendar that is fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// Where it lies, `https` or, on this machine, `http`.
    pub url: Arc<str>,
    /// After how long it is fetched again.
    pub refresh: Duration,
}

impl Remote {
    /// Fetched again after this, where nothing is said.
    pub const REFRESH: Duration = Duration::from_secs(6 * 3_600);

    /// Its address without what could be a secret, as [`shown_url`] has it.
    pub fn shown(&self) -> String {
        shown_url(&self.url)
    }
}

/// What is wrong with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It is of this scheme's kind, which is neither.
    Scheme,
    /// It begins with `webcal`, as programs write that subscribe.
    Webcal,
    /// Its host is missing, or holds what no host does.
    Host,
    /// It holds a name and a password.
    Login,
    /// It holds a letter that has no place in an address, or is far too long.
    Letters,
    /// Anybody on the way could read and change what is fetched.
    Plain,
}

/// How an address is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Over TLS.
    Secure,
    /// In clear, within this machine.
    Within,
}

/// The longest address.
const LETTERS_MAX: usize = 2_048;

/// Whether a text is meant as an address rather than as a path.
pub(crate) fn is_url(text: &str) -> bool {
    text.contains("://")
}

/// How this address is fetched.
pub(crate) fn way(url: &str) -> Result<Way, Unfit> {
    let is_plain = |letter: char| letter.is_ascii_graphic() && !"\"<>\\^`{|}#".contains(letter);
    if url.len() > LETTERS_MAX || !url.chars().all(is_plain) {
        return Err(Unfit::Letters);
    }
    let (scheme, rest) = url.split_once("://").ok_or(Unfit::Scheme)?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(Unfit::Login);
    }
    let host = host_of(authority).ok_or(Unfit::Host)?;
    match scheme {
        "https" => Ok(Way::Secure),
        "http" if is_here(host) => Ok(Way::Within),
        "http" => Err(Unfit::Plain),
        "webcal" | "webcals" => Err(Unfit::Webcal),
        _ => Err(Unfit::Scheme),
    }
}

/// The host of `host:port`, without the brackets of an address.
fn host_of(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            host.parse::<IpAddr>().ok()?;
            (host, if port.is_empty() { None } else { Some(port.strip_prefix(':')?) })
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let is_named = host.parse::<IpAddr>().is_ok()
        || host.split('.').all(|label| {
            !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        });
    (is_named && port.is_none_or(|port| port.parse::<u16>().is_ok())).then_some(host)
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// A name for the copies of what lies at an address.
pub fn copy_name(url: &str) -> String {
    Sha256::digest(url.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// An address as logs and reasons of calls show it: host and last part of the path, for what stands between is often
/// all that keeps a calendar secret.
pub fn shown_url(url: &str) -> String {
    let (head, query) = url.split_once('?').map_or((url, ""), |(head, _)| (head, "?..."));
    let (scheme, rest) = head.split_once("://").unwrap_or(("", head));
    match rest.split_once('/') {
        None => format!("{scheme}://{rest}{query}"),
        Some((host, path)) => {
            let (between, last) = path.rsplit_once('/').map_or(("", path), |(_, last)| (".../", last));
            format!("{scheme}://{host}/{between}{last}{query}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calendar_is_fetched_over_tls_or_within_this_machine() {
        for (url, expected) in [
            ("https://calendar.example/us.ics", Ok(Way::Secure)),
            ("https://calendar.example:8443/a/b?c=d", Ok(Way::Secure)),
            ("https://[2001:db8::1]/x", Ok(Way::Secure)),
            ("http://localhost:8000/us.ics", Ok(Way::Within)),
            ("http://127.0.0.9/us.ics", Ok(Way::Within)),
            ("http://[::1]:80/us.ics", Ok(Way::Within)),
            ("http://calendar.example/us.ics", Err(Unfit::Plain)),
            ("http://localhost.example/us.ics", Err(Unfit::Plain)),
            ("http://192.0.2.1/us.ics", Err(Unfit::Plain)),
            ("webcal://p01.icloud.example/x", Err(Unfit::Webcal)),
            ("ftp://calendar.example/us.ics", Err(Unfit::Scheme)),
            ("https://ana:secret@calendar.example/us.ics", Err(Unfit::Login)),
            ("https:///us.ics", Err(Unfit::Host)),
            ("https://calendar.example:port/us.ics", Err(Unfit::Host)),
            ("https://cal endar.example/us.ics", Err(Unfit::Letters)),
            ("https://calendar.example/us.ics#top", Err(Unfit::Letters)),
        ] {
            assert_eq!(way(url), expected, "{url}");
        }
        assert_eq!(way(&format!("https://a.example/{}", "x".repeat(2_048))), Err(Unfit::Letters));
    }

    #[test]
    fn what_may_be_secret_of_an_address_is_not_shown() {
        for (url, shown) in [
            ("https://a.example", "https://a.example"),
            ("https://a.example/us.ics", "https://a.example/us.ics"),
            ("https://a.example/private-8f3e/basic.ics", "https://a.example/.../basic.ics"),
            ("https://a.example/export?token=8f3e", "https://a.example/export?..."),
            ("https://a.example?token=8/f3e", "https://a.example?..."),
        ] {
            assert_eq!(shown_url(url), shown);
        }
    }
}
