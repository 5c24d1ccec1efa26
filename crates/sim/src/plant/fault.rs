//! What can be planted.

/// What is done wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Answers that cross a CANCEL get no ACK.
    AckOfLoserLost,
    /// No answer gets an ACK.
    AckOfAnswerLost,
    /// No refusal gets an ACK.
    AckOfRefusalLost,
    /// CANCEL follows the INVITE at once.
    CancelTooEarly,
    /// A CANCEL has another CSeq than its INVITE.
    CancelOfAnotherInvite,
    /// Streams are not closed.
    PortLeak,
    /// Calls are recorded twice.
    RecordTwice,
    /// Calls are not recorded.
    RecordLost,
    /// Timers fire a second late.
    TimersLate,
    /// BYE has the CSeq of another request.
    CSeqWrong,
    /// CANCEL does not say that somebody else answered.
    ReasonMissing,
    /// A 2xx is sent once only.
    AnswerOnce,
    /// A refusal is sent once only.
    RefusalOnce,
    /// An INVITE is sent once only.
    InviteOnce,
    /// A BYE is sent once only.
    ByeOnce,
    /// BYE goes to another party.
    ByeToAnother,
    /// No BYE is sent.
    ByeLost,
    /// A request follows the BYE.
    RequestAfterBye,
    /// The answer has another tag than the ringing.
    TagChanged,
    /// A second final response follows the first.
    FinalTwice,
    /// A cancelled INVITE is not answered.
    TerminatedLost,
    /// CANCEL is not answered.
    CancelUnanswered,
    /// BYE is not answered.
    ByeUnanswered,
    /// Hops are not counted down.
    HopsNotCounted,
    /// A response names another transaction.
    BranchChanged,
    /// A ringing response follows the answer.
    RingingAfterAnswer,
    /// Bindings are not taken up again at a start.
    BindingsLost,
    /// Whom people have blocked is not taken up again at a start.
    BlocksLost,
    /// Who has signed in where is not taken up again at a start.
    DesksLost,
    /// Reminders ring a minute late.
    ReminderLate,
    /// A PRACK is sent once only.
    PrackOnce,
    /// No PRACK is sent.
    PrackLost,
    /// A PRACK names another provisional.
    PrackOfAnother,
    /// A reliable provisional is sent once only.
    ProvisionalOnce,
    /// Sessions are never refreshed.
    RefreshLost,
    /// What a 422 asks for is not heard.
    IntervalUnheard,
    /// A message is cut short.
    MessageCut,
    /// Trunks carry as many calls as there are.
    ChannelsIgnored,
    /// People have as many calls as there are.
    CallsIgnored,
    /// Steps and turns ring a second longer than they should.
    RingsTooLong,
    /// Calls for help are held back where another call is under way.
    HelpLimited,
    /// Nothing is masked.
    MaskIgnored,
    /// Phones are told of nobody who calls.
    CallerForgotten,
    /// Who wants to stay unknown is told.
    UnknownTold,
    /// Messages are not listed.
    MessageLost,
    /// That a message was heard is not kept.
    HearingLost,
    /// Messages that are deleted stay listed.
    DeletionLost,
    /// The record of a message says something else.
    OutcomeWrong,
    /// Whoever transfers is not told how that ended.
    TransferUntold,
    /// The last word of a transfer is not said to be the last.
    TransferGoesOn,
    /// Whoever transferred is kept, though it worked.
    TransferorKept,
    /// The next carrier is tried a second late.
    LedOnLate,
    /// Only the first carrier is tried.
    WayForgotten,
    /// Another carrier is tried when the callee is busy.
    BusyLedOn,
    /// Carriers that ask for a rest get none.
    RestUnheard,
    /// Carriers that are silent seem to be there.
    OutageUnseen,
    /// Carriers are never asked whether they are there.
    OptionsLost,
    /// What a name server said first is believed for ever.
    NameKept,
    /// Whoever is parked in one slot is in another.
    ParkedElsewhere,
    /// Whoever parks by a code is not told where.
    SlotUntold,
    /// Whoever parks by a code is told another slot.
    SlotMistold,
    /// Parked callers go back a second late.
    ReturnsLate,
    /// Parked callers that go back are not said to have been parked.
    ReturnUnnamed,
    /// A click is heard twice.
    ClickTwice,
    /// Whom somebody wants who clicked is called a second late.
    CalleeLate,
    /// People have one call less than they may, as if one had not been given back.
    CallsKept,
    /// Whoever is rung no longer hears of it a second late.
    StoppedLate,
    /// Whoever is to ring hears of it a tenth of a second late.
    StartedLate,
    /// Steps ring a second less than they should.
    StepCutShort,
    /// Members whose turn it is ring a second longer than they should.
    TurnTooLong,
    /// Groups that ring in order begin with the last.
    TurnOrder,
    /// The turn of a round-robin group moves by two.
    PointerWrong,
    /// The turn of a round-robin group does not outlive the process.
    PointerLost,
    /// Groups that go by what their members did, or by chance, ring in order.
    MeritIgnored,
    /// The last member of a group is never rung.
    MemberForgotten,
    /// Busy leads where a decline should, and the other way round.
    BusyAsDeclined,
    /// A menu waits a second longer than it should.
    KeyAwaitedTooLong,
    /// Steps are taken whatever their conditions say.
    GuardIgnored,
    /// Queues ring the last of those who are free.
    QueueOrder,
    /// Nobody is left alone after a call of a queue.
    WrapIgnored,
    /// Whoever did not take a call of a queue is left alone for a minute more than they should.
    AgentsForgotten,
    /// People are rung by queues while they have a call.
    CallsWait,
    /// Nobody outside is asked whether they take the call.
    ScreenIgnored,
    /// Mobiles ring a second late.
    MobileLate,
    /// Of several layers the last that is set is rung.
    LayersTurned,
    /// Carriers are shown a number that is nobody's of ours.
    NumberNotOurs,
    /// Callers are asserted to those who are told no assertion.
    AssertedToAnybody,
    /// Documents of watchers all have version 0.
    VersionStuck,
    /// Watchers are never told that calls are over.
    LampStale,
    /// Watchers are told everything twice at once.
    NotifyTwice,
    /// A caller who is refused is told 480, whatever the plan says.
    StatusChanged,
    /// People may spend what they like.
    BoundIgnored,
    /// Legs cost nothing.
    ChargeLost,
    /// Legs cost twice as much.
    ChargeDoubled,
    /// What people spent is kept as nothing.
    LedgerBehind,
    /// Who answers second is not told that nobody wants it.
    TwinKept,
    /// Who is called is told the Call-ID of the caller's leg.
    CallIdKept,
    /// Who is called is told the caller's device.
    DeviceTold,
    /// Who is called is told the caller's session, in the `o=` line.
    OriginPassed,
    /// Whoever is to be reminded is not rung.
    ReminderLost,
    /// Reminders do not outlive the process.
    RemindersForgotten,
    /// Whom somebody wants who clicked is never called.
    CalleeForgotten,
    /// Whoever clicks is never rung.
    AskerUnrung,
    /// Media threads are told of no format but the first that a party speaks.
    FormatKept,
}

/// Those that break what always has to be true.
pub const FAULTS: [Fault; 84] = [
    Fault::AckOfLoserLost,
    Fault::AckOfAnswerLost,
    Fault::AckOfRefusalLost,
    Fault::CancelTooEarly,
    Fault::CancelOfAnotherInvite,
    Fault::PortLeak,
    Fault::RecordTwice,
    Fault::RecordLost,
    Fault::TimersLate,
    Fault::CSeqWrong,
    Fault::ReasonMissing,
    Fault::AnswerOnce,
    Fault::RefusalOnce,
    Fault::InviteOnce,
    Fault::ByeOnce,
    Fault::ByeToAnother,
    Fault::ByeLost,
    Fault::RequestAfterBye,
    Fault::TagChanged,
    Fault::FinalTwice,
    Fault::TerminatedLost,
    Fault::CancelUnanswered,
    Fault::ByeUnanswered,
    Fault::HopsNotCounted,
    Fault::BranchChanged,
    Fault::RingingAfterAnswer,
    Fault::BindingsLost,
    Fault::BlocksLost,
    Fault::DesksLost,
    Fault::ReminderLate,
    Fault::PrackOnce,
    Fault::PrackLost,
    Fault::PrackOfAnother,
    Fault::ProvisionalOnce,
    Fault::RefreshLost,
    Fault::IntervalUnheard,
    Fault::MessageCut,
    Fault::ChannelsIgnored,
    Fault::CallsIgnored,
    Fault::HelpLimited,
    Fault::MaskIgnored,
    Fault::CallerForgotten,
    Fault::UnknownTold,
    Fault::RingsTooLong,
    Fault::MessageLost,
    Fault::HearingLost,
    Fault::DeletionLost,
    Fault::OutcomeWrong,
    Fault::NumberNotOurs,
    Fault::AssertedToAnybody,
    Fault::VersionStuck,
    Fault::LampStale,
    Fault::NotifyTwice,
    Fault::TransferUntold,
    Fault::TransferGoesOn,
    Fault::TransferorKept,
    Fault::LedOnLate,
    Fault::WayForgotten,
    Fault::BusyLedOn,
    Fault::RestUnheard,
    Fault::OptionsLost,
    Fault::OutageUnseen,
    Fault::NameKept,
    Fault::ParkedElsewhere,
    Fault::SlotUntold,
    Fault::SlotMistold,
    Fault::ReturnsLate,
    Fault::ReturnUnnamed,
    Fault::ClickTwice,
    Fault::CalleeLate,
    Fault::CallsKept,
    Fault::BoundIgnored,
    Fault::ChargeLost,
    Fault::ChargeDoubled,
    Fault::LedgerBehind,
    Fault::TwinKept,
    Fault::CallIdKept,
    Fault::DeviceTold,
    Fault::OriginPassed,
    Fault::ReminderLost,
    Fault::RemindersForgotten,
    Fault::CalleeForgotten,
    Fault::AskerUnrung,
    Fault::FormatKept,
];
