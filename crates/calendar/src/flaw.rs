//! What can be wrong with a calendar, for whoever has to mend it.

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flawed {
    /// The line of the text, counted from 1.
    pub line: u32,
    /// What stands there.
    pub flaw: Flaw,
}

/// What is wrong with a calendar or one of its events.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// The text is no calendar at all.
    #[error("this is no iCalendar file: it does not begin with BEGIN:VCALENDAR")]
    PeerNoCalendar,
    /// A line is neither a property nor the rest of one.
    #[error("this line is no property of a calendar, and is passed over")]
    PeerNoProperty,
    /// What began does not end, or the other way round: the file was cut off.
    #[error("{0} does not end: the file may have been cut off")]
    PeerUnended(String),
    /// An event does not say when it begins.
    #[error("this event has no DTSTART, and is passed over")]
    PeerNoStart,
    /// A date or time can't be read.
    #[error("{name} is no date or time that can be read: \"{value}\"")]
    PeerTime {
        /// Of which property.
        name: String,
        /// As written.
        value: String,
    },
    /// An event ends before it begins.
    #[error("this event ends before it begins, and is passed over")]
    PeerEndsFirst,
    /// A zone is neither known nor told by the file.
    #[error("the time zone \"{0}\" is not known, and the file does not tell its rules")]
    PeerZone(String),
    /// A recurrence can't be read.
    #[error("the recurrence can't be read at \"{0}\", so that the event counts once")]
    PeerRule(String),
    /// A recurrence asks for what no calendar of days has.
    #[error("a recurrence by {0} is not read, so that the event counts once")]
    LocalRule(String),
    /// A change of one recurrence is said of all that follow.
    #[error("a change of this and all that follow is read as a change of this one alone")]
    LocalRange,
    /// The text is longer than [`BYTES_MAX`](crate::BYTES_MAX).
    #[error("the calendar is larger than {} MiB", crate::BYTES_MAX >> 20)]
    LimitBytes,
    /// There are more events than [`EVENTS_MAX`](crate::EVENTS_MAX).
    #[error("the calendar has more than {} events; those from here on are passed over", crate::EVENTS_MAX)]
    LimitEvents,
    /// A recurrence with a count goes on for longer than anybody counts.
    #[error("this recurrence takes too long to count, so that the event counts once")]
    LimitCount,
}
