//! What a switch may expect of its store, whichever backend answers.
//!
//! Each rule runs on the memory store in virtual time and on SQLite in a file.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, mpsc},
    time::Duration,
};

use clock::{Now, Wall};
use smallvec::smallvec;
use store::{
    Asker, Began, Binding, BindingKey, CallId, Charge, Contact, Direction, End, Erased, ImportId, Known,
    Last, LegRecord, Record, Reply, Request, State, Subscription, Ticket, Voicemail,
    memory::Memory,
    sqlite::{self, Filter, Handle, Reader},
};

/// Call, outcome, end, legs and journal of a record.
type Kept = (CallId, String, Option<End>, Vec<LegRecord>, Vec<u8>);

/// A backend with a disk that outlives its process.
trait Backend {
    fn ask(&mut self, request: Request);
    /// The next reply, however long it takes.
    fn reply(&mut self) -> Reply;
    /// The process ends after its commits, and another begins.
    fn restart(&mut self);
    /// Every record on disk, the oldest first.
    fn records(&mut self) -> Vec<Kept>;
    fn voicemails(&mut self) -> Vec<Voicemail>;
    fn erased(&mut self) -> Vec<Erased>;

    fn load(&mut self) -> State {
        self.ask(Request::Load);
        let reply = self.reply();
        let Reply::Loaded(state) = reply else { panic!("{reply:?}") };
        *state
    }
}

struct InMemory {
    memory: Memory,
    now: Now,
}

impl InMemory {
    fn new(_rule: &str) -> Self {
        let wall = Wall::from_unix_micros(1_800_000_000_000_000);
        Self { memory: Memory::new(), now: Now { wall, ..Now::default() } }
    }

    fn pass_to_deadline(&mut self) -> bool {
        let Some(at) = self.memory.timeout() else { return false };
        self.now = self.now.after(at.since(self.now.mono));
        true
    }
}

impl Backend for InMemory {
    fn ask(&mut self, request: Request) {
        self.memory.handle(self.now, request);
    }

    fn reply(&mut self) -> Reply {
        loop {
            if let Some(reply) = self.memory.poll(self.now) {
                return reply;
            }
            assert!(self.pass_to_deadline(), "nothing will ever be said");
        }
    }

    fn restart(&mut self) {
        while self.pass_to_deadline() {
            assert!(self.memory.poll(self.now).is_none(), "a reply nobody took");
        }
        self.memory.crash();
    }

    fn records(&mut self) -> Vec<Kept> {
        self.restart();
        self.memory
            .records()
            .map(|r| (r.call, r.outcome.to_owned(), r.end, r.legs.to_vec(), r.journal.to_vec()))
            .collect()
    }

    fn voicemails(&mut self) -> Vec<Voicemail> {
        self.restart();
        self.memory.voicemails().cloned().collect()
    }

    fn erased(&mut self) -> Vec<Erased> {
        self.restart();
        self.memory.erased().to_vec()
    }
}

struct InFile {
    path: PathBuf,
    handle: Option<Handle>,
    replies: mpsc::Receiver<Vec<Reply>>,
    said: std::vec::IntoIter<Reply>,
}

impl InFile {
    fn new(rule: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("conformance").join(rule);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("ringplan.db");
        let (handle, replies) = open(&path);
        Self { path, handle: Some(handle), replies, said: Vec::new().into_iter() }
    }

    fn reader(&mut self) -> Reader {
        self.restart();
        Reader::open(&self.path).unwrap()
    }
}

fn open(path: &std::path::Path) -> (Handle, mpsc::Receiver<Vec<Reply>>) {
    let (answer, replies) = mpsc::channel();
    (sqlite::spawn(path, move |group| drop(answer.send(group))).unwrap(), replies)
}

impl Backend for InFile {
    fn ask(&mut self, request: Request) {
        self.handle.as_ref().unwrap().send(request);
    }

    fn reply(&mut self) -> Reply {
        loop {
            if let Some(reply) = self.said.next() {
                return reply;
            }
            self.said = self.replies.recv_timeout(Duration::from_secs(60)).unwrap().into_iter();
        }
    }

    fn restart(&mut self) {
        assert_eq!(self.handle.take().unwrap().close(Duration::ZERO), 0);
        let (handle, replies) = open(&self.path);
        (self.handle, self.replies) = (Some(handle), replies);
    }

    fn records(&mut self) -> Vec<Kept> {
        let rows = self.reader().records(&Filter::default()).unwrap().into_iter().rev();
        let mut stepped = Vec::new();
        let read = self.reader().each_record(Wall::from_unix_micros(0), |row| {
            stepped.push(row);
            true
        });
        read.unwrap();
        assert!(rows.clone().eq(stepped), "one by one they are the same, the oldest first");
        rows.map(|row| (row.call, row.outcome.to_string(), row.end, row.legs.to_vec(), row.journal.to_vec()))
            .collect()
    }

    fn voicemails(&mut self) -> Vec<Voicemail> {
        self.reader().voicemails(None).unwrap()
    }

    fn erased(&mut self) -> Vec<Erased> {
        self.reader().erased().unwrap()
    }
}

macro_rules! on_both {
    ($($rule:ident)*) => {
        mod in_memory { $(#[test] fn $rule() { super::$rule(super::InMemory::new(stringify!($rule))); })* }
        mod in_file { $(#[test] fn $rule() { super::$rule(super::InFile::new(stringify!($rule))); })* }
    };
}

on_both! {
    acknowledged_binding_survives
    binding_of_the_same_instance_is_replaced
    dropped_binding_is_gone
    last_change_of_each_binding_holds
    binding_is_honoured_half_an_interval_longer
    tickets_are_answered_in_order
    call_without_record_is_lost_at_the_next_start
    call_of_this_process_is_never_lost
    record_comes_back_with_its_legs
    row_written_twice_counts_once
    voicemail_is_listed_until_dropped
    what_was_heard_stays_heard
    numbers_talked_with_are_known
    import_counts_once_it_is_whole
    who_talked_last_is_remembered
    erased_contact_is_forgotten
    subscriptions_and_messages_survive
    pointers_and_values_survive
    hostile_text_is_kept_verbatim
}

fn binding(phone: &str, instance: &str, expires_s: i64) -> Binding {
    Binding {
        key: BindingKey { phone: phone.into(), instance: instance.into() },
        contact: "sip:rosa@198.51.100.7:5062".into(),
        path: "".into(),
        flow: "udp 192.0.2.1:5060 198.51.100.7:5062 0".into(),
        behind_nat: true,
        call_id: "reg-1@phone".into(),
        cseq: 4_000_000_000,
        q: 500,
        agent: "Phone/1.0".into(),
        expires: Wall::from_unix_micros(expires_s * 1_000_000),
        interval_s: 600,
    }
}

/// Far ahead of any clock that runs these tests.
const LATER_S: i64 = 4_000_000_000;

fn began(at: i64) -> Began {
    Began {
        at: Wall::from_unix_micros(at),
        from: "+12025550142".into(),
        to: "+12025550100".into(),
        direction: Direction::Inbound,
        version: 41,
        sip_call_id: "a1@carrier".into(),
    }
}

fn record(call: CallId, at: i64) -> Record {
    let leg = LegRecord {
        party: "phone:rosa-desk".into(),
        number: "101".into(),
        started_ms: 3,
        rang_ms: Some(80),
        answered_ms: None,
        ended_ms: 30_003,
        status: 487,
        sip_call_id: "b1@switch".into(),
        packets: (0, u64::from(u32::MAX) + 1),
        charge: Some(Charge { billionths: 8_500_000, payer: "rosa".into() }),
    };
    Record {
        call,
        began: began(at),
        person: "".into(),
        answered: Some(Wall::from_unix_micros(at + 1)),
        end: Some(End { at: Wall::from_unix_micros(at + 2_000_000), lasted_ms: 2000 }),
        outcome: "voicemail",
        cause: "left-message",
        ended_by: "caller",
        agent: "".into(),
        legs: smallvec![LegRecord { party: "trunk:carrier-a".into(), charge: None, ..leg.clone() }, leg],
        events: [1, 2, 3].into(),
        journal: [4, 5].into(),
        path: "main#1 main#2".into(),
    }
}

/// A binding whose ticket was answered is there after a restart, to the last field.
fn acknowledged_binding_survives(mut store: impl Backend) {
    let kept = binding("rosa-desk", "<urn:uuid:1>;1", LATER_S);
    store.ask(Request::PutBinding(Some(Ticket(7)), Box::new(kept.clone())));
    assert!(matches!(store.reply(), Reply::Committed(Ticket(7))));
    store.restart();
    assert_eq!(store.load().bindings, [kept]);
}

fn binding_of_the_same_instance_is_replaced(mut store: impl Backend) {
    let moved = Binding { contact: "sip:rosa@203.0.113.9".into(), ..binding("rosa-desk", "a", LATER_S) };
    store.ask(Request::PutBinding(None, Box::new(binding("rosa-desk", "a", LATER_S))));
    store.ask(Request::PutBinding(None, Box::new(binding("rosa-desk", "b", LATER_S))));
    store.ask(Request::PutBinding(None, Box::new(moved.clone())));
    assert_eq!(store.load().bindings, [moved, binding("rosa-desk", "b", LATER_S)]);
}

fn dropped_binding_is_gone(mut store: impl Backend) {
    let gone = binding("rosa-desk", "a", LATER_S);
    store.ask(Request::PutBinding(None, Box::new(gone.clone())));
    store.ask(Request::DropBinding(Some(Ticket(1)), gone.key));
    assert!(matches!(store.reply(), Reply::Committed(Ticket(1))));
    assert_eq!(store.load().bindings, []);
}

/// However many changes there were, in however many processes.
fn last_change_of_each_binding_holds(mut store: impl Backend) {
    let mut expected = BTreeMap::new();
    for n in 0..12_000_u32 {
        let instance = (n.wrapping_mul(2_654_435_761) >> 24).to_string();
        let changed = Binding { cseq: n, ..binding("rosa-desk", &instance, LATER_S) };
        if n % 7 == 0 {
            expected.remove(&changed.key);
            store.ask(Request::DropBinding(None, changed.key));
        } else {
            expected.insert(changed.key.clone(), changed.clone());
            store.ask(Request::PutBinding(None, Box::new(changed)));
        }
        if n % 3_500 == 0 {
            store.restart();
        }
    }
    assert!(store.load().bindings.iter().eq(expected.values()));
    store.restart();
    assert!(store.load().bindings.iter().eq(expected.values()));
}

/// Pure refreshes are not all written, so a start adds half an interval; what is older is not offered.
fn binding_is_honoured_half_an_interval_longer(mut store: impl Backend) {
    store.ask(Request::PutBinding(None, Box::new(binding("old", "a", 1_000_000_000))));
    let long = Binding { interval_s: u32::MAX, ..binding("long", "a", 1_000_000_000) };
    store.ask(Request::PutBinding(None, Box::new(long.clone())));
    assert_eq!(store.load().bindings, [long]);
}

fn tickets_are_answered_in_order(mut store: impl Backend) {
    for n in 0..1000 {
        let row = Box::new(binding("rosa-desk", &n.to_string(), LATER_S));
        store.ask(Request::PutBinding((n % 3 != 0).then_some(Ticket(n)), row));
    }
    for n in (0..1000).filter(|n| n % 3 != 0) {
        let reply = store.reply();
        assert!(matches!(reply, Reply::Committed(Ticket(ticket)) if ticket == n), "{reply:?}");
    }
}

/// The next start closes it, once. When it ended nobody knows, whatever else the process did before it died.
fn call_without_record_is_lost_at_the_next_start(mut store: impl Backend) {
    store.ask(Request::Began(CallId(1), Box::new(began(1_000_000))));
    store.ask(Request::Began(CallId(2), Box::new(began(2_000_000))));
    store.ask(Request::Record(Box::new(record(CallId(2), 2_000_000))));
    store.restart();
    let state = store.load();
    assert_eq!((&state.lost[..], state.last_call), (&[CallId(1)][..], Some(CallId(2))));
    assert_eq!(store.load().lost, [], "closed once");
    let outcomes: Vec<_> =
        store.records().into_iter().map(|(call, outcome, end, ..)| (call.0, outcome, end)).collect();
    let end = record(CallId(2), 2_000_000).end;
    assert_eq!(outcomes, [(1, "lost".to_owned(), None), (2, "voicemail".to_owned(), end)]);
}

fn call_of_this_process_is_never_lost(mut store: impl Backend) {
    store.load();
    store.ask(Request::Began(CallId(1), Box::new(began(1))));
    assert_eq!(store.load().lost, []);
}

fn record_comes_back_with_its_legs(mut store: impl Backend) {
    let asked = record(CallId(9), 5);
    store.ask(Request::Began(CallId(9), Box::new(began(5))));
    store.ask(Request::Record(Box::new(asked.clone())));
    assert_eq!(
        store.records(),
        [(CallId(9), "voicemail".to_owned(), asked.end, asked.legs.to_vec(), vec![4, 5])]
    );
}

fn row_written_twice_counts_once(mut store: impl Backend) {
    for row in
        [Request::Began(CallId(9), Box::new(began(5))), Request::Record(Box::new(record(CallId(9), 5)))]
    {
        store.ask(row.clone());
        store.ask(row);
    }
    assert_eq!(store.records().len(), 1);
}

/// A message for the reception.
fn left(file: &str, heard: bool) -> Voicemail {
    Voicemail {
        call: CallId(9),
        mailbox: "reception".into(),
        from: "".into(),
        at: Wall::from_unix_micros(5),
        lasted_ms: 4200,
        file: file.into(),
        interrupted: false,
        heard,
    }
}

fn voicemail_is_listed_until_dropped(mut store: impl Backend) {
    let left = |file| left(file, false);
    store.ask(Request::Voicemail(Box::new(left("a.wav"))));
    store.ask(Request::Voicemail(Box::new(left("b.wav"))));
    store.ask(Request::DropVoicemail("reception".into(), "a.wav".into()));
    assert_eq!(store.voicemails(), [left("b.wav")]);
}

/// Over a restart too, and what is gone does not come back by having been heard.
fn what_was_heard_stays_heard(mut store: impl Backend) {
    for file in ["a.wav", "b.wav", "c.wav"] {
        store.ask(Request::Voicemail(Box::new(left(file, false))));
    }
    store.ask(Request::DropVoicemail("reception".into(), "c.wav".into()));
    for file in ["a.wav", "c.wav"] {
        store.ask(Request::HeardVoicemail("reception".into(), file.into()));
    }
    store.restart();
    assert_eq!(store.load().messages, [left("a.wav", true), left("b.wav", false)]);
}

/// Only a person of ours who talked makes a number known: neither a message nor an inside call does.
fn numbers_talked_with_are_known(mut store: impl Backend) {
    let call = |at, direction, from: &str, to: &str, outcome| {
        let mut record = record(CallId(at), 1_800_000_000_000_000);
        (record.began.direction, record.outcome) = (direction, outcome);
        (record.began.from, record.began.to) = (from.into(), to.into());
        Request::Record(Box::new(record))
    };
    store.load();
    store.ask(call(1, Direction::Inbound, "+12025550142", "+12025550100", "answered"));
    store.ask(call(2, Direction::Outbound, "101", "+12025550177", "answered"));
    store.ask(call(3, Direction::Inbound, "+12025550143", "+12025550100", "voicemail"));
    store.ask(call(4, Direction::Internal, "101", "102", "answered"));
    store.restart();
    let table = [("+12025550142", true), ("+12025550177", true), ("+12025550143", false), ("102", false)];
    for (asker, (number, known)) in (0..).map(Asker).zip(table) {
        store.ask(Request::AskCaller(asker, number.into()));
        let reply = store.reply();
        assert!(
            matches!(&reply, Reply::Caller(who, said) if (*who, said.talked) == (asker, known)),
            "{number}: {reply:?}"
        );
    }
}

fn contact(numbers: &[&str], name: &str) -> Contact {
    Contact {
        numbers: numbers.iter().map(|number| Arc::from(*number)).collect(),
        name: name.into(),
        owner: "ana".into(),
        campaign: "spring".into(),
        tags: ["vip".into(), "bin'; DROP TABLE contacts".into()].into(),
        last_agent: "ben".into(),
        last_texter: "cho".into(),
        group: "sales".into(),
        language: "es".into(),
    }
}

/// Who has each of these numbers.
fn names(store: &mut impl Backend, numbers: &[&str]) -> Vec<Option<Arc<str>>> {
    let known = numbers.iter().map(|number| known(store, number).contact.map(|contact| contact.name));
    known.collect()
}

fn known(store: &mut impl Backend, number: &str) -> Known {
    store.ask(Request::AskCaller(Asker(7), number.into()));
    let reply = store.reply();
    let Reply::Caller(Asker(7), known) = reply else { panic!("{reply:?}") };
    *known
}

const NUMBERS: [&str; 3] = ["+12025550142", "+12025550143", "+12025550144"];

/// Whoever ends in the middle of a file leaves everything as it was.
fn import_counts_once_it_is_whole(mut store: impl Backend) {
    let [one, two, three] = NUMBERS;
    let put = |import, numbers: &[&str], name: &str| {
        Request::PutContacts(ImportId(import), [contact(numbers, name)].into())
    };
    let at = Wall::from_unix_micros(1_800_000_000_000_000);
    store.ask(put(1, &[one, two], "Ann"));
    store.restart();
    assert_eq!(names(&mut store, &NUMBERS), [None, None, None]);
    store.ask(Request::FinishContacts(ImportId(1), at));
    store.restart();
    assert_eq!(known(&mut store, two).contact, Some(contact(&[one, two], "Ann")));
    // The second breaks off, the third says something of two numbers and nothing of the first.
    store.ask(put(2, &[one], "Nobody"));
    store.ask(put(3, &[two, three], "Bob"));
    store.ask(put(3, &[two, three], "Bob"));
    store.restart();
    let ann: Option<Arc<str>> = Some("Ann".into());
    assert_eq!(names(&mut store, &NUMBERS), [ann.clone(), ann.clone(), None]);
    store.ask(Request::FinishContacts(ImportId(3), at));
    store.restart();
    let bob: Option<Arc<str>> = Some("Bob".into());
    assert_eq!(names(&mut store, &NUMBERS), [ann, bob.clone(), bob]);
}

/// The later call counts, whichever was written first; a phone without a person changes nothing, and a contact's word
/// counts where no call says.
fn who_talked_last_is_remembered(mut store: impl Backend) {
    let [one, two, three] = NUMBERS;
    let second = |at: i64| Wall::from_unix_micros((1_800_000_000 + at) * 1_000_000);
    let talk = |call: u64, number: &str, agent: &str, at: i64| {
        let mut record = record(CallId(call), 1_800_000_000_000_000);
        (record.began.direction, record.outcome) = (Direction::Inbound, "answered");
        (record.began.from, record.agent) = (number.into(), agent.into());
        record.end = Some(End { at: second(at), lasted_ms: 1000 });
        Request::Record(Box::new(record))
    };
    store.load();
    for (call, number, agent, at) in
        [(1, one, "ana", 50), (2, one, "ben", 70), (3, one, "cho", 60), (4, one, "", 80)]
    {
        store.ask(talk(call, number, agent, at));
    }
    store.ask(talk(5, two, "", 50));
    let contact = contact(&[one, two, three], "Ann");
    store.ask(Request::PutContacts(ImportId(1), [contact].into()));
    store.ask(Request::FinishContacts(ImportId(1), second(5)));
    store.restart();
    let last = |person: &str, at| Some(Last { person: person.into(), at: second(at) });
    for (number, agent) in [(one, last("ben", 70)), (two, last("ben", 5)), (three, last("ben", 5))] {
        let known = known(&mut store, number);
        assert_eq!((known.last_agent, known.last_texter), (agent, last("cho", 5)), "{number}");
    }
}

/// On all numbers that are still theirs; what was said of them is said no more, and that it was is kept.
fn erased_contact_is_forgotten(mut store: impl Backend) {
    let [one, two, three] = NUMBERS;
    let at = Wall::from_unix_micros(1_800_000_000_000_000);
    let mut call = record(CallId(1), 1_800_000_000_000_000);
    (call.began.direction, call.outcome, call.began.from) = (Direction::Inbound, "answered", two.into());
    store.load();
    store.ask(Request::Record(Box::new(call)));
    for (import, numbers, name) in [(1, NUMBERS.as_slice(), "Ann"), (2, &[three], "Bob")] {
        store.ask(Request::PutContacts(ImportId(import), [contact(numbers, name)].into()));
        store.ask(Request::FinishContacts(ImportId(import), at));
    }
    store.restart();
    assert!(known(&mut store, two).talked);
    let erased = Erased { at, line: "a contact with 2 numbers".into() };
    store.ask(Request::EraseContact(one.into(), Box::new(erased.clone())));
    store.restart();
    assert_eq!(names(&mut store, &NUMBERS), [None, None, Some("Bob".into())]);
    assert_eq!(known(&mut store, two), Known::default());
    assert_eq!(store.erased(), [erased]);
}

fn subscriptions_and_messages_survive(mut store: impl Backend) {
    let subscription = |tag: &str, expires| Subscription {
        tag: tag.into(),
        phone: "rosa-desk".into(),
        device: ";+sip.instance=\"x\"".into(),
        flow: "udp 192.0.2.1:5060 198.51.100.7:5060 0".into(),
        event: "dialog;id=7".into(),
        watched: "person:ana".into(),
        entity: "sip:111@pbx.example".into(),
        call_id: "1@198.51.100.7".into(),
        remote_tag: "r".into(),
        local_party: "<sip:111@pbx.example>".into(),
        remote_party: "<sip:rosa-desk@pbx.example>".into(),
        cseq: 2,
        target: "sip:rosa-desk@198.51.100.7:5060".into(),
        routes: "<sip:192.0.2.9;lr>".into(),
        began: Wall::from_unix_micros(1),
        expires: Wall::from_unix_micros(expires),
    };
    let left = |mailbox: &str, file: &str| Voicemail {
        call: CallId(9),
        mailbox: mailbox.into(),
        from: "".into(),
        at: Wall::from_unix_micros(5),
        lasted_ms: 4200,
        file: file.into(),
        interrupted: false,
        heard: false,
    };
    store.ask(Request::PutSubscription(Some(Ticket(1)), Box::new(subscription("a", 5))));
    assert!(matches!(store.reply(), Reply::Committed(Ticket(1))));
    store.ask(Request::PutSubscription(None, Box::new(subscription("a", 6))));
    store.ask(Request::PutSubscription(None, Box::new(subscription("b", 5))));
    store.ask(Request::DropSubscription("b".into()));
    for (mailbox, file) in [("sales", "0.wav"), ("reception", "a.wav"), ("sales", "a.wav")] {
        store.ask(Request::Voicemail(Box::new(left(mailbox, file))));
    }
    store.restart();
    let state = store.load();
    assert_eq!(state.subscriptions, [subscription("a", 6)]);
    let messages: Vec<_> = state.messages.iter().map(|it| (&*it.mailbox, &*it.file)).collect();
    assert_eq!(messages, [("sales", "0.wav"), ("reception", "a.wav"), ("sales", "a.wav")]);
}

fn pointers_and_values_survive(mut store: impl Backend) {
    let key: Arc<[u8]> = [0, 255, 7].into();
    store.ask(Request::Pointer("sales".into(), 3));
    store.ask(Request::Pointer("sales".into(), 4));
    store.ask(Request::Put(None, "nonce-key".into(), Arc::clone(&key)));
    store.restart();
    let state = store.load();
    assert_eq!(state.pointers, [("sales".into(), 4)]);
    assert_eq!(state.values, [("nonce-key".into(), key)]);
}

/// RELIABILITY I2: nothing a peer writes is ever read as SQL.
fn hostile_text_is_kept_verbatim(mut store: impl Backend) {
    let hostile = "x'); DROP TABLE bindings; --\"\u{0}\r\n%s{{7*7}}";
    let mut kept = binding(hostile, hostile, LATER_S);
    (kept.agent, kept.contact, kept.call_id) = (hostile.into(), hostile.into(), hostile.into());
    store.ask(Request::PutBinding(None, Box::new(kept.clone())));
    store.restart();
    assert_eq!(store.load().bindings, [kept]);
}
