//! A packet that is changed from one codec into another takes no memory, once both sides are warm; only the encoder of Opus
//! does, and gives it back.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering},
};

use clock::Instant;
use media::{
    codec::{
        coder::{Codec, SOUND_MAX},
        g711::Law,
        resample::RATE,
    },
    convert::{Ear, Mouth},
    stage::tone::sine,
};

/// The system's, with a count.
struct Counting;

static TAKEN: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TAKEN.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// What the encoder of Opus takes for a packet of speech: three frames of sound beside its own.
const OPUS_MAX: usize = 3;

/// Goal: nothing is allocated for a packet. Method: three seconds of a tone, the first of them to warm up. This test is
/// alone in its program, for the count is everybody's.
#[test]
fn a_packet_on_its_way_takes_no_memory() {
    const ALL: [Codec; 4] = [Codec::Law(Law::Mu), Codec::Law(Law::A), Codec::G722, Codec::Opus];
    let tone = sine(RATE, 700.0, 8000.0, 24_000);
    for from in ALL {
        for to in ALL {
            let (mut theirs, mut ear, mut mouth) = (Mouth::new(from), Ear::new(from), Mouth::new(to));
            let (mut sound, mut bytes) = ([0; SOUND_MAX], [0; 1500]);
            let mut warm = 0;
            for (frame, turn) in tone.chunks_exact(160).zip(0..) {
                let now = Instant::from_micros(turn * 20_000);
                let len = theirs.speak(now, frame, RATE, &mut bytes).unwrap();
                let count = ear.hear(now, &bytes[..len], &mut sound).unwrap();
                mouth.speak(now, &sound[..count], from.rate(), &mut bytes).unwrap();
                if turn == 50 {
                    warm = TAKEN.load(Ordering::Relaxed);
                }
            }
            let taken = TAKEN.load(Ordering::Relaxed) - warm;
            // Of 99 packets, each encoded for the one and then for the other.
            let encoders = [from, to].iter().filter(|codec| **codec == Codec::Opus).count();
            assert!(taken <= 99 * OPUS_MAX * encoders, "{from:?} to {to:?}: {taken}");
        }
    }
}
