//! Contacts outside the switch: as a table that an operator imports, as JSON, in words.

mod rows;

use std::sync::Arc;

use serde_json::{Value, json};
use store::Contact;

pub(crate) use rows::{Fault, Rows, Unreadable};

/// As scripts are shown it, and as the daemon is handed it.
pub(crate) fn to_json(contact: &Contact) -> Value {
    json!({
        "numbers": contact.numbers.iter().map(|number| &**number).collect::<Value>(),
        "name": &*contact.name,
        "owner": &*contact.owner,
        "campaign": &*contact.campaign,
        "tags": contact.tags.iter().map(|tag| &**tag).collect::<Value>(),
        "last_agent": &*contact.last_agent,
        "last_texter": &*contact.last_texter,
        "group": &*contact.group,
        "language": &*contact.language,
    })
}

/// The reverse; `None` if it has no number.
pub(crate) fn of_json(shape: &Value) -> Option<Contact> {
    let text = |key: &str| -> Arc<str> { shape[key].as_str().unwrap_or_default().into() };
    let texts = |key: &str| -> Box<[Arc<str>]> {
        shape[key].as_array().into_iter().flatten().filter_map(Value::as_str).map(Arc::from).collect()
    };
    let contact = Contact {
        numbers: texts("numbers"),
        name: text("name"),
        owner: text("owner"),
        campaign: text("campaign"),
        tags: texts("tags"),
        last_agent: text("last_agent"),
        last_texter: text("last_texter"),
        group: text("group"),
        language: text("language"),
    };
    (!contact.numbers.is_empty()).then_some(contact)
}

/// What is kept of somebody who is forgotten: enough to answer for it, and not who it was.
pub(crate) fn erased(number: &str, contact: Option<&Contact>) -> String {
    let ends = number.get(number.len().saturating_sub(2)..).unwrap_or_default();
    match contact.map(|contact| contact.numbers.len()) {
        Some(1) => format!("the contact whose number ends in {ends} is erased"),
        Some(count) => {
            format!("the contact whose {count} numbers are, among others, one that ends in {ends} is erased")
        }
        None => format!("that one of us talked with a number that ends in {ends} is erased"),
    }
}
