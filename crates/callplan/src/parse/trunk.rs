//! `[trunks.x]`.

use std::sync::Arc;

use super::{
    place::Findings,
    preset::Preset,
    reader::Reader,
    session::session,
    table::{Entry, Table, Value},
    value,
    words::{CALLED, FORMATS, MEDIA, REDIRECTS, TRANSFERS},
};
use crate::{
    finding::Code,
    model::{
        CalledFrom, FailOver, Format, Identity, MediaMode, Profile, Redirects, Session, Transfers, Trunk,
    },
};

/// Channels of a trunk that does not say.
pub(super) const CHANNELS: u16 = 30;

/// Realms of one carrier, and how long each may be.
const REALMS_MAX: usize = 4;
const REALM_BYTES_MAX: usize = 128;

impl<'a> Reader<'a> {
    /// Reads `[trunks]`.
    pub(crate) fn trunks(&mut self) -> Vec<Trunk> {
        let names = self.names;
        names.trunks.entries.iter().map(|entry| self.trunk(*entry)).collect()
    }

    fn trunk(&mut self, entry: Entry<'a>) -> Trunk {
        let mut trunk = blank(entry.key);
        let what = format!("trunk `{}`", entry.key);
        let Some(mut table) = entry.value.table(&what, "a table: [trunks.carrier]", self.found) else {
            return trunk;
        };
        let preset = self.preset(&mut table);
        self.far_end(&mut trunk, &preset, &mut table);
        self.login(&mut trunk, &preset, &mut table);
        if let Some(value) = table.take("channels") {
            trunk.channels = value::integer(value, 1..=10_000, self.found).unwrap_or(CHANNELS);
        }
        if let Some(value) = table.take("fail_over_on") {
            trunk.fail_over = self.fail_over(value);
        }
        let word = |table: &mut Table<'a>, key| table.take(key);
        let called = word(&mut table, "called").and_then(|v| value::word(v, &CALLED, self.found));
        trunk.called = called.unwrap_or(preset.called);
        let format = word(&mut table, "format").and_then(|v| value::word(v, &FORMATS, self.found));
        trunk.format = format.unwrap_or(preset.format);
        trunk.media =
            word(&mut table, "media").and_then(|v| value::word(v, &MEDIA, self.found)).unwrap_or_default();
        trunk.redirects = word(&mut table, "redirects")
            .and_then(|v| value::word(v, &REDIRECTS, self.found))
            .unwrap_or_default();
        trunk.transfers = word(&mut table, "transfers")
            .and_then(|v| value::word(v, &TRANSFERS, self.found))
            .unwrap_or_default();
        trunk.session = session(&mut table, preset.session, self.found);
        trunk.identity = self.trunk_identity(&mut table, trunk.user.is_some());
        table.finish(self.found);
        trunk
    }

    /// User and secret; a trunk that registers needs both, and one that is asked who calls needs both or neither.
    fn login(&mut self, trunk: &mut Trunk, preset: &Preset, table: &mut Table<'a>) {
        let (user, secret) = (table.take("user"), table.take("secret"));
        trunk.user = user.and_then(|value| self.user(value)).map(Into::into);
        trunk.secret = secret.and_then(|value| self.secret(value));
        let registers = trunk.profile == Profile::Register && (user.is_none() || secret.is_none());
        if preset.challenges && user.is_none() && secret.is_some() && !registers {
            trunk.user = Some(trunk.name.clone());
            let message = format!(
                "{} has a `secret` and no `user`: asked who calls it answers as \"{}\"",
                table.what, trunk.name
            );
            let mend = "write the user name of the carrier's credentials: user = \"...\"";
            self.found.report(Code::UserUnsaid, table.place, message, mend);
        } else if registers || preset.challenges && user.is_some() != secret.is_some() {
            let missing = if user.is_none() { "user" } else { "secret" };
            let does = if registers { "registers" } else { "is asked who calls" };
            let message = format!("{} {does} and has no `{missing}`", table.what);
            let mend = "write user = \"...\" and secret = { file = \"secrets/...\" }";
            self.found.report(Code::TrunkWithoutLogin, table.place, message, mend);
        }
        if let Some(value) = table.take("realm") {
            trunk.realms = self.realms(value);
            if secret.is_none() {
                let message = format!("{} has a `realm` and no `secret` to answer in it", table.what);
                let mend =
                    "write user = \"...\" and secret = { file = \"secrets/...\" }, or leave `realm` out";
                self.found.report(Code::TrunkWithoutLogin, value.place, message, mend);
            }
        }
    }

    /// One realm, or all that the carrier has.
    fn realms(&mut self, value: Value<'a>) -> Vec<Arc<str>> {
        if value.as_list().is_empty() {
            return realm(value, self.found).into_iter().collect();
        }
        let wanted = "realms: [\"carrier.example\", \"edge.carrier.example\"]";
        let realms = value::list(value, wanted, self.found, realm).unwrap_or_default();
        if realms.len() > REALMS_MAX {
            let message = format!("{} realms are too many for one carrier", realms.len());
            self.found.report(Code::OutOfRange, value.place, message, format!("write {REALMS_MAX} at most"));
        }
        realms
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

/// A trunk of which nothing is written.
pub(super) fn blank(name: &str) -> Trunk {
    Trunk {
        name: name.into(),
        profile: Profile::Address,
        host: "".into(),
        port: None,
        others: Vec::new(),
        outbound_proxy: None,
        transport: None,
        ping: None,
        user: None,
        secret: None,
        realms: Vec::new(),
        channels: CHANNELS,
        from: Vec::new(),
        called: CalledFrom::default(),
        format: Format::default(),
        fail_over: FailOver::default(),
        media: MediaMode::default(),
        redirects: Redirects::default(),
        transfers: Transfers::default(),
        session: Session::default(),
        identity: Identity::default(),
        agent: None,
    }
}

/// A realm, as it stands between the quotes of a challenge (RFC 7616 §3.3).
fn realm(value: Value<'_>, found: &mut Findings) -> Option<Arc<str>> {
    let text = value::words(value, found)?;
    if text.len() <= REALM_BYTES_MAX && !text.contains(['"', '\\']) {
        return Some(text.into());
    }
    let mend = "write the one that the carrier's challenges name, without its quotes";
    found.report(Code::BadName, value.place, format!("\"{text}\" can't be a realm"), mend);
    None
}
