//! What callers hear and press.

use super::{
    Key, Shape,
    spelled::{DURATION, extension, jump, later, like, list, may, must, text},
};
use crate::parse::later;

/// A file, or a text that is said.
pub(super) fn prompt() -> Shape {
    Shape::Table(vec![
        may("file", in_languages(), "A WAV below the config directory, or one for each language."),
        may("say", in_languages(), "What is said, where there is no file: a text, or one for each language."),
        may("recorded", like("^[0-9]{1,4}$"), "The number under which it is recorded by phone, instead."),
        may("language", text(), "What it is said in, if not in the site's: \"es\"."),
    ])
}

/// A text, or one for each language.
pub(super) fn in_languages() -> Shape {
    Shape::Either(vec![text(), Shape::Named("^[a-z]{2,3}(-[A-Za-z0-9]{1,16}){0,3}$", Box::new(text()))])
}

/// `[hooks]`.
pub(super) fn hooks() -> Vec<Key> {
    let speech = vec![
        must(
            "command",
            list(text()),
            "A program and its arguments; {language}, {file} and {text} stand for what they say.",
        ),
        may("timeout", like(DURATION), "How long it may take for one text."),
    ];
    let mut hooks = vec![may("speech", Shape::Table(speech), "What turns text into speech.")];
    hooks.extend(later(later::HOOKS));
    hooks
}

/// `[music.x]`.
pub(super) fn music() -> Vec<Key> {
    vec![must("files", list(text()), "WAV files, played one after another, over and over.")]
}

/// What those hear who are on hold.
pub(super) fn on_hold(about: &'static str) -> Key {
    may("music", text(), about)
}

/// What callers hear while somebody rings.
pub(super) fn ringback(about: &'static str) -> Key {
    may("ringback", like("^(tone|(answer\\+)?music:.+)$"), about)
}

/// `[mailboxes.x]`.
pub(super) fn mailbox() -> Vec<Key> {
    let mut keys = vec![
        may("ext", extension(), "Extension, 2 to 6 digits."),
        may("greeting", Shape::Defined("prompt"), "What is heard before the beep."),
        may("max", like(DURATION), "The longest message."),
        may("silence", like(DURATION), "Silence that ends one."),
        may("pin_file", text(), "A file with the PIN that opens it by telephone."),
        may("lamp", list(text()), "People whose lamps it lights."),
    ];
    keys.extend(later(later::MAILBOX));
    keys
}

/// `[menus.x]`.
pub(super) fn menu() -> Vec<Key> {
    let retry = || {
        vec![
            may("repeat", Shape::Integer(0, 9), "How often the greeting is played again."),
            must("then", jump(), "Where the call goes after that."),
        ]
    };
    let mut silence = vec![must("after", like(DURATION), "How long a key is waited for.")];
    silence.extend(retry());
    vec![
        must("greeting", Shape::Defined("prompt"), "What callers hear."),
        must("silence", Shape::Table(silence), "What happens when no key is pressed."),
        must("invalid", Shape::Table(retry()), "What happens when a wrong one is."),
        may("dial_extension", Shape::Flag, "Whether callers may dial an extension there."),
        must("keys", Shape::Named("^[0-9*#]$", Box::new(jump())), "Where each key leads."),
    ]
}
