//! The story as it happens.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::{Arc, mpsc::RecvTimeoutError},
    thread,
    time::Duration,
};

use b2bua::switch::View;
use callplan::{
    Site,
    explain::{Explanation, Given, Line, Press, Question, Seen, explain},
};
use clock::{Instant, Wall};
use store::{Voicemail, sqlite::Reader};

use super::{
    DemoError, caller,
    house::{House, Saw},
    say,
    site::{GUEST, Stage},
    tune,
};
use crate::{daemon::Daemon, plain, time::Clocks, ua::News};

/// The number rung.
const MAIN: &str = "+12025550100";

/// Every phone registers within this.
const REGISTER: Duration = Duration::from_secs(10);

/// How often the switch is asked how far the call has come.
const LOOK: Duration = Duration::from_millis(100);

/// The row of a message is committed within this after the call.
const COMMIT: Duration = Duration::from_secs(3);

/// The file may be so much shorter or longer than what the caller did after the beep.
const TOLERANCE: Duration = Duration::from_millis(750);

/// Lets the phones register and the caller call, and tells it all.
///
/// # Errors
/// Something did not happen that should have.
pub(super) fn tell(stage: &Stage, daemon: &Daemon, house: &House) -> Result<(), DemoError> {
    let site = daemon.site();
    registered(house)?;
    let explanation = foreseen(&site, Clocks::start().now().wall)?;
    let beep = explanation.timeline.iter().find(|event| matches!(event.what, Seen::Recording(_)));
    let beep = beep.ok_or_else(|| fault("no call would come to voicemail"))?.at;
    let trunk = site.trunks.first().ok_or_else(|| fault("the starter site has no trunk"))?;
    say(format_args!(
        "{} calls {MAIN}. Nobody is home; it will leave a message after the beep.\n",
        caller::NUMBER
    ));
    let mut telling = Telling::begin(&site, explanation);
    let spoke = thread::scope(|scope| {
        let (tell, server) = (house.teller(), stage.server);
        let call = scope.spawn(move || caller::call(trunk, server, MAIN, beep, &tell));
        let over = telling.listen(daemon, house);
        call.join().map_err(|_| fault("the caller's thread died"))??;
        Ok::<_, DemoError>(over?.saturating_sub(beep))
    })?;
    message(stage, spoke)
}

fn fault(why: &str) -> DemoError {
    DemoError::LocalStory(why.to_owned())
}

/// Waits until every phone is registered.
fn registered(house: &House) -> Result<(), DemoError> {
    let clocks = Clocks::start();
    let mut waiting: BTreeSet<&str> = house.phones.iter().map(|phone| &**phone).collect();
    while !waiting.is_empty() {
        let left = REGISTER.saturating_sub(clocks.mono().since(Instant::ZERO));
        let Ok(Saw { who, what }) = house.events.recv_timeout(left) else {
            return Err(fault(&format!("not registered: {}", Vec::from_iter(waiting).join(", "))));
        };
        match what {
            News::Registered(_) => drop(waiting.remove(&*who)),
            News::NotRegistered(status) => return Err(fault(&format!("{who} was refused with {status}"))),
            News::Ringing(_) | News::Answered | News::Refused(..) => {}
            News::Called(_) | News::Stopped(_) | News::HungUp => {}
        }
    }
    say(format_args!("registered: {}", house.phones.join(", ")));
    Ok(())
}

/// What the engine says about this very call; its reasons are told as the call comes to them.
fn foreseen(site: &Site, at: Wall) -> Result<Explanation, DemoError> {
    let mut question =
        Question::read(site, caller::NUMBER, MAIN, at).map_err(|error| fault(&error.to_string()))?;
    let (when, key) = caller::KEY;
    question.press = vec![Press::At(when, key)];
    question.given.extend(Given::read(site, &format!("phone:{GUEST}=unreachable")).ok());
    question.speaks = caller::SPEAKS;
    Ok(explain(site, &question))
}

/// How far the story has been told.
struct Telling<'a> {
    site: &'a Site,
    clocks: Clocks,
    /// What it will be about, by the engine.
    foreseen: Explanation,
    /// Lines of that told so far.
    told: usize,
    /// Plan nodes the call has passed so far.
    passed: usize,
    /// Who rings since when.
    ringing: BTreeMap<Arc<str>, Instant>,
}

impl<'a> Telling<'a> {
    /// A story that begins now.
    fn begin(site: &'a Site, foreseen: Explanation) -> Self {
        let clocks = Clocks::start();
        Self { site, clocks, foreseen, told: 0, passed: 0, ringing: BTreeMap::new() }
    }

    /// Tells until the caller has hung up; when that was.
    fn listen(&mut self, daemon: &Daemon, house: &House) -> Result<Duration, DemoError> {
        loop {
            let event = house.events.recv_timeout(LOOK);
            self.plan(&daemon.look());
            self.due();
            match event {
                Ok(Saw { who, what }) if *who == *caller::NUMBER => match what {
                    News::HungUp => {
                        let over = self.now();
                        self.say("caller", "hangs up");
                        self.reasons(self.foreseen.lines.len());
                        return Ok(over);
                    }
                    News::Refused(status, words) => return Err(fault(&format!("{status} {words}"))),
                    News::Answered => self.say("caller", "is answered by the switch"),
                    News::Ringing(status) => self.say("caller", &format!("is told {status}")),
                    News::Registered(_) | News::NotRegistered(_) | News::Called(_) | News::Stopped(_) => {}
                },
                Ok(saw) => self.phone(&saw),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(fault("every phone died")),
            }
        }
    }

    fn phone(&mut self, saw: &Saw) {
        match &saw.what {
            News::Called(from) => {
                self.ringing.insert(Arc::clone(&saw.who), self.clocks.mono());
                self.say(&saw.who, &format!("rings: {from} calls"));
            }
            News::Stopped(why) => {
                let since = self.ringing.remove(&saw.who).unwrap_or_default();
                let rang = self.clocks.mono().since(since).as_secs_f32();
                let why = why.as_deref().unwrap_or("nobody picked up");
                self.say(&saw.who, &format!("stops ringing after {rang:.1} s: {why}"));
            }
            News::Registered(_) | News::NotRegistered(_) | News::Ringing(_) => {}
            News::Answered | News::Refused(..) | News::HungUp => {}
        }
    }

    /// Tells how far the call has come in its plan, and why.
    fn plan(&mut self, view: &View) {
        let Some(call) = view.calls.first() else { return };
        let nodes: Vec<&str> = call.path.split(' ').filter(|node| !node.is_empty()).collect();
        for node in nodes.iter().skip(self.passed) {
            let begins = |line: &Line| line.what.is_some() && self.site.node_name(line.node) == *node;
            if let Some(at) = self.foreseen.lines[self.told..].iter().position(begins) {
                self.reasons(self.told + at + 1);
            } else {
                self.say("plan", node);
            }
        }
        self.passed = nodes.len();
    }

    /// Tells the reasons up to this line. What phones do is told by the phones.
    fn reasons(&mut self, until: usize) {
        for at in self.told..until {
            let line = &self.foreseen.lines[at];
            let party = line.text.split(' ').next().unwrap_or_default();
            let taken = line.taken.map_or("", |taken| if taken { "yes: " } else { "no: " });
            let text = match &line.what {
                Some(what) => format!("{:<17} {what} {taken}{}", self.site.node_name(line.node), line.text),
                None if self.site.phone(party).is_some() => continue,
                None => format!("{:<17} {}", "", line.text),
            };
            self.say("plan", text.trim_end());
        }
        self.told = until;
    }

    /// Tells what is due at the step that the call is in.
    fn due(&mut self) {
        let now = self.now();
        let lines = &self.foreseen.lines[self.told..];
        let due = lines.iter().take_while(|line| line.what.is_none() && line.at <= now).count();
        self.reasons(self.told + due);
    }

    fn now(&self) -> Duration {
        self.clocks.mono().since(Instant::ZERO)
    }

    fn say(&self, who: &str, what: &str) {
        say(format_args!(
            "{:6.1} s  {:<10} {}",
            self.now().as_secs_f32(),
            plain::line(who),
            plain::line(what)
        ));
    }
}

/// Finds the message that was left, and holds it to what the caller said.
fn message(stage: &Stage, spoke: Duration) -> Result<(), DemoError> {
    let row = left(stage)?;
    let path = stage.place.voicemail().join(&*row.mailbox).join(&*row.file);
    let bytes = fs::read(&path).map_err(|error| DemoError::LocalFile(path.clone(), error))?;
    let samples = media::wav::read(&bytes).map_err(|error| fault(&format!("{}: {error}", path.display())))?;
    let lasts = Duration::from_millis(samples.len() as u64 / 8);
    say(format_args!(
        "\na message in mailbox {}, {:.1} s:\n  {}\n",
        row.mailbox,
        lasts.as_secs_f32(),
        path.display()
    ));
    if lasts.abs_diff(spoke) > TOLERANCE {
        return Err(fault(&format!("{spoke:.1?} were spoken after the beep, {lasts:.1?} are in the file")));
    }
    let middle = samples.len() / 2;
    if tune::is_in(&samples[middle - middle / 4..middle + middle / 4]) {
        Ok(())
    } else {
        Err(fault("the message is silent"))
    }
}

/// The newest message, once its row is there.
#[expect(clippy::disallowed_methods, reason = "waits for another thread's disk")]
fn left(stage: &Stage) -> Result<Voicemail, DemoError> {
    let read = || Reader::open(&stage.place.database())?.voicemails(None);
    for _ in 0..COMMIT.as_millis() / LOOK.as_millis() {
        if let Some(row) = read().map_err(|error| fault(&error.to_string()))?.pop() {
            return Ok(row);
        }
        thread::sleep(LOOK);
    }
    Err(fault("no message was left"))
}

/// Says how to take part.
pub(super) fn invite(stage: &Stage) {
    let (config, data) = (stage.place.config.display(), stage.place.data.display());
    say("The switch stays up; Ctrl-C ends it. To take part, register a softphone on this machine:\n");
    say(format_args!("  user name      {GUEST}"));
    say(format_args!("  password       {}", stage.passwords[GUEST]));
    say("  domain         pbx.larch.example");
    say(format_args!("  outbound proxy {}  (UDP or TCP)\n", stage.server));
    say("Then dial 102 for Tom, whose phone now answers with a tune. In another terminal:\n");
    say(format_args!("  ringplan --config {config} --data {data} phones"));
    say(format_args!("  ringplan --config {config} --data {data} calls"));
    say(format_args!("  ringplan --config {config} --data {data} dial --to 111 --from lobby"));
    say(format_args!(
        "  ringplan --config {config} --data {data} explain --from {} --to {MAIN}",
        caller::NUMBER
    ));
}
