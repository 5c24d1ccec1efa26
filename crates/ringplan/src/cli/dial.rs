//! `ringplan dial`: a real call from the terminal, over real sockets.

use std::{
    fs,
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use callplan::{PhoneId, Site};
use clock::Instant;
use serde_json::json;

use super::{Exit, codec::Codec, complain, completions::named, duration, keys, passed, transport::Transport};
use crate::{
    config::{Place, Tree},
    net::advertise,
    plain,
    ua::{Account, Login, News, Phone, save},
};

/// How long it may ring.
const RING: Duration = Duration::from_secs(120);

/// How long after everything was said and pressed the call goes on, unless told otherwise.
const AFTERWARDS: Duration = Duration::from_secs(3);

/// How long a call may be wanted to last.
const LASTS: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(24 * 3_600);

/// Between the answer and the first key, and between keys.
const KEY_PAUSE: Duration = Duration::from_secs(1);

/// Place a test call and say what happened.
///
/// The call is a real one: SIP and RTP to the switch on this machine, as a phone of the config or as a
/// carrier whose trunk takes calls from this machine's address.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 the call was answered and passed --expect, 1 it did not, 2 wrong usage.\n\n\
    Examples:\n  \
    ringplan dial --to 101 --from rosa-desk\n  \
    ringplan dial --to +12025550100 --from +12025550142 --press 2 --expect menu:main"
)]
pub(crate) struct Dial {
    /// What to dial.
    #[arg(long, value_name = "NUMBER", add = named(&["numbers"]))]
    to: String,
    /// Who calls: a phone of the config, or a number, which comes in as from a carrier [default: the first phone].
    #[arg(long, value_name = "PHONE|NUMBER", add = named(&["phones"]))]
    from: Option<String>,
    /// The switch [default: where the config listens].
    #[arg(long, value_name = "ADDRESS:PORT")]
    server: Option<SocketAddr>,
    /// How to reach it: udp, tcp or tls. Over TLS it has to show the certificate of the config.
    #[arg(long, value_name = "TRANSPORT", value_enum, default_value_t)]
    transport: Transport,
    /// Speak this codec alone: pcmu, pcma, g722 or opus [default: pcmu, else pcma].
    #[arg(long, value_name = "CODEC", value_enum)]
    codec: Option<Codec>,
    /// Play a WAV file once answered.
    #[arg(long, value_name = "FILE")]
    play: Option<PathBuf>,
    /// Press keys once answered, a second apart: 0 to 9, *, # and A to D.
    #[arg(long, value_name = "KEYS", value_parser = keys::parse)]
    press: Option<String>,
    /// Write what is heard to a WAV file.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Hang up so long after the answer, 100ms to 24h [default: 3s after the last thing said or pressed].
    #[arg(long = "for", value_name = "TIME", value_parser = lasts)]
    lasts: Option<Duration>,
    /// Fail unless the call passes this step: `main#2`, `menu:main`, `voicemail:sales`.
    #[arg(long, value_name = "STEP")]
    expect: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn lasts(text: &str) -> Result<Duration, String> {
    duration::within(text, LASTS)
}

/// What became of the call.
#[derive(Debug, Default)]
struct Outcome {
    sip_call_id: String,
    /// The last status that was no challenge.
    status: u16,
    words: String,
    rang: Option<Duration>,
    answered: Option<Duration>,
    lasted: Duration,
    heard: Duration,
}

impl Dial {
    pub(super) fn run(&self, place: &Place) -> Exit {
        let account = match self.account(place) {
            Ok(account) => account,
            Err(why) => return complain(Exit::Broken, why),
        };
        let speech = match self.play.as_deref().map(speech).transpose() {
            Ok(speech) => speech,
            Err(why) => return complain(Exit::Broken, why),
        };
        let outcome = match self.call(account, speech.as_deref().unwrap_or_default()) {
            Ok(outcome) => outcome,
            Err(error) => return complain(Exit::Failed, error),
        };
        let passed = self.expect.as_deref().map(|step| passed::look_for(place, &outcome.sip_call_id, step));
        self.report(&outcome, passed.as_ref());
        let as_expected = passed.is_none_or(|passed| passed.is_ok_and(|passed| passed.found));
        if outcome.answered.is_some() && as_expected { Exit::Done } else { Exit::Failed }
    }

    /// Who calls: a phone proves itself by the hashes the config holds, a carrier by its address.
    fn account(&self, place: &Place) -> Result<Account, String> {
        let site = Tree::of(place)
            .map_err(|error| error.to_string())?
            .load()
            .map_err(|refused| {
                format!("the config is refused ({} findings): ringplan check", refused.0.len())
            })?
            .site;
        let transport = self.transport.model();
        let listens = site.listen.on(transport).first();
        let listens = listens.map(|local| advertise::address(*local, site.public));
        let server = self
            .server
            .or(listens)
            .ok_or_else(|| format!("the config listens on no {transport} address: --server names one"))?;
        let over = self.transport.over(&site.tls)?;
        if let Some(number) = self.from.as_ref().filter(|from| from.starts_with('+')) {
            let (name, domain, local) = (number.clone(), server.to_string(), carrier_address(&site));
            return Ok(Account { name, domain, server, over, local, login: Login::Address });
        }
        let phone = match &self.from {
            Some(name) => {
                site.phone(name).ok_or_else(|| format!("there is no phone {name} in the config"))?
            }
            None => PhoneId::from(0),
        };
        let phone = site
            .phones
            .get(phone.index())
            .ok_or("the config has no phone: --from +NUMBER calls as a carrier")?;
        let (name, domain) = (phone.name.to_string(), site.domain.to_string());
        Ok(Account { name, domain, server, over, local: None, login: Login::Hashes(phone.ha1) })
    }

    fn call(&self, account: Account, speech: &[i16]) -> std::io::Result<Outcome> {
        let name = account.name.clone();
        let mut phone = Phone::new(account)?;
        if let Some(codec) = self.codec {
            phone.speak_only(codec.model());
        }
        phone.call(&self.to, &name)?;
        let start = phone.now();
        let mut outcome =
            Outcome { sip_call_id: phone.call_id().unwrap_or_default().to_owned(), ..Outcome::default() };
        self.say(start, &phone, format_args!("{name} calls {}", self.to));
        while let Some(news) = phone.next(start + RING) {
            match news {
                News::Ringing(status) => {
                    outcome.rang.get_or_insert(phone.now().since(start));
                    self.say(start, &phone, format_args!("{status} it rings"));
                }
                News::Answered => {
                    outcome.status = 200;
                    outcome.answered = Some(phone.now().since(start));
                    self.say(start, &phone, "answered");
                    self.talk(&mut phone, start, speech);
                    break;
                }
                News::Refused(status, words) => {
                    (outcome.status, outcome.words) = (status.code(), words);
                    self.say(start, &phone, format_args!("{status} {}", outcome.words));
                    break;
                }
                News::Registered(_)
                | News::NotRegistered(_)
                | News::Called(_)
                | News::Stopped(_)
                | News::HungUp => {}
            }
        }
        phone.hang_up();
        // Time for the goodbye to be heard and answered, also by a call that only now gives up.
        let until = phone.now() + Duration::from_millis(500);
        while phone.next(until).is_some() {}
        outcome.lasted = phone.now().since(start);
        outcome.heard = Duration::from_millis(phone.heard().len() as u64 / 8);
        if let Some(path) = &self.record {
            save(path, phone.heard())?;
        }
        Ok(outcome)
    }

    /// Plays, presses and listens until there is nothing more to do, or the other side hangs up.
    fn talk(&self, phone: &mut Phone, start: Instant, speech: &[i16]) {
        let answered = phone.now();
        phone.say(speech);
        let mut keys: Vec<char> = self.press.as_deref().unwrap_or_default().chars().rev().collect();
        let mut key_due = answered + KEY_PAUSE;
        let mut busy = answered;
        loop {
            if !keys.is_empty() || !phone.is_quiet() {
                busy = phone.now();
            }
            let end = self.lasts.map_or(busy + AFTERWARDS, |lasts| answered + lasts);
            if phone.now() >= end {
                return;
            }
            if phone.now() >= key_due
                && let Some(key) = keys.pop()
            {
                self.say(start, phone, format_args!("presses {key}"));
                phone.press(key);
                key_due += KEY_PAUSE;
            }
            // Being done with speaking is no news, so look often.
            let look = phone.now() + Duration::from_millis(50);
            if phone.next(look.min(end)) == Some(News::HungUp) {
                return self.say(start, phone, "the other side hung up");
            }
        }
    }

    fn say(&self, start: Instant, phone: &Phone, what: impl std::fmt::Display) {
        if !self.json {
            let what = what.to_string();
            println!("{:7.2} s  {}", phone.now().since(start).as_secs_f32(), plain::line(&what));
        }
    }

    fn report(&self, outcome: &Outcome, passed: Option<&Result<passed::Passed, String>>) {
        let path =
            passed.map(|passed| passed.as_ref().map_or_else(Clone::clone, |passed| passed.path.clone()));
        if self.json {
            let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            let report = json!({
                "to": self.to,
                "sip_call_id": outcome.sip_call_id,
                "status": outcome.status,
                "words": outcome.words,
                "rang_ms": outcome.rang.map(ms),
                "answered_ms": outcome.answered.map(ms),
                "lasted_ms": ms(outcome.lasted),
                "heard_ms": ms(outcome.heard),
                "path": path,
                "passed": passed.map(|passed| passed.as_ref().is_ok_and(|passed| passed.found)),
            });
            return println!("{}", plain::json(&report));
        }
        if let Some(record) = &self.record {
            println!("heard      {:.1} s, in {}", outcome.heard.as_secs_f32(), record.display());
        }
        if let (Some(path), Some(step)) = (path, &self.expect) {
            println!("passed     {path}");
            if !passed.is_some_and(|passed| passed.as_ref().is_ok_and(|passed| passed.found)) {
                println!("not passed {step}");
            }
        }
    }
}

/// Where a carrier on this machine calls from, if the config has such a trunk.
fn carrier_address(site: &Site) -> Option<IpAddr> {
    site.trunks.iter().filter_map(|trunk| trunk.host.parse().ok()).find(IpAddr::is_loopback)
}

fn speech(path: &Path) -> Result<std::sync::Arc<[i16]>, String> {
    let fault = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let bytes = fs::read(path).map_err(|error| fault(&error))?;
    media::wav::read(&bytes).map_err(|error| fault(&error))
}
