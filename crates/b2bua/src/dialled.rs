//! What a URI asks to be dialled, whoever wrote it: a Request-URI, a Contact to go on to.

use std::borrow::Cow;

use callplan::{Site, number::Digits, resolve};
use sip::uri::Uri;

/// The text that stands for a number or a name. No context is put before an emergency number: whoever writes
/// `tel:911;phone-context=+1` wants help, not +1 911.
pub(crate) fn dialled<'a>(site: &Site, uri: &Uri<'a>) -> Option<Cow<'a, str>> {
    let alone = uri.subscriber()?;
    let is_emergency = Digits::read(&alone).is_ok_and(|digits| resolve::is_emergency(site, &digits));
    if is_emergency { Some(alone) } else { uri.dialled() }
}
