//! What may be asked, and by whom it is answered: from the published copy, the config in force, the
//! database's own reader. Nothing here waits for the switch longer than its patience.

use std::sync::Arc;

use b2bua::switch::{Control, View};
use serde_json::json;
use store::sqlite::{Reader, StoreError};
use tokio::task::spawn_blocking;

use super::{
    protocol::{Method, Request, Response},
    shape,
};
use crate::{
    apply::{Applier, ApplyError, Running},
    config::Place,
    signalling::{Inbox, Order, Window},
};

/// Everything an answer is made from.
#[derive(Debug)]
pub(crate) struct Desk {
    place: Place,
    applier: Arc<Applier>,
    inbox: Inbox,
    window: Window,
}

impl Desk {
    /// A desk of a running daemon.
    pub(crate) const fn new(place: Place, applier: Arc<Applier>, inbox: Inbox, window: Window) -> Self {
        Self { place, applier, inbox, window }
    }

    /// Answers one request.
    pub(super) async fn answer(&self, request: &Request) -> Response {
        let path: Vec<&str> = request.path.trim_start_matches('/').split('/').collect();
        match (request.method, path.as_slice()) {
            (Method::Get, ["v1", "status"]) => {
                Response::ok(shape::status(&self.running(), &*self.view().await))
            }
            (Method::Get, ["v1", "calls"]) => Response::ok(shape::calls(&*self.view().await)),
            (Method::Get, ["v1", "phones"]) => Response::ok(shape::phones(&*self.view().await)),
            (Method::Get, ["v1", "trunks"]) => {
                Response::ok(shape::trunks(&self.running().site, &*self.view().await))
            }
            (Method::Get, ["v1", "mailboxes"]) => self.mailboxes().await,
            (Method::Post, ["v1", "apply"]) => self.apply().await,
            (Method::Post, ["v1", "drain"]) => self.order(Control::Drain),
            _ => Response::error(404, format!("nothing at {}", request.path)),
        }
    }

    fn running(&self) -> Running {
        self.applier.running()
    }

    /// The mailboxes, from the database's own reader; it reads the disk, so not on this thread.
    async fn mailboxes(&self) -> Response {
        let (database, site) = (self.place.database(), self.running().site);
        let read = move || {
            let messages = Reader::open(&database)?.voicemails(None)?;
            Ok::<_, StoreError>(shape::mailboxes(Some(&site), &messages))
        };
        match spawn_blocking(read).await {
            Ok(Ok(body)) => Response::ok(body),
            Ok(Err(error)) => Response::error(503, error),
            Err(error) => Response::error(500, error),
        }
    }

    /// Applies the tree on disk.
    async fn apply(&self) -> Response {
        let applier = Arc::clone(&self.applier);
        match spawn_blocking(move || applier.apply()).await {
            Ok(Ok(site)) => {
                // Orders are carried out in turn: once a later one is, this one is in force.
                self.window.fresh(&self.inbox).await;
                Response::ok(json!({ "version": site.version }))
            }
            Ok(Err(refused)) => Response {
                status: 422,
                body: json!({ "error": refused.to_string(), "findings": refused.findings() }),
            },
            Err(error) => Response::error(500, error),
        }
    }

    fn order(&self, control: Control) -> Response {
        if self.inbox.order(Order::Control(control)) {
            Response::ok(json!({}))
        } else {
            Response::error(503, ApplyError::LimitOrders)
        }
    }

    /// A fresh copy, or the last one if the switch is too busy to make one.
    async fn view(&self) -> Arc<View> {
        self.window.fresh(&self.inbox).await
    }
}
