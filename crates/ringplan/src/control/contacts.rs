//! What is said of contacts: an import, batch by batch, and who is to be forgotten. Each is answered once the
//! database has it, so whoever imports goes no faster than the disk.

use std::{sync::Arc, time::Duration};

use clock::Wall;
use serde_json::{Value, json};
use store::{
    Contact, Erased, ImportId, Request,
    sqlite::{Reader, StoreError},
};
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep},
};
use tracing::info;

use super::{protocol::Response, routes::Desk};
use crate::{contacts, time::Clocks};

/// How long a disk may take.
const PATIENCE: Duration = Duration::from_secs(8);

/// How often it is asked: rows share their commit for 50 ms.
const PACE: Duration = Duration::from_millis(5);

impl Desk {
    /// A number for an import that is to count more than all before it.
    pub(super) async fn begin_import(&self) -> Response {
        let last = self.read(|reader| reader.last_import()).await;
        match last {
            Ok(last) => {
                let next = last.map_or(0, |last| last.0 + 1);
                let now = u64::try_from(now().unix_micros()).unwrap_or(0);
                Response::ok(json!({ "import": next.max(now) }))
            }
            Err(refused) => refused,
        }
    }

    /// Some contacts of an import.
    pub(super) async fn import(&self, import: &str, body: &Value) -> Response {
        let Some(import) = id(import) else { return no_import(import) };
        let read = body.as_array().and_then(|them| them.iter().map(contacts::of_json).collect());
        let Some(them): Option<Box<[Contact]>> = read else {
            return Response::error(422, "these are no contacts");
        };
        let Some(last) = them.iter().flat_map(|it| it.numbers.iter()).next_back().cloned() else {
            return Response::ok(json!({}));
        };
        self.keeper.send(Request::PutContacts(import, them));
        self.until(move |reader| reader.has_brought(import, &last)).await
    }

    /// All of them have come.
    pub(super) async fn finish_import(&self, import: &str) -> Response {
        let Some(import) = id(import) else { return no_import(import) };
        self.keeper.send(Request::FinishContacts(import, now()));
        self.until(move |reader| Ok(reader.last_import()? >= Some(import))).await
    }

    /// Forgets whoever has this number, and tells so in the log and for ever.
    pub(super) async fn erase_contact(&self, number: &str) -> Response {
        let number: Arc<str> = number.into();
        let asked = Arc::clone(&number);
        let known = match self.read(move |reader| reader.known(&asked)).await {
            Ok(known) => known,
            Err(refused) => return refused,
        };
        if !known.talked && known.contact.is_none() {
            return Response::error(404, format!("nothing is known of {number}"));
        }
        let line = contacts::erased(&number, known.contact.as_ref());
        info!("{line}");
        let erased = Erased { at: now(), line: line.as_str().into() };
        self.keeper.send(Request::EraseContact(Arc::clone(&number), Box::new(erased)));
        let gone = self.until(move |reader| {
            let known = reader.known(&number)?;
            Ok(!known.talked && known.contact.is_none())
        });
        let gone = gone.await;
        if gone.is_ok() { Response::ok(json!({ "told": line })) } else { gone }
    }

    /// Waits until the database says so.
    pub(super) async fn until(
        &self,
        is_so: impl Fn(&Reader) -> Result<bool, StoreError> + Clone + Send + 'static,
    ) -> Response {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.read(is_so.clone()).await {
                Ok(true) => return Response::ok(json!({})),
                Ok(false) if Instant::now() < until => sleep(PACE).await,
                Ok(false) => {
                    return Response::error(503, "the disk is too slow, or full; the log says which");
                }
                Err(refused) => return refused,
            }
        }
    }

    /// Asks the database; it reads the disk, so not on this thread.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Response> {
        let database = self.place.database();
        match spawn_blocking(move || ask(&Reader::open(&database)?)).await {
            Ok(Ok(told)) => Ok(told),
            Ok(Err(error)) => Err(Response::error(503, error)),
            Err(error) => Err(Response::error(500, error)),
        }
    }
}

fn id(text: &str) -> Option<ImportId> {
    text.parse().ok().map(ImportId)
}

fn no_import(text: &str) -> Response {
    Response::error(422, format!("{text} is no number of an import"))
}

fn now() -> Wall {
    Clocks::start().now().wall
}
