//! The rows of a store without a disk below them.

use std::{collections::BTreeMap, sync::Arc};

use clock::Wall;

use crate::{
    Began, Binding, BindingKey, CallId, Contact, Erased, ImportId, Known, Last, Record, Request, State,
    Subscription, Voicemail, commit,
};

/// Every table, each in the order of its key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    pub(crate) bindings: BTreeMap<BindingKey, Binding>,
    pub(crate) open: BTreeMap<CallId, Began>,
    pub(crate) records: BTreeMap<CallId, Record>,
    pub(crate) voicemails: BTreeMap<(Arc<str>, Arc<str>), Voicemail>,
    pub(crate) subscriptions: BTreeMap<Arc<str>, Subscription>,
    /// Numbers that one of us talked with.
    talked: BTreeMap<Arc<str>, Last>,
    /// What each import says of each number.
    contacts: BTreeMap<(Arc<str>, ImportId), Contact>,
    /// Imports that are whole, and since when.
    imports: BTreeMap<ImportId, Wall>,
    pub(crate) erased: Vec<Erased>,
    pointers: BTreeMap<Arc<str>, u32>,
    values: BTreeMap<Arc<str>, Arc<[u8]>>,
    last_call: Option<CallId>,
}

impl Tables {
    /// Applies one row; a row that comes again changes nothing.
    pub(crate) fn apply(&mut self, row: Request) {
        match row {
            Request::Load | Request::AskCaller(..) => {}
            Request::PutBinding(_, binding) => {
                self.bindings.insert(binding.key.clone(), *binding);
            }
            Request::DropBinding(_, key) => {
                self.bindings.remove(&key);
            }
            Request::PutSubscription(_, subscription) => {
                self.subscriptions.insert(subscription.tag.clone(), *subscription);
            }
            Request::DropSubscription(tag) => {
                self.subscriptions.remove(&tag);
            }
            Request::Began(call, began) => {
                self.last_call = self.last_call.max(Some(call));
                self.open.insert(call, *began);
            }
            Request::Record(record) => {
                self.last_call = self.last_call.max(Some(record.call));
                self.open.remove(&record.call);
                self.talk(&record);
                self.records.insert(record.call, *record);
            }
            Request::Voicemail(voicemail) => {
                let key = (Arc::clone(&voicemail.mailbox), Arc::clone(&voicemail.file));
                self.voicemails.insert(key, *voicemail);
            }
            Request::HeardVoicemail(mailbox, file) => {
                if let Some(voicemail) = self.voicemails.get_mut(&(mailbox, file)) {
                    voicemail.heard = true;
                }
            }
            Request::DropVoicemail(mailbox, file) => {
                self.voicemails.remove(&(mailbox, file));
            }
            Request::Pointer(group, at) => {
                self.pointers.insert(group, at);
            }
            Request::Put(_, name, value) => {
                self.values.insert(name, value);
            }
            Request::PutContacts(import, contacts) => {
                contacts.iter().for_each(|contact| self.put_contact(import, contact));
            }
            Request::FinishContacts(import, at) => {
                self.imports.insert(import, at);
            }
            Request::EraseContact(number, erased) => self.erase(&number, *erased),
        }
    }

    /// What is known of whoever has this number.
    pub(crate) fn known(&self, number: &str) -> Known {
        let told = self.told(number);
        let by_contact = |person: fn(&Contact) -> &Arc<str>| told.map(|(contact, at)| (person(contact), at));
        Known {
            talked: self.talked.contains_key(number),
            last_agent: commit::last(self.talked.get(number).cloned(), by_contact(|it| &it.last_agent)),
            last_texter: commit::last(None, by_contact(|it| &it.last_texter)),
            contact: told.map(|(contact, _)| contact.clone()),
        }
    }

    /// Whoever has no name changes nothing of who was it last.
    fn talk(&mut self, record: &Record) {
        let Some(number) = commit::talked_with(record) else { return };
        let now = Last { person: record.agent.clone(), at: commit::talked_at(record) };
        let last = self.talked.entry(number.into()).or_insert_with(|| now.clone());
        if !now.person.is_empty() && now.at >= last.at {
            *last = now;
        }
    }

    fn contact(&self, number: &str) -> Option<&Contact> {
        self.told(number).map(|(contact, _)| contact)
    }

    fn told(&self, number: &str) -> Option<(&Contact, Wall)> {
        let number: Arc<str> = number.into();
        let said = self.contacts.range((number.clone(), ImportId(0))..=(number, ImportId(u64::MAX)));
        let mut counted = said.rev().filter_map(|((_, import), it)| Some((it, *self.imports.get(import)?)));
        counted.next()
    }

    /// What counts of a number stays beside what the import says, until it is whole; all else goes.
    fn put_contact(&mut self, import: ImportId, contact: &Contact) {
        for number in &contact.numbers {
            let said =
                self.contacts.range((number.clone(), ImportId(0))..=(number.clone(), ImportId(u64::MAX)));
            let imports: Vec<_> = said.map(|((_, import), _)| *import).collect();
            let counts = imports.iter().rev().find(|import| self.imports.contains_key(import));
            for old in imports.iter().filter(|old| Some(*old) != counts && **old < import) {
                self.contacts.remove(&(number.clone(), *old));
            }
            self.contacts.insert((number.clone(), import), contact.clone());
        }
    }

    fn erase(&mut self, number: &Arc<str>, erased: Erased) {
        let contact = self.contact(number).cloned();
        let others = contact.iter().flat_map(|contact| contact.numbers.iter());
        // A number that somebody else has by now stays theirs.
        let own = others.filter(|other| self.contact(other) == contact.as_ref()).cloned();
        for number in own.chain([number.clone()]).collect::<Vec<_>>() {
            self.contacts.retain(|(owned, _), _| *owned != number);
            self.talked.remove(&number);
        }
        self.erased.push(erased);
    }

    /// What a start reads at `now`. Calls up to `floor`, the last one of the process before, that have no
    /// record are lost; their records are returned to be written.
    pub(crate) fn load(&self, floor: Option<CallId>, now: Wall) -> (State, Vec<Record>) {
        let lost: Vec<Record> = self
            .open
            .iter()
            .filter(|&(&call, _)| Some(call) <= floor)
            .map(|(&call, began)| commit::lost(call, began.clone()))
            .collect();
        let state = State {
            bindings: self.bindings.values().filter(|b| commit::honoured(b, now)).cloned().collect(),
            pointers: self.pointers.iter().map(|(group, &at)| (Arc::clone(group), at)).collect(),
            values: self.values.iter().map(|(name, value)| (Arc::clone(name), Arc::clone(value))).collect(),
            lost: lost.iter().map(|record| record.call).collect(),
            last_call: self.last_call,
            subscriptions: self.subscriptions.values().cloned().collect(),
            messages: self.messages(),
        };
        (state, lost)
    }

    fn messages(&self) -> Vec<Voicemail> {
        let mut messages: Vec<_> = self.voicemails.values().cloned().collect();
        messages.sort_by(|one, other| (one.at, &one.file).cmp(&(other.at, &other.file)));
        messages
    }

    /// Highest call id ever used.
    pub(crate) fn last_call(&self) -> Option<CallId> {
        self.last_call
    }
}
