//! `[trunks.x]`.

use super::{
    reader::Reader,
    session::session,
    table::{Entry, Table, Value},
    value,
};
use crate::{
    finding::Code,
    model::{CalledFrom, FailOver, Format, Identity, MediaMode, Net, Profile, Session, Transport, Trunk},
};

const PROFILES: [(&str, Profile); 2] =
    [("generic-register", Profile::Register), ("generic-address", Profile::Address)];
/// How SIP may be carried.
pub(super) const TRANSPORTS: [(&str, Transport); 3] =
    [("udp", Transport::Udp), ("tcp", Transport::Tcp), ("tls", Transport::Tls)];
const FORMATS: [(&str, Format); 3] =
    [("e164", Format::E164), ("national", Format::National), ("00", Format::DoubleZero)];
const MEDIA: [(&str, MediaMode); 2] = [("relay", MediaMode::Relay), ("direct", MediaMode::Direct)];
const CALLED: [(&str, CalledFrom); 4] = [
    ("request-uri", CalledFrom::RequestUri),
    ("to", CalledFrom::To),
    ("p-called-party-id", CalledFrom::PCalledPartyId),
    ("diversion", CalledFrom::Diversion),
];
/// Channels of a trunk that does not say.
const CHANNELS: u16 = 30;

impl<'a> Reader<'a> {
    /// Reads `[trunks]`.
    pub(crate) fn trunks(&mut self) -> Vec<Trunk> {
        let names = self.names;
        names.trunks.entries.iter().map(|entry| self.trunk(*entry)).collect()
    }

    fn trunk(&mut self, entry: Entry<'a>) -> Trunk {
        let mut trunk = Trunk {
            name: entry.key.into(),
            profile: Profile::Address,
            host: "".into(),
            port: None,
            transport: Transport::default(),
            user: None,
            secret: None,
            channels: CHANNELS,
            from: Vec::new(),
            called: CalledFrom::default(),
            format: Format::default(),
            fail_over: FailOver::default(),
            media: MediaMode::default(),
            session: Session::default(),
            identity: Identity::default(),
        };
        let what = format!("trunk `{}`", entry.key);
        let Some(mut table) = entry.value.table(&what, "a table: [trunks.carrier]", self.found) else {
            return trunk;
        };
        self.far_end(&mut trunk, &mut table);
        self.login(&mut trunk, &mut table);
        if let Some(value) = table.take("channels") {
            trunk.channels = value::integer(value, 1..=10_000, self.found).unwrap_or(CHANNELS);
        }
        if let Some(value) = table.take("fail_over_on") {
            trunk.fail_over = self.fail_over(value);
        }
        let word = |table: &mut Table<'a>, key| table.take(key);
        trunk.called =
            word(&mut table, "called").and_then(|v| value::word(v, &CALLED, self.found)).unwrap_or_default();
        trunk.format =
            word(&mut table, "format").and_then(|v| value::word(v, &FORMATS, self.found)).unwrap_or_default();
        trunk.media =
            word(&mut table, "media").and_then(|v| value::word(v, &MEDIA, self.found)).unwrap_or_default();
        trunk.session = session(&mut table, self.found);
        trunk.identity = self.trunk_identity(&mut table, trunk.user.is_some());
        table.finish(self.found);
        trunk
    }

    /// Profile, host, transport and addresses.
    fn far_end(&mut self, trunk: &mut Trunk, table: &mut Table<'a>) {
        let profile =
            table.need("profile", "write profile = \"generic-register\" or \"generic-address\"", self.found);
        if let Some(profile) = profile.and_then(|value| value::word(value, &PROFILES, self.found)) {
            trunk.profile = profile;
        }
        match table.take("host") {
            Some(value) => self.trunk_host(trunk, value),
            None => {
                let mend = "write where the carrier is: host = \"sip.carrier.example\"";
                self.found.report(
                    Code::TrunkWithoutHost,
                    table.place,
                    format!("{} has no `host`", table.what),
                    mend,
                );
            }
        }
        let transport = table.take("transport").and_then(|value| value::word(value, &TRANSPORTS, self.found));
        trunk.transport = transport.unwrap_or_default();
        let from = table.take("from").and_then(|value| {
            value::list(value, "networks: [\"198.51.100.0/24\"]", self.found, |item, found| {
                let text = item.text("a network: \"198.51.100.0/24\"", found)?;
                let net = Net::parse(text);
                if net.is_none() {
                    let mend = "write ADDRESS/BITS with no bits set beyond them, as in \"198.51.100.0/24\"";
                    found.report(Code::BadNetwork, item.place, format!("\"{text}\" is no network"), mend);
                }
                net
            })
        });
        trunk.from = from.unwrap_or_default();
    }

    /// `host`, `host:port`, `address`, `[address6]:port`.
    fn trunk_host(&mut self, trunk: &mut Trunk, value: Value<'a>) {
        let Some(text) = value.text("a host name or address", self.found) else { return };
        let (host, port) = match text.parse::<std::net::IpAddr>() {
            Ok(_) => (text, None),
            Err(_) => text.rsplit_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
        };
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let port = port.map(|port| port.parse().ok().filter(|port: &u16| *port != 0));
        if !value::is_host(host) || port == Some(None) {
            let mend = "write a host name or address, with `:PORT` if it is not 5060";
            let message = format!("\"{}\" is no host", text);
            return self.found.report(Code::BadHost, value.place, message, mend);
        }
        trunk.host = host.into();
        trunk.port = port.flatten();
    }

    /// User and secret; a trunk that registers needs both.
    fn login(&mut self, trunk: &mut Trunk, table: &mut Table<'a>) {
        let (user, secret) = (table.take("user"), table.take("secret"));
        trunk.user = user.and_then(|value| self.user(value)).map(Into::into);
        trunk.secret = secret.and_then(|value| self.secret(value));
        if trunk.profile == Profile::Register && (user.is_none() || secret.is_none()) {
            let missing = if user.is_none() { "user" } else { "secret" };
            let message = format!("{} registers and has no `{missing}`", table.what);
            let mend = "write user = \"...\" and secret = { file = \"secrets/...\" }";
            self.found.report(Code::TrunkWithoutLogin, table.place, message, mend);
        }
    }

    fn user(&mut self, value: Value<'a>) -> Option<&'a str> {
        let text = value::words(value, self.found)?;
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/@".contains(&byte);
        if text.bytes().all(fits) && text.len() <= 128 {
            return Some(text);
        }
        let message = format!("\"{}\" can't be a SIP user", text);
        self.found.report(Code::BadName, value.place, message, "write the user name the carrier gave you");
        None
    }

    /// `["timeout", "503"]`: a status that judges the callee would be the same on every trunk.
    fn fail_over(&mut self, value: Value<'a>) -> FailOver {
        let mut fail_over = FailOver { timeout: false, statuses: Vec::new() };
        let words = value::list(value, "statuses: [\"timeout\", \"503\"]", self.found, |item, found| {
            let text = item.text("\"timeout\" or a status: \"503\"", found)?;
            if text == "timeout" {
                return Some(None);
            }
            let status = text.parse().ok().filter(|status| (400..700).contains(status));
            match status {
                None => {
                    let mend = "write \"timeout\" or a final status from \"400\" to \"599\"";
                    found.report(Code::UnknownWord, item.place, format!("\"{text}\" is no failure"), mend);
                    None
                }
                Some(404 | 484 | 485 | 486 | 487 | 600..) => {
                    let message = format!("{text} is about the callee, and every trunk would say the same");
                    found.report(Code::FailOverOnVerdict, item.place, message, "leave it out");
                    None
                }
                Some(status) => Some(Some(status)),
            }
        });
        for word in words.unwrap_or_default() {
            match word {
                None => fail_over.timeout = true,
                Some(status) => fail_over.statuses.push(status),
            }
        }
        fail_over.statuses.sort_unstable();
        fail_over
    }
}
