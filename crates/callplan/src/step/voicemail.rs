//! The voicemail step: greeting, beep, recording, goodbye.
//!
//! ```text
//! greeting ── played, or # ──> beep ── played ──> recording ── done ──> goodbye ── played ──> end
//!                                                     └── caller left ──> closing ── done ──> end
//! ```

use std::time::Duration;

use super::{
    Action, End, Event, ReasonKind, Stray, TimerId,
    cursor::State,
    engine::{Engine, Flow},
};
use crate::{MailboxId, Prompt, Shipped};

/// How long the end of a recording is waited for once the caller is gone.
const CLOSING_MAX: Duration = Duration::from_secs(5);

/// A caller in voicemail.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message {
    mailbox: MailboxId,
    stage: Stage,
}

/// How far voicemail has come.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// The greeting plays; `#` skips it.
    Greeting,
    /// The beep sounds.
    Beep,
    /// The caller speaks.
    Recording,
    /// The caller is gone, the recording not yet closed.
    Closing,
    /// The goodbye plays.
    Goodbye {
        /// Whether there is a message.
        left: bool,
    },
}

impl Engine<'_> {
    /// Begins voicemail.
    pub(super) fn voicemail(&mut self, mailbox: MailboxId) -> Flow {
        self.answer();
        self.act(Action::Collect { on: true });
        self.play(self.site[mailbox].greeting);
        self.at(mailbox, Stage::Greeting)
    }

    /// Voicemail hears something.
    pub(super) fn message(&mut self, message: Message, event: Event) -> Flow {
        let mailbox = message.mailbox;
        match (message.stage, event) {
            (Stage::Greeting, Event::PlayDone) => self.beep(mailbox),
            (Stage::Greeting, Event::Key('#')) => {
                self.because(ReasonKind::SkippedGreeting);
                self.act(Action::StopPlay);
                self.beep(mailbox)
            }
            (Stage::Greeting | Stage::Beep, Event::CallerLeft) => {
                Flow::End(End::Voicemail { mailbox, left: false })
            }
            (Stage::Beep, Event::PlayDone) => self.record(mailbox),
            (Stage::Recording, Event::RecordDone { left }) => {
                self.because(ReasonKind::Recorded { left });
                self.play(Prompt::Shipped(Shipped::Goodbye));
                self.at(mailbox, Stage::Goodbye { left })
            }
            (Stage::Recording, Event::CallerLeft) => {
                self.act(Action::StopRecord);
                self.arm(TimerId::Message, CLOSING_MAX);
                self.at(mailbox, Stage::Closing)
            }
            (Stage::Closing, Event::RecordDone { left }) => {
                self.because(ReasonKind::Recorded { left });
                Flow::End(End::Voicemail { mailbox, left })
            }
            (Stage::Closing, Event::TimerFired(TimerId::Message)) => {
                Flow::End(End::Voicemail { mailbox, left: false })
            }
            (Stage::Goodbye { left }, Event::PlayDone | Event::CallerLeft) => {
                Flow::End(End::Voicemail { mailbox, left })
            }
            (_, event) => self.ignore(State::Message(message), Stray::of(event)),
        }
    }

    fn beep(&mut self, mailbox: MailboxId) -> Flow {
        self.act(Action::Collect { on: false });
        self.play(Prompt::Shipped(Shipped::Beep));
        self.at(mailbox, Stage::Beep)
    }

    fn record(&mut self, mailbox: MailboxId) -> Flow {
        let (max, silence) = (self.site[mailbox].max, self.site[mailbox].silence);
        self.act(Action::Record { mailbox, max, silence });
        self.at(mailbox, Stage::Recording)
    }

    fn at(&mut self, mailbox: MailboxId, stage: Stage) -> Flow {
        self.wait(State::Message(Message { mailbox, stage }))
    }
}
