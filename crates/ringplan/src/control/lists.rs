//! What is said of caller lists at run time; answered once the database has it.

use std::sync::Arc;

use b2bua::{
    shared::lists::{ENTRIES_MAX, read},
    switch::Control,
};
use callplan::E164;

use super::{protocol::Response, routes::Desk};

impl Desk {
    /// Adds a number to a list, or takes one out that was added.
    pub(super) async fn list(&self, name: &str, what: &str, number: &str) -> Response {
        let site = self.running().site;
        let Some(list) = site.lists.iter().find(|list| *list.name == *name) else {
            return Response::error(
                404,
                format!("there is no list {name}: write it under [lists], empty as it may be"),
            );
        };
        let (Some(number), is_in) = (E164::parse(number), what == "add") else {
            return Response::error(422, format!("{number} is no number with +"));
        };
        if !is_in && what != "remove" {
            return Response::error(422, format!("{what} is neither add nor remove"));
        }
        if !is_in && list.contains(number) {
            let why = format!(
                "{number} is in the config's own list {name}: take it out there, then `ringplan apply`"
            );
            return Response::error(409, why);
        }
        let of_list = Arc::clone(&list.name);
        let entries = self.read(move |reader| {
            let values = reader.values()?;
            let read = values.iter().filter_map(|(name, value)| read(name, value));
            Ok(read.filter(|(name, _)| **name == *of_list).map(|(_, number)| number).collect::<Vec<_>>())
        });
        match entries.await {
            Ok(entries) if is_in && entries.len() >= ENTRIES_MAX && !entries.contains(&number) => {
                let why =
                    format!("{ENTRIES_MAX} numbers were added to {name}: a file of the config takes more");
                return Response::error(409, why);
            }
            Ok(entries) if !is_in && !entries.contains(&number) => {
                return Response::error(404, format!("{number} is not in {name}"));
            }
            Ok(_) => {}
            Err(refused) => return refused,
        }
        let ordered = self.order(Control::List(Arc::clone(&list.name), number, is_in));
        if !ordered.is_ok() {
            return ordered;
        }
        let list = Arc::clone(&list.name);
        self.until(move |reader| {
            let values = reader.values()?;
            let mut read = values.iter().filter_map(|(name, value)| read(name, value));
            Ok(read.any(|entry| entry == (&*list, number)) == is_in)
        })
        .await
    }
}
