//! `[tls]`: the switch's certificate, and the roots it believes.

use super::{
    merge::Sections,
    reader::Reader,
    table::{Table, Value},
    value,
};
use crate::{
    finding::Code,
    model::{Listen, PemFile, Tls, TlsClients, TlsIdentity},
    source::{Flaw, Pem},
};

/// What may be asked of those who connect: whether they may do without a certificate.
const CLIENTS: [(&str, bool); 2] = [("required", false), ("optional", true)];

impl<'a> Reader<'a> {
    /// Reads `[tls]`; who listens for TLS needs a certificate.
    pub(crate) fn tls(&mut self, sections: &mut Sections<'a>, listen: &Listen, domain: &str) -> Tls {
        let Some(mut table) = sections.find("tls") else {
            if let Some(place) = listen.tls.first().and(self.tls_place) {
                let mend = "write [tls] with cert = { file = \"tls/cert.pem\" } and key = { file = \"tls/key.pem\" }";
                self.found.report(Code::TlsWithoutCertificate, place, "TLS needs a certificate", mend);
            }
            return Tls::default();
        };
        let also = self.also(&mut table, domain);
        let is_named = also.iter().any(|(_, is_of_domain)| *is_of_domain);
        let also: Vec<_> = also.into_iter().map(|(identity, _)| identity).collect();
        let is_needed = !listen.tls.is_empty() || !also.is_empty();
        let identity = self.identity(&mut table, domain, is_needed, is_named).map(|(identity, _)| identity);
        let ca = table.take("ca").and_then(|value| self.roots(value));
        let clients = self.clients(&mut table);
        table.finish(self.found);
        Tls { identity, also, ca, clients }
    }

    /// `also`: certificates for other names, and whether each is for our domain.
    fn also(&mut self, table: &mut Table<'a>, domain: &str) -> Vec<(TlsIdentity, bool)> {
        let wanted = "a list of certificates: [{ cert = { file = \"tls/other.pem\" }, key = { file = \"tls/other.key\" } }]";
        let Some(list) = table.take("also") else { return Vec::new() };
        let Some(items) = list.list(wanted, self.found) else { return Vec::new() };
        let mut also = Vec::new();
        for item in items {
            let wanted = "{ cert = { file = \"tls/other.pem\" }, key = { file = \"tls/other.key\" } }";
            let Some(mut one) = item.table("a certificate of `also`", wanted, self.found) else { continue };
            also.extend(self.identity(&mut one, domain, true, true));
            one.finish(self.found);
        }
        also
    }

    /// `cert` and `key`: both, or neither where none is needed; and whether it is for our domain, which may be another's
    /// duty.
    fn identity(
        &mut self,
        table: &mut Table<'a>,
        domain: &str,
        is_needed: bool,
        is_named: bool,
    ) -> Option<(TlsIdentity, bool)> {
        let (cert, key) = (table.take("cert"), table.take("key"));
        if cert.is_none() && key.is_none() && !is_needed {
            return None;
        }
        for (value, name) in [(cert, "cert"), (key, "key")] {
            if value.is_none() {
                let mend = format!("write {name} = {{ file = \"tls/{name}.pem\" }}");
                let message = format!("{} has no `{name}`", table.what);
                self.found.report(Code::TlsWithoutCertificate, table.place, message, mend);
            }
        }
        let cert = cert.and_then(|value| self.pem(value));
        let key = key.and_then(|value| self.secret_file(value)).and_then(|file| self.pem_file(file));
        let ((at_cert, cert), (at_key, key)) = (cert?, key?);
        self.warn_if_exposed(at_key);
        let pem = Pem::Identity { cert: &cert.bytes, key: &key.bytes, domain };
        let mut is_of_domain = true;
        for flaw in self.assets.flaws(pem) {
            let is_of_another = matches!(flaw, Flaw::OtherName(_));
            is_of_domain &= !is_of_another;
            if is_of_another && is_named {
                continue;
            }
            let at = if matches!(flaw, Flaw::NoKey(_) | Flaw::KeyOfAnother) { at_key } else { at_cert };
            self.flaw(&flaw, at);
        }
        Some((TlsIdentity { cert, key }, is_of_domain))
    }

    /// `client_ca`, and whether a client may come without a certificate.
    fn clients(&mut self, table: &mut Table<'a>) -> TlsClients {
        let word = table.entry("client_cert");
        let Some(roots) = table.take("client_ca") else {
            if let Some(entry) = word {
                let mend = "write client_ca = { file = \"tls/phones.pem\" }, or leave `client_cert` out";
                let message = "`client_cert` says nothing without `client_ca`";
                self.found.report(Code::KeyDoesNotApply, entry.place, message, mend);
            }
            return TlsClients::Unasked;
        };
        let is_optional = word.and_then(|entry| value::word(entry.value, &CLIENTS, self.found));
        match (self.roots(roots), is_optional.unwrap_or(false)) {
            (None, _) => TlsClients::Unasked,
            (Some(roots), true) => TlsClients::Asked(roots),
            (Some(roots), false) => TlsClients::Required(roots),
        }
    }

    pub(super) fn roots(&mut self, value: Value<'a>) -> Option<PemFile> {
        let (at, file) = self.pem(value)?;
        for flaw in self.assets.flaws(Pem::Roots(&file.bytes)) {
            self.flaw(&flaw, at);
        }
        Some(file)
    }

    /// The file in `{ file = "..." }` and where it is named.
    fn pem(&mut self, value: Value<'a>) -> Option<(Value<'a>, PemFile)> {
        let mut table = value.table("a certificate", "{ file = \"tls/cert.pem\" }", self.found)?;
        let file = table.need("file", "write { file = \"tls/cert.pem\" }", self.found);
        table.finish(self.found);
        self.pem_file(file?)
    }

    fn pem_file(&mut self, file: Value<'a>) -> Option<(Value<'a>, PemFile)> {
        let mend = "put it there, or a link to it; paths are relative to the config directory";
        let bytes = self.file(file, mend)?;
        Some((file, PemFile { path: file.as_text()?.into(), bytes }))
    }

    fn flaw(&mut self, flaw: &Flaw, at: Value<'a>) {
        let renew = "renew it; a running switch takes the new one by itself";
        let (code, message, mend) = match flaw {
            Flaw::NoCertificate(why) => (
                Code::BadCertificate,
                format!("this file holds no certificate that can be used: {why}"),
                "write certificates in PEM into it, its own first and then those that signed it",
            ),
            Flaw::NoKey(why) => (
                Code::BadKeyFile,
                format!("this file holds no private key that can be used: {why}"),
                "write the private key in PEM into it, without a password, mode 0600",
            ),
            Flaw::KeyOfAnother => (
                Code::KeyOfAnother,
                "this key belongs to another certificate".to_owned(),
                "name the key that the certificate was requested with",
            ),
            Flaw::Expired(when) => {
                (Code::CertificateExpired, format!("this certificate ended {when}"), renew)
            }
            Flaw::Ends(when) => (Code::CertificateEnds, format!("this certificate ends {when}"), renew),
            Flaw::Later(when) => (
                Code::CertificateExpired,
                format!("this certificate begins {when}"),
                "look at the clock of this machine, or name a certificate that holds now",
            ),
            Flaw::OtherName(domain) => (
                Code::CertificateOfAnother,
                format!("this certificate is not for {domain}, which phones register to"),
                "ask for one whose names include [site] domain",
            ),
        };
        self.found.report(code, at.place, message, mend);
    }
}
