//! What reading and writing take from the heap; figures in time come from `examples/cost.rs`.

#![allow(missing_docs, clippy::unwrap_used)]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    fs,
    hint::black_box,
};

use bytes::{Bytes, BytesMut};
use sip::{Message, Name, Status, message::respond_to};

thread_local! {
    static TAKEN: Cell<usize> = const { Cell::new(0) };
}

/// Counts what this thread takes from the system's heap.
struct Counting;

// SAFETY: everything is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TAKEN.set(TAKEN.get() + 1);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static HEAP: Counting = Counting;

fn taken<T>(work: impl FnOnce() -> T) -> usize {
    let before = TAKEN.get();
    black_box(work());
    TAKEN.get() - before
}

/// As a transport hands it over: bytes that are shared already.
fn received(name: &str) -> Bytes {
    let path = format!("{}/tests/data/sip-messages/{name}", env!("CARGO_MANIFEST_DIR"));
    let bytes = Bytes::from(fs::read(path).unwrap());
    drop(bytes.clone());
    bytes
}

#[test]
fn an_ordinary_message_takes_one_allocation() {
    for name in [
        "yealink-t46s-invite.sip",
        "twilio-trunk-invite.sip",
        "polycom-vvx410-register.sip",
        "kamailio-200-invite.sip",
    ] {
        let bytes = received(name);
        assert_eq!(taken(|| Message::parse(bytes.clone()).unwrap()), 1, "{name}");
    }
}

#[test]
fn asking_takes_none() {
    let message = Message::parse(received("yealink-t46s-invite.sip")).unwrap();
    let asked = taken(|| {
        let names =
            (message.from().tag().is_some(), message.to().uri.user().is_some(), message.top_via().rport());
        let lists = (message.vias().count(), message.contacts().is_ok(), message.values(Name::Allow).count());
        (
            names,
            lists,
            message.request_uri().is_some(),
            message.cseq().number,
            message.body(),
            message.clone().raw().len(),
        )
    });
    assert_eq!(asked, 0);
}

#[test]
fn writing_takes_the_bytes_of_the_message() {
    let message = Message::parse(received("yealink-t46s-invite.sip")).unwrap();
    let mut out = BytesMut::with_capacity(4096);
    let mut answer =
        || respond_to(&mut out, &message, ([192, 0, 2, 1], 5060).into(), Status::OK, Some("t")).end();
    assert_eq!(taken(&mut answer), 1);
    assert_eq!(taken(&mut answer), 1);
}
