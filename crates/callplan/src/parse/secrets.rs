//! Secrets, which lie in files of their own: the phones' digests, a trunk's password, a person's PIN.

use super::{place::Place, reader::Reader, table::Value};
use crate::{
    finding::Code,
    model::{Ha1, PhoneId, Pin, Secret},
    source::Exposed,
};

/// How a PIN comes to be.
const PIN_MEND: &str = "write 4 to 12 digits into it and nothing else, mode 0600";

/// What the phones' digests are checked against.
#[derive(Default)]
pub(crate) struct PhoneSecrets(Vec<(Ha1, Lines)>);

/// The lines that gave a phone's secrets.
#[derive(Clone, Copy, Default)]
struct Lines {
    md5: Option<Place>,
    sha256: Option<Place>,
}

impl PhoneSecrets {
    pub(crate) fn of(&self, phone: PhoneId) -> Ha1 {
        self.0.get(phone.index()).map_or_else(Ha1::default, |(ha1, _)| *ha1)
    }
}

impl<'a> Reader<'a> {
    /// Reads `[site] phone_secrets`, a file of lines `PHONE ALGORITHM HA1`. `#` begins a comment.
    pub(crate) fn phone_secrets(&mut self, value: Option<Value<'a>>, site: Place) -> PhoneSecrets {
        let phones = &self.names.phones;
        let Some(value) = value else {
            if let Some(phone) = phones.entries.first() {
                let message =
                    format!("phone `{}` and others need a file of secrets, and none is named", phone.key);
                let mend = "write phone_secrets = { file = \"secrets/phones\" } under [site]; `ringplan phone add` fills it";
                let place = if site.end > 0 { site } else { phone.place };
                self.found.report(Code::NoPhoneSecrets, place, message, mend);
            }
            return PhoneSecrets::default();
        };
        let mut secrets = PhoneSecrets(phones.entries.iter().map(|_| Default::default()).collect());
        let Some(file) = self.secret_file(value) else { return secrets };
        let read = self.text_file(file, "`ringplan phone add NAME` makes it");
        let Some((text, lines)) = read else { return secrets };
        self.found.keep_secret(text);
        let mut at = 0;
        for line in lines.split_inclusive('\n') {
            let place = Place::new(text, at..at + line.trim_end().len());
            at += line.len();
            let words: Vec<_> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
            match words.as_slice() {
                [] => {}
                [phone, algorithm, ha1] => self.phone_secret(&mut secrets, phone, algorithm, ha1, place),
                [..] => self.bad_line(place, "this line is not PHONE ALGORITHM HA1"),
            }
        }
        if secrets.0.iter().any(|(_, lines)| lines.md5.or(lines.sha256).is_some()) {
            self.warn_if_exposed(file);
        }
        self.weak_secrets(&secrets);
        secrets
    }

    /// MD5 is all that some phones know; but a phone that knows more is held to it, and the weaker hash is the one
    /// that gets stolen.
    fn weak_secrets(&mut self, secrets: &PhoneSecrets) {
        for (phone, (_, lines)) in self.names.phones.entries.iter().zip(&secrets.0) {
            if let Lines { md5: Some(place), sha256: None } = lines {
                let message = format!("phone `{}` has a secret for MD5 alone", phone.key);
                let mend = "`ringplan phone add` makes a new one for both, SHA-256 and MD5";
                self.found.report(Code::WeakPhoneSecret, *place, message, mend);
            }
        }
    }

    fn phone_secret(
        &mut self,
        secrets: &mut PhoneSecrets,
        phone: &str,
        algorithm: &str,
        ha1: &str,
        place: Place,
    ) {
        let Some(id) = self.names.phones.find::<PhoneId>(phone) else {
            let message = format!("there is no phone \"{}\"", phone);
            self.found.report(
                Code::SecretOfNoPhone,
                place,
                message,
                "remove the line, or write the phone under [phones]",
            );
            return;
        };
        let (known, lines) = &mut secrets.0[id.index()];
        let first = match algorithm {
            "MD5" => match hex(ha1) {
                Some(ha1) => {
                    known.md5 = Some(ha1);
                    lines.md5.replace(place)
                }
                None => return self.bad_line(place, "this HA1 is not 32 hexadecimal digits"),
            },
            "SHA-256" => match hex(ha1) {
                Some(ha1) => {
                    known.sha256 = Some(ha1);
                    lines.sha256.replace(place)
                }
                None => return self.bad_line(place, "this HA1 is not 64 hexadecimal digits"),
            },
            _ => return self.bad_line(place, "the algorithm is neither SHA-256 nor MD5"),
        };
        if let Some(first) = first {
            let message = format!("phone `{phone}` has two secrets for {algorithm}");
            self.found.again(Code::TwoPhoneSecrets, place, first, message, "keep the newer one");
        }
    }

    fn bad_line(&mut self, place: Place, message: &str) {
        let mend = "let `ringplan phone add` write the line";
        self.found.report(Code::BadPhoneSecret, place, message, mend);
    }

    /// A trunk's password: the only line of its file.
    pub(crate) fn secret(&mut self, value: Value<'a>) -> Option<Secret> {
        let file = self.secret_file(value)?;
        let bytes = self.file(
            file,
            "write the password into it, mode 0600; paths are relative to the config directory",
        )?;
        let text = std::str::from_utf8(&bytes).ok().map(str::trim);
        match text {
            Some(text) if !text.is_empty() && !text.contains(char::is_control) => {
                self.warn_if_exposed(file);
                Some(Secret::new(text.into()))
            }
            Some(_) | None => {
                let mend = "write the password into it, on one line and nothing else";
                self.found.report(Code::BadSecretFile, file.place, "this file holds no password", mend);
                None
            }
        }
    }

    /// `pin_file`: a file whose only line is a person's PIN.
    pub(crate) fn pin(&mut self, value: Value<'a>) -> Option<Pin> {
        if value.as_text().is_none_or(|path| Pin::read(path).is_some()) {
            self.inline_secret(
                value,
                "write it into a file of its own, mode 0600, and pin_file = \"secrets/...\"",
            );
            return None;
        }
        let bytes = self.file(value, PIN_MEND)?;
        let pin = str::from_utf8(&bytes).ok().and_then(|text| Pin::read(text.trim()));
        match pin {
            Some(_) => self.warn_if_exposed(value),
            None => self.found.report(Code::BadSecretFile, value.place, "this file holds no PIN", PIN_MEND),
        }
        pin
    }

    /// Reports a file that holds a secret and is open to everybody on the machine. The switch runs with it: who
    /// is locked out by a mode that an archive or a checkout brought along has lost more.
    pub(super) fn warn_if_exposed(&mut self, file: Value<'a>) {
        let exposed = file.as_text().and_then(|path| Some((path, self.assets.exposed(path)?)));
        if let Some((path, Exposed { why, mend })) = exposed {
            let message = format!("{path} holds a secret, and {why}");
            self.found.report(Code::ExposedSecret, file.place, message, mend);
        }
    }

    /// The path in `{ file = "..." }`; a secret written in its place is a finding that does not repeat it.
    pub(super) fn secret_file(&mut self, value: Value<'a>) -> Option<Value<'a>> {
        let Some(mut table) = value.as_table("a secret") else {
            let mend = "put it into a file of its own, mode 0600, and write { file = \"secrets/...\" }";
            self.inline_secret(value, mend);
            return None;
        };
        let file = table.need("file", "write { file = \"secrets/...\" }", self.found);
        table.finish(self.found);
        file
    }

    /// Reports a secret that stands where its file should be named; it is not repeated.
    fn inline_secret(&mut self, value: Value<'a>, mend: &str) {
        self.found.hide(value.place);
        self.found.report(
            Code::InlineSecret,
            value.place,
            "a secret never stands in the config itself",
            mend,
        );
    }
}

fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}
