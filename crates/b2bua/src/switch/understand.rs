//! What of a request has to be understood before anything is done for it: whom it is for (RFC 3261 §8.2.2.1), the
//! extensions that it requires (§8.2.2.3), its body (§8.2.3), and what it would accept in answer (§20.1).

use callplan::Session;
use sip::{Message, Method, Name, Status, uri::Scheme};

use crate::{accept::accepts, extension::unsupported, sdp::SDP};

/// Keys, as INFO carries them.
const KEYS: &str = "application/dtmf-relay";

/// A status, and the header that says what would be understood, where there is one.
pub(super) type Refusal = (Status, Option<(Name, String)>);

/// The refusal of a request that asks for what nobody here can do; `None` if all is understood.
pub(super) fn misunderstood(request: &Message, rules: Session) -> Option<Refusal> {
    scheme(request)
        .or_else(|| extension(request, rules))
        .or_else(|| body(request))
        .or_else(|| accept(request))
}

/// On a dialog the address is one that we gave, whatever was made of it on the way.
fn scheme(request: &Message) -> Option<Refusal> {
    if request.to_tag().is_some() {
        return None;
    }
    let is_foreign = request.request_uri().is_some_and(|uri| uri.scheme() == Scheme::Other);
    is_foreign.then_some((Status::UNSUPPORTED_URI_SCHEME, None))
}

/// Whoever begins a call and takes no description of a session can't have one.
fn accept(request: &Message) -> Option<Refusal> {
    if *request.method() != Method::Invite {
        return None;
    }
    (!accepts(request, SDP)).then_some((Status::NOT_ACCEPTABLE, None))
}

/// The registrar knows extensions of its own; elsewhere the rules of the party say which there are. ACK and
/// CANCEL require nothing.
fn extension(request: &Message, rules: Session) -> Option<Refusal> {
    if matches!(request.method(), Method::Register | Method::Ack | Method::Cancel) {
        return None;
    }
    unsupported(request, rules).map(|tags| (Status::BAD_EXTENSION, Some((Name::Unsupported, tags))))
}

/// A BYE ends its session whatever it carries.
fn body(request: &Message) -> Option<Refusal> {
    if request.body().is_empty() || *request.method() == Method::Bye || is_optional(request) {
        return None;
    }
    let refused =
        |name, wanted: &str| Some((Status::UNSUPPORTED_MEDIA_TYPE, Some((name, wanted.to_owned()))));
    if request.values(Name::ContentEncoding).any(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        return refused(Name::AcceptEncoding, "identity");
    }
    let wanted = if *request.method() == Method::Info { KEYS } else { SDP };
    let is_understood = match request.parts() {
        Some(parts) => parts.iter().all(|part| part.is(wanted) || !part.is_required()),
        None => request.content_type().is_some_and(|kind| kind.is(wanted)),
    };
    if is_understood { None } else { refused(Name::Accept, wanted) }
}

/// Whether the body may be left unread (RFC 3204 §6). That of an INVITE or INFO never is.
fn is_optional(request: &Message) -> bool {
    let is_read = matches!(request.method(), Method::Invite | Method::Info);
    let handling = request.header(Name::ContentDisposition).and_then(|value| value.split_once("handling="));
    !is_read && handling.is_some_and(|(_, word)| word.trim().eq_ignore_ascii_case("optional"))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::sdp;

    /// How a request with these lines and a body is refused.
    fn refusal(method: &str, lines: &str) -> Option<String> {
        refusal_of(method, "sip:a@b", &format!("{lines}To: <sip:a@b>;tag=2\r\n"))
    }

    fn refusal_of(method: &str, uri: &str, lines: &str) -> Option<String> {
        let text = format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n\
             Call-ID: 1\r\nCSeq: 1 {method}\r\nContact: <sip:a@b>\r\n{lines}Content-Length: 4\r\n\
             \r\nbody"
        );
        let message = Message::parse(Bytes::from(text)).unwrap();
        let (status, header) = misunderstood(&message, Session::default())?;
        let header = header.map(|(name, value)| format!(" {name}: {value}")).unwrap_or_default();
        Some(format!("{status}{header}"))
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let sdp = "Content-Type: application/sdp\r\n";
        let keys = "Content-Type: Application/DTMF-Relay\r\n";
        let zipped = format!("{sdp}Content-Encoding: gzip\r\n");
        let plain = format!("{sdp}Content-Encoding: identity\r\n");
        let text = "Content-Type: text/plain\r\n";
        let optional = "Content-Type: text/plain\r\nContent-Disposition: render;handling=optional\r\n";
        let required = format!("{sdp}Require: 100rel, join\r\nRequire: timer, replaces\r\n");
        let is = |method: &str, lines: &str, refused: Option<&str>| {
            assert_eq!(refusal(method, lines).as_deref(), refused, "{method} {lines}");
        };
        is("INVITE", sdp, None);
        is("INVITE", &plain, None);
        is("INVITE", "", Some("415 Accept: application/sdp"));
        is("INVITE", text, Some("415 Accept: application/sdp"));
        is("INVITE", optional, Some("415 Accept: application/sdp"));
        is("INVITE", &zipped, Some("415 Accept-Encoding: identity"));
        is("INVITE", &required, Some("420 Unsupported: join"));
        is("INFO", keys, None);
        is("INFO", sdp, Some("415 Accept: application/dtmf-relay"));
        is("OPTIONS", text, Some("415 Accept: application/sdp"));
        is("OPTIONS", optional, None);
        is("OPTIONS", &required, Some("420 Unsupported: join"));
        is("BYE", text, None);
        is("BYE", &required, Some("420 Unsupported: join"));
        is("REGISTER", &required, None);
        is("REGISTER", &zipped, Some("415 Accept-Encoding: identity"));
    }

    #[test]
    fn of_several_parts_only_what_is_required_has_to_be_understood() {
        let with = |lines: &str| {
            let body = format!(
                "--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n--x\r\nContent-Type: application/isup\r\n{lines}\r\n\
                 abc\r\n--x--\r\n"
            );
            let text = format!(
                "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n\
                 Call-ID: 1\r\nCSeq: 1 INVITE\r\nContact: <sip:a@b>\r\nContent-Type: multipart/mixed;boundary=x\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let message = Message::parse(Bytes::from(text)).unwrap();
            (misunderstood(&message, Session::default()).map(|(status, _)| status), sdp::carried(&message))
        };
        let sdp = Bytes::from_static(b"v=0\r\n");
        assert_eq!(with(""), (None, sdp.clone()));
        assert_eq!(with("Content-Disposition: signal;handling=optional\r\n"), (None, sdp.clone()));
        let refused = Some(Status::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(with("Content-Disposition: signal;handling=required\r\n"), (refused, sdp));
    }

    #[test]
    fn nobody_is_reached_by_another_scheme() {
        let sdp = "Content-Type: application/sdp\r\nTo: <sip:a@b>\r\n";
        for uri in ["nobodyKnowsThisScheme:totallyopaquecontent", "http://a/"] {
            for method in ["INVITE", "OPTIONS", "SUBSCRIBE"] {
                assert_eq!(refusal_of(method, uri, sdp).as_deref(), Some("416"), "{method} {uri}");
            }
        }
        for uri in ["sips:a@b", "tel:+12025550100"] {
            assert_eq!(refusal_of("INVITE", uri, sdp), None, "{uri}");
        }
    }

    #[test]
    fn a_call_needs_a_caller_who_takes_sdp() {
        let refused = |accept: &str| {
            refusal("INVITE", &format!("Content-Type: application/sdp\r\nAccept: {accept}\r\n")).is_some()
        };
        for accept in ["application/sdp", "text/plain, Application/SDP;level=1", "application/*", "*/*", ""] {
            assert!(!refused(accept), "{accept}");
        }
        for accept in ["text/nobodyKnowsThis", "text/*, multipart/mixed"] {
            assert!(refused(accept), "{accept}");
        }
    }
}
