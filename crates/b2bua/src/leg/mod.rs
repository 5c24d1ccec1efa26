//! A leg: our user agent towards one party, and its one INVITE usage.
//!
//! A leg speaks SIP to its party and call language to its call: orders come in as method calls (`ring`,
//! `answer`, `stop` ...), news goes out as [`News`]. It knows no other leg and no plan.
//!
//! ```text
//!   UAC  Preparative --1xx--> Early --2xx/ACK--> Established --BYE--> Mortal --> Morgue
//!   UAS                       Early --2xx--> Moratorium --ACK--> Established ...
//! ```
//!
//! Rooms: `uac` and `uas` hold the INVITE from either side, `again` one that is sent again, `large` one that no
//! datagram should carry, `back` one whose connection broke, `cancel` its crossings, `prack` and `early` reliable
//! provisionals of ours and theirs, `modify` the party's re-INVITE, `update` its UPDATE, `ask` both of ours, `timer`
//! keeps the session from expiring, `refer` tells how a transfer goes, `company` who is there, `bye` ends it. States are
//! named by RFC 5407 §2.

mod again;
mod ask;
mod back;
mod bye;
mod cancel;
mod company;
mod early;
mod elsewhere;
mod info;
mod join;
mod lamp;
mod large;
mod modify;
mod news;
mod outline;
mod pace;
mod prack;
mod refer;
mod stray;
mod timer;
mod uac;
mod uas;
mod update;
mod way;

use std::{sync::Arc, time::Duration};

use clock::{Instant, Key};
use media::control::{Counts, StreamId};
use sip::{Message, Method, Name, Status, flow::Flow, header::CSeq, transaction::ServerKey};

pub use self::news::News;
use self::{
    cancel::Cancel,
    company::Company,
    modify::Modify,
    pace::Pace,
    refer::Referral,
    timer::Session,
    uac::Inviting,
    uas::{Invited, Unacknowledged},
};
pub(crate) use self::{
    outline::Outline,
    refer::{Referred, Replaced},
    stray::part,
    timer::{INTERVAL_MIN, is_too_short},
};
pub use self::{
    outline::{Party, Side},
    uac::Draft,
};
use crate::{
    call::Call,
    cause::Release,
    core::{Alarm, Core, Credentials, Due},
    dialog::{Dialog, Order},
    identity::ALLOW,
    offer_answer::{Place, Talk},
    subscription::Stage,
};

/// One leg.
#[derive(Debug)]
pub struct Leg {
    id: Key<Self>,
    call: Key<Call>,
    side: Side,
    party: Party,
    /// The flow that the party spoke on last, and when; at first the one of the INVITE.
    flow: Flow,
    spoke: Instant,
    /// Which device of a phone it is, if it was registered.
    device: Option<Arc<str>>,
    /// The media thread of the call.
    thread: u8,
    dialog: Dialog,
    usage: Usage,
    modify: Modify,
    pace: Pace,
    session: Session,
    referral: Referral,
    /// A REFER of its party was taken before.
    has_referred: bool,
    talk: Talk,
    /// Where the party sent the call instead of taking it; taken by the call as it hears of that.
    elsewhere: Vec<Box<str>>,
    company: Company,
    /// What proved us to a trunk in the INVITE.
    credentials: Credentials,
    alarm: Alarm<Timer>,
    /// What lamps show of it.
    shown: Option<Stage>,
}

/// The INVITE usage (RFC 5407 §2): data lives in the state that needs it.
#[derive(Debug)]
enum Usage {
    /// UAC: the INVITE is out, no dialog yet.
    Preparative(Inviting),
    /// UAC: a provisional response made an early dialog.
    EarlyOut(Inviting),
    /// UAS: the INVITE waits for our final response.
    EarlyIn(Invited),
    /// UAS: our 2xx waits for its ACK.
    Moratorium(Unacknowledged),
    /// Both sides know.
    Established,
    /// A BYE of ours is out.
    Mortal(bye::Leaving),
    /// Over; the slot is free to go.
    Morgue,
}

/// Timers of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Timer {
    /// Send our 2xx again (RFC 3261 §13.3.1.4).
    Retransmit,
    /// No ACK came in 64*T1 (RFC 3261 §13.3.1.4).
    AckOverdue,
    /// Look again for a way to who is to be cancelled.
    CancelAgain,
    /// Look again for a way to who is to be told BYE.
    ByeAgain,
    /// Send a reliable provisional again (RFC 3262 §3).
    Provisional,
    /// A re-INVITE that met another is to be tried again (RFC 3261 §14.1).
    ModifyAgain,
    /// A re-INVITE of ours has nothing but provisional responses.
    ModifyOverdue,
    /// The party is to be told whom it talks with.
    Introduce,
    /// The session is to be refreshed (RFC 4028 §10).
    Refresh,
    /// It was not.
    Expired,
}

/// First interval between retransmissions (RFC 3261 §17.1.1.1).
const T1: Duration = Duration::from_millis(500);
/// Longest interval between retransmissions.
const T2: Duration = Duration::from_secs(4);
/// 64*T1: how long a 2xx waits for its ACK.
const PATIENCE: Duration = Duration::from_secs(32);

impl Leg {
    fn new(id: Key<Self>, outline: Outline, dialog: Dialog, usage: Usage, talk: Talk, now: Instant) -> Self {
        let Outline { call, side, party, flow, device, thread, rules } = outline;
        Self {
            id,
            call,
            side,
            party,
            flow,
            spoke: now,
            device,
            thread,
            dialog,
            usage,
            modify: Modify::Idle,
            pace: Pace::new(now),
            session: Session::new(rules),
            referral: Referral::None,
            has_referred: false,
            talk,
            elsewhere: Vec::new(),
            company: Company::default(),
            credentials: Credentials::new(),
            alarm: Alarm::new(),
            shown: None,
        }
    }

    /// The call it belongs to.
    pub const fn call(&self) -> Key<Call> {
        self.call
    }

    /// Which side it is on.
    pub const fn side(&self) -> Side {
        self.side
    }

    /// Who is at the other end.
    pub const fn party(&self) -> &Party {
        &self.party
    }

    /// The dialog.
    pub const fn dialog(&self) -> &Dialog {
        &self.dialog
    }

    /// How the session is kept.
    pub(crate) const fn rules(&self) -> callplan::Session {
        self.session.rules()
    }

    /// What was said about media.
    pub const fn talk(&self) -> &Talk {
        &self.talk
    }

    /// The flow that its party spoke on last.
    pub const fn flow(&self) -> Flow {
        self.flow
    }

    /// Whether a session stands: answered, from our side at least, and not yet ended.
    pub const fn is_up(&self) -> bool {
        matches!(self.usage, Usage::Moratorium(_) | Usage::Established)
    }

    /// Whether an INVITE of ours waits for its final response.
    pub const fn is_calling(&self) -> bool {
        matches!(self.usage, Usage::Preparative(_) | Usage::EarlyOut(_))
    }

    /// Whether its session is over, or about to be.
    pub const fn is_ending(&self) -> bool {
        matches!(self.usage, Usage::Mortal(_) | Usage::Morgue)
    }

    /// Whether the slot may go.
    pub const fn is_over(&self) -> bool {
        matches!(self.usage, Usage::Morgue)
    }

    const fn place(&self) -> Place {
        Place { stream: StreamId(self.id.raw()), thread: self.thread }
    }

    /// Notes the CSeq of a request on the dialog.
    pub(crate) fn note(&mut self, cseq: CSeq) -> Order {
        self.dialog.note(cseq)
    }

    /// An in-dialog request came: anything but ACK and CANCEL.
    pub(crate) fn request(&mut self, key: ServerKey, request: &Message, core: &mut Core) {
        match request.method() {
            // The session ended as our BYE left (RFC 3261 §15.1.1, RFC 5407 App. D).
            Method::Info | Method::Options if self.is_ending() => {
                core.refuse(key, request, Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST);
            }
            Method::Invite => self.reinvite(key, request, core),
            Method::Bye => self.bye(key, request, core),
            Method::Info => self.info(key, request, core),
            Method::Prack => self.prack(key, request, core),
            Method::Update => self.update(key, request, core),
            Method::Options => core.answer_options(key, request, self.rules()),
            Method::Ack
            | Method::Cancel
            | Method::Register
            | Method::Refer
            | Method::Subscribe
            | Method::Notify
            | Method::Message
            | Method::Publish
            | Method::Other(_) => {
                core.refuse_with(key, request, Status::METHOD_NOT_ALLOWED, &[(Name::Allow, ALLOW)]);
            }
        }
        self.watch(core);
    }

    /// A timer of this leg may be due.
    pub(crate) fn tick(&mut self, core: &mut Core) {
        self.alarm.rang();
        while let Some(timer) = self.alarm.table.pop(core.now.mono) {
            match timer {
                Timer::Retransmit => self.retransmit(core),
                Timer::AckOverdue => self.ack_overdue(core),
                Timer::CancelAgain => self.cancel_if_waiting(core),
                Timer::ByeAgain => self.leave_again(core),
                Timer::Provisional => self.repeat_provisional(core),
                Timer::ModifyAgain => self.modify_again(core),
                Timer::ModifyOverdue => self.modify_overdue(core),
                Timer::Introduce => self.introduce(core),
                Timer::Refresh => self.refresh(core),
                Timer::Expired => self.expired(core),
            }
        }
        self.watch(core);
    }

    /// Ends the leg whatever its state: CANCEL, a refusal or BYE, as RFC 3261 wants it there.
    pub(crate) fn stop(&mut self, release: Release, core: &mut Core) {
        match &self.usage {
            Usage::Preparative(_) | Usage::EarlyOut(_) => self.cancel(release, core),
            Usage::EarlyIn(_) => self.refuse(release.status(), core),
            Usage::Moratorium(_) => self.leave_after_ack(release),
            Usage::Established => self.part_with(release, core),
            Usage::Mortal(_) | Usage::Morgue => {}
        }
        self.talk.close(core);
        self.watch(core);
    }

    /// Ends the leg without another word to its party: nothing was sent to it, or nothing more will help.
    pub(crate) fn give_up(&mut self, core: &mut Core) {
        self.die(core);
    }

    /// Enters the last state. The leg is gone when its stream is closed as well.
    fn die(&mut self, core: &mut Core) {
        if let Usage::Preparative(inviting) | Usage::EarlyOut(inviting) = &self.usage {
            core.forsake(inviting.key);
        }
        self.usage = Usage::Morgue;
        self.referral = Referral::None;
        self.alarm.table.clear_all();
        self.end_change(core);
        self.talk.close(core);
        if self.talk.is_closed() {
            self.tell(News::Gone, core);
        }
    }

    /// The media thread closed the stream.
    pub(crate) fn stream_closed(&mut self, counts: Counts, core: &mut Core) {
        self.talk.closed(counts);
        self.tell(News::StreamClosed, core);
        if self.is_over() {
            self.tell(News::Gone, core);
        }
    }

    /// Gives up waiting for the media thread to close the stream.
    pub(crate) fn forget_stream(&mut self, core: &mut Core) {
        if !self.talk.is_closed() {
            self.talk.forget();
            self.tell(News::Gone, core);
        }
    }

    /// Whether no stream is open or on its way to be closed.
    pub(crate) const fn is_stream_closed(&self) -> bool {
        self.talk.is_closed()
    }

    /// Packets that passed, once the stream is closed.
    pub const fn counts(&self) -> Counts {
        self.talk.counts()
    }

    fn tell(&self, news: News, core: &mut Core) {
        core.tell(self.id, self.call, news);
    }

    /// Puts a hint for the next timer on the wheel.
    fn watch(&mut self, core: &mut Core) {
        if let Some(at) = self.alarm.watch() {
            core.wheel.insert(at, Due::Leg(self.id));
        }
    }
}
