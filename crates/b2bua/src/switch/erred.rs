//! Mistakes in messages, told to the operator: who made it, what is wrong in which line, and what mends it.
//!
//! A peer is told by status, as the RFCs have it; this is the sentence beside it. Only carriers and phones of ours are
//! spoken of: strangers err all day, and would fill the log. What is quoted is theirs, so it is cut and escaped.

use std::net::IpAddr;

use sip::{
    Message, Name, Status,
    flow::Flow,
    header::NameAddr,
    message::{ParseError, Start},
};

use super::{Log, Switch, admit::Origin};
use crate::{
    call::formats::in_words,
    core::Core,
    extension::{RELIABLE, TIMER, lists},
    leg::{Leg, Party},
    sdp::{self, Description, SdpError},
};

/// Characters of theirs that are quoted at most.
const QUOTED_MAX: usize = 100;

/// Who sent a message that is none.
enum Sender {
    Party(Party),
    /// Phones are there, and it does not say which.
    SomePhone(IpAddr),
}

/// What is wrong with a request that could be read.
struct Mistake {
    /// The same for each of its kind.
    what: &'static str,
    /// The line at fault.
    line: String,
    /// What ends it; `None` where only its sender's software can.
    mend: Option<&'static str>,
}

impl Switch {
    /// A message came that is none.
    pub(super) fn tell_unreadable(&mut self, flow: Flow, error: &ParseError) {
        if error.fault().status().is_none() {
            return;
        }
        let Some(sender) = self.sender(flow, error) else { return };
        let who = match &sender {
            Sender::Party(party) => party.to_string(),
            Sender::SomePhone(address) => format!("a phone at {address}"),
        };
        let mend = match sender {
            Sender::Party(Party::Trunk(_)) => "its own software has to mend that: tell the carrier",
            Sender::Party(Party::Phone(_)) | Sender::SomePhone(_) => {
                "its own software has to mend that: look for a newer one"
            }
        };
        let answered = match error.reply() {
            Some(refusal) => format!("answered {}", refusal.status),
            None => "ignored".to_owned(),
        };
        let line = error.culprit().map(|line| format!(", {}", quoted(line))).unwrap_or_default();
        let (what, from) = (error.fault().to_string(), flow.remote);
        let kind = error.start().unwrap_or_default().split(' ').next().unwrap_or_default();
        let rest =
            format!("{what} in what begins with {} from {from}{line}; {answered}; {mend}", quoted(kind));
        self.core.tell_error(&who, &what, |who| format!("{who} erred: {rest}"));
    }

    /// Which of our carriers and phones sent it, as far as that can be told without proof.
    fn sender(&self, flow: Flow, error: &ParseError) -> Option<Sender> {
        let Core { now, site, reach, trunks, .. } = &self.core;
        let source = flow.remote.ip();
        let is_phone = self.authenticator.is_proven(*now, source);
        let from =
            error.salvaged(Name::From).filter(|_| is_phone).and_then(|from| NameAddr::parse(from).ok());
        let user = from.and_then(|from| from.uri.user_unescaped().map(|user| user.into_owned()));
        if let Some(phone) = user.and_then(|user| site.phone(&user)) {
            return Some(Sender::Party(Party::Phone(site[phone].name.clone())));
        }
        let trunk = trunks.at(site, reach, source).map(|trunk| Party::Trunk(site[trunk].name.clone()));
        trunk.map(Sender::Party).or_else(|| is_phone.then_some(Sender::SomePhone(source)))
    }

    /// A request of somebody's was refused for what it says, and not for what it asks.
    pub(super) fn tell_refused(&mut self, party: &Party, flow: Flow, request: &Message, status: Status) {
        let Some(Mistake { what, line, mend }) = mistake(request, status) else { return };
        let mend = mend.unwrap_or("its own software has to mend that");
        let (method, from) = (request.method().as_str(), flow.remote);
        self.core.tell_error(&party.to_string(), what, |who| {
            let (method, line) = (quoted(method), quoted(&line));
            format!("{who} erred: {what} in its {method} from {from}, {line}; answered {status}; {mend}")
        });
    }

    /// A party of ours answered: whether it says that our request is wrong.
    pub(super) fn tell_objection(&mut self, leg: clock::Key<Leg>, response: &Message) {
        let Some(what) = response.status().and_then(objection) else { return };
        let Some(party) = self.legs.get(leg).map(Leg::party) else { return };
        let said = [Name::Warning, Name::Reason, Name::Unsupported, Name::Accept];
        let said: String = said
            .into_iter()
            .filter_map(|name| Some(format!(", {}", quoted(&written(response, name)?))))
            .collect();
        let (who, method) = (party.to_string(), response.method().as_str());
        let offers = self.offers(leg, response).unwrap_or_default();
        let Start::Response { status, reason } = response.start() else { return };
        let answer = quoted(&format!("{status} {reason}"));
        self.core.tell_error(&who, &format!("{what} {method}"), |who| {
            format!("we erred, says {who}: our {method} was answered {answer}{said}; {what}{offers}")
        });
    }

    /// What we offered for sound, and what the party says that it speaks, where it took none of that.
    fn offers(&self, leg: clock::Key<Leg>, response: &Message) -> Option<String> {
        let has_none = [Status::NOT_ACCEPTABLE_HERE, Status::NOT_ACCEPTABLE_ANYWHERE];
        response.status().filter(|status| has_none.contains(status))?;
        let ours = in_words(&self.legs.get(leg)?.talk().local()?.codecs);
        let theirs = Description::parse(&sdp::carried(response)).map(|said| in_words(&said.codecs));
        let theirs =
            theirs.map_or_else(|_| "does not say what it speaks".to_owned(), |it| format!("speaks {it}"));
        Some(format!(": we offered {ours}, and it {theirs}"))
    }
}

impl Core {
    /// Tells the operator of a mistake, unless the same was told of the same peer within a minute.
    pub(crate) fn tell_error(&mut self, who: &str, what: &str, line: impl FnOnce(&str) -> String) {
        let Some(left_out) = self.erred.tells(who, what, self.now.mono) else { return };
        let more = match left_out {
            0 => String::new(),
            count => format!(" ({count} more since this was last said)"),
        };
        self.log(Log::Warn(line(who) + &more));
    }

    /// Who a request came from, by name.
    pub(super) fn party_of(&self, origin: Origin) -> Party {
        match origin {
            Origin::Phone(phone) => Party::Phone(self.site[phone].name.clone()),
            Origin::Trunk(trunk) => Party::Trunk(self.site[trunk].name.clone()),
        }
    }
}

/// Theirs: cut, and with nothing in it that a log or a terminal could take for ours.
fn quoted(text: &str) -> String {
    let mut short: String = text.chars().take(QUOTED_MAX).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

/// The first line of this name.
fn written(message: &Message, name: Name) -> Option<String> {
    Some(format!("{name}: {}", message.header(name)?))
}

/// What is wrong with a request that was refused with this status; `None` where nothing is.
fn mistake(request: &Message, status: Status) -> Option<Mistake> {
    let line = |name| written(request, name).unwrap_or_else(|| format!("no {name}"));
    let of = |what, line, mend| Some(Mistake { what, line, mend });
    match status {
        Status::BAD_EXTENSION => {
            let mend = match request {
                it if lists(it, Name::Require, RELIABLE) => "or let it have `100rel = \"if-asked\"` here",
                it if lists(it, Name::Require, TIMER) => "or let it have `session_timer = \"if-asked\"` here",
                _ => "it has to call without that",
            };
            of("an extension is required that it can't have here", line(Name::Require), Some(mend))
        }
        Status::UNSUPPORTED_MEDIA_TYPE if request.header(Name::ContentEncoding).is_some() => {
            of("a body that is packed", line(Name::ContentEncoding), None)
        }
        Status::UNSUPPORTED_MEDIA_TYPE => {
            of("a body of a kind that nobody here reads", line(Name::ContentType), None)
        }
        Status::NOT_ACCEPTABLE => of("it takes no session description", line(Name::Accept), None),
        Status::NOT_ACCEPTABLE_HERE | Status::REQUEST_ENTITY_TOO_LARGE => described(request, status),
        Status::BAD_REQUEST => described(request, status).or_else(|| {
            let is_sound = request.addresses(Name::Contact).next().is_some_and(|it| it.is_ok());
            match request.header(Name::Replaces) {
                _ if !is_sound => of("a malformed or missing Contact", line(Name::Contact), None),
                Some(_) => of("a malformed or second Replaces", line(Name::Replaces), None),
                None => None,
            }
        }),
        _ => None,
    }
}

/// What is wrong with the description in a request, if that is why it has this status.
fn described(request: &Message, status: Status) -> Option<Mistake> {
    let body = sdp::carried(request);
    if body.is_empty() {
        return None;
    }
    let text = String::from_utf8_lossy(&body);
    let starting = |begins: &str| text.lines().find(|line| line.starts_with(begins));
    let audio = || starting("m=audio").or_else(|| starting("m="));
    let error = Description::parse(&body).err();
    let (what, line, mend) = match error {
        Some(SdpError::Unreadable) => ("a body that is no session description", text.lines().next(), None),
        Some(SdpError::TooLong | SdpError::TooManyMedia) => ("too long a session description", audio(), None),
        Some(SdpError::NoAudio) if text.contains("RTP/SAVP") => (
            "nothing but encrypted sound is offered, which nobody here speaks",
            audio(),
            Some("have it call us without SRTP"),
        ),
        Some(SdpError::NoAudio) => ("no sound is offered", audio(), Some("have it call us with sound")),
        Some(SdpError::NoAddress) => ("no address for the sound", audio(), None),
        Some(SdpError::ForbiddenAddress) => (
            "media is to go where it must not, to many or to nobody",
            starting("c="),
            Some("have it name the address of one machine"),
        ),
        Some(SdpError::NoFormat) | None if status == Status::NOT_ACCEPTABLE_HERE => {
            ("no format for sound that can be taken", audio(), Some("have it offer PCMA or PCMU as well"))
        }
        Some(SdpError::NoFormat) | None => return None,
    };
    Some(Mistake { what, line: line.unwrap_or_default().trim_end().to_owned(), mend })
}

/// What a status says of the request that it answers; `None` where it finds no fault with it.
fn objection(status: Status) -> Option<&'static str> {
    Some(match status {
        Status::BAD_REQUEST => "it could not be read there: see what it says, and tell us",
        Status::METHOD_NOT_ALLOWED => "the method is not to be had there",
        Status::NOT_ACCEPTABLE | Status::UNSUPPORTED_MEDIA_TYPE => "what it carries is not taken there",
        Status::REQUEST_ENTITY_TOO_LARGE | Status::MESSAGE_TOO_LARGE => {
            "it is too large there: `transport = \"tcp\"` helps with some"
        }
        Status::BAD_EXTENSION => {
            "an extension is not to be had there: `100rel = \"off\"` or `session_timer = \"off\"` does without"
        }
        Status::EXTENSION_REQUIRED => {
            "it wants an extension: `100rel = \"always\"` or a `session_timer` brings one"
        }
        Status::NOT_ACCEPTABLE_HERE | Status::NOT_ACCEPTABLE_ANYWHERE => {
            "none of our formats for sound was taken there"
        }
        _ => return None,
    })
}
