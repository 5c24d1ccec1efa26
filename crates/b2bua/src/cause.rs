//! Why legs and calls end: two closed sets, and the total mappings between them and SIP.

use sip::Status;

/// Why the switch ends a leg, or a party did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Release {
    /// A party hung up.
    Normal,
    /// Another leg of the fork won.
    AnsweredElsewhere,
    /// It rang for as long as the plan lets it.
    NoAnswer,
    /// The caller gave up.
    CallerLeft,
    /// Nothing in common to talk with, or an answer without a description.
    NoMedia,
    /// Our 2xx was never acknowledged.
    NoAck,
    /// A party that had talked sent nothing any more (RELIABILITY M8).
    Vanished,
    /// Nobody refreshed the session in time (RFC 4028 §10).
    NotRefreshed,
    /// Whoever pays has nothing left of what they may spend.
    Spent,
    /// The plan ends the call with this status.
    Refused(Status),
    /// The operator ends it.
    Shutdown,
    /// A fault of ours.
    Fault,
}

impl Release {
    /// Value of the `Reason` header on CANCEL and BYE (RFC 3326 §2), where it tells the party something.
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::AnsweredElsewhere => Some("SIP;cause=200;text=\"Call completed elsewhere\""),
            Self::NoMedia => Some("SIP;cause=488;text=\"Not Acceptable Here\""),
            Self::NoAck => Some("SIP;cause=408;text=\"No ACK received\""),
            Self::Vanished => Some("SIP;cause=408;text=\"A party sends nothing any more\""),
            Self::NotRefreshed => Some("SIP;cause=408;text=\"Session not refreshed\""),
            Self::Spent => Some("SIP;cause=402;text=\"Spending limit of the day is reached\""),
            Self::Shutdown => Some("SIP;cause=503;text=\"Switch is shutting down\""),
            Self::Fault => Some("SIP;cause=500;text=\"Internal error\""),
            Self::Normal | Self::NoAnswer | Self::CallerLeft | Self::Refused(_) => None,
        }
    }

    /// What a caller that was not answered yet is told.
    pub const fn status(self) -> Status {
        match self {
            Self::Refused(status) => status,
            Self::Normal | Self::AnsweredElsewhere | Self::NoAnswer => Status::TEMPORARILY_UNAVAILABLE,
            Self::CallerLeft => Status::REQUEST_TERMINATED,
            Self::NoMedia => Status::NOT_ACCEPTABLE_HERE,
            Self::NoAck | Self::Vanished | Self::NotRefreshed => Status::REQUEST_TIMEOUT,
            Self::Spent => Status::PAYMENT_REQUIRED,
            Self::Shutdown => Status::SERVICE_UNAVAILABLE,
            Self::Fault => Status::SERVER_INTERNAL_ERROR,
        }
    }
}

/// Why a call ended, for its record. A closed set: each way out of a call has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// Two parties talked and one hung up.
    HangUp,
    /// The caller gave up before anybody answered.
    Cancelled,
    /// The plan came to its end: a message was played, a voicemail taken, or a step hung up.
    PlanEnded,
    /// The plan or the target refused with this meaning.
    Busy,
    /// Somebody pressed "decline", or the plan says so.
    Declined,
    /// Nobody answered in time.
    NoAnswer,
    /// Nobody could be reached: not registered, no route, no reply.
    Unreachable,
    /// The number is none of ours, or nothing is behind it.
    Unallocated,
    /// The caller may not dial that.
    Forbidden,
    /// No common way to talk, or no port.
    NoMedia,
    /// Our answer was never acknowledged.
    NoAck,
    /// A party that had talked sent nothing any more.
    Vanished,
    /// A party that was to refresh the session did not, or took no refresh.
    NotRefreshed,
    /// It was cut because whoever pays has nothing left of what they may spend.
    Spent,
    /// A limit was reached.
    Limit,
    /// The call came back to where it started.
    Loop,
    /// Its parties go on in another call.
    Transferred,
    /// The operator ended it.
    Shutdown,
    /// A fault of ours.
    Fault,
}

impl Cause {
    /// The word in records and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HangUp => "hang-up",
            Self::Cancelled => "cancelled",
            Self::PlanEnded => "plan-ended",
            Self::Busy => "busy",
            Self::Declined => "declined",
            Self::NoAnswer => "no-answer",
            Self::Unreachable => "unreachable",
            Self::Unallocated => "unallocated",
            Self::Forbidden => "forbidden",
            Self::NoMedia => "no-media",
            Self::NoAck => "no-ack",
            Self::Vanished => "vanished",
            Self::NotRefreshed => "not-refreshed",
            Self::Spent => "spent",
            Self::Limit => "limit",
            Self::Loop => "loop",
            Self::Transferred => "transferred",
            Self::Shutdown => "shutdown",
            Self::Fault => "fault",
        }
    }

    /// Whether a call that the switch ends for this was never set up, rather than not answered.
    pub const fn is_not_set_up(self) -> bool {
        match self {
            Self::Unreachable
            | Self::Unallocated
            | Self::Forbidden
            | Self::NoMedia
            | Self::Limit
            | Self::Loop
            | Self::Fault => true,
            Self::HangUp
            | Self::Cancelled
            | Self::PlanEnded
            | Self::Busy
            | Self::Declined
            | Self::NoAnswer
            | Self::NoAck
            | Self::Vanished
            | Self::NotRefreshed
            | Self::Spent
            | Self::Transferred
            | Self::Shutdown => false,
        }
    }

    /// What a caller who was not answered is told.
    pub const fn status(self) -> Status {
        match self {
            Self::Busy => Status::BUSY_HERE,
            Self::Declined => Status::DECLINE,
            Self::Unallocated => Status::NOT_FOUND,
            Self::Forbidden => Status::FORBIDDEN,
            Self::Spent => Status::PAYMENT_REQUIRED,
            Self::NoMedia => Status::NOT_ACCEPTABLE_HERE,
            Self::NoAck | Self::Vanished | Self::NotRefreshed => Status::REQUEST_TIMEOUT,
            Self::Cancelled => Status::REQUEST_TERMINATED,
            Self::Limit | Self::Shutdown => Status::SERVICE_UNAVAILABLE,
            Self::Loop => Status::LOOP_DETECTED,
            Self::Fault => Status::SERVER_INTERNAL_ERROR,
            Self::HangUp | Self::PlanEnded | Self::NoAnswer | Self::Unreachable | Self::Transferred => {
                Status::TEMPORARILY_UNAVAILABLE
            }
        }
    }

    /// What the caller is told when the callee's side refused with `status`: that very status where it means
    /// the same to the caller, else what its cause stands for. A challenge, a redirection or an extension is
    /// between us and the callee (RFC 3261 §16.7 step 6 for 503).
    pub const fn passed_on(status: Status) -> Status {
        match status.code() {
            404 | 408 | 410 | 480 | 484 | 486 | 488 | 600..=699 => status,
            _ => Self::of_status(status).status(),
        }
    }

    /// The cause that a party's leaving for this reason means.
    pub const fn of_leaving(release: Release) -> Self {
        match release {
            Release::NoMedia => Self::NoMedia,
            Release::NoAck => Self::NoAck,
            Release::Vanished => Self::Vanished,
            Release::NotRefreshed => Self::NotRefreshed,
            Release::Spent => Self::Spent,
            Release::Shutdown => Self::Shutdown,
            Release::Fault => Self::Fault,
            Release::Normal
            | Release::AnsweredElsewhere
            | Release::NoAnswer
            | Release::CallerLeft
            | Release::Refused(_) => Self::HangUp,
        }
    }

    /// The cause that a refusal by this status means.
    pub const fn of_status(status: Status) -> Self {
        match status.code() {
            486 | 600 => Self::Busy,
            603 | 607 | 608 => Self::Declined,
            404 | 410 | 484 | 604 => Self::Unallocated,
            401 | 403 | 407 => Self::Forbidden,
            408 => Self::NoAnswer,
            415 | 488 | 606 => Self::NoMedia,
            482 | 483 => Self::Loop,
            487 => Self::Cancelled,
            _ => Self::Unreachable,
        }
    }
}

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndedBy {
    /// The A leg's party.
    Caller,
    /// The B leg's party.
    Callee,
    /// The plan, a limit or a fault.
    Switch,
}

impl EndedBy {
    /// The word in records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Callee => "callee",
            Self::Switch => "switch",
        }
    }
}

/// How the caller fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Talked to somebody.
    Answered,
    /// Left a message.
    Voicemail,
    /// Heard a message or a menu and nothing more.
    Announcement,
    /// Nobody answered, or the caller gave up first.
    Missed,
    /// Everybody was busy.
    Busy,
    /// Somebody declined.
    Declined,
    /// Turned away by the plan or by permission.
    Rejected,
    /// Did not work.
    Failed,
}

impl Outcome {
    /// The word in records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Voicemail => "voicemail",
            Self::Announcement => "announcement",
            Self::Missed => "missed",
            Self::Busy => "busy",
            Self::Declined => "declined",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
        }
    }

    /// The outcome of a call that came to a mailbox.
    pub const fn of_voicemail(left: bool) -> Self {
        if left { Self::Voicemail } else { Self::Missed }
    }

    /// The outcome of a call that was never answered.
    pub const fn of_unanswered(cause: Cause) -> Self {
        match cause {
            Cause::Busy => Self::Busy,
            Cause::Declined => Self::Declined,
            Cause::Cancelled
            | Cause::NoAnswer
            | Cause::Unreachable
            | Cause::HangUp
            | Cause::Transferred
            | Cause::PlanEnded => Self::Missed,
            Cause::Unallocated | Cause::Forbidden => Self::Rejected,
            Cause::NoMedia
            | Cause::NoAck
            | Cause::Vanished
            | Cause::NotRefreshed
            | Cause::Spent
            | Cause::Limit
            | Cause::Loop
            | Cause::Shutdown
            | Cause::Fault => Self::Failed,
        }
    }
}
