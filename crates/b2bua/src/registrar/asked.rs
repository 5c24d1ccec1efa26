//! What a REGISTER asks for, read and checked before anything changes (RFC 3261 §10.3, steps 3 to 6).

use std::time::Duration;

use sip::{
    Message, Name,
    flow::{Flow, Transport},
    header::{Contacts, NameAddr},
    uri::{Scheme, Uri},
};
use smallvec::SmallVec;

use super::{Limits, binding::Identity, nat::is_behind_nat, refused::Refused, reply::Extras};

/// A REGISTER, understood.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) call_id: &'a str,
    pub(super) cseq: u32,
    pub(super) what: What<'a>,
    /// Path values (RFC 3327), joined by commas.
    pub(super) path: String,
    pub(super) agent: &'a str,
    pub(super) flow: Flow,
    /// The phone manages its flows by RFC 5626, and is to be told that we do too.
    pub(super) outbound: bool,
}

/// What is to happen to the bindings.
#[derive(Debug)]
pub(super) enum What<'a> {
    /// Nothing: the phone wants to know them.
    Query,
    /// `Contact: *`: all of them go.
    RemoveAll,
    /// Each of these comes, is refreshed, or goes.
    Contacts(SmallVec<[Contact<'a>; 1]>),
}

/// One contact of a REGISTER.
#[derive(Debug)]
pub(super) struct Contact<'a> {
    pub(super) uri: Uri<'a>,
    pub(super) identity: Identity,
    /// Asked for; zero removes.
    pub(super) interval: Duration,
    pub(super) q: u16,
    pub(super) behind_nat: bool,
}

impl<'a> Asked<'a> {
    /// Reads the request of an authenticated phone whose address-of-record is any of `users`.
    pub(super) fn read(
        request: &'a Message,
        flow: Flow,
        users: &[&str],
        limits: &Limits,
    ) -> Result<Self, Refused> {
        check_required(request)?;
        check_user(request, users)?;
        let path = joined_path(request, limits)?;
        let what = read_contacts(request, flow, limits)?;
        let outbound = supports(request, "outbound") && what.has_flow();
        if outbound && request.vias().count() > 1 && !first_hop_keeps_flows(request) {
            // MUST: a proxy in between that knows nothing of flows can't lead back to this one (RFC 5626 §6).
            return Err(Refused::PeerFirstHop);
        }
        let agent = request.header(Name::UserAgent).unwrap_or("");
        Ok(Self {
            call_id: bounded(request.call_id(), limits.text)?,
            cseq: request.cseq().number,
            what,
            path,
            agent: beginning(agent, limits.agent),
            flow,
            outbound,
        })
    }
}

impl Asked<'_> {
    pub(super) const fn changes(&self) -> bool {
        !matches!(self.what, What::Query)
    }

    /// What the 200 tells besides the bindings.
    pub(super) fn extras(&self, request: &Message) -> Extras {
        let path = (!self.path.is_empty() && supports(request, "path")).then(|| self.path.clone());
        // Where a proxy is in between, the flow is the proxy's to keep.
        let is_ours = self.outbound && request.vias().count() == 1;
        let flow_timer = is_ours.then(|| flow_timer(self.flow.transport));
        Extras { path, outbound: self.outbound, flow_timer }
    }
}

impl What<'_> {
    fn has_flow(&self) -> bool {
        match self {
            Self::Query | Self::RemoveAll => false,
            Self::Contacts(contacts) => contacts.iter().any(|contact| contact.identity.has_reg_id()),
        }
    }
}

/// Seconds within which a phone is to send something on a flow: it chooses between 80 and 100 percent of them, and
/// thereby what it would do unasked (RFC 5626 §4.4), which not every phone does. NATs forget UDP after 30 s.
const fn flow_timer(transport: Transport) -> &'static str {
    if transport.is_reliable() { "120" } else { "29" }
}

/// What this registrar understands of Require.
const EXTENSIONS: [&str; 2] = ["path", "outbound"];

fn check_required(request: &Message) -> Result<(), Refused> {
    let foreign: Vec<_> = request
        .values(Name::Require)
        .filter(|option| !EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(option)))
        .collect();
    if foreign.is_empty() {
        return Ok(());
    }
    Err(Refused::PeerExtensions(foreign.join(", ")))
}

/// The To names whose bindings are meant, and a phone has its own only. Its host is not looked at: phones
/// write the domain, our address or a name of their network there.
fn check_user(request: &Message, users: &[&str]) -> Result<(), Refused> {
    let user = request.to().uri.user_unescaped();
    if user.is_some_and(|user| users.contains(&&*user)) { Ok(()) } else { Err(Refused::PeerStranger) }
}

fn joined_path(request: &Message, limits: &Limits) -> Result<String, Refused> {
    let path = request.headers(Name::Path).collect::<Vec<_>>().join(", ");
    bounded(&path, limits.text)?;
    Ok(path)
}

fn read_contacts<'a>(request: &'a Message, flow: Flow, limits: &Limits) -> Result<What<'a>, Refused> {
    let contacts = request.contacts().map_err(|_| Refused::PeerContact)?;
    let list = match contacts {
        Contacts::Star if request.expires() == Some(0) => return Ok(What::RemoveAll),
        Contacts::Star => return Err(Refused::PeerContact),
        Contacts::List(list) if list.is_empty() => return Ok(What::Query),
        Contacts::List(list) if list.len() > limits.contacts => {
            return Err(Refused::LimitContacts);
        }
        Contacts::List(list) => list,
    };
    let contacts: Result<_, _> =
        list.iter().map(|contact| read_contact(contact, request, flow, limits)).collect();
    Ok(What::Contacts(contacts?))
}

fn read_contact<'a>(
    contact: &NameAddr<'a>,
    request: &Message,
    flow: Flow,
    limits: &Limits,
) -> Result<Contact<'a>, Refused> {
    let uri = contact.uri;
    if !matches!(uri.scheme(), Scheme::Sip | Scheme::Sips) {
        return Err(Refused::PeerContact);
    }
    bounded(uri.as_str(), limits.text)?;
    let identity = Identity::of(contact);
    bounded(&identity.0, limits.text)?;
    let interval = interval(contact, request, limits);
    if !interval.is_zero() && interval < limits.interval_min {
        return Err(Refused::PeerInterval(limits.interval_min));
    }
    let q = contact.params.value("q").and_then(thousandths).unwrap_or(1000);
    let behind_nat = is_behind_nat(flow, request.way_back(), &uri);
    Ok(Contact { uri, identity, interval, q, behind_nat })
}

/// The parameter, else the header, else the default; a malformed one counts as not written (§10.3, §20.19).
fn interval(contact: &NameAddr<'_>, request: &Message, limits: &Limits) -> Duration {
    let own = contact.params.value("expires").and_then(|seconds| seconds.parse().ok());
    let seconds = own.or_else(|| request.expires().map(u64::from));
    seconds.map_or(limits.interval_default, Duration::from_secs).min(limits.interval_max)
}

/// `0.75` as 750 (RFC 3261 §25.1, qvalue).
fn thousandths(q: &str) -> Option<u16> {
    let (whole, fraction) = q.split_once('.').unwrap_or((q, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let padded: u16 = format!("{fraction:0<3}").parse().ok()?;
    match (whole, padded) {
        ("1", 0) => Some(1000),
        ("0" | "", _) => Some(padded),
        _ => None,
    }
}

fn supports(request: &Message, option: &str) -> bool {
    let mut options = request.values(Name::Supported).chain(request.values(Name::Require));
    options.any(|value| value.eq_ignore_ascii_case(option))
}

/// Whether the proxy next to the phone said `ob` in its Path value, the last one (RFC 5626 §5.1).
fn first_hop_keeps_flows(request: &Message) -> bool {
    let last = request.values(Name::Path).last();
    last.and_then(|value| NameAddr::parse(value).ok()).is_some_and(|hop| hop.uri.params().has("ob"))
}

fn beginning(text: &str, max: usize) -> &str {
    let end = (0..=max.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or(0)]
}

fn bounded(text: &str, max: usize) -> Result<&str, Refused> {
    if text.len() > max { Err(Refused::LimitText) } else { Ok(text) }
}
