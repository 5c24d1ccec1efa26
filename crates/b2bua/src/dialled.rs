//! What a URI asks to be dialled, whoever wrote it: a Request-URI, a Contact to go on to, a Refer-To.

use std::borrow::Cow;

use callplan::{Site, number::Digits, resolve};
use sip::uri::{Host, Scheme, Uri};

use crate::identity::Identity;

/// The text that stands for a number or a name. No context is put before an emergency number: whoever writes
/// `tel:911;phone-context=+1` wants help, not +1 911.
pub(crate) fn dialled<'a>(site: &Site, uri: &Uri<'a>) -> Option<Cow<'a, str>> {
    let alone = uri.subscriber()?;
    let is_emergency = Digits::read(&alone).is_ok_and(|digits| resolve::is_emergency(site, &digits));
    if is_emergency { Some(alone) } else { uri.dialled() }
}

/// Whether a URI is one that this switch answers for: a `tel` URI, our domain, an address of ours.
pub(crate) fn is_of_ours(site: &Site, identity: &Identity, uri: &Uri<'_>) -> bool {
    match (uri.scheme(), uri.host()) {
        (Scheme::Tel, _) => true,
        (Scheme::Sip | Scheme::Sips, Some(Host::Name(name))) => name.eq_ignore_ascii_case(&site.domain),
        (Scheme::Sip | Scheme::Sips, Some(host)) => {
            host.address().is_some_and(|address| identity.is_here(address))
        }
        (Scheme::Sip | Scheme::Sips, None) | (Scheme::Other, _) => false,
    }
}
