//! Keys of what happens to a call: steps, and how whoever picks up is asked.

use super::{
    Key, Shape,
    spelled::{DURATION, NUMBER, jump, like, list, may, must, of, text},
    voice::in_languages,
};
use crate::{model::Layer, parse::STICKY};

pub(super) fn deed() -> Vec<Key> {
    vec![
        may(
            "ring",
            like("^(person|group|phone|rota):.+$"),
            "Rings a person, a group, a phone or whoever is on.",
        ),
        may(
            "forward",
            Shape::Either(vec![like(NUMBER), like("^rota:.+$")]),
            "Rings a number outside, or whoever is on by a rota at theirs.",
        ),
        may("play", Shape::Defined("prompt"), "Plays an announcement."),
        may("say", in_languages(), "Says this text: short for `play = { say = ... }`."),
        may("say_hours", text(), "Tells whether a schedule is open, and until when."),
        may("ask", Shape::Defined("prompt"), "Plays an announcement that offers one key."),
        may("directory", Shape::True, "Lets the caller find somebody by name."),
        may("menu", text(), "Asks for a key. Ends the plan."),
        may("queue", text(), "Waits in the line of a queue. Ends the plan."),
        may("voicemail", text(), "Takes a message for a mailbox or person. Ends the plan."),
        may(
            "reject",
            Shape::Words(vec!["busy", "decline", "unallocated"]),
            "Refuses the call. Ends the plan.",
        ),
        may("hangup", Shape::True, "Ends the call."),
        may(
            "goto",
            text(),
            "Goes on with a plan, menu or queue. Ends this one. Of `ask`: where its key leads.",
        ),
        may("layers", list(of(&Layer::ALL)), "Rings the first of these who is set and can be rung."),
        may("sticky", of(&STICKY), "Rings who talked with the caller last, or texted them."),
        may("agent", text(), "Calls an agent, for as long as it may take to answer."),
        may("for", like(DURATION), "How long it rings."),
        may("screen", Shape::Defined("screen"), "Whether whoever picks up outside is asked first."),
        may("busy", jump(), "Where a call goes when all are busy."),
        may("declined", jump(), "Where it goes when they decline."),
        may("else", jump(), "Where it goes when nobody answers, instead of the next step."),
        may("then", jump(), "Where it goes after an announcement."),
        may(
            "language",
            text(),
            "By itself: what the caller is spoken to in from here on. Beside `say`: what that is said in.",
        ),
        may("key", like("^[0-9*#]$"), "The key that `ask` offers."),
        may(
            "within",
            like(DURATION),
            "Of `ask`: how long the key is waited for. Of `sticky`: how long that counts.",
        ),
    ]
}

/// `[agents.x]`.
pub(super) fn agent() -> Vec<Key> {
    vec![
        must("target", like("^sips?:.+@.+$"), "Where it answers: \"sip:frontdesk@ai.example.com\"."),
        may("answer_within", like(DURATION), "How long it may take to answer."),
        may("channels", Shape::Integer(1, 10_000), "Calls at once."),
        may("else", jump(), "Where a call goes that it does not take."),
    ]
}

/// `[inbound]`.
pub(super) fn inbound() -> Vec<Key> {
    vec![
        may("sticky", of(&STICKY), "Rings who texted the caller last, or talked with them."),
        may("within", like(DURATION), "How long that counts."),
        may("for", like(DURATION), "How long each rings."),
        may("screen", Shape::Defined("screen"), "Whether they are asked on a phone outside."),
        may("forward", like(NUMBER), "Then rings this number."),
        may(
            "reject",
            Shape::Words(vec!["busy", "decline", "unallocated"]),
            "How a caller is refused whom nobody took.",
        ),
    ]
}

/// A word, or a table as `[inbound]`.
pub(super) fn says() -> Shape {
    Shape::Either(vec![text(), Shape::Table(inbound())])
}

/// `[inboxes.x]`.
pub(super) fn inbox() -> Vec<Key> {
    vec![
        must("number", like(NUMBER), "Which of our numbers it is."),
        may(
            "inbound",
            says(),
            "What becomes of its calls: \"site\", \"group:sales\", \"number:+12025550160\", or as [inbound]. Else they are declined.",
        ),
    ]
}

pub(super) fn screen() -> Vec<Key> {
    let key = || like("^[0-9*#]$");
    vec![
        may("say", Shape::Defined("prompt"), "What they hear; it has to name the keys."),
        may("accept", key(), "The key that takes the call."),
        may("decline", key(), "The key that declines it."),
        may("within", like(DURATION), "How long a key is waited for."),
    ]
}
