//! What a party can beyond RFC 3261: session timers (RFC 4028), reliable provisionals (RFC 3262), UPDATE
//! (RFC 3311).

use std::time::Duration;

use bytes::BytesMut;
use sip::{
    Message, Method, Name, Status,
    flow::Flow,
    header::Valued,
    message::{Writer, respond_to},
    transaction::{Branch, ServerKey},
};

use super::{
    Agent, Chore, Note,
    line::{Change, Line, Standing, Use},
    sdp::Formats,
};

/// Skills of one party.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skill {
    /// Session timers.
    pub timer: Option<Timer>,
    /// UPDATE.
    pub update: bool,
    /// Reliable provisionals.
    pub reliable: Reliable,
    /// Agrees to refresh, and never does.
    pub never_refreshes: bool,
    /// Never acknowledges a provisional.
    pub never_pracks: bool,
    /// Answers with what it said first, whatever was changed since.
    pub repeats_itself: bool,
    /// A carrier that challenges PRACK.
    pub challenges_prack: bool,
    /// A carrier that passes on the challenge of whoever it calls.
    pub passes_challenges: bool,
    /// Wants its media at an IPv6 address.
    pub hears_ipv6: bool,
    /// Answers as a fork downstream would of which two pick up: its answer is followed by one of another dialog.
    pub answers_twice: bool,
    /// Registers flows as ways to one device (RFC 5626).
    pub outbound: bool,
    /// Has nothing but a 100 for the first change that it is asked for.
    pub forgets_a_change: bool,
    /// With 503 asks for a rest of so many seconds.
    pub rests: Option<u32>,
    /// The formats for sound that it has.
    pub speaks: Formats,
}

/// How a party keeps sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timer {
    /// What it asks for; nothing if it only does as it is asked.
    pub seconds: Option<u32>,
    /// Who is to refresh, if it has a wish.
    pub refresher: Option<Side>,
    /// Less than this it refuses with 422.
    pub least: u32,
}

/// Which side of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one who asks.
    Uac,
    /// The one who is asked.
    Uas,
}

impl Side {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Uac => "uac",
            Self::Uas => "uas",
        }
    }

    fn of(text: &str) -> Option<Self> {
        match text {
            "uac" => Some(Self::Uac),
            "uas" => Some(Self::Uas),
            _ => None,
        }
    }
}

/// Whether provisionals may or must be reliable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reliable {
    /// It knows nothing of it.
    #[default]
    No,
    /// It can.
    Can,
    /// It insists.
    Needs,
}

/// What was agreed on in one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Session {
    seconds: u32,
    is_mine: bool,
    /// Which agreement this is; chores of earlier ones are void.
    turn: u32,
    /// What a 422 asked for.
    least: u32,
    other_updates: bool,
}

impl Session {
    pub(super) const fn other_updates(&self) -> bool {
        self.other_updates
    }

    pub(super) const fn least(&self) -> u32 {
        self.least
    }
}

impl Skill {
    /// Reads `timer 1800 uac`, `least 120`, `update`, `100rel`, `needs 100rel`, `never refreshes`,
    /// `never pracks`, `repeats itself`, `challenges prack`, `passes challenges`, `hears ipv6`, `forgets a change`,
    /// `outbound`, `speaks 9 0`.
    pub fn read(text: &str) -> Option<Self> {
        let mut skill = Self::default();
        for words in text.split(',') {
            let words: Vec<&str> = words.split_whitespace().collect();
            match words.as_slice() {
                ["update"] => skill.update = true,
                ["100rel"] => skill.reliable = Reliable::Can,
                ["needs", "100rel"] => skill.reliable = Reliable::Needs,
                ["never", "refreshes"] => skill.never_refreshes = true,
                ["never", "pracks"] => skill.never_pracks = true,
                ["repeats", "itself"] => skill.repeats_itself = true,
                ["challenges", "prack"] => skill.challenges_prack = true,
                ["passes", "challenges"] => skill.passes_challenges = true,
                ["answers", "twice"] => skill.answers_twice = true,
                ["outbound"] => skill.outbound = true,
                ["forgets", "a", "change"] => skill.forgets_a_change = true,
                ["hears", "ipv6"] => skill.hears_ipv6 = true,
                ["speaks", numbers @ ..] => skill.speaks = Formats::read(numbers.iter().copied())?,
                ["least", seconds] => skill.timer.get_or_insert_default().least = seconds.parse().ok()?,
                ["timer", rest @ ..] => skill.timer.get_or_insert_default().read(rest)?,
                _ => return None,
            }
        }
        Some(skill)
    }

    /// What every INVITE, UPDATE, 18x and 2xx says.
    fn tell<'b>(&self, writer: Writer<'b>) -> Writer<'b> {
        if *self == (Self { speaks: self.speaks, ..Self::default() }) {
            return writer;
        }
        let update = if self.update { ", UPDATE" } else { "" };
        let prack = if self.reliable == Reliable::No { "" } else { ", PRACK" };
        let writer =
            writer.header(Name::Allow, format_args!("INVITE, ACK, CANCEL, BYE, OPTIONS{update}{prack}"));
        match (self.timer.is_some(), self.reliable != Reliable::No) {
            (true, true) => writer.header(Name::Supported, "timer, 100rel"),
            (true, false) => writer.header(Name::Supported, "timer"),
            (false, true) => writer.header(Name::Supported, "100rel"),
            (false, false) => writer,
        }
    }
}

impl Timer {
    fn read(&mut self, words: &[&str]) -> Option<()> {
        if let [seconds, rest @ ..] = words {
            self.seconds = Some(seconds.parse().ok()?);
            self.refresher = match rest {
                [] => None,
                [side] => Some(Side::of(side)?),
                _ => return None,
            };
        }
        Some(())
    }
}

impl Agent {
    /// What a new INVITE says besides its description.
    pub(super) fn introduce<'b>(&self, writer: Writer<'b>, least: u32) -> Writer<'b> {
        let skill = self.skill;
        let mut writer = skill.tell(writer);
        if skill.reliable == Reliable::Needs {
            writer = writer.header(Name::Require, "100rel");
        }
        let is_written = |name: &str| [Name::From, Name::To].iter().any(|it| it.as_str() == name);
        for (name, value) in self.sayings.iter().filter(|(name, _)| !is_written(name)) {
            writer = writer.other(name, value);
        }
        let Some((timer, seconds)) = skill.timer.and_then(|timer| Some((timer, timer.seconds?))) else {
            return writer;
        };
        expires(writer, seconds.max(least), timer.refresher)
    }

    /// What a request on a dialog says of its session.
    fn insist<'b>(&self, writer: Writer<'b>, line: &Line) -> Writer<'b> {
        let writer = self.skill.tell(writer);
        match line.session.seconds {
            0 => writer,
            seconds => {
                let side = if line.session.is_mine { Side::Uac } else { Side::Uas };
                expires(writer, seconds, Some(side))
            }
        }
    }

    /// Takes the session that a request wants, and says so in the 2xx.
    pub(super) fn agree<'b>(&mut self, index: usize, request: &Message, writer: Writer<'b>) -> Writer<'b> {
        let writer = self.skill.tell(writer);
        let other_updates = request.values(Name::Allow).any(|method| method == "UPDATE");
        self.lines[index].session.other_updates = other_updates;
        let Some(timer) = self.skill.timer else { return writer };
        let can = request.values(Name::Supported).any(|tag| tag == "timer");
        let own = timer.seconds.filter(|_| can).map(|seconds| (seconds, None));
        let Some((seconds, side)) = asked(request).or(own) else {
            self.lines[index].session.seconds = 0;
            return writer;
        };
        let side = side.or(timer.refresher).unwrap_or(if can { Side::Uac } else { Side::Uas });
        self.keep(index, seconds, side == Side::Uas);
        let writer = expires(writer, seconds, Some(side));
        if can { writer.header(Name::Require, "timer") } else { writer }
    }

    /// Takes what a 2xx to a request of ours says of the session.
    pub(super) fn heed(&mut self, index: usize, response: &Message) {
        self.lines[index].session.other_updates =
            response.values(Name::Allow).any(|method| method == "UPDATE");
        if self.skill.timer.is_none() {
            return;
        }
        match asked(response) {
            Some((seconds, side)) => self.keep(index, seconds, side != Some(Side::Uas)),
            None => self.lines[index].session.seconds = 0,
        }
    }

    fn keep(&mut self, index: usize, seconds: u32, is_mine: bool) {
        let session = &mut self.lines[index].session;
        (session.seconds, session.is_mine, session.turn) = (seconds, is_mine, session.turn + 1);
        let (turn, whole) = (session.turn, Duration::from_secs(seconds.into()));
        if is_mine && !self.skill.never_refreshes {
            self.later(whole / 2, Chore::Refresh(index, turn));
        }
        let margin = Duration::from_secs(32).min(whole / 3);
        self.later(whole - margin, Chore::Expire(index, turn));
    }

    /// Whether an INVITE asks for less than this party takes; then it was refused with 422.
    pub(super) fn finds_too_short(&mut self, key: ServerKey, flow: Flow, request: &Message) -> bool {
        let least = self.skill.timer.map_or(0, |timer| timer.least);
        let is_short = asked(request).is_some_and(|(seconds, _)| seconds < least);
        if is_short {
            let tag = self.token();
            let mut buffer = BytesMut::new();
            let status = Status::SESSION_INTERVAL_TOO_SMALL;
            let bytes = respond_to(&mut buffer, request, flow.remote, status, Some(&tag))
                .header(Name::MinSe, least)
                .end();
            self.layer.respond(self.now, key, status, bytes, &mut self.said);
        }
        is_short
    }

    /// Refreshes, by UPDATE where the other side takes it.
    pub(super) fn refresh(&mut self, index: usize, turn: u32) {
        let line = &self.lines[index];
        if line.session.turn != turn || !matches!(line.standing, Standing::Up) {
            return;
        }
        if !matches!(line.change, Change::None) {
            return self.later(Duration::from_secs(2), Chore::Refresh(index, turn));
        }
        let by_update = self.skill.update && line.session.other_updates;
        self.ask(index, if by_update { Method::Update } else { Method::Invite }, !by_update);
    }

    /// A refresh was refused: it is tried again while the session lasts.
    pub(super) fn refresh_again(&mut self, index: usize, status: Status, response: &Message) {
        let least = number(response, Name::MinSe);
        let session = &mut self.lines[index].session;
        if status == Status::SESSION_INTERVAL_TOO_SMALL {
            session.seconds = session.seconds.max(least);
        }
        if session.seconds > 0 {
            let turn = session.turn;
            self.later(Duration::from_secs(3), Chore::Refresh(index, turn));
        }
    }

    /// The session was not refreshed.
    pub(super) fn expire(&mut self, index: usize, turn: u32) {
        let line = &self.lines[index];
        if line.session.turn == turn && line.session.seconds > 0 && matches!(line.standing, Standing::Up) {
            self.hang_up(index);
        }
    }

    /// Sends a re-INVITE or UPDATE.
    pub(super) fn ask(&mut self, index: usize, method: Method, with_offer: bool) {
        let branch = Branch::new(&mut self.chance);
        let (via, contact) = (self.via(branch), self.contact());
        let line = &mut self.lines[index];
        line.cseq += 1;
        let line = &self.lines[index];
        let body = line.sdp.text();
        let mut buffer = BytesMut::new();
        let writer = line.request(&mut buffer, &method, &via, line.cseq).header(Name::Contact, contact);
        let writer = self.insist(writer, line);
        let writer = if with_offer { writer.body("application/sdp", body.as_bytes()) } else { writer };
        let bytes = writer.end();
        let key = self.send(Use::Change(index), method, branch, bytes);
        self.lines[index].change = Change::Asking(key);
    }

    /// The other side updates the session: with an offer while ours is out it is told 491.
    pub(super) fn updated(&mut self, index: usize, key: ServerKey, flow: Flow, request: &Message) {
        let line = &self.lines[index];
        let has_offer = !request.body().is_empty();
        if matches!(line.standing, Standing::Leaving | Standing::Over) {
            return self.reply(key, flow, request, Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST);
        }
        if has_offer && matches!(line.change, Change::Asking(_)) {
            return self.reply(key, flow, request, Status::REQUEST_PENDING);
        }
        if has_offer && self.speaks_nothing_of(request) {
            return self.refuse_formats(key, flow, request);
        }
        let (contact, body) = (self.contact(), line.sdp.answer_to(request));
        let local_tag = line.local_tag.clone();
        let mut buffer = BytesMut::new();
        let writer = respond_to(&mut buffer, request, flow.remote, Status::OK, Some(&local_tag))
            .header(Name::Contact, contact);
        let writer = self.agree(index, request, writer);
        let bytes =
            if has_offer { writer.body("application/sdp", body.as_bytes()).end() } else { writer.end() };
        self.layer.respond(self.now, key, Status::OK, bytes, &mut self.said);
        let call_id = self.lines[index].call_id.clone();
        self.note(Note::Updated(call_id));
    }

    /// An answer to a refresh or change: 422 is followed once.
    pub(super) fn must_ask_longer(&mut self, index: usize, response: &Message) -> bool {
        let least = number(response, Name::MinSe);
        let session = &mut self.lines[index].session;
        let is_longer = least > session.least;
        session.least = session.least.max(least);
        is_longer
    }
}

fn expires(writer: Writer<'_>, seconds: u32, side: Option<Side>) -> Writer<'_> {
    match side {
        Some(side) => {
            writer.header(Name::SessionExpires, format_args!("{seconds};refresher={}", side.as_str()))
        }
        None => writer.header(Name::SessionExpires, seconds),
    }
}

fn asked(message: &Message) -> Option<(u32, Option<Side>)> {
    let value = Valued::parse(message.header(Name::SessionExpires)?).ok()?;
    Some((value.value.parse().ok()?, value.params.value("refresher").and_then(Side::of)))
}

fn number(message: &Message, name: Name) -> u32 {
    message.header(name).and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}
