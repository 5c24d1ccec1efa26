//! What may be asked, and by whom it is answered: from the published copy, the config in force, the
//! database's own reader. Nothing here waits for the switch longer than its patience.

use std::{sync::Arc, time::Duration};

use b2bua::switch::{Control, NotPlaced, Originate, Saying, View};
use callplan::{E164, Mood, resolve};
use serde_json::json;
use store::sqlite::{Reader, Sender, StoreError};
use tokio::{sync::oneshot, task::spawn_blocking, time::timeout};

use super::{
    protocol::{Method, Request, Response},
    shape,
};
use crate::{
    apply::{Applied, Applier, ApplyError, Running},
    calendars::Keeper,
    config::{By, Place},
    signalling::{Inbox, Order, Window},
    watch::Watch,
};

/// How long the switch is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Everything an answer is made from.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(super) place: Place,
    applier: Arc<Applier>,
    watch: Arc<Watch>,
    calendars: Arc<Keeper>,
    inbox: Inbox,
    window: Window,
    pub(super) keeper: Sender,
}

impl Desk {
    /// A desk of a running daemon.
    pub(crate) fn new(
        place: Place,
        (applier, watch, calendars): (Arc<Applier>, Arc<Watch>, Arc<Keeper>),
        inbox: Inbox,
        window: Window,
        keeper: Sender,
    ) -> Self {
        Self { place, applier, watch, calendars, inbox, window, keeper }
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
            (Method::Get, ["v1", "queues"]) => Response::ok(shape::queues(&*self.view().await)),
            (Method::Get, ["v1", "numbers"]) => Response::ok(shape::numbers(&self.running().site)),
            (Method::Get, ["v1", "people"]) => Response::ok(shape::people(&*self.view().await)),
            (Method::Get, ["v1", "now"]) => Response::ok(shape::now(&*self.view().await)),
            (Method::Get, ["v1", "mailboxes"]) => self.mailboxes().await,
            (Method::Post, ["v1", "calls", from, dialled]) => self.originate(from, dialled).await,
            (Method::Post, ["v1", "apply"]) => self.change(|applier| applier.apply(By::Apply)).await,
            (Method::Post, ["v1", "apply", "dry-run"]) => self.change(|applier| applier.rehearse()).await,
            (Method::Post, ["v1", "apply", "watch", seconds]) => self.apply_watched(seconds).await,
            (Method::Get, ["v1", "calendars"]) => self.calendars().await,
            (Method::Post, ["v1", "calendars", "refresh"]) => {
                self.calendars.refresh().await;
                self.calendars().await
            }
            (Method::Get, ["v1", "watch"]) => Response::ok(self.watch.told()),
            (Method::Post, ["v1", "rollback"]) => self.change(|applier| applier.roll_back(None)).await,
            (Method::Post, ["v1", "rollback", version]) => match version.parse() {
                Ok(version) => self.change(move |applier| applier.roll_back(Some(version))).await,
                Err(_) => Response::error(422, format!("{version} is no number of a version")),
            },
            (Method::Post, ["v1", "drain"]) => self.order(Control::Drain),
            (Method::Post, ["v1", "mailboxes", name, "delete", file]) => self.delete(name, file).await,
            (Method::Post, ["v1", "contacts", "import"]) => self.begin_import().await,
            (Method::Post, ["v1", "contacts", "import", import]) => self.import(import, &request.body).await,
            (Method::Post, ["v1", "contacts", "import", import, "finish"]) => {
                self.finish_import(import).await
            }
            (Method::Post, ["v1", "contacts", "erase", number]) => self.erase_contact(number).await,
            (Method::Post, ["v1", "lists", name, what, number]) => self.list(name, what, number).await,
            (Method::Post, ["v1", "prompts", name, "clear"]) => self.clear_prompt(name).await,
            (Method::Get, ["v1", "hours"]) => self.hours().await,
            (Method::Post, ["v1", "hours", name, held]) => self.hold(name, held, &request.body).await,
            (Method::Get, ["v1", "probes"]) => self.probes().await,
            (Method::Post, ["v1", "probes"]) => self.probe(&request.body),
            (Method::Get, ["v1", "rehearsals"]) => self.rehearsals().await,
            (Method::Post, ["v1", "rehearsals", who]) => self.rehearse(who, &request.body).await,
            (Method::Post, ["v1", "rehearsals", who, "end"]) => self.rehearse_no_more(who).await,
            (Method::Post, ["v1", "people", name, said @ ..]) => self.say(name, said),
            _ => Response::error(404, format!("nothing at {}", request.path)),
        }
    }

    pub(super) fn running(&self) -> Running {
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

    /// Deletes a message that the database lists.
    async fn delete(&self, mailbox: &str, file: &str) -> Response {
        let (database, mailbox, file) = (self.place.database(), mailbox.to_owned(), file.to_owned());
        let find = move || {
            let messages = Reader::open(&database)?.voicemails(Some(mailbox.as_str()))?;
            Ok::<_, StoreError>(messages.into_iter().find(|message| *message.file == *file))
        };
        match spawn_blocking(find).await {
            Ok(Ok(Some(message))) => self.order(Control::DeleteMessage(message.mailbox, message.file)),
            Ok(Ok(None)) => Response::error(404, "there is no such message"),
            Ok(Err(error)) => Response::error(503, error),
            Err(error) => Response::error(500, error),
        }
    }

    /// Changes what runs, or looks at what would change it: the disk is read, so not on this thread.
    async fn change<F>(&self, change: F) -> Response
    where
        F: FnOnce(&Applier) -> Result<Applied, ApplyError> + Send + 'static,
    {
        let applier = Arc::clone(&self.applier);
        match spawn_blocking(move || change(&applier)).await {
            Ok(Ok(applied)) => {
                // Orders are carried out in turn: once a later one is, this one is in force.
                self.window.fresh(&self.inbox).await;
                Response::ok(shape::applied(&applied, &self.running()))
            }
            Ok(Err(refused)) => Response {
                status: 422,
                body: json!({ "error": refused.to_string(), "findings": refused.findings() }),
            },
            Err(error) => Response::error(500, error),
        }
    }

    /// Brings the tree on disk into force and watches it for so long.
    async fn apply_watched(&self, seconds: &str) -> Response {
        let Ok(seconds) = seconds.parse() else {
            return Response::error(422, format!("{seconds} is no number of seconds"));
        };
        let watch = Arc::clone(&self.watch);
        self.change(move |_| watch.apply(Duration::from_secs(seconds))).await
    }

    /// How calendars do that lie elsewhere; what is known of them lies on the disk.
    async fn calendars(&self) -> Response {
        let keeper = Arc::clone(&self.calendars);
        match spawn_blocking(move || keeper.told()).await {
            Ok(body) => Response::ok(body),
            Err(error) => Response::error(500, error),
        }
    }

    /// Places a call for somebody.
    async fn originate(&self, from: &str, dialled: &str) -> Response {
        let (teller, placed) = oneshot::channel();
        let asked = Originate { from: from.into(), dialled: dialled.into() };
        if !self.inbox.order(Order::Originate(asked, teller)) {
            return Response::error(503, ApplyError::LimitOrders);
        }
        let refused = |why: NotPlaced| match why {
            NotPlaced::NoSuchCaller => Response::error(404, format!("there is no person or phone {from}")),
            NotPlaced::NoPhone => Response::error(409, format!("no phone of {from} is registered")),
            NotPlaced::Refused(_) => Response::error(403, format!("{from} can't dial {dialled}: {why}")),
            NotPlaced::NotACall => Response::error(422, why),
            NotPlaced::Limit | NotPlaced::Draining => Response::error(503, why),
        };
        match timeout(PATIENCE, placed).await {
            Ok(Ok(placed)) => {
                placed.map_or_else(refused, |call| Response::ok(json!({ "id": shape::id(call) })))
            }
            Ok(Err(_)) | Err(_) => {
                Response::error(503, "the switch is too busy to answer; look at `ringplan calls`")
            }
        }
    }

    /// Says something of a person for them.
    fn say(&self, name: &str, said: &[&str]) -> Response {
        let site = self.running().site;
        let Some(person) = site.person(name) else {
            return Response::error(404, format!("there is no person {name}"));
        };
        let mood = |word: &str| Mood::ALL.into_iter().find(|(own, _)| *own == word).map(|(_, mood)| mood);
        let saying = match said {
            ["forward", "off"] => Some(Saying::Forward(None)),
            ["forward", number] => E164::parse(number).map(|to| Saying::Forward(Some(to))),
            ["reminders", "off"] => Some(Saying::RemindNoMore),
            ["block", number] => E164::parse(number).map(|number| Saying::Block(number, true)),
            ["unblock", number] => E164::parse(number).map(|number| Saying::Block(number, false)),
            [word] => mood(word).map(Saying::Mood),
            _ => None,
        };
        if let Some(Saying::Forward(Some(to))) = saying
            && let Err(why) = resolve::may_send_on(&site, person, to)
        {
            return Response::error(422, format!("calls for {name} can't go to {to}: {why}"));
        }
        if let Some(Saying::Block(number, true)) = saying
            && resolve::is_spared(&site, number)
        {
            return Response::error(422, format!("{number} is a number of ours, or helps: nobody blocks it"));
        }
        match saying {
            Some(saying) => self.order(Control::Say(Arc::clone(&site[person].name), saying)),
            None => {
                let wanted = "available, away, dnd, forward off, reminders off, or forward, block, unblock and a number with +";
                Response::error(422, format!("{} is none of {wanted}", said.join(" ")))
            }
        }
    }

    pub(super) fn order(&self, control: Control) -> Response {
        if self.inbox.order(Order::Control(control)) {
            Response::ok(json!({}))
        } else {
            Response::error(503, ApplyError::LimitOrders)
        }
    }

    /// A fresh copy, or the last one if the switch is too busy to make one.
    pub(super) async fn view(&self) -> Arc<View> {
        self.window.fresh(&self.inbox).await
    }
}
