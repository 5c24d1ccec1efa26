//! How large an INVITE to a trunk can grow that is to have datagrams alone. Beyond 1,300 bytes one goes in fragments
//! (RFC 3261 §18.1.1), which many firewalls drop without a word: the call rings nowhere.
//!
//! Each line that the switch writes is counted at its longest for this site. Of what a caller brings along one entry is
//! counted, and a caller's phone is taken to offer six formats, as most do.

use stir::{Claim, Level};

use super::Whole;
use crate::{
    finding::Code,
    model::{Said, Site, Transport, Trunk, TrunkId},
    parse::Findings,
};

/// Bytes of the largest request that goes as one datagram while nobody knows the path's MTU (RFC 3261 §18.1.1).
const DATAGRAM_MAX: usize = 1_300;
/// A plus and the longest number.
const NUMBER: usize = 16;
/// An address and a port, and the same of IPv6.
const ENDPOINT: usize = "255.255.255.255:65535".len();
/// Our tag: the key of the leg and what nobody guesses.
const TAG: usize = 33;
/// Longest user-to-user value that is taken along.
const USER_TO_USER: usize = 512;
/// A passport that a caller brings along.
const PASSPORT: usize = 640;

/// What is always there, but for what differs from site to site.
const ALWAYS: &[&str] = &[
    "INVITE sip:@ SIP/2.0\r\n",
    "Via: SIP/2.0/UDP ;branch=z9hG4bKabcdefghijklmnopqrst;rport\r\n",
    "Max-Forwards: 70\r\n",
    "From: <sip:@>;tag=\r\n",
    "To: <sip:@>\r\n",
    "Call-ID: abcdefghijklmnopqrst\r\n",
    "CSeq: 2 INVITE\r\n",
    "Contact: <sip:@>\r\n",
    "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE, REFER\r\n",
    "User-Agent: ringplan/0.10.10\r\n",
    "Supported: timer, 100rel, replaces\r\n",
    "Session-Expires: 86400;refresher=uac\r\nMin-SE: 86400\r\n",
    "Content-Type: application/sdp\r\nContent-Length: 1000\r\n\r\n",
    "v=0\r\no=- 18446744073709551615 1 IN IP4 \r\ns=-\r\nc=IN IP4 \r\nt=0 0\r\na=ptime:20\r\na=sendrecv\r\n",
];

/// What a phone offers.
const FORMATS: &str = "m=audio 65534 RTP/AVP 111 9 8 0 18 101\r\na=rtpmap:111 opus/48000/2\r\n\
    a=fmtp:111 useinbandfec=1\r\na=rtpmap:9 G722/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n\
    a=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=no\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n";

/// What answers a challenge.
const LOGIN: &str = "Proxy-Authorization: Digest username=\"\", realm=\"\", nonce=\"0123456789abcdef0123456789abcdef\", \
    uri=\"sip:@\", response=\"0123456789abcdef0123456789abcdef\", algorithm=MD5, qop=auth, \
    cnonce=\"0123456789abcdef\", nc=00000001, opaque=\"0123456789abcdef0123456789abcdef\"\r\n";

/// Around a location and the description beside it.
const LOCATED: &str = "Geolocation: <cid:location@>\r\nGeolocation-Routing: yes\r\n--ringplan-part\r\n\
    Content-Type: application/sdp\r\n\r\n\r\n--ringplan-part\r\nContent-Type: application/pidf+xml\r\n\
    Content-ID: <location@>\r\n\r\n\r\n--ringplan-part--\r\n;boundary=ringplan";

/// What an INVITE can be made of, each with its bytes.
pub type Parts = Vec<(&'static str, usize)>;

/// The parts of the largest INVITE to a trunk.
pub fn largest_invite(site: &Site, trunk: TrunkId) -> Parts {
    let entry = &site[trunk];
    let (domain, host) = (site.domain.len(), entry.host.len() + ":65535".len());
    let fixed: usize = ALWAYS.iter().map(|line| line.len()).sum();
    let addresses = 4 * ENDPOINT + domain + 2 * host + 3 * NUMBER + 2 * TAG;
    let proxy = entry
        .outbound_proxy
        .as_ref()
        .map_or(0, |proxy| proxy.name.len() + "Route: <sip::65535;lr>\r\n".len());
    let mut parts = vec![("what is always there", fixed + addresses + proxy), ("six formats", FORMATS.len())];
    if let Some(user) = &entry.user {
        parts.push(("the answer to a challenge", LOGIN.len() + user.len() + 2 * host + NUMBER));
    }
    let said = |word| entry.identity.send.has(word);
    parts.extend(vouched(site, said));
    let trail: Parts = trail(site, said).collect();
    let sum = |parts: &Parts| parts.iter().map(|(_, bytes)| bytes).sum::<usize>();
    // Who calls for help has not been sent on by anybody.
    match located(site, trunk).map(|bytes| vec![("a location", bytes)]) {
        Some(location) if sum(&location) > sum(&trail) => parts.extend(location),
        Some(_) | None => parts.extend(trail),
    }
    parts
}

/// Who calls.
fn vouched(site: &Site, said: impl Fn(Said) -> bool) -> impl Iterator<Item = (&'static str, usize)> {
    let address = "<sip:@>\r\n".len() + NUMBER + site.domain.len();
    let labels = site.numbers.iter().map(|number| number.label.len());
    let name = labels.max().unwrap_or_default() + "\"\" ".len();
    let private =
        ["Privacy: id\r\n".len(), "Remote-Party-ID: ;party=calling;screen=yes;privacy=off".len() + address];
    let beside = match (said(Said::RemotePartyId), said(Said::Privacy)) {
        (true, _) => private[1],
        (false, true) => private[0],
        (false, false) => 0,
    };
    let asserted = if said(Said::PAssertedIdentity) { "P-Asserted-Identity: ".len() + address } else { 0 };
    let preferred = if said(Said::PPreferredIdentity) { "P-Preferred-Identity: ".len() + address } else { 0 };
    let parts = [
        ("the display name", if said(Said::Name) { name } else { 0 }),
        // One or the other.
        ("the asserted identity", asserted.max(preferred)),
        ("Remote-Party-ID or Privacy", beside),
        ("the passport", if said(Said::Identity) { passport(site) } else { 0 }),
    ];
    parts.into_iter().filter(|(_, bytes)| *bytes > 0)
}

/// Where a call has been that is sent on, once by the caller's side and once by us.
fn trail(site: &Site, said: impl Fn(Said) -> bool) -> impl Iterator<Item = (&'static str, usize)> {
    let address = "<sip:@>\r\n".len() + NUMBER + site.domain.len();
    let diversion = "Diversion: ;reason=unconditional;counter=1".len() + address;
    let history = "History-Info: ?Reason=SIP%3Bcause%3D486;index=1.1.1;mp=1.1".len() + address;
    let parts = [
        (Said::Diversion, "Diversion", 2 * diversion),
        (Said::HistoryInfo, "History-Info", 3 * history),
        (Said::UserToUser, "User-to-User", "User-to-User: \r\n".len() + USER_TO_USER),
    ];
    parts.into_iter().filter(move |(word, ..)| said(*word)).map(|(_, name, bytes)| (name, bytes))
}

/// A passport of ours, as it would be signed; without a key of our own one that a caller brings along.
fn passport(site: &Site) -> usize {
    let longest = "+123456789012345";
    let claim = Claim::between(longest, longest);
    let ours = site.stir.signer.as_ref().map(|signer| {
        signer.identity(&claim, Level::A, "00000000-0000-0000-0000-000000000000", 9_999_999_999).len()
    });
    ours.unwrap_or(PASSPORT) + "Identity: \r\n".len()
}

/// Where somebody in need is.
fn located(site: &Site, trunk: TrunkId) -> Option<usize> {
    let of_phones = site.phones.iter().filter_map(|phone| phone.location.as_ref());
    let all = site.emergency.location.iter().chain(of_phones);
    let largest =
        all.map(|document| document.len()).max().filter(|_| site.emergency.trunks.contains(&trunk))?;
    Some(largest + LOCATED.len() + 2 * site.domain.len())
}

impl Whole<'_, '_> {
    /// Warns of trunks over UDP alone to which an INVITE may not fit into one datagram.
    pub(super) fn datagrams(&self, found: &mut Findings) {
        let is_pinned = |trunk: &Trunk| trunk.transport == Some(Transport::Udp);
        for (index, trunk) in self.site.carriers().enumerate().filter(|(_, trunk)| is_pinned(trunk)) {
            let mut parts = largest_invite(self.site, TrunkId::from(index));
            let bytes: usize = parts.iter().map(|(_, bytes)| bytes).sum();
            if bytes <= DATAGRAM_MAX {
                continue;
            }
            parts.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
            let parts: Vec<_> = parts.iter().map(|(name, bytes)| format!("{name} {bytes}")).collect();
            let message = format!(
                "an INVITE to `{}` may take {bytes} bytes ({}), and over {DATAGRAM_MAX} UDP carries it in fragments, \
                 which firewalls drop",
                trunk.name,
                parts.join(", ")
            );
            let mend = "write `transport = \"tcp\"` or \"tls\" if the carrier takes it, or tell it less by \
                        `identity = { send = [...] }`";
            found.report(Code::LargeForDatagrams, self.names.trunks.place(index), message, mend);
        }
    }
}
