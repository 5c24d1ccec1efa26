//! `[stir]`: whose signatures are believed of a caller's number, and what we sign ours with.

use super::{
    merge::Sections,
    reader::Reader,
    table::{Table, Value},
    value,
};
use crate::{finding::Code, model::Stir};

impl<'a> Reader<'a> {
    /// Reads `[stir]`; without it nothing is signed and nobody believed.
    pub(crate) fn stir(&mut self, sections: &mut Sections<'a>) -> Stir {
        let Some(mut table) = sections.find("stir") else { return Stir::default() };
        let roots = table.take("roots").and_then(|value| self.roots(value));
        let repositories = table.take("repositories").and_then(|value| {
            value::list(value, "hosts: [\"cert.example.com\"]", self.found, |item, found| {
                let text = item.text("a host name: \"cert.example.com\"", found)?;
                let is_host = value::is_host(text);
                if !is_host {
                    let message = format!("\"{text}\" is no host");
                    found.report(Code::BadHost, item.place, message, "write a host name, without `https://`");
                }
                is_host.then(|| text.to_ascii_lowercase().into())
            })
        });
        let signer = self.signer(&mut table);
        table.finish(self.found);
        Stir { roots, repositories: repositories.unwrap_or_default(), signer }
    }

    /// `key` and `cert_url`: both, or neither.
    fn signer(&mut self, table: &mut Table<'a>) -> Option<stir::Signer> {
        let (key, url) = (table.take("key"), table.take("cert_url"));
        if let (Some(only), None) | (None, Some(only)) = (key, url) {
            let missing = if key.is_none() { "key" } else { "cert_url" };
            let mend = "write key = { file = \"secrets/stir\" } and cert_url = \"https://...\", where its certificate is";
            let message = format!("{} can't sign without `{missing}`", table.what);
            self.found.report(Code::MissingKey, only.place, message, mend);
        }
        let (key, url) = (key?, url?);
        let text = url.text("an address: \"https://cert.example.com/larch.pem\"", self.found)?;
        let pem = self.secret_text(key)?;
        match stir::Signer::new(&pem, text) {
            Ok(signer) => Some(signer),
            Err(why) => {
                let (place, mend) = match why {
                    stir::Unusable::Key => {
                        (key.place, "make one: openssl ecparam -name prime256v1 -genkey -noout")
                    }
                    stir::Unusable::Url => (url.place, "write the address others fetch the certificate from"),
                };
                self.found.report(Code::BadKeyFile, place, why.to_string(), mend);
                None
            }
        }
    }

    /// The whole text of a file that only we may read.
    fn secret_text(&mut self, value: Value<'a>) -> Option<String> {
        let file = self.secret_file(value)?;
        let bytes = self.file(file, "write the private key there, in PEM")?;
        self.warn_if_exposed(file);
        String::from_utf8(bytes.to_vec()).ok()
    }
}
