//! How values are spelled: what most keys of a config are made of.

use super::{Key, Shape};
use crate::parse::later::{Kind, Later};

pub(super) const DURATION: &str = "^([0-9]+(ms|s|m|h|d))+$";
pub(super) const NUMBER: &str = "^\\+[1-9][0-9]{1,14}$";
pub(super) const AMOUNT: &str = "^([0-9]+(\\.[0-9]+)?|off)$";
pub(super) const CODE: &str = "^([*#][0-9*#]{1,5}|off)$";
pub(super) const PORTS: &str = "^[0-9]+-[0-9]+$";
pub(super) const SPAN: &str = "^[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$";
pub(super) const DAY: &str = "^(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?$";
pub(super) const NAME: &str = "^[^\\s]+$";
pub(super) const KIND: &str =
    "^((person|group|queue|phone|menu|plan|voicemail|number|play|rota|agent):.+|hangup|directory)$";

/// `2026-12-25`.
pub(super) const DATE: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
/// A path of an iCalendar file, or its address.
pub(super) const CALENDAR: &str = "(\\.[iI][cC][sS]$|^https?://)";

/// A key that may be left out.
pub(super) const fn may(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key { name, is_needed: false, shape, about }
}

/// A key that has to be written.
pub(super) const fn must(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key { name, is_needed: true, shape, about }
}

pub(super) const fn text() -> Shape {
    Shape::Text(None)
}

pub(super) const fn like(pattern: &'static str) -> Shape {
    Shape::Text(Some(pattern))
}

pub(super) fn list(shape: Shape) -> Shape {
    Shape::List(Box::new(shape))
}

/// One, or a list of several.
pub(super) fn some(shape: Shape) -> Shape {
    Shape::Either(vec![shape.clone(), list(shape)])
}

pub(super) fn named(keys: Vec<Key>) -> Shape {
    Shape::Named(NAME, Box::new(Shape::Table(keys)))
}

pub(super) fn file() -> Shape {
    Shape::Table(vec![must("file", text(), "A path below the config directory.")])
}

pub(super) fn either_file(shape: Shape) -> Shape {
    Shape::Either(vec![shape, file()])
}

pub(super) fn of<T>(words: &[(&'static str, T)]) -> Shape {
    Shape::Words(words.iter().map(|(word, _)| *word).collect())
}

/// An extension: a number, or a text where it begins with 0.
pub(super) fn extension() -> Shape {
    Shape::Either(vec![Shape::Integer(10, 999_999), like("^[0-9]{2,6}$")])
}

pub(super) fn jump() -> Shape {
    Shape::Defined("destination")
}

/// Keys that are read and not served yet.
pub(super) fn later(keys: &[Later]) -> Vec<Key> {
    let shape = |kind| match kind {
        Kind::Text => text(),
        Kind::Texts => some(text()),
        Kind::Flag => Shape::Flag,
        Kind::File => file(),
        Kind::Duration | Kind::Pause => like(DURATION),
        Kind::Word(words) => Shape::Words(words.to_vec()),
        Kind::Levels => Shape::Named(NAME, Box::new(Shape::Integer(1, 10))),
        Kind::Named => Shape::Named(NAME, Box::new(text())),
        Kind::Disclosure => Shape::Either(vec![Shape::Flag, text()]),
        Kind::Table(keys) => Shape::Table(later(keys)),
        Kind::ByHours => Shape::Either(vec![
            text(),
            Shape::Table(vec![
                must("open", text(), "While the hours are open."),
                must("closed", text(), "While they are closed."),
            ]),
        ]),
    };
    keys.iter().map(|key| may(key.key, shape(key.kind), key.about)).collect()
}
