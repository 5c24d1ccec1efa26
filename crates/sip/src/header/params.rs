//! `;name=value` lists behind addresses, Vias, URIs and media types (RFC 3261 §7.3.1, §19.1.1).

use crate::{
    Fault,
    grammar::{self, Class},
};

/// At most so many parameters stand in one list.
pub const PARAMETERS_MAX: usize = 64;

/// A list of parameters, checked when made and read when asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Params<'a> {
    /// Empty, or from the first `;` on.
    text: &'a str,
}

/// One parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param<'a> {
    /// As written; compare without case.
    pub name: &'a str,
    /// As written, quotes included; `None` for a bare name.
    pub raw: Option<&'a str>,
}

impl<'a> Param<'a> {
    /// The value without the quotes around it; empty for a bare name.
    pub fn value(&self) -> &'a str {
        let raw = self.raw.unwrap_or("");
        raw.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(raw)
    }
}

impl<'a> Params<'a> {
    /// Reads a list that is empty or starts with `;`.
    ///
    /// # Errors
    /// The peer's fault: an empty parameter, an open quote, a character that can't be, or more than
    /// [`PARAMETERS_MAX`].
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        Ok(Self::parse_for(text, "")?.0)
    }

    /// A list that was read before.
    pub(crate) const fn checked(text: &'a str) -> Self {
        Self { text }
    }

    /// The same, with the value of the one parameter that is nearly always asked for; an empty value is none.
    pub(crate) fn parse_for(text: &'a str, wanted: &str) -> Result<(Self, Option<&'a str>), Fault> {
        let mut found = None;
        let mut rest = text;
        let mut room = PARAMETERS_MAX;
        while !rest.is_empty() {
            let (param, after) = first(rest).ok_or(Fault::PeerParameter)?;
            if found.is_none() && param.name.eq_ignore_ascii_case(wanted) {
                found = Some(param.value());
            }
            room = room.checked_sub(1).ok_or(Fault::LimitParameters)?;
            rest = after;
        }
        Ok((Self { text }, found.filter(|value| !value.is_empty())))
    }

    /// The value of the first parameter of this name, unquoted; empty for a bare name, `None` when there is none.
    pub fn value(&self, name: &str) -> Option<&'a str> {
        self.get(name).map(|param| param.value())
    }

    /// Whether there is a parameter of this name.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The first parameter of this name, in any case.
    pub fn get(&self, name: &str) -> Option<Param<'a>> {
        self.iter().find(|param| param.name.eq_ignore_ascii_case(name))
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = Param<'a>> + use<'a> {
        let mut rest = self.text;
        std::iter::from_fn(move || {
            let (param, after) = first(rest)?;
            rest = after;
            Some(param)
        })
    }

    /// Whether the list is empty.
    pub const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The list as written, its first `;` included.
    pub const fn as_str(&self) -> &'a str {
        self.text
    }
}

/// Cuts the first parameter off a list that starts with `;`.
fn first(list: &str) -> Option<(Param<'_>, &str)> {
    let list = grammar::trim_start(list.strip_prefix(';')?);
    let (name, rest) = list.split_at(grammar::span(list.as_bytes(), Class::Parameter));
    if name.is_empty() {
        return None;
    }
    let rest = grammar::trim_start(rest);
    let Some(value) = rest.strip_prefix('=') else { return Some((Param { name, raw: None }, rest)) };
    let value = grammar::trim_start(value);
    let length = match value.as_bytes() {
        [b'"', ..] => grammar::quoted(value)?,
        plain => grammar::span(plain, Class::Value),
    };
    let (raw, rest) = value.split_at(length);
    (length > 0).then(|| (Param { name, raw: Some(raw) }, grammar::trim_start(rest)))
}
