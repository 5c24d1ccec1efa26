//! Somebody who has to say by keys who they are, and what for.

use std::{fmt, mem};

use super::{FAULTS_MAX, Listener, Order, Orders, Phrase, Stage};

/// Most digits of an extension or a PIN; what is typed beyond makes it wrong.
const DIGITS_MAX: usize = 16;

/// What whoever calls wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wants {
    /// To listen to the messages of a mailbox.
    Messages,
    /// To sign in at the phone.
    Desk,
    /// To sign out of it: the phone proved that they may.
    NoDesk,
}

/// Somebody who is not known yet. What they typed may be a PIN, and is never shown.
pub(super) struct Login {
    pub(super) wants: Wants,
    pub(super) typed: String,
    pub(super) wrong: u8,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Login {{ wants: {:?}, wrong: {} }}", self.wants, self.wrong)
    }
}

impl Login {
    pub(super) const fn new(wants: Wants) -> Self {
        Self { wants, typed: String::new(), wrong: 0 }
    }

    /// The same, with nothing typed and so many times wrong.
    pub(super) const fn again(&self, wrong: u8) -> Self {
        Self { wants: self.wants, typed: String::new(), wrong }
    }

    pub(super) fn add(&mut self, digit: char) {
        if self.typed.len() < DIGITS_MAX {
            self.typed.push(digit);
        }
    }

    /// How the extension is asked for.
    pub(super) const fn asks(&self) -> Phrase {
        match self.wants {
            Wants::Messages => Phrase::EXTENSION,
            Wants::Desk | Wants::NoDesk => Phrase::OWN_EXTENSION,
        }
    }

    /// Both are typed.
    pub(super) fn tries(&self, ext: Box<str>, pin: Box<str>) -> Order {
        match self.wants {
            Wants::Messages => Order::Open { ext, pin },
            Wants::Desk | Wants::NoDesk => Order::SignIn { ext, pin },
        }
    }

    /// How it is confirmed.
    pub(super) const fn confirms(&self) -> Phrase {
        match self.wants {
            Wants::Messages | Wants::Desk => Phrase::SIGNED_IN,
            Wants::NoDesk => Phrase::SIGNED_OUT,
        }
    }
}

impl Listener {
    /// An extension or a PIN is typed.
    pub(super) fn typed(&mut self, out: &mut Orders) {
        self.stage = match mem::replace(&mut self.stage, Stage::Leaving(None)) {
            Stage::Extension(mut login) => {
                self.say(&[Phrase::PIN]);
                Stage::Pin(mem::take(&mut login.typed).into(), login)
            }
            Stage::Pin(ext, mut login) => {
                let pin = mem::take(&mut login.typed).into();
                out.push(login.tries(ext, pin));
                Stage::Opening(login)
            }
            stage @ (Stage::Opening(_) | Stage::Browsing(_) | Stage::Leaving(_)) => stage,
        };
    }

    /// Neither says which of the two was wrong, nor whether there is such a mailbox (RELIABILITY M3).
    pub(super) fn refused(&mut self) {
        let Stage::Opening(login) = &self.stage else { return };
        let (wrong, asks) = (login.wrong + 1, login.asks());
        self.stage = Stage::Extension(login.again(wrong));
        self.say(&[Phrase::WRONG_PIN]);
        if wrong >= FAULTS_MAX {
            return self.leave();
        }
        self.say(&[asks]);
    }

    /// What was asked for lasts, or it does not.
    pub(super) fn told(&mut self, is_kept: bool) {
        let Stage::Opening(login) = &self.stage else { return };
        let word = if is_kept { login.confirms() } else { Phrase::NOT_KEPT };
        self.say(&[word]);
        self.leave();
    }
}
