//! What a URI asks to be dialled, whoever wrote it: a Request-URI, a Contact to go on to, a Refer-To.

use std::borrow::Cow;

use callplan::{Site, number::Digits, resolve};
use sip::uri::{Host, Scheme, Uri};

use crate::identity::Identity;

/// What begins the names of services that help (RFC 5031 §4.2): `urn:service:sos`, `urn:service:sos.fire`.
const SOS: &str = "urn:service:sos";

/// The text that stands for a number or a name. Neither a context before an emergency number nor a parameter behind
/// it is looked at: whoever writes `tel:911;phone-context=+1` wants help, not +1 911.
pub(crate) fn dialled<'a>(site: &'a Site, uri: &Uri<'a>) -> Option<Cow<'a, str>> {
    if is_sos(uri.as_str()) {
        return resolve::help(site).map(Cow::Borrowed);
    }
    let alone = uri.subscriber()?;
    let number = alone.split(';').next().unwrap_or_default();
    match Digits::read(number).ok().and_then(|digits| resolve::emergency(site, &digits)) {
        Some(help) => Some(Cow::Owned(help.to_string())),
        None => uri.dialled(),
    }
}

/// Whether a URI is the name of help, of any kind.
fn is_sos(uri: &str) -> bool {
    let Some((name, kind)) = uri.split_at_checked(SOS.len()) else { return false };
    name.eq_ignore_ascii_case(SOS) && (kind.is_empty() || kind.starts_with('.'))
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

#[cfg(test)]
mod tests {
    use callplan::{Memory, Source, load};

    use super::*;

    /// PRODUCT pain 24: however a phone writes it, whoever calls for help gets it.
    #[test]
    fn help_is_help_however_it_is_written() {
        let config = "[site]\nname = \"Larch\"\ntimezone = \"UTC\"\ncountry = \"US\"\ndomain = \"pbx.example\"\n\
                      phone_secrets = { file = \"secrets/phones\" }\n[listen]\nudp = [\"192.0.2.1:5060\"]\n";
        let site = load(&[Source::new("site.toml", config)], &Memory::default().with("secrets/phones", b""))
            .unwrap()
            .0;
        let reads = |uri: &str| dialled(&site, &Uri::parse(uri).unwrap()).map(Cow::into_owned);
        for uri in [
            "urn:service:sos",
            "urn:service:sos.police",
            "URN:service:SOS.fire",
            "tel:911",
            "tel:911;phone-context=+1",
            "tel:+911",
            "tel:911;ext=5",
            "sip:911@pbx.example",
            "sip:911%23@pbx.example",
            "sip:%2B911@pbx.example;user=phone",
            "sip:911;phone-context=+1@pbx.example",
            "sip:911;phone-context=pbx.example@pbx.example;user=phone",
            "sips:911@pbx.example",
        ] {
            assert_eq!(reads(uri).as_deref(), Some("911"), "{uri}");
        }
        for (uri, other) in [
            ("urn:service:sosial", None),
            ("urn:service:counseling", None),
            ("sip:102;x=y@pbx.example", Some("102;x=y")),
            ("sip:+1911@pbx.example", Some("+1911")),
            ("sip:9911@pbx.example", Some("9911")),
        ] {
            assert_eq!(reads(uri).as_deref(), other, "{uri}");
        }
    }
}
