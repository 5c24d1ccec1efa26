//! The shape of a config, told to editors: a JSON Schema (draft 2020-12) for their TOML language servers.
//!
//! One table of keys, held by a test against what the reader takes. It tells what can be told of one file alone: that
//! a name is written and is a text, not that somebody has it, for which there is `check`. No table needs to be there,
//! for files are merged.

mod plans;
mod proof;
mod queues;
mod spelled;
mod tables;
mod voice;
mod write;

use self::{
    tables::{definitions, tables},
    write::document,
};

/// A key of a table.
#[derive(Clone, Debug)]
struct Key {
    name: &'static str,
    /// It has to be written.
    is_needed: bool,
    shape: Shape,
    /// What it is for, in a line.
    about: &'static str,
}

/// What may be written as a value.
#[derive(Clone, Debug)]
enum Shape {
    /// A text, and what it has to look like, if that is told.
    Text(Option<&'static str>),
    /// One of a few words.
    Words(Vec<&'static str>),
    /// A whole number within these.
    Integer(i64, i64),
    /// `true` or `false`.
    Flag,
    /// `true`; there is no other value.
    True,
    /// A day, as TOML writes it.
    Date,
    /// At least one of these.
    List(Box<Self>),
    /// A table of these keys.
    Table(Vec<Key>),
    /// A table whose keys are names that look so, of things that each look so.
    Named(&'static str, Box<Self>),
    /// A table of these keys, and of others that look so.
    Open(Vec<Key>, &'static str, Box<Self>),
    /// Any of these.
    Either(Vec<Self>),
    /// What is defined by this name.
    Defined(&'static str),
}

/// The schema, as text.
pub fn schema() -> String {
    document(&tables(), &definitions())
}

#[cfg(test)]
mod tests;
