//! A caller who listens to messages: what [`Listener`] asks for, carried out.

use callplan::{MailboxId, resolve, step::Event as Told};
use media::control::Source;
use smallvec::{SmallVec, smallvec};

use super::{
    Call, Course, Hands, Phase,
    attend::{self, Did},
    release::Ending,
};
use crate::{
    cause::Cause,
    core::Core,
    service::mailbox::{Desk, Event, Listener, Order, Orders, Sound},
    shared::guess::Try,
};

impl Call {
    /// Answers, and lets the caller listen.
    pub(super) fn begin_listening(&mut self, hands: &mut Hands<'_>) {
        self.attend(hands);
        self.listen(Event::Enter, hands);
    }

    /// What happens to a caller who listens.
    pub(super) fn hear_listening(&mut self, told: Told, hands: &mut Hands<'_>) {
        let event = match self.attended(told, hands) {
            Some(Did::Press(key)) => Event::Key(key),
            Some(Did::Played) => Event::Played,
            Some(Did::Silence) => Event::Silence,
            Some(Did::Record(_)) | None => return,
        };
        self.listen(event, hands);
    }

    /// Whether the caller types what is to be written down nowhere.
    pub(super) const fn hears_secret(&self) -> bool {
        matches!(&self.phase, Phase::Routing(Course::Listening(listener)) if listener.hears_secret())
    }

    /// Whether what a guest asked for lasts.
    pub(super) fn told_guest(&mut self, is_kept: bool, hands: &mut Hands<'_>) {
        self.listen(if is_kept { Event::Kept } else { Event::NotKept }, hands);
        self.settle(hands);
    }

    fn listen(&mut self, event: Event, hands: &mut Hands<'_>) {
        let mut events: SmallVec<[Event; 2]> = smallvec![event];
        while let Some(event) = events.pop() {
            let Phase::Routing(Course::Listening(listener)) = &mut self.phase else { return };
            let opened = if let Event::Opened(mailbox) = &event { Some(mailbox) } else { None };
            let mailbox = opened.or(listener.mailbox()).cloned();
            let desk = desk(mailbox.as_deref(), hands.core);
            let mut orders = Orders::new();
            listener.handle(event, desk, &mut orders);
            events.extend(orders.into_iter().filter_map(|order| self.obey(order, hands)));
        }
    }

    /// Does what the listener asks for; what follows at once.
    fn obey(&mut self, order: Order, hands: &mut Hands<'_>) -> Option<Event> {
        match order {
            Order::Play(sound) => return (!self.sounds(sound, hands)).then_some(Event::Played),
            Order::Hush => self.voice.stop_play(hands.core),
            Order::Wait(patience) => self.await_key(Some(patience), hands),
            Order::WaitNoMore => self.await_key(None, hands),
            Order::Heard(file) => {
                if let Phase::Routing(Course::Listening(listener)) = &self.phase
                    && let Some(mailbox) = listener.mailbox()
                {
                    hands.core.message_heard(mailbox, &file);
                }
            }
            Order::Open { ext, pin } => {
                let tried = Try { ext: &ext, by: &self.caller.party };
                return Some(open(tried, &pin, hands.core));
            }
            Order::SignIn { ext, pin } => return self.sign_in(&ext, &pin, hands),
            Order::End => self.end(Ending::by_switch(Cause::PlanEnded), hands),
        }
        None
    }

    /// Lets the caller hear something; false if that can't be.
    fn sounds(&mut self, sound: Sound, hands: &mut Hands<'_>) -> bool {
        let source = match (sound, &self.phase) {
            (Sound::Phrase(phrase), _) => attend::recording(phrase, hands.core),
            (Sound::Message(file), Phase::Routing(Course::Listening(listener))) => {
                listener.mailbox().map(|mailbox| Source::File(hands.core.message_path(mailbox, &file)))
            }
            (Sound::Message(_), Phase::Routing(_) | Phase::Talking(_) | Phase::Over(_)) => None,
        };
        source.is_some_and(|source| self.voice.say(self.id, source, self.a, hands))
    }
}

/// Does what is left to be done for a listener whose call is over.
pub(super) fn take_leave(listener: Listener, core: &mut Core) {
    let Some(mailbox) = listener.mailbox().cloned() else { return };
    let farewell = listener.farewell(desk(Some(&mailbox), core));
    farewell.heard.iter().for_each(|file| core.message_heard(&mailbox, file));
    farewell.deleted.iter().for_each(|file| core.delete_message(&mailbox, file));
}

fn desk<'a>(mailbox: Option<&str>, core: &'a Core) -> Desk<'a> {
    Desk { messages: mailbox.map_or(&[], |mailbox| core.messages.of(mailbox)), now: core.now.mono }
}

/// Whether extension and PIN are those of a mailbox, by the newest version of the site. An extension that nobody has is
/// as wrong as a PIN that is not its.
fn open(tried: Try<'_>, pin: &str, core: &mut Core) -> Event {
    let (now, site) = (core.now.mono, core.site.clone());
    if core.guesses.is_closed(now, tried) {
        return Event::Refused;
    }
    let mailbox = resolve::mailbox_at(&site, tried.ext);
    let is_its = |mailbox: &MailboxId| site.pin(*mailbox).is_some_and(|own| own.is(pin));
    match mailbox.filter(is_its) {
        Some(mailbox) => Event::Opened(site[mailbox].name.clone()),
        None => {
            core.guesses.failed(now, tried);
            Event::Refused
        }
    }
}
