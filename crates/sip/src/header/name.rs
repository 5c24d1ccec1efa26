//! Header names: one value for the long form, the compact form and any case (RFC 3261 §7.3.1 and §7.3.3).

use std::fmt;

macro_rules! names {
    ($($ident:ident = $long:literal $(or $compact:literal)?, $source:literal;)*) => {
        /// A header that this switch knows by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Name {
            $(#[doc = concat!($long, ", ", $source, ".")] $ident,)*
        }

        impl Name {
            /// The long form, as this switch writes it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$ident => $long,)*
                }
            }
        }

        const SPELLINGS: &[(&str, Name)] = &[$(($long, Name::$ident), $(($compact, Name::$ident),)?)*];
    };
}

impl Name {
    /// The name spelled so, long or compact, in any case; `None` when this switch doesn't know it.
    pub fn of(spelling: &str) -> Option<Self> {
        Self::spelled(spelling.as_bytes())
    }

    pub(crate) fn spelled(bytes: &[u8]) -> Option<Self> {
        let found = TABLE[slot(bytes)?]?;
        let (known, name) = SPELLINGS[usize::from(found)];
        // Almost all stacks write names as the RFCs do.
        (known.as_bytes() == bytes || known.as_bytes().eq_ignore_ascii_case(bytes)).then_some(name)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One entry for each spelling, found by a hash that is perfect for them: one probe and one comparison a line.
static TABLE: [Option<u8>; 512] = table();

const fn table() -> [Option<u8>; 512] {
    let mut table = [None; 512];
    let mut i = 0;
    while i < SPELLINGS.len() {
        if let Some(slot) = slot(SPELLINGS[i].0.as_bytes()) {
            assert!(table[slot].is_none(), "two spellings in one slot: choose other factors");
            table[slot] = Some(i as u8);
        }
        i += 1;
    }
    table
}

const fn slot(spelling: &[u8]) -> Option<usize> {
    if spelling.is_empty() {
        return None;
    }
    let last = spelling.len() - 1;
    let hash =
        38 * lower(spelling[0]) + 38 * lower(spelling[last]) + 135 * lower(spelling[spelling.len() / 2]);
    Some((hash + 43 * spelling.len()) % 512)
}

const fn lower(byte: u8) -> usize {
    (byte | 0x20) as usize
}

names! {
    Accept = "Accept", "RFC 3261 §20";
    AcceptContact = "Accept-Contact" or "a", "RFC 3841 §9.2";
    AcceptEncoding = "Accept-Encoding", "RFC 3261 §20";
    AcceptLanguage = "Accept-Language", "RFC 3261 §20";
    AlertInfo = "Alert-Info", "RFC 3261 §20";
    Allow = "Allow", "RFC 3261 §20";
    AllowEvents = "Allow-Events" or "u", "RFC 6665 §8.2.2";
    AuthenticationInfo = "Authentication-Info", "RFC 3261 §20";
    Authorization = "Authorization", "RFC 3261 §20";
    CallId = "Call-ID" or "i", "RFC 3261 §20";
    CallInfo = "Call-Info", "RFC 3261 §20";
    Contact = "Contact" or "m", "RFC 3261 §20";
    ContentDisposition = "Content-Disposition", "RFC 3261 §20";
    ContentEncoding = "Content-Encoding" or "e", "RFC 3261 §20";
    ContentLanguage = "Content-Language", "RFC 3261 §20";
    ContentLength = "Content-Length" or "l", "RFC 3261 §20";
    ContentType = "Content-Type" or "c", "RFC 3261 §20";
    CSeq = "CSeq", "RFC 3261 §20";
    Date = "Date", "RFC 3261 §20";
    Diversion = "Diversion", "RFC 5806";
    ErrorInfo = "Error-Info", "RFC 3261 §20";
    Event = "Event" or "o", "RFC 6665 §8.2.1";
    Expires = "Expires", "RFC 3261 §20";
    FlowTimer = "Flow-Timer", "RFC 5626 §10";
    From = "From" or "f", "RFC 3261 §20";
    Geolocation = "Geolocation", "RFC 6442 §4.1";
    GeolocationRouting = "Geolocation-Routing", "RFC 6442 §4.2";
    HistoryInfo = "History-Info", "RFC 7044";
    Identity = "Identity" or "y", "RFC 8224";
    InReplyTo = "In-Reply-To", "RFC 3261 §20";
    InfoPackage = "Info-Package", "RFC 6086";
    Join = "Join", "RFC 3911";
    MaxForwards = "Max-Forwards", "RFC 3261 §20";
    MimeVersion = "MIME-Version", "RFC 3261 §20";
    MinExpires = "Min-Expires", "RFC 3261 §20";
    MinSe = "Min-SE", "RFC 4028 §5";
    Organization = "Organization", "RFC 3261 §20";
    PAssertedIdentity = "P-Asserted-Identity", "RFC 3325 §9.1";
    PCalledPartyId = "P-Called-Party-ID", "RFC 7315 §4.2";
    PPreferredIdentity = "P-Preferred-Identity", "RFC 3325 §9.2";
    Path = "Path", "RFC 3327";
    Priority = "Priority", "RFC 3261 §20";
    Privacy = "Privacy", "RFC 3323";
    ProxyAuthenticate = "Proxy-Authenticate", "RFC 3261 §20";
    ProxyAuthorization = "Proxy-Authorization", "RFC 3261 §20";
    ProxyRequire = "Proxy-Require", "RFC 3261 §20";
    RAck = "RAck", "RFC 3262 §7.2";
    Reason = "Reason", "RFC 3326";
    RecordRoute = "Record-Route", "RFC 3261 §20";
    RecvInfo = "Recv-Info", "RFC 6086";
    ReferSub = "Refer-Sub", "RFC 4488";
    ReferTo = "Refer-To" or "r", "RFC 3515";
    ReferredBy = "Referred-By" or "b", "RFC 3892";
    RejectContact = "Reject-Contact" or "j", "RFC 3841 §9.2";
    RemotePartyId = "Remote-Party-ID", "the draft that RFC 3325 replaced";
    Replaces = "Replaces", "RFC 3891";
    ReplyTo = "Reply-To", "RFC 3261 §20";
    RequestDisposition = "Request-Disposition" or "d", "RFC 3841 §9.1";
    Require = "Require", "RFC 3261 §20";
    RetryAfter = "Retry-After", "RFC 3261 §20";
    Route = "Route", "RFC 3261 §20";
    RSeq = "RSeq", "RFC 3262 §7.1";
    Server = "Server", "RFC 3261 §20";
    ServiceRoute = "Service-Route", "RFC 3608";
    SessionExpires = "Session-Expires" or "x", "RFC 4028 §4";
    SipETag = "SIP-ETag", "RFC 3903";
    SipIfMatch = "SIP-If-Match", "RFC 3903";
    Subject = "Subject" or "s", "RFC 3261 §20";
    SubscriptionState = "Subscription-State", "RFC 6665 §8.2.3";
    Supported = "Supported" or "k", "RFC 3261 §20";
    TargetDialog = "Target-Dialog", "RFC 4538";
    Timestamp = "Timestamp", "RFC 3261 §20";
    To = "To" or "t", "RFC 3261 §20";
    Unsupported = "Unsupported", "RFC 3261 §20";
    UserAgent = "User-Agent", "RFC 3261 §20";
    UserToUser = "User-to-User", "RFC 7433 §4.1";
    Via = "Via" or "v", "RFC 3261 §20";
    Warning = "Warning", "RFC 3261 §20";
    WwwAuthenticate = "WWW-Authenticate", "RFC 3261 §20";
}
