//! `ringplan phone add`: a device's secret, and what to type into it.

use std::{
    fs::OpenOptions,
    io::{self, IsTerminal, Write},
};

use qrcode::{QrCode, render::unicode::Dense1x2};

use super::{Exit, complain};
use crate::{
    config::{ConfigError, Outline, Place, SecretsFile, Tree},
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
    name: String,
    /// Add the phone to the config, as one of this person's.
    #[arg(long, value_name = "NAME", conflicts_with = "ext")]
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
    #[error("can't write {0}: {1}")]
    LocalFile(String, io::Error),
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
            Err(error) => complain(Exit::Broken, error),
        }
    }

    fn add(&self, place: &Place) -> Result<(String, String), AddError> {
        let outline = Outline::of(&Tree::read(&place.config)?);
        let domain =
            outline.domain.clone().ok_or(AddError::LocalSite("domain", "domain = \"pbx.example.com\""))?;
        let secrets = outline
            .secrets
            .clone()
            .ok_or(AddError::LocalSite("phone_secrets", "phone_secrets = { file = \"secrets/phones\" }"))?;
        self.place_in(&outline, place)?;
        let password = entropy::password();
        let path = place.config.join(secrets);
        let shown = path.display().to_string();
        SecretsFile::new(path)
            .set(&self.name, &domain, &password)
            .map_err(|error| AddError::LocalFile(shown, error))?;
        Ok((domain, password))
    }

    /// Makes sure that the config knows the phone.
    fn place_in(&self, outline: &Outline, place: &Place) -> Result<(), AddError> {
        if outline.phones.contains(&self.name) {
            return Ok(());
        }
        let fine = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        if self.name.is_empty() || !self.name.chars().all(fine) {
            return Err(AddError::LocalName(self.name.clone()));
        }
        let line = match (&self.person, &self.ext) {
            (Some(person), _) if !outline.people.contains(person) => {
                return Err(AddError::LocalPerson(person.clone()));
            }
            (Some(person), _) => format!("person = \"{person}\""),
            (None, Some(ext)) => format!("ext = {ext}"),
            (None, None) => return Err(AddError::LocalUnknown(self.name.clone())),
        };
        let path = place.config.join(PHONES);
        let quote = if self.name.contains('.') { "\"" } else { "" };
        let text = format!("\n[phones.{quote}{}{quote}]\n{line}\n", self.name);
        let write = OpenOptions::new().append(true).create(true).open(&path);
        let write = write.and_then(|mut file| file.write_all(text.as_bytes()));
        write.map_err(|error| AddError::LocalFile(path.display().to_string(), error))
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

/// Where phones reach the switch, once the config checks.
fn server(place: &Place) -> Option<String> {
    let site = Tree::read(&place.config).ok()?.load().ok()?.site;
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
