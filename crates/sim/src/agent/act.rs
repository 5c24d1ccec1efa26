//! What a party is told to do.

use std::time::Duration;

use bytes::BytesMut;
use sip::{Method, Name, Status, message::respond_to, transaction::Branch};

use super::{
    Agent, Chore, Deed, Note,
    line::{Change, Line, Repeated, Standing, Use},
    reliable::provisional,
    sdp::{Formats, Hold},
    transfer::Referral,
    watch::Wish,
};

/// One thing a party does of its own accord.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Registers, or registers again.
    Registers,
    /// Takes its binding back.
    Unregisters,
    /// Calls this number.
    Calls(String, Course),
    /// Calls without a description, to be offered one; whether it then answers as it should.
    CallsOpen(String, bool),
    /// Says that it rings.
    Rings,
    /// Sends media of its own before the answer.
    PlaysEarly,
    /// Picks up.
    Answers,
    /// From here on it speaks on this early dialog, as a fork downstream would.
    SpeaksAs(u8),
    /// Refuses.
    Refuses(Status),
    /// Hangs up, whatever its side of the call and however far it got.
    HangsUp,
    /// Hangs up on the call it placed, however far that got.
    Leaves,
    /// Says BYE, though it only may before the answer (RFC 3261 §15).
    Parts,
    /// Asks for a change of the session: on hold, or back.
    Changes,
    /// Holds the call in this spelling, or takes it back.
    Holds(Hold),
    /// The same change by UPDATE.
    Updates,
    /// Asks for an offer, a re-INVITE without one; and may hold the call by its answer.
    AsksOffer(Hold),
    /// Sends so many re-INVITEs or UPDATEs at once.
    Floods(u32, Method),
    /// Sends a request that begins and changes nothing.
    Sends(Method),
    /// Tells a key by INFO.
    TellsKey(char),
    /// Acknowledges a provisional of this number, whether there was one or not.
    Pracks(u32),
    /// Subscribes to something.
    Watches(Wish),
    /// Ends its newest subscription.
    Unwatches,
    /// Forgets its subscriptions without a word.
    ForgetsWatches,
    /// From now on refuses NOTIFY like this.
    RefusesNotify(Status),
    /// Refuses with 503 and asks for a rest of so many seconds.
    Rests(u32),
    /// Transfers whom it talks with to this number.
    Transfers(String, Referral),
    /// Joins those it talks with on its oldest and its newest line; the REFER goes out on the oldest, or on the
    /// newest.
    Joins(Referral, bool),
    /// Sends the INVITE back to the switch, as a proxy whose next hop that is.
    Returns,
    /// Has only these formats from here on; who it talks with hears of that with the next change.
    SpeaksOnly(Formats),
    /// Refuses with 302 to this URI.
    Redirects(Vec<String>),
    /// Says this header in its INVITEs from here on; of From what stands there by itself is replaced.
    Says(String, String),
    /// Whatever it sends has this line too from here on, and its descriptions have what the line says.
    Marks(String),
}

/// How a call that a party places goes on by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Course {
    /// Gives up after so long if nobody answered.
    pub gives_up: Option<Duration>,
    /// Once answered, hangs up after so long.
    pub talks: Option<Duration>,
    /// Once answered, changes the session after so long.
    pub changes: Option<Duration>,
    /// Hops its INVITE may take, 70 if not said.
    pub hops: Option<u8>,
    /// Keeps its number to itself.
    pub is_withheld: bool,
    /// Its INVITE comes two ways, as a proxy that forks may send it.
    pub is_doubled: bool,
}

/// First pause before a 2xx is sent again (RFC 3261 §13.3.1.4), and the longest.
const T1: Duration = Duration::from_millis(500);
const T2: Duration = Duration::from_secs(4);

/// What tells the dialog of a second answer from that of the first.
pub(crate) const TWIN: &str = "twin";

/// How long a party waits for PRACK before it tries again to say more.
const PRACK: Duration = Duration::from_millis(100);

impl Agent {
    /// Does it; on the newest line that it makes sense on. Says whether there was one.
    pub fn act(&mut self, now: clock::Instant, act: &Act) -> bool {
        self.now = now;
        let Some(line) = self.line_of(act) else { return false };
        self.does(line, act);
        self.listen();
        true
    }

    /// The line that an act is about; any for one that is about none.
    fn line_of(&self, act: &Act) -> Option<usize> {
        let ringing = |line: &Line| matches!(line.standing, Standing::Ringing(_));
        let live =
            |line: &Line| !matches!(line.standing, Standing::Over | Standing::Leaving) && !line.is_twin;
        let placed = |line: &Line| line.is_ours() && live(line);
        let up = |line: &Line| line.is_up();
        let has_dialog = |line: &Line| live(line) && !line.remote_tag.is_empty();
        let newest = |fits: &dyn Fn(&Line) -> bool| self.lines.iter().rposition(fits);
        match act {
            Act::Rings
            | Act::PlaysEarly
            | Act::SpeaksAs(_)
            | Act::Answers
            | Act::Refuses(_)
            | Act::Rests(_)
            | Act::Returns
            | Act::Redirects(_) => newest(&ringing),
            Act::HangsUp => newest(&live),
            Act::Leaves => newest(&placed),
            Act::Changes | Act::Holds(_) | Act::AsksOffer(_) | Act::Floods(..) | Act::Transfers(..) => {
                newest(&up)
            }
            Act::Joins(..) => newest(&has_dialog).filter(|line| self.other_up(*line).is_some()),
            Act::Updates | Act::Pracks(_) | Act::Parts | Act::Sends(_) | Act::TellsKey(_) => {
                newest(&has_dialog)
            }
            Act::Registers
            | Act::Unregisters
            | Act::Calls(..)
            | Act::CallsOpen(..)
            | Act::Watches(_)
            | Act::Unwatches
            | Act::ForgetsWatches
            | Act::RefusesNotify(_)
            | Act::SpeaksOnly(_)
            | Act::Says(..)
            | Act::Marks(_) => Some(0),
        }
    }

    /// The oldest call that is up, if it is another.
    fn other_up(&self, line: usize) -> Option<usize> {
        self.lines.iter().position(Line::is_up).filter(|it| *it != line)
    }

    fn does(&mut self, line: usize, act: &Act) {
        match act {
            Act::Registers => self.register(),
            Act::Unregisters => self.unregister(),
            Act::Calls(number, course) => self.call(number, *course, true),
            Act::CallsOpen(number, answers) => {
                self.call(number, Course::default(), false);
                self.lines.last_mut().expect("just pushed").open = *answers;
            }
            Act::Rings => self.ring(line, false),
            Act::PlaysEarly => self.ring(line, true),
            Act::SpeaksAs(fork) => self.lines[line].fork = *fork,
            Act::Answers => self.answer(line),
            Act::Refuses(status) => self.refuse(line, *status),
            Act::Rests(seconds) => self.refuse_for(line, *seconds),
            Act::HangsUp | Act::Leaves => self.hang_up(line),
            Act::Parts => self.bye(line),
            Act::Changes => self.change(line),
            Act::Holds(hold) => self.hold(line, *hold),
            Act::Updates => self.turn_by(line, Method::Update),
            Act::AsksOffer(hold) => {
                if *hold != Hold::No {
                    self.lines[line].sdp.hold(*hold);
                }
                self.lines[line].open = true;
                self.ask(line, Method::Invite, false);
            }
            Act::Floods(count, method) => (0..*count).for_each(|_| self.ask(line, method.clone(), true)),
            Act::Sends(method) => self.say(line, method.clone(), None),
            Act::TellsKey(key) => {
                self.say(line, Method::Info, Some(&format!("Signal={key}\r\nDuration=160\r\n")));
            }
            Act::Pracks(rseq) => self.prack_number(line, *rseq, None),
            Act::Returns => self.turn_back(line),
            Act::Redirects(contacts) => self.redirect(line, contacts),
            Act::Transfers(number, wish) => self.transfer(line, number, *wish),
            Act::Joins(wish, by_newest) => {
                let Some(oldest) = self.other_up(line) else { return };
                let (on, other) = if *by_newest { (line, oldest) } else { (oldest, line) };
                self.join(on, other, *wish);
            }
            Act::Says(name, value) => {
                self.sayings.retain(|(known, _)| known != name);
                self.sayings.push((name.clone(), value.clone()));
            }
            Act::SpeaksOnly(formats) => {
                self.skill.speaks = *formats;
                self.lines.iter_mut().for_each(|line| line.sdp.speaks(*formats));
            }
            Act::Marks(line) => self.marks.push(line.clone()),
            Act::Watches(wish) => self.watch(wish.clone()),
            Act::Unwatches => self.unwatch(),
            Act::ForgetsWatches => self.forget_watches(),
            Act::RefusesNotify(status) => self.refuses_notify = Some(*status),
        }
    }

    /// Says that it rings: 180, or 183 with a description.
    pub(super) fn ring(&mut self, index: usize, early: bool) {
        let line = &self.lines[index];
        let Standing::Ringing(ringing) = &line.standing else { return };
        if line.unpracked.is_some() {
            return self.later(PRACK, Chore::Ring(index, early));
        }
        let (key, request) = (ringing.key, ringing.request.clone());
        let status = if early { Status::SESSION_PROGRESS } else { Status::RINGING };
        let is_reliable = self.is_reliable(&request);
        let (contact, body) = (self.contact(), line.sdp.of_fork(line.fork).answer_to(&request));
        self.lines[index].rseq_out += 1;
        let line = &self.lines[index];
        let body = early.then_some(&*body);
        let bytes = provisional(self, line, &request, status, &contact, body, is_reliable);
        if is_reliable {
            self.ring_reliably(index, status, bytes);
        } else {
            self.layer.respond(self.now, key, status, bytes, &mut self.said);
        }
    }

    /// Picks up.
    pub(super) fn answer(&mut self, index: usize) {
        let line = &self.lines[index];
        let Standing::Ringing(ringing) = &line.standing else { return };
        if line.unpracked.is_some() {
            return self.later(PRACK, Chore::Deed(index, Deed::Answer));
        }
        let (key, request) = (ringing.key, ringing.request.clone());
        let repeats_itself = self.skill.repeats_itself;
        // The early dialog that answers is the one that stays.
        let (tag, sdp) = (line.tag(), line.sdp.of_fork(line.fork));
        let line = &mut self.lines[index];
        (line.local_tag, line.sdp, line.fork) = (tag, if repeats_itself { sdp.first() } else { sdp }, 0);
        let bytes = self.success(index, &request);
        self.lines[index].sdp = sdp;
        self.layer.respond(self.now, key, Status::OK, bytes.clone(), &mut self.said);
        let until = self.now + T1 * 64;
        self.lines[index].standing = Standing::PickedUp(Repeated { response: bytes, interval: T1, until });
        self.later(T1, Chore::Again(index));
        self.settle_down(index);
        let call_id = self.lines[index].call_id.clone();
        self.note(Note::PickedUp(call_id));
        if self.skill.answers_twice {
            self.answer_again(index);
        }
    }

    /// A second phone beyond a fork picks up as well: on a dialog of its own, and until somebody tells it that it is
    /// not wanted (RFC 3261 §13.2.2.4).
    fn answer_again(&mut self, index: usize) {
        let mut twin = self.lines[index].clone();
        let Standing::PickedUp(repeated) = &mut twin.standing else { return };
        let tag = format!("{}{TWIN}", twin.local_tag);
        let text = String::from_utf8_lossy(&repeated.response).replace(&twin.local_tag, &tag);
        repeated.response = text.into();
        let (flow, bytes) = (twin.flow, repeated.response.clone());
        (twin.local_tag, twin.is_twin, twin.changes, twin.session) = (tag, true, None, Default::default());
        self.lines.push(twin);
        self.said.sent.push((flow, bytes));
        let index = self.lines.len() - 1;
        self.later(T1, Chore::Again(index));
        self.settle_down(index);
    }

    /// Sends a request on the dialog that nothing follows; a body of it is a key.
    fn say(&mut self, index: usize, method: Method, key: Option<&str>) {
        let branch = Branch::new(&mut self.chance);
        let via = self.via(branch);
        let line = &mut self.lines[index];
        line.cseq += 1;
        let mut buffer = BytesMut::new();
        let writer = line.request(&mut buffer, &method, &via, line.cseq);
        let bytes = match key {
            Some(key) => writer.body("application/dtmf-relay", key.as_bytes()).end(),
            None => writer.end(),
        };
        self.send(Use::Nothing, method, branch, bytes);
    }

    /// The talk begins: what was planned for it is.
    pub(super) fn settle_down(&mut self, index: usize) {
        let Line { talks, changes, .. } = self.lines[index];
        if let Some(talks) = talks {
            self.later(talks, Chore::HangUp(index));
        }
        if let Some(changes) = changes {
            self.later(changes, Chore::Change(index));
        }
    }

    /// A 200 with our description.
    pub(super) fn success(&mut self, index: usize, request: &sip::Message) -> bytes::Bytes {
        let line = &self.lines[index];
        let body = line.sdp.answer_to(request);
        let mut buffer = BytesMut::new();
        let writer = respond_to(&mut buffer, request, line.flow.remote, Status::OK, Some(&line.local_tag));
        let writer =
            self.record_route(writer).copy(request, Name::RecordRoute).header(Name::Contact, self.contact());
        self.agree(index, request, writer).body("application/sdp", body.as_bytes()).end()
    }

    /// Sends a 2xx again that has no ACK; after 64*T1 the call is given up with BYE.
    pub(super) fn repeat_answer(&mut self, index: usize) {
        let line = &mut self.lines[index];
        let flow = line.flow;
        let repeated = match (&mut line.standing, &mut line.change) {
            (Standing::PickedUp(repeated), _) | (Standing::Up, Change::Answered(repeated)) => repeated,
            _ => return,
        };
        if self.now >= repeated.until {
            return self.hang_up(index);
        }
        let bytes = repeated.response.clone();
        repeated.interval = (repeated.interval * 2).min(T2);
        let interval = repeated.interval;
        self.said.sent.push((flow, bytes));
        self.later(interval, Chore::Again(index));
    }

    /// Ends the call whatever its state.
    pub(super) fn hang_up(&mut self, index: usize) {
        match &self.lines[index].standing {
            Standing::Calling(_) => self.give_up(index),
            Standing::Ringing(_) => self.refuse(index, Status::DECLINE),
            // RFC 3261 §15 forbids a callee's BYE before the ACK; only one that waited in vain sends it.
            Standing::PickedUp(repeated) if self.now < repeated.until => {
                self.later(Duration::from_millis(200), Chore::HangUp(index));
            }
            Standing::PickedUp(_) | Standing::Up => self.bye(index),
            Standing::Leaving | Standing::Over => {}
        }
    }

    pub(super) fn bye(&mut self, index: usize) {
        let branch = Branch::new(&mut self.chance);
        let via = self.via(branch);
        let line = &mut self.lines[index];
        line.cseq += 1;
        let mut buffer = BytesMut::new();
        let bytes = line.request(&mut buffer, &Method::Bye, &via, line.cseq).end();
        line.standing = Standing::Leaving;
        line.change = Change::None;
        let call_id = line.call_id.clone();
        self.send(Use::Bye(index), Method::Bye, branch, bytes);
        self.note(Note::HungUp(call_id));
    }

    fn turn_by(&mut self, index: usize, method: Method) {
        self.lines[index].sdp.turn();
        self.lines[index].is_turning = true;
        self.ask(index, method, true);
    }

    fn hold(&mut self, index: usize, hold: Hold) {
        self.lines[index].sdp.hold(hold);
        self.lines[index].is_turning = true;
        self.ask(index, Method::Invite, true);
    }

    /// Offers a change of the session.
    pub(super) fn change(&mut self, index: usize) {
        let line = &self.lines[index];
        if !matches!((&line.standing, &line.change), (Standing::Up, Change::None)) {
            return;
        }
        let by_update = self.skill.update && line.session.other_updates() && self.chance.below(2) == 0;
        self.turn_by(index, if by_update { Method::Update } else { Method::Invite });
    }
}
