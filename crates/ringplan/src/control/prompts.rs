//! Prompts that were recorded by phone; answered once the database has it.

use std::sync::Arc;

use b2bua::{shared::recorded::read, switch::Control};

use super::{protocol::Response, routes::Desk};

impl Desk {
    /// Lets callers hear again what the config has.
    pub(super) async fn clear_prompt(&self, name: &str) -> Response {
        let name: Arc<str> = name.into();
        let asked = Arc::clone(&name);
        let is_recorded = self.read(move |reader| {
            let values = reader.values()?;
            Ok(values.iter().filter_map(|(name, value)| read(name, value)).any(|(own, _)| *own == *asked))
        });
        match is_recorded.await {
            Ok(true) => {}
            Ok(false) => return Response::error(404, format!("prompt {name} is not recorded")),
            Err(refused) => return refused,
        }
        let ordered = self.order(Control::ForgetPrompt(Arc::clone(&name)));
        if !ordered.is_ok() {
            return ordered;
        }
        self.until(move |reader| {
            let values = reader.values()?;
            Ok(!values.iter().filter_map(|(name, value)| read(name, value)).any(|(own, _)| *own == *name))
        })
        .await
    }
}
