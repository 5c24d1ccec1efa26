//! `ringplan phone add`: a device's secret, and what to type into it.

use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use callplan::{Finding, Severity};
use qrcode::{QrCode, render::unicode::Dense1x2};
use toml::Value;

use super::{Exit, complain, completions::named};
use crate::{
    config::{
        ConfigError, ContentError, Outline, Place, Readers, Refused, SecretsFile, TEXT_MAX, Tree, content,
        replace,
    },
    control::client::{self, ClientError},
    entropy,
    net::advertise,
};

/// Where phones are written that are not in the config yet.
const PHONES: &str = "phones.toml";

/// Make a phone's secret and print what to type into the phone.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    ringplan phone add rosa-desk                     # a new secret for a phone of the config\n  \
    ringplan phone add rosa-soft --person rosa       # a new phone, added to phones.toml")]
pub(crate) struct Add {
    /// The phone: its name is its user name.
    #[arg(add = named(&["phones"]))]
    name: String,
    /// Add the phone to the config, as one of this person's.
    #[arg(long, value_name = "NAME", conflicts_with = "ext", add = named(&["people"]))]
    person: Option<String>,
    /// Add the phone to the config, with an extension and without a person.
    #[arg(long, value_name = "DIGITS")]
    ext: Option<String>,
}

/// Why no phone was added.
#[derive(Debug, thiserror::Error)]
#[expect(clippy::enum_variant_names, reason = "all of them are the operator's")]
enum AddError {
    #[error(transparent)]
    LocalConfig(#[from] ConfigError),
    #[error("[site] names no {0}: write {1}")]
    LocalSite(&'static str, &'static str),
    #[error(
        "there is no phone {0} in the config: add it with --person NAME or --ext DIGITS, or write [phones.{0}]"
    )]
    LocalUnknown(String),
    #[error("there is no person {0} in the config")]
    LocalPerson(String),
    #[error("{0} is no name for a phone: use letters, digits, `-`, `_` and `.`")]
    LocalName(String),
    #[error(
        "phone {0} is in the config, at {1}: change its {2} there, and leave --{2} away for a new secret"
    )]
    LocalStands(String, String, &'static str),
    #[error("phone {0} is not added, and nothing is written: the config would be refused with it")]
    LocalRefused(String, Vec<Finding>),
    #[error("can't write {path}: {1}", path = .0.display())]
    LocalFile(PathBuf, io::Error),
}

impl Add {
    pub(super) fn run(&self, place: &Place) -> Exit {
        match self.add(place) {
            Ok((domain, password)) => {
                self.print(place, &domain, &password);
                announce(place)
            }
            Err(error @ (AddError::LocalConfig(_) | AddError::LocalFile(..))) => {
                complain(Exit::Failed, error)
            }
            Err(error) => {
                if let AddError::LocalRefused(_, findings) = &error {
                    let errors = findings.iter().filter(|finding| finding.severity() == Severity::Error);
                    errors.for_each(|finding| eprintln!("{finding}\n"));
                }
                complain(Exit::Broken, error)
            }
        }
    }

    /// Checks the config as it would become before anything is written.
    fn add(&self, place: &Place) -> Result<(String, String), AddError> {
        let tree = Tree::of(place)?;
        let outline = Outline::of(&tree);
        let domain =
            outline.domain.clone().ok_or(AddError::LocalSite("domain", "domain = \"pbx.example.com\""))?;
        let named = outline
            .secrets
            .clone()
            .ok_or(AddError::LocalSite("phone_secrets", "phone_secrets = { file = \"secrets/phones\" }"))?;
        let path = place.config.join(PHONES);
        let section = self.section(&outline)?;
        let phones = section.map(|section| appended(&path, &section)).transpose()?;
        let password = entropy::password();
        let secrets = SecretsFile::new(place.config.join(&named));
        let unread = |error| AddError::LocalFile(place.config.join(&named), error);
        let text = secrets.with(&self.name, &domain, &password).map_err(unread)?;
        if let Some(phones) = &phones {
            let planned = tree.with_text(&path, phones).with_asset(&named, text.as_bytes());
            planned
                .load()
                .map_err(|Refused(findings)| AddError::LocalRefused(self.name.clone(), findings))?;
        }
        // The secret first: one without its phone is a warning at most, should the other write fail.
        secrets.write(&text).map_err(unread)?;
        if let Some(phones) = &phones {
            let written = replace(&path, phones, Readers::Folder);
            written.map_err(|error| AddError::LocalFile(path, error))?;
        }
        Ok((domain, password))
    }

    /// What lets the config know the phone, unless it does.
    fn section(&self, outline: &Outline) -> Result<Option<String>, AddError> {
        if let Some((name, place)) = outline.phones.iter().find(|(name, _)| *name == self.name) {
            return match self.person.as_ref().map(|_| "person").or(self.ext.as_ref().map(|_| "ext")) {
                Some(key) => Err(AddError::LocalStands(name.clone(), place.clone(), key)),
                None => Ok(None),
            };
        }
        let fine = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        if self.name.is_empty() || !self.name.chars().all(fine) {
            return Err(AddError::LocalName(self.name.clone()));
        }
        let line = match (&self.person, &self.ext) {
            (Some(person), _) if !outline.people.contains(person) => {
                return Err(AddError::LocalPerson(person.clone()));
            }
            (Some(person), _) => format!("person = {}", Value::from(person.as_str())),
            (None, Some(ext)) => format!("ext = {}", extension(ext)),
            (None, None) => return Err(AddError::LocalUnknown(self.name.clone())),
        };
        let quote = if self.name.contains('.') { "\"" } else { "" };
        Ok(Some(format!("\n[phones.{quote}{}{quote}]\n{line}\n", self.name)))
    }

    fn print(&self, place: &Place, domain: &str, password: &str) {
        let server = server(place);
        println!("Type this into the phone:\n");
        println!("  user name      {}", self.name);
        println!("  password       {password}");
        println!("  domain         {domain}");
        if let Some(server) = &server {
            println!("  outbound proxy {server}  (where the domain has no DNS entry; UDP or TCP)");
        }
        println!("\nThe password is shown this once: only its digests are kept.");
        let host = server.as_deref().unwrap_or(domain);
        let uri = format!("sip:{}:{password}@{host}", self.name);
        if io::stdout().is_terminal()
            && let Ok(code) = QrCode::new(uri)
        {
            println!("\n{}", code.render::<Dense1x2>().build());
        }
    }
}

/// What the file at `path` holds, if there is one, and `section` after it.
fn appended(path: &Path, section: &str) -> Result<Vec<u8>, AddError> {
    let mut bytes = match content(path, TEXT_MAX) {
        Err(ContentError::LocalSystem(error)) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        read => read.map_err(|error| AddError::LocalFile(path.to_owned(), io::Error::other(error)))?,
    };
    bytes.extend_from_slice(section.as_bytes());
    Ok(bytes)
}

/// An extension as TOML: a number, or a text where a number would lose what was written.
fn extension(digits: &str) -> Value {
    let number = digits.parse::<i64>().ok().filter(|number| number.to_string() == digits);
    number.map_or_else(|| Value::from(digits), Value::from)
}

/// Where phones reach the switch, once the config checks.
fn server(place: &Place) -> Option<String> {
    let site = Tree::of(place).ok()?.load().ok()?.site;
    let local = *site.listen.udp.first().or(site.listen.tcp.first())?;
    Some(advertise::address(local, site.public).to_string())
}

/// A running daemon takes the phone at once.
fn announce(place: &Place) -> Exit {
    match client::post(&place.control(), "/v1/apply") {
        Ok(_) => println!("\nThe running switch knows it."),
        Err(ClientError::LocalAbsent(_)) => println!("\n`ringplan serve` will know it."),
        Err(error) => {
            return complain(Exit::Failed, format_args!("the phone is added, but not in force: {error}"));
        }
    }
    Exit::Done
}
