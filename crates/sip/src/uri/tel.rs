//! Telephone numbers in URIs (RFC 3966, RFC 3261 §19.1.6).

use std::borrow::Cow;

use super::{Scheme, Uri, compare::unescape};

impl<'a> Uri<'a> {
    /// What somebody dials who uses this URI, as far as its user part says: the number of a `tel` URI, and of a
    /// `sip` one with `user=phone`, without its parameters.
    pub fn subscriber(&self) -> Option<Cow<'a, str>> {
        let user = self.user?;
        Some(unescape(if self.is_phone() {
            user.split_once(';').map_or(user, |(number, _)| number)
        } else {
            user
        }))
    }

    /// The same, with the prefix that makes a local number global: `863-1234;phone-context=+1-914-555` is
    /// `+1-914-555863-1234` (RFC 3966 §5.1.5). A context that is a domain adds nothing.
    pub fn dialled(&self) -> Option<Cow<'a, str>> {
        let number = self.subscriber()?;
        let context = self.phone_context().map(unescape).filter(|context| context.starts_with('+'));
        match context {
            Some(prefix) if !number.starts_with('+') => Some(Cow::Owned(format!("{prefix}{number}"))),
            Some(_) | None => Some(number),
        }
    }

    fn phone_context(&self) -> Option<&'a str> {
        match self.scheme {
            Scheme::Tel => self.param("phone-context"),
            Scheme::Sip | Scheme::Sips if self.is_phone() => {
                let (_, params) = self.user?.split_once(';')?;
                let named = |param: &'a str| param.split_once('=').filter(|(name, _)| is_context(name));
                params.split(';').find_map(named).map(|(_, value)| value)
            }
            Scheme::Sip | Scheme::Sips | Scheme::Other => None,
        }
    }

    fn is_phone(&self) -> bool {
        match self.scheme {
            Scheme::Tel => true,
            Scheme::Sip | Scheme::Sips => {
                self.param("user").is_some_and(|kind| kind.eq_ignore_ascii_case("phone"))
            }
            Scheme::Other => false,
        }
    }
}

fn is_context(name: &str) -> bool {
    name.eq_ignore_ascii_case("phone-context")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_number_is_made_global_by_the_prefix_of_its_context() {
        let table = [
            ("tel:+1-201-555-0123", "+1-201-555-0123"),
            ("tel:+12015550123;phone-context=+44", "+12015550123"),
            ("tel:7042;phone-context=example.com", "7042"),
            ("tel:863-1234;phone-context=+1-914-555", "+1-914-555863-1234"),
            ("tel:863-1234;ext=5;Phone-Context=%2B1914555", "+1914555863-1234"),
            ("sip:863-1234;phone-context=+1914555@pbx.example;user=phone", "+1914555863-1234"),
            ("sip:+12015550123;npdi@pbx.example;user=phone", "+12015550123"),
            ("sip:102;x=y@pbx.example", "102;x=y"),
            ("sip:r%6Fsa@pbx.example", "rosa"),
        ];
        for (uri, dialled) in table {
            assert_eq!(Uri::parse(uri).unwrap().dialled().as_deref(), Some(dialled), "{uri}");
        }
        assert_eq!(Uri::parse("tel:911;phone-context=+1").unwrap().subscriber().as_deref(), Some("911"));
        assert_eq!(Uri::parse("sip:pbx.example").unwrap().dialled(), None);
        assert_eq!(Uri::parse("mailto:a@b").unwrap().dialled(), None);
    }
}
