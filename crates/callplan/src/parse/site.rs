//! `[site]`, `[listen]` and `[limits]`.

use std::{net::SocketAddr, ops::RangeInclusive, sync::Arc, time::Duration};

use jiff::tz::TimeZone;

use super::{
    later,
    merge::Sections,
    money,
    place::{Findings, Place},
    reader::{Kind, Reader},
    spelling,
    table::{Table, Value},
    value, week,
};
use crate::{
    finding::Code,
    model::{CompanyPhone, Country, E164, Limits, Listen, MailboxId, MusicId, Public, Who},
    number::Numbering,
};

/// How long a step may ring.
pub(crate) const RING: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(600);
/// How long a party may be silent: less than ten seconds is a bad network, not a dead phone.
const SILENCE: RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_secs(3600);
/// How long a call may wait for outside facts: a caller hears nothing meanwhile.
const FACTS: RangeInclusive<Duration> = Duration::from_millis(10)..=Duration::from_secs(5);
/// Legs a call may ever have (RELIABILITY P9).
const LEGS_MAX: u16 = 60;

/// What `[site]` says.
pub(crate) struct Basics<'a> {
    /// Where `[site]` is.
    pub(crate) place: Place,
    pub(crate) name: Arc<str>,
    pub(crate) timezone: TimeZone,
    pub(crate) country: Country,
    pub(crate) domain: Arc<str>,
    pub(crate) public: Public,
    pub(crate) company_phone: Option<Target>,
    pub(crate) mailbox: Option<MailboxId>,
    pub(crate) ring: Duration,
    pub(crate) music: Option<MusicId>,
    /// The file of the phones' secrets.
    pub(crate) phone_secrets: Option<Value<'a>>,
}

/// Somebody who can be rung.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    Inside(Who),
    Outside(E164, Place),
}

impl From<Target> for CompanyPhone {
    fn from(target: Target) -> Self {
        match target {
            Target::Inside(who) => Self::Inside(who),
            Target::Outside(to, _) => Self::Outside(to),
        }
    }
}

impl<'a> Reader<'a> {
    /// Reads `[site]`; its absence is a finding.
    pub(crate) fn site(&mut self, sections: &mut Sections<'a>) -> Basics<'a> {
        let table = sections.find("site");
        let is_there = table.is_some();
        let mut table =
            table.unwrap_or_else(|| Table::new("[site]".to_owned(), Place::new(0, 0..0), Vec::new()));
        if !is_there {
            let mend = "begin with [site] and its name, timezone, country and domain";
            self.found.report(Code::MissingSite, table.place, "there is no table [site]", mend);
        }
        let mut need = |key, mend, found: &mut Findings| match is_there {
            true => table.need(key, mend, found),
            false => None,
        };
        let name = need("name", "write what the business is called: name = \"Larch & Co\"", self.found);
        let timezone = need("timezone", "write its zone: timezone = \"America/New_York\"", self.found);
        let country = need("country", "write its two letters: country = \"US\"", self.found);
        let domain =
            need("domain", "write what phones register to: domain = \"pbx.example.com\"", self.found);
        let basics = Basics {
            place: table.place,
            name: name.and_then(|value| value::words(value, self.found)).unwrap_or_default().into(),
            timezone: timezone.and_then(|value| week::timezone(value, self.found)).unwrap_or(TimeZone::UTC),
            country: country.and_then(|value| self.country(value)).unwrap_or(Country::US),
            domain: domain.and_then(|value| self.host(value)).unwrap_or_default().into(),
            public: table.take("public").and_then(|value| self.public(value)).unwrap_or_default(),
            company_phone: table.take("company_phone").and_then(|value| self.target(value)),
            mailbox: table.take("mailbox").and_then(|value| self.mailbox_name(value)),
            ring: table
                .take("ring")
                .and_then(|value| value::duration(value, RING, self.found))
                .unwrap_or(Duration::from_secs(30)),
            music: table.take("music").and_then(|value| self.music_name(value)),
            phone_secrets: table.take("phone_secrets"),
        };
        let language = table.take("language");
        self.site_language(language);
        let verified = table.take("verified");
        self.verified = self.read_verified(verified);
        self.later(&mut table, later::SITE);
        table.finish(self.found);
        basics
    }

    /// Reads `[listen]`: SIP on 5060 over UDP and TCP, media on 16384-32767 unless it says otherwise.
    pub(crate) fn listen(&mut self, sections: &mut Sections<'a>) -> Listen {
        let any = |port| vec![SocketAddr::from(([0, 0, 0, 0], port))];
        let default = Listen { udp: any(5060), tcp: any(5060), tls: Vec::new(), rtp: 16384..=32767 };
        let Some(mut table) = sections.find("listen") else { return default };
        let [udp, tcp, tls] = ["udp", "tcp", "tls"].map(|key| table.take(key));
        self.tls_place = tls.map(|value| value.place);
        let rtp = table.take("rtp").and_then(|value| self.ports(value));
        let mut sockets = |value: Option<Value<'a>>| {
            value.and_then(|value| {
                value::list(value, "addresses: [\"0.0.0.0:5060\"]", self.found, value::socket)
            })
        };
        let listen = match [udp, tcp, tls].map(&mut sockets) {
            [None, None, None] if udp.is_none() && tcp.is_none() && tls.is_none() => {
                let mend = "write udp = [\"0.0.0.0:5060\"] or tcp = [\"0.0.0.0:5060\"]";
                self.found.report(
                    Code::NothingListens,
                    table.place,
                    "[listen] has neither `udp` nor `tcp` nor `tls`",
                    mend,
                );
                default
            }
            [udp, tcp, tls] => Listen {
                udp: udp.unwrap_or_default(),
                tcp: tcp.unwrap_or_default(),
                tls: tls.unwrap_or_default(),
                rtp: rtp.unwrap_or(default.rtp),
            },
        };
        for value in [udp, tcp, tls].into_iter().flatten() {
            self.ports_apart(value, &listen);
        }
        table.finish(self.found);
        listen
    }

    /// Reads `[limits]`.
    pub(crate) fn limits(&mut self, sections: &mut Sections<'a>) -> Limits {
        let mut limits = Limits {
            calls_max: 1000,
            calls_per_person: 2,
            calls_per_minute: 30,
            legs_max: LEGS_MAX,
            stranger_rate: 200,
            stranger_network_rate: 2000,
            silence_max: Duration::from_secs(60),
            facts_budget: Duration::from_millis(400),
            per_day: None,
            max_exposure_per_hour: None,
        };
        let mut table = sections.take("limits");
        if let Some(value) = table.take("calls_max") {
            limits.calls_max = value::integer(value, 1..=1_000_000, self.found).unwrap_or(limits.calls_max);
        }
        if let Some(value) = table.take("calls_per_person") {
            limits.calls_per_person =
                value::integer(value, 1..=100, self.found).unwrap_or(limits.calls_per_person);
        }
        if let Some(value) = table.take("calls_per_minute") {
            limits.calls_per_minute =
                value::integer(value, 1..=1_000, self.found).unwrap_or(limits.calls_per_minute);
        }
        if let Some(value) = table.take("legs_max") {
            limits.legs_max =
                value::integer(value, 2..=LEGS_MAX.into(), self.found).unwrap_or(limits.legs_max);
        }
        if let Some(value) = table.take("stranger_rate") {
            limits.stranger_rate =
                value::integer(value, 1..=100_000, self.found).unwrap_or(limits.stranger_rate);
        }
        if let Some(value) = table.take("stranger_network_rate") {
            limits.stranger_network_rate =
                value::integer(value, 1..=100_000, self.found).unwrap_or(limits.stranger_network_rate);
        }
        if let Some(value) = table.take("silence_max") {
            limits.silence_max = value::duration(value, SILENCE, self.found).unwrap_or(limits.silence_max);
        }
        if let Some(value) = table.take("facts_budget") {
            limits.facts_budget = value::duration(value, FACTS, self.found).unwrap_or(limits.facts_budget);
        }
        limits.per_day = self.per_day(&mut table).flatten();
        if let Some(value) = table.take("max_exposure_per_hour") {
            self.spending.exposure = Some(value.place);
            limits.max_exposure_per_hour = money::bound(value, self.found).flatten();
        }
        table.finish(self.found);
        limits
    }

    /// `person:x`, `group:x`, `phone:x` or `number:+...`.
    fn target(&mut self, value: Value<'a>) -> Option<Target> {
        let named = self.named(value, &[Kind::Person, Kind::Group, Kind::Phone, Kind::Number])?;
        match named.kind {
            Kind::Number => value::number_text(named.name, named.place, self.found)
                .map(|to| Target::Outside(to, named.place)),
            Kind::Person
            | Kind::Group
            | Kind::Phone
            | Kind::Queue
            | Kind::Menu
            | Kind::Plan
            | Kind::Voicemail
            | Kind::Play
            | Kind::Rota
            | Kind::Agent => self.who(named).map(Target::Inside),
        }
    }

    /// A bare name of a mailbox.
    pub(crate) fn mailbox_name(&mut self, value: Value<'a>) -> Option<MailboxId> {
        let name = value.text("the name of a mailbox or person", self.found)?;
        self.names.mailbox(name, value.inside(), self.found)
    }

    /// A host name or address.
    pub(crate) fn host(&mut self, value: Value<'a>) -> Option<&'a str> {
        let text = value.text("a host name or address", self.found)?;
        if value::is_host(text) {
            return Some(text);
        }
        let message = format!("\"{}\" is no host name or address", text);
        self.found.report(
            Code::BadHost,
            value.place,
            message,
            "write it without `sip:`, as in \"pbx.example.com\"",
        );
        None
    }

    /// A country's two letters.
    pub(crate) fn country(&mut self, value: Value<'a>) -> Option<Country> {
        let text = value.text("a country's two letters: \"US\"", self.found)?;
        self.country_text(text, value.place)
    }

    /// The same of a part of a text.
    pub(crate) fn country_text(&mut self, text: &str, place: Place) -> Option<Country> {
        let country = Country::parse(text).filter(|country| Numbering::of(*country).is_some());
        if country.is_none() {
            let message = format!("\"{text}\" is no country whose numbers are known");
            self.found.report(Code::BadCountry, place, message, spelling::country(text));
        }
        country
    }

    fn public(&mut self, value: Value<'a>) -> Option<Public> {
        let text = value.text("\"auto\" or an address", self.found)?;
        if text == "auto" {
            return Some(Public::Auto);
        }
        let address = text.parse().ok();
        if address.is_none() {
            let mend = "write \"auto\" or the address outside, as in \"203.0.113.7\"";
            self.found.report(Code::BadAddress, value.place, format!("\"{text}\" is no address"), mend);
        }
        address.map(Public::Fixed)
    }

    /// `16384-32767`.
    fn ports(&mut self, value: Value<'a>) -> Option<RangeInclusive<u16>> {
        let text = value.text("a range of ports: \"16384-32767\"", self.found)?;
        let range =
            text.split_once('-').and_then(|(first, last)| Some(first.parse().ok()?..=last.parse().ok()?));
        // A call with media has two legs of two ports each.
        let fits = |range: &RangeInclusive<u16>| {
            let (first, last) = (*range.start(), *range.end());
            first >= 1024 && first % 2 == 0 && last % 2 == 1 && u32::from(first) + 3 <= u32::from(last)
        };
        let range = range.filter(fits);
        if range.is_none() {
            let mend = "write an even port from 1024, `-` and a higher odd one: \"16384-32767\"";
            self.found.report(
                Code::BadPortRange,
                value.place,
                format!("\"{text}\" is no range of media ports"),
                mend,
            );
        }
        range
    }

    fn ports_apart(&mut self, sockets: Value<'a>, listen: &Listen) {
        for socket in sockets.as_list() {
            let address = socket.as_text().and_then(|text| text.parse::<SocketAddr>().ok());
            if address.is_some_and(|address| listen.rtp.contains(&address.port())) {
                let (first, last) = (listen.rtp.start(), listen.rtp.end());
                let message = format!("this port lies in the range of media ports, {first}-{last}");
                self.found.report(Code::PortsOverlap, socket.place, message, "move one of the two");
            }
        }
    }
}
