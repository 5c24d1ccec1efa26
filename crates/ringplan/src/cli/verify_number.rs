//! `ringplan verify-number`: a number that is not ours may be shown once whoever answers it says so.

use std::{io::ErrorKind, time::Duration};

use callplan::{E164, PhoneId, Site};

use super::{Exit, Transport, complain, completions::named};
use crate::{
    config::{ASSET_MAX, ContentError, Place, Readers, Refused, Tree, content, replace},
    control::client::{self, ClientError},
    entropy,
    net::advertise,
    time::Clocks,
    ua::{Account, Login, News, Phone},
};

/// How long it may ring, and how long the code may take once somebody answered.
const RING: Duration = Duration::from_secs(60);
const CODE: Duration = Duration::from_secs(45);

/// Ring a number and have its owner press a code, so that it may be shown on outside calls.
///
/// The code stands on this terminal and nowhere else: whoever presses it on the telephone that rings knows both.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 it is verified, 1 it is not, 2 wrong usage or a broken config.\n\n\
    Example:\n  ringplan verify-number +12025550190 --as rosa-desk")]
pub(crate) struct VerifyNumber {
    /// The number, in E.164.
    number: String,
    /// Which phone of the config calls it; its person has to be allowed to [default: the first phone].
    #[arg(long = "as", value_name = "PHONE", add = named(&["phones"]))]
    phone: Option<String>,
}

impl VerifyNumber {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let (number, site) = match self.read(place) {
            Ok(read) => read,
            Err(why) => return complain(Exit::Broken, why),
        };
        let Some(file) = &site.verified_file else {
            let why = "[site] names no list of verified numbers: write verified = { file = \"verified\" }";
            return complain(Exit::Broken, why);
        };
        if site.number(number).is_some() || site.verified.contains(&number) {
            println!("{number} may be shown already.");
            return Exit::Done;
        }
        let account = match self.account(&site) {
            Ok(account) => account,
            Err(why) => return complain(Exit::Broken, why),
        };
        let code = code();
        println!("{number} will ring. Whoever answers presses {code} on the telephone.");
        match ring(account, number, &code) {
            Ok(true) => {}
            Ok(false) => {
                return complain(
                    Exit::Failed,
                    format_args!("{number} is not verified: the code was not pressed"),
                );
            }
            Err(why) => return complain(Exit::Failed, format_args!("{number} is not verified: {why}")),
        }
        if let Err(why) = write_down(place, file, number) {
            return complain(Exit::Failed, format_args!("{number} is verified, but not written down: {why}"));
        }
        println!("{number} is verified: people may have it in `present`.");
        match client::post(&place.control(), "/v1/apply") {
            Ok(_) | Err(ClientError::LocalAbsent(_)) => Exit::Done,
            Err(error) => {
                complain(Exit::Failed, format_args!("it is written down, but not in force: {error}"))
            }
        }
    }

    fn read(&self, place: &Place) -> Result<(E164, Site), String> {
        let number = E164::parse(&self.number)
            .ok_or_else(|| format!("{} is no number in E.164, as +12025550190 is", self.number))?;
        let tree = Tree::of(place).map_err(|error| error.to_string())?;
        let refused =
            |findings: usize| format!("the config is refused ({findings} findings): ringplan check");
        Ok((number, tree.load().map_err(|it| refused(it.0.len()))?.site))
    }

    fn account(&self, site: &Site) -> Result<Account, String> {
        let phone = match &self.phone {
            Some(name) => {
                site.phone(name).ok_or_else(|| format!("there is no phone {name} in the config"))?
            }
            None => PhoneId::from(0),
        };
        let phone = site.phones.get(phone.index()).ok_or("the config has no phone to call from")?;
        let transport = Transport::default();
        let local = site.listen.on(transport.model()).first().ok_or("the switch does not listen on UDP")?;
        Ok(Account {
            name: phone.name.to_string(),
            domain: site.domain.to_string(),
            server: advertise::address(*local, site.public),
            over: transport.over(&site.tls)?,
            local: None,
            login: Login::Hashes(phone.ha1),
        })
    }
}

/// Adds the number to the list of those verified. The config is loaded as it would become before anything is
/// written: it may have changed while the telephone rang.
fn write_down(place: &Place, file: &str, number: E164) -> Result<(), String> {
    let path = place.config.join(file);
    let old = match content(&path, ASSET_MAX) {
        // The first number makes the file.
        Err(ContentError::LocalSystem(error)) if error.kind() == ErrorKind::NotFound => Vec::new(),
        read => read.map_err(|error| format!("{}: {error}", path.display()))?,
    };
    let day = jiff::Timestamp::from_microsecond(Clocks::start().now().wall.unix_micros());
    let day = day.map(|at| at.strftime("%F").to_string()).unwrap_or_default();
    let new = with_line(old, &format!("{number}  # {day}\n"));
    let tree = Tree::of(place).map_err(|error| error.to_string())?.with_asset(file, &new);
    let refused =
        |it: Refused| format!("the config would be refused ({} findings): ringplan check", it.0.len());
    let site = tree.load().map_err(refused)?.site;
    if !site.verified.contains(&number) {
        return Err(format!("[site] `verified` no longer names {file}"));
    }
    replace(&path, &new, Readers::Folder).map_err(|error| format!("can't write {}: {error}", path.display()))
}

/// A text with one line more; an editor may have left its last line without an end.
fn with_line(mut text: Vec<u8>, line: &str) -> Vec<u8> {
    if text.last().is_some_and(|last| *last != b'\n') {
        text.push(b'\n');
    }
    text.extend_from_slice(line.as_bytes());
    text
}

/// Four digits, none of which tells the next.
fn code() -> String {
    let bytes: [u8; 8] = entropy::bytes();
    format!("{:04}", u64::from_le_bytes(bytes) % 10_000)
}

/// Whether whoever answers presses the code.
fn ring(account: Account, number: E164, code: &str) -> Result<bool, String> {
    let name = account.name.clone();
    let mut phone = Phone::new(account).map_err(|error| error.to_string())?;
    phone.call(&number.to_string(), &name).map_err(|error| error.to_string())?;
    let (mut until, mut is_right) = (phone.now() + RING, false);
    while !is_right && phone.now() < until {
        // A key is no news, so look often.
        let look = phone.now() + Duration::from_millis(50);
        match phone.next(look.min(until)) {
            Some(News::Answered) => {
                until = phone.now() + CODE;
                phone.say(&beep());
            }
            Some(News::Refused(status, words)) => return Err(format!("{} {words}", status.code())),
            Some(News::HungUp) => break,
            Some(
                News::Ringing(_)
                | News::Registered(_)
                | News::NotRegistered(_)
                | News::Called(_)
                | News::Stopped(_),
            )
            | None => {}
        }
        is_right = phone.pressed().contains(code);
    }
    phone.hang_up();
    let until = phone.now() + Duration::from_millis(500);
    while phone.next(until).is_some() {}
    Ok(is_right)
}

/// A third of a second at 1 kHz: the code is waited for.
fn beep() -> Vec<i16> {
    let sample = |at: u32| (8_000.0 * (f64::from(at) * std::f64::consts::TAU / 8.0).sin()) as i16;
    (0..2_664).map(sample).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_more_begins_on_a_line_of_its_own() {
        for (before, after) in [
            ("", "+12025550190\n"),
            ("+12025550191\n", "+12025550191\n+12025550190\n"),
            ("+12025550191  # by hand", "+12025550191  # by hand\n+12025550190\n"),
        ] {
            let text = with_line(before.as_bytes().to_vec(), "+12025550190\n");
            assert_eq!(String::from_utf8(text).as_deref(), Ok(after));
        }
    }
}
