//! The table of the machine: what each key does where.

use super::*;
use crate::shared::messages::Message;

use clock::Instant;

const LASTS: Duration = Duration::from_secs(10);

/// A listener, the mailbox it listens to and the time.
struct Ear {
    listener: Listener,
    messages: Vec<Message>,
    now: Instant,
}

impl Ear {
    /// Messages from the oldest on, `old` ones with a dash behind.
    fn of(listener: Listener, messages: &[&str]) -> Self {
        let message = |name: &&str| Message {
            file: name.trim_end_matches('-').into(),
            lasts: LASTS,
            is_old: name.ends_with('-'),
        };
        let now = Instant::ZERO + Duration::from_secs(100);
        Self { listener, messages: messages.iter().map(message).collect(), now }
    }

    fn own(messages: &[&str]) -> Self {
        Self::of(Listener::of("ana".into()), messages)
    }

    /// What an event leads to, in short; what is heard is deemed heard to its end, phrases in no time.
    fn hear(&mut self, event: Event) -> String {
        let mut said = Vec::new();
        let mut event = Some(event);
        while let Some(next) = event.take() {
            let mut orders = Orders::new();
            let desk = Desk { messages: &self.messages, now: self.now };
            self.listener.handle(next, desk, &mut orders);
            for order in orders {
                match order {
                    Order::Play(Sound::Phrase(phrase)) => {
                        said.push(phrase.name().to_owned());
                        event = Some(Event::Played);
                    }
                    Order::Play(Sound::Message(file)) => said.push(format!("<{file}>")),
                    Order::Heard(file) => {
                        said.push(format!("heard:{file}"));
                        self.messages.iter_mut().find(|it| it.file == file).unwrap().is_old = true;
                    }
                    Order::Open { ext, pin } => said.push(format!("open:{ext}:{pin}")),
                    Order::SignIn { ext, pin } => said.push(format!("sign-in:{ext}:{pin}")),
                    Order::Wait(_) => said.push("?".to_owned()),
                    Order::End => said.push("end".to_owned()),
                    Order::Hush | Order::WaitNoMore => {}
                }
            }
        }
        said.join(" ")
    }

    fn press(&mut self, keys: &str) -> String {
        let said: Vec<_> = keys.chars().map(|key| self.hear(Event::Key(key))).collect();
        said.last().cloned().unwrap_or_default()
    }

    /// The message sounds for so long, to its end if that is long enough.
    fn listens(&mut self, to: Duration) -> String {
        self.now += to.min(LASTS);
        if to >= LASTS { self.hear(Event::Played) } else { String::new() }
    }

    fn leaves(self) -> Farewell {
        self.listener.farewell(Desk { messages: &self.messages, now: self.now })
    }
}

#[test]
fn the_latest_new_message_comes_first_and_old_ones_last() {
    let mut ear = Ear::own(&["a", "b-", "c"]);
    assert_eq!(ear.hear(Event::Enter), "you-have 2 new-messages and 1 old-message message 1 <c>");
    assert_eq!(ear.listens(LASTS), "heard:c choices ?");
    assert_eq!(ear.press("#"), "message 2 <a>");
    assert_eq!(ear.press("6"), "message 3 <b>");
    assert_eq!(ear.press("#"), "no-more choices ?");
    assert_eq!(ear.press("4"), "message 2 <a>");
    assert_eq!(ear.press("44"), "no-more choices ?");
    assert_eq!(ear.press("1"), "<c>");
    assert_eq!(ear.press("0"), "help ?");
    assert_eq!(ear.press("*"), "goodbye end");
    assert_eq!(ear.leaves(), Farewell::default());
}

#[test]
fn an_empty_mailbox_is_left_at_once() {
    assert_eq!(Ear::own(&[]).hear(Event::Enter), "no-messages goodbye end");
}

#[test]
fn half_of_a_message_or_keeping_it_is_hearing_it() {
    let begun = || {
        let mut ear = Ear::own(&["a", "b"]);
        ear.hear(Event::Enter);
        ear
    };
    let mut ear = begun();
    ear.listens(LASTS / 2 - Duration::from_millis(1));
    assert_eq!(ear.press("#"), "message 2 <a>");
    ear.listens(LASTS / 2);
    assert_eq!(ear.press("#"), "heard:a no-more choices ?");
    assert_eq!(ear.press("42"), "heard:b kept message 2 <a>");
    let mut ear = begun();
    ear.listens(LASTS / 2);
    assert_eq!(ear.leaves().heard.as_deref(), Some("b"), "who hangs up has heard it too");
    let mut ear = begun();
    assert_eq!(ear.hear(Event::Played), "choices ?", "what can't be played was not heard");
    assert_eq!(ear.leaves(), Farewell::default());
}

#[test]
fn what_is_deleted_goes_with_the_listener_unless_taken_back() {
    let mut ear = Ear::own(&["a", "b", "c"]);
    ear.hear(Event::Enter);
    assert_eq!(ear.press("3"), "deleted choices ?");
    assert_eq!(ear.press("#7"), "deleted choices ?");
    assert_eq!(ear.press("3"), "restored choices ?");
    assert_eq!(ear.press("#3"), "deleted choices ?");
    assert_eq!(ear.press("9"), "heard:a kept no-more choices ?", "what is kept is not deleted");
    assert_eq!(ear.press("*"), "goodbye end");
    assert_eq!(*ear.leaves().deleted, ["c".into()]);
}

/// Somebody else listens to the same mailbox, and messages come meanwhile.
#[test]
fn what_others_delete_is_passed_over_and_what_comes_is_played() {
    let mut ear = Ear::own(&["a", "b", "c"]);
    ear.hear(Event::Enter);
    ear.messages.retain(|message| *message.file != *"b" && *message.file != *"c");
    assert_eq!(ear.press("1"), "deleted choices ?");
    assert_eq!(ear.press("3"), "deleted choices ?");
    assert_eq!(ear.press("33"), "deleted choices ?", "what is gone can't be had back");
    assert_eq!(ear.press("2"), "message 3 <a>");
    ear.messages.push(Message { file: "d".into(), lasts: LASTS, is_old: false });
    assert_eq!(ear.press("#"), "message 4 <d>");
    assert_eq!(ear.press("4"), "message 3 <a>");
    ear.messages.clear();
    assert_eq!(ear.press("1"), "deleted choices ?");
    assert_eq!(ear.press("6"), "no-more choices ?");
}

#[test]
fn silence_and_wrong_keys_are_borne_three_times_in_a_row() {
    let mut ear = Ear::own(&["a"]);
    ear.hear(Event::Enter);
    assert_eq!(ear.press("5"), "wrong-key choices ?");
    assert_eq!(ear.hear(Event::Silence), "help ?");
    assert_eq!(ear.press("1"), "<a>");
    assert_eq!(ear.press("8A"), "wrong-key choices ?");
    assert_eq!(ear.hear(Event::Silence), "goodbye end");
    let mut login = Ear::of(Listener::stranger(), &[]);
    login.hear(Event::Enter);
    assert_eq!(login.hear(Event::Silence), "wrong-key extension ?");
    assert_eq!(login.press("##"), "goodbye end");
}

#[test]
fn a_stranger_says_extension_and_pin() {
    let mut ear = Ear::of(Listener::stranger(), &["a"]);
    assert_eq!(ear.hear(Event::Enter), "extension ?");
    assert_eq!(ear.press("101#"), "pin ?");
    assert!(ear.listener.hears_secret());
    assert_eq!(ear.press("*102"), "?");
    assert_eq!(ear.hear(Event::Silence), "pin ?", "a pause ends what is typed");
    assert_eq!(ear.press("4711#"), "open:102:4711");
    assert!(!ear.listener.hears_secret() && ear.listener.mailbox().is_none());
    assert_eq!(ear.hear(Event::Opened("ben".into())), "you-have 1 new-message message 1 <a>");
    assert_eq!(ear.listener.mailbox().map(|mailbox| &**mailbox), Some("ben"));
}

#[test]
fn a_guest_says_extension_and_pin_and_hears_that_it_lasts() {
    let signing_in = || {
        let mut ear = Ear::of(Listener::guest(), &["a"]);
        assert_eq!(ear.hear(Event::Enter), "own-extension ?");
        assert_eq!(ear.press("101#"), "pin ?");
        assert!(ear.listener.hears_secret());
        assert_eq!(ear.press("4711#"), "sign-in:101:4711");
        assert_eq!(ear.press("1"), "", "nothing is heard until that is told");
        ear
    };
    assert_eq!(signing_in().hear(Event::Kept), "signed-in goodbye end");
    assert_eq!(signing_in().hear(Event::NotKept), "not-kept goodbye end");
    let mut ear = signing_in();
    assert_eq!(ear.hear(Event::Refused), "wrong-pin own-extension ?");
    assert_eq!(ear.press("101#4711#"), "sign-in:101:4711");
    assert_eq!(ear.hear(Event::Refused), "wrong-pin own-extension ?");
    ear.press("102#");
    assert_eq!(ear.press("*"), "own-extension ?");
    ear.press("102#4711#");
    assert_eq!(ear.hear(Event::Refused), "wrong-pin goodbye end", "a star forgives nothing");
    assert_eq!(ear.leaves(), Farewell::default());
}

#[test]
fn a_parting_guest_is_asked_for_nothing() {
    let mut ear = Ear::of(Listener::parting_guest(), &["a"]);
    assert!(ear.listener.parts());
    assert_eq!(ear.hear(Event::Enter), "");
    assert_eq!(ear.hear(Event::Kept), "signed-out goodbye end");
    assert!(!ear.listener.parts());
}

/// RELIABILITY M3.
#[test]
fn three_wrong_pins_end_it() {
    let mut ear = Ear::of(Listener::stranger(), &["a"]);
    ear.hear(Event::Enter);
    for _ in 0..2 {
        assert_eq!(ear.press("101#1234#"), "open:101:1234");
        assert_eq!(ear.hear(Event::Refused), "wrong-pin extension ?");
    }
    ear.press("101#1234#");
    assert_eq!(ear.hear(Event::Refused), "wrong-pin goodbye end");
    assert_eq!(ear.press("1"), "end", "nothing is heard any more");
    assert_eq!(ear.leaves(), Farewell::default());
}

#[test]
fn what_is_typed_has_an_end() {
    let mut ear = Ear::of(Listener::stranger(), &[]);
    ear.hear(Event::Enter);
    ear.press(&"1".repeat(40));
    ear.press("#");
    assert_eq!(
        ear.press(&format!("{}#", "2".repeat(40))),
        format!("open:{}:{}", "1".repeat(16), "2".repeat(16))
    );
}
