//! Keys of `[queues.x]`.

use super::{
    Key, Shape,
    spelled::{DURATION, extension, jump, later, like, list, may, must, of, text},
    tables::shown,
    voice,
};
use crate::parse::{later, words};

/// Who belongs to a team.
pub(super) fn members() -> Shape {
    let member = vec![
        must("person", text(), "Who it is."),
        may("weight", Shape::Integer(1, 100), "How often they come first, by `ring = \"weighted\"`."),
    ];
    list(Shape::Either(vec![text(), Shape::Table(member)]))
}

/// A queue.
pub(super) fn queue() -> Vec<Key> {
    let widen = vec![
        must("after", like(DURATION), "Once a caller has waited for so long."),
        must("with", like("^(person|group):.+$"), "Who is rung besides; they need not sign in."),
    ];
    let announce = vec![
        must("position", like(DURATION), "How often callers hear where they stand."),
        may("wait", Shape::Flag, "Whether they hear how long it may take."),
    ];
    let callback = vec![
        must("offer_after", like(DURATION), "When callers hear that they may go home."),
        must("key", like("^[0-9*#]$"), "The key that has them called back."),
        may("tries", Shape::Integer(1, 10), "How often somebody is called back who does not answer."),
        may("again", like(DURATION), "How long after one call the next."),
    ];
    let mut keys = vec![
        must("members", members(), "Who serves it."),
        may("ext", extension(), "Extension, 2 to 6 digits."),
        may("ring", of(&words::ORDERS), "Who of those that are free is rung."),
        may("each", like(DURATION), "How long one rings."),
        may("wrap", like(DURATION), "How long somebody is left alone after a call."),
        may("rest", like(DURATION), "How long somebody is left alone who did not take a call."),
        may("widen", list(Shape::Table(widen)), "Who else is rung for whoever waits long."),
        may(
            "music",
            Shape::Defined("prompt"),
            "What callers hear, over and over: music of [music], or a prompt.",
        ),
        voice::ringback("The same, where it is music of [music] or the ringing tone."),
        may("announce", Shape::Table(announce), "What they are told meanwhile."),
        may("callback", Shape::Table(callback), "The offer to be called back."),
        may("max_callers", Shape::Integer(1, 1_000), "How many may wait."),
        may("when_full", jump(), "Where one more goes."),
        may("max_wait", like(DURATION), "How long a caller waits at most."),
        may("when_waited", jump(), "Where they go then."),
        may("when_unstaffed", jump(), "Where callers go while nobody is signed in."),
        may("hours", text(), "The hours outside which nobody waits."),
        may("when_closed", jump(), "Where callers go then."),
        may("answered_elsewhere", Shape::Flag, "Whether phones that rang in vain are told of the answer."),
    ];
    keys.extend(shown());
    keys.extend(later(later::RECORDING));
    keys
}
