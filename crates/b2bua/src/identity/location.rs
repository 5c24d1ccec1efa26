//! Where a caller in need is: a PIDF-LO in the body beside the description (RFC 6442 §3, RFC 4119, RFC 5621).

use std::sync::Arc;

use sip::Name;

/// Content-Type of a body of two parts. What stands between them begins no line of a description, and a location
/// with such a line is refused when the config is read.
pub(crate) const MIXED: &str = "multipart/mixed;boundary=ringplan-part";

/// A location on its way.
#[derive(Clone, Debug)]
pub(crate) struct Located {
    /// The PIDF-LO.
    pub(crate) document: Arc<[u8]>,
    /// Our domain, which names the part.
    pub(crate) domain: Arc<str>,
}

impl Located {
    /// What says that the body holds a location, and that calls may be led by it (RFC 6442 §4.1, §4.2).
    pub(crate) fn lines(&self) -> [(Name, Box<str>); 2] {
        let part = format!("<cid:location@{}>", self.domain).into();
        [(Name::Geolocation, part), (Name::GeolocationRouting, "yes".into())]
    }

    /// Description and location in one body.
    pub(crate) fn enclose(&self, description: &[u8]) -> Vec<u8> {
        let between = format!(
            "\r\n--ringplan-part\r\nContent-Type: application/pidf+xml\r\nContent-ID: <location@{}>\r\n\r\n",
            self.domain
        );
        let before = b"--ringplan-part\r\nContent-Type: application/sdp\r\n\r\n".as_slice();
        [before, description, between.as_bytes(), &self.document, b"\r\n--ringplan-part--\r\n"].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_stand_whole_between_their_boundaries() {
        let document: Arc<[u8]> = b"<presence/>".as_slice().into();
        let located = Located { document, domain: "pbx.example".into() };
        let body = String::from_utf8(located.enclose(b"v=0\r\n")).unwrap();
        let parts: Vec<_> = body.split("--ringplan-part").collect();
        assert_eq!(parts.len(), 4);
        assert!(parts[1].ends_with("application/sdp\r\n\r\nv=0\r\n\r\n"), "{body}");
        assert!(parts[2].contains("Content-ID: <location@pbx.example>\r\n\r\n<presence/>\r\n"), "{body}");
        assert_eq!(parts[3], "--\r\n");
        assert_eq!(&*located.lines()[0].1, "<cid:location@pbx.example>");
    }
}
