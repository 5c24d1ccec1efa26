//! One heap for all threads, in huge pages, where the C library is glibc. Others have heaps of their own.
//!
//! By itself glibc makes a heap for each thread, and lets all but the first grow by a page at a time, with a
//! system call for each: on the signalling thread, one a message. And what a switch keeps of calls and
//! transactions is touched once in seconds, all over: with pages of 4 KB nearly every touch has to walk the
//! page table too, which on a virtual machine is a walk of walks.

#[cfg(target_env = "gnu")]
pub(crate) use gnu::settle;

/// Nothing to settle.
#[cfg(not(target_env = "gnu"))]
pub(crate) fn settle() {}

#[cfg(target_env = "gnu")]
mod gnu {
    use std::{ffi::c_int, hint::black_box, ptr};

    use nix::libc::{
        M_ARENA_MAX, M_MXFAST, M_TOP_PAD, M_TRIM_THRESHOLD, MADV_HUGEPAGE, madvise, mallopt, sbrk,
    };

    /// By how much the heap grows: addresses only, memory is taken as it is touched. Room for all that ten
    /// thousand calls keep.
    const STEP: usize = 256 << 20;

    /// A huge page.
    const HUGE: usize = 2 << 20;

    /// Settings: one heap, no list of small chunks that every larger request has to clear away first, growth
    /// by [`STEP`], and nothing given back.
    const SETTINGS: [(c_int, c_int); 4] =
        [(M_ARENA_MAX, 1), (M_MXFAST, 0), (M_TOP_PAD, STEP as c_int), (M_TRIM_THRESHOLD, c_int::MAX)];

    /// Settles the heap before any other thread runs. A system without huge pages, or without room for the
    /// step, goes on with what it has.
    pub(crate) fn settle() {
        for (setting, value) in SETTINGS {
            // SAFETY: it sets a number of the allocator, and no other thread runs yet.
            unsafe { mallopt(setting, value) };
        }
        // More than a heap has at first, in pieces that are still served from it: it takes its first step.
        drop(black_box([(); 3].map(|()| Vec::<u8>::with_capacity(100 << 10))));
        // SAFETY: asked for no change it only tells where the heap ends.
        let end = unsafe { sbrk(0) } as usize;
        let begin = end.saturating_sub(STEP).next_multiple_of(HUGE);
        // SAFETY: it advises on pages and changes nothing that they hold; a range that isn't all ours to
        // advise on is refused.
        unsafe { madvise(ptr::with_exposed_provenance_mut(begin), end - begin, MADV_HUGEPAGE) };
    }
}
