//! The built-in phones: one thread each. During the story they ring and nobody is home; afterwards they
//! answer with a tune.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread,
    time::Duration,
};

use callplan::Site;

use super::{
    DemoError,
    site::{GUEST, Stage},
    tune,
};
use crate::ua::{Account, Login, News, Phone};

/// How long each registration is asked for.
const EXPIRES: Duration = Duration::from_secs(600);

/// How long a phone that answers plays its tune.
const TUNE: Duration = Duration::from_secs(20);

/// What a party says it saw.
#[derive(Debug)]
pub(super) struct Saw {
    /// Which party: a phone's name, or the caller's number.
    pub(super) who: Arc<str>,
    /// What.
    pub(super) what: News,
}

/// All phones of the site but the guest's.
#[derive(Debug)]
pub(super) struct House {
    /// Their names, in the order of the config.
    pub(super) phones: Vec<Arc<str>>,
    /// What they and the caller see.
    pub(super) events: Receiver<Saw>,
    tell: Sender<Saw>,
    is_home: Arc<AtomicBool>,
}

/// Plugs in every phone.
///
/// # Errors
/// The system gives no socket or thread.
pub(super) fn open(stage: &Stage, site: &Site) -> Result<House, DemoError> {
    let (tell, events) = mpsc::channel();
    let is_home = Arc::new(AtomicBool::new(false));
    let mut phones = Vec::new();
    for phone in site.phones.iter().filter(|phone| &*phone.name != GUEST) {
        let login = Login::Password(stage.passwords[&*phone.name].clone());
        let domain = site.domain.to_string();
        let (name, (server, over)) = (phone.name.to_string(), stage.door.clone());
        let account = Account { name, domain, server, over, local: None, login };
        let (plugged, name, tell) = (Phone::new(account)?, Arc::clone(&phone.name), tell.clone());
        let is_home = Arc::clone(&is_home);
        thread::Builder::new().name(name.to_string()).spawn(move || live(plugged, &name, &tell, &is_home))?;
        phones.push(Arc::clone(&phone.name));
    }
    Ok(House { phones, events, tell, is_home })
}

impl House {
    /// Where another party tells what it sees.
    pub(super) fn teller(&self) -> Sender<Saw> {
        self.tell.clone()
    }

    /// From now on phones are answered.
    pub(super) fn answers_from_now(&self) {
        self.is_home.store(true, Ordering::Relaxed);
    }
}

/// The life of a phone; it ends with the process.
fn live(mut phone: Phone, name: &Arc<str>, tell: &Sender<Saw>, is_home: &AtomicBool) {
    phone.register(EXPIRES);
    loop {
        let Some(what) = phone.next(phone.now() + EXPIRES) else { continue };
        let is_called = matches!(what, News::Called(_));
        // The story is over when nobody listens any more; the phone goes on.
        let _ = tell.send(Saw { who: Arc::clone(name), what });
        if is_called && is_home.load(Ordering::Relaxed) && phone.answer().is_ok() {
            phone.say(&tune::play(TUNE));
        }
    }
}
