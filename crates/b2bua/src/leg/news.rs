//! What a leg tells its call.

use sip::Status;

use crate::cause::Release;

/// What a leg tells its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// B: the party rings.
    Ringing,
    /// B: media before the answer; the leg's talk says what.
    EarlyMedia,
    /// B: the party answered; the dialog stands.
    Answered,
    /// B: the party answered although we had given it up; the leg ends itself.
    AnsweredTooLate,
    /// B: the party wants no call.
    Refused(Status),
    /// B: nobody answered: 408 for time, 503 for the way there (RFC 3261 §8.1.3.1).
    Unanswered(Status),
    /// B: the trunk does not take us for whom we are.
    NotLetIn,
    /// A: the caller gave up before the answer.
    Cancelled,
    /// A: the ACK for our 2xx came.
    Acknowledged,
    /// Its stream is closed; its counts say what passed.
    StreamClosed,
    /// The party changed its side of the session; it is answered already.
    Changed,
    /// The party wants a change that only the other party can answer: media passes us by.
    ChangeAsked,
    /// The party wants to be told what the other one offers: media passes us by.
    OfferAsked,
    /// The party took the change it was asked for.
    ChangeTaken,
    /// It did not.
    ChangeRefused(Status),
    /// Its stream came over to the media thread of the call it joined.
    Moved,
    /// The party pressed a key and said so in signalling.
    Key(char),
    /// The party hung up, or is gone.
    HungUp(Release),
    /// Nothing will come from this leg any more.
    Gone,
}
