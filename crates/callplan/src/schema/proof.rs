//! Keys of `[[tests]]` and `[[always]]`.

use super::{
    Key, Shape,
    spelled::{DURATION, NAME, like, list, may, must, text},
};
/// A test of one call.
pub(super) fn test() -> Vec<Key> {
    let call = vec![
        must("from", text(), "Who calls: a number, \"withheld\", a person, a phone or an extension."),
        must("to", text(), "What is called."),
        must("at", text(), "When, in the site's zone: \"2026-12-25 10:00\"."),
    ];
    let fact = Shape::Either(vec![Shape::Flag, text()]);
    let each = |shape: Shape| Shape::Named(ANYBODY, Box::new(shape));
    let named = |shape: Shape| Shape::Named(NAME, Box::new(shape));
    vec![
        must("name", text(), "What it shows."),
        must("call", Shape::Table(call), "The call."),
        may(
            "press",
            list(like("^([0-9*#-]|[0-9*#] at .+)$")),
            "Keys, one for each round of a menu; \"-\" presses none, \"2 at 12s\" when it is pressed.",
        ),
        may(
            "given",
            each(Shape::Either(vec![text(), list(text())])),
            "What somebody does when rung: { ana = \"busy\" }, or { ana = [\"busy\", \"answers after 3s from 20s\"] }.",
        ),
        may("state", named(text()), "What people said: { ana = \"dnd\" }."),
        may("held", named(Shape::Words(vec!["open", "closed"])), "Hours held by hand."),
        may(
            "facts",
            Shape::Named(FACT, Box::new(fact)),
            "What is known of the caller: { \"contact.known\" = true, \"contact.owner\" = \"ana\" }.",
        ),
        may("turn", named(text()), "Whose turn it is in a group: { sales = \"ana\" }."),
        may("waiting", named(Shape::Integer(0, 1_000)), "How many wait before the caller: { support = 3 }."),
        may("signed_out", named(list(text())), "Who does not serve a queue: { support = [\"ana\"] }."),
        may("calls", named(Shape::Integer(0, 1_000)), "Calls that people have already: { ana = 1 }."),
        may("did", named(list(text())), "What people did of late: { ana = [\"idle 5m\", \"answered 3\"] }."),
        may("listed", list(text()), "Lists that the caller was added to by hand."),
        may("line", list(text()), "What the line of a queue says, and when: \"3s rings ana\"."),
        may("chance", text(), "The number that chance is drawn from, as a record has it."),
        may("blocked_by", list(text()), "People who want none of this caller."),
        may("speaks", like(DURATION), "How long the caller speaks to a mailbox."),
        may("leaves", like(DURATION), "When the caller gives up."),
        may("passes", list(text()), "Where the call comes by, in this order."),
        may("rings", list(text()), "Who rings, in this order, and nobody else."),
        may("hears", list(text()), "Prompts that the caller hears, in this order."),
        may("ends", text(), "Where it ends: \"voicemail:reception\"."),
        may("within", like(DURATION), "How soon it is over."),
    ]
}

/// A rule for every call.
pub(super) fn rule() -> Vec<Key> {
    vec![
        may("name", text(), "What it is about."),
        may("to", list(text()), "What is called; else everything that can be."),
        may("every_call_ends_in", list(text()), "Where calls may end: [\"person\", \"voicemail\"]."),
        may("no_call_reaches", list(text()), "Where none may come: [\"class:international\"]."),
    ]
}

/// Persons, phones, groups and numbers.
const ANYBODY: &str = "^.+$";

/// What is known of a caller.
const FACT: &str =
    "^(contact\\.(known|tags|owner|campaign|group|last_agent|last_texter|language)|caller\\.attest)$";
