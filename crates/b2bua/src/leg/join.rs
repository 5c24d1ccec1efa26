//! A leg that goes over to another call, where it has to speak with somebody else.

use clock::Key;
use media::control::Parcel;
use sip::Status;

use super::{Leg, News, Side, Usage, ask::Ask, modify::Modify};
use crate::{call::Call, core::Core, sdp::Codecs};

impl Leg {
    /// From here on it belongs to this call, whose media runs on this thread. Whether its stream is there
    /// already; if not, [`News::Moved`] follows.
    pub(crate) fn join(&mut self, call: Key<Call>, side: Side, thread: u8, core: &mut Core) -> bool {
        (self.call, self.side, self.thread) = (call, side, thread);
        self.talk.move_to(thread, core)
    }

    /// It has another place in its call.
    pub(crate) const fn takes(&mut self, side: Side) {
        self.side = side;
    }

    /// The media thread that had its stream let it go.
    pub(crate) fn detached(&mut self, parcel: Parcel, core: &mut Core) {
        self.talk.detached(parcel, core);
        self.tell(News::Moved, core);
    }

    /// Asks the party to speak one of these formats, with an offer of them; `ChangeTaken` or `ChangeRefused`
    /// follows, the latter with 491 while another change is under way. From here on its media runs through us.
    pub(crate) fn ask_to_speak(&mut self, codecs: Codecs, core: &mut Core) {
        match (&self.usage, &self.modify) {
            (Usage::Established, Modify::Idle) => {
                self.talk.comes_home();
                self.ask(Ask::to_speak(codecs), core);
            }
            (Usage::Established | Usage::Moratorium(_), _) => {
                self.tell(News::ChangeRefused(Status::REQUEST_PENDING), core);
            }
            (
                Usage::Preparative(_)
                | Usage::EarlyOut(_)
                | Usage::EarlyIn(_)
                | Usage::Mortal(_)
                | Usage::Morgue,
                _,
            ) => self.tell(News::ChangeRefused(Status::CALL_OR_TRANSACTION_DOES_NOT_EXIST), core),
        }
        self.watch(core);
    }
}
