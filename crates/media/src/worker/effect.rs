//! What a worker wants done with sockets and files.

use std::{path::Path, sync::Arc};

use crate::{
    control::{Reply, StreamId, TaskId},
    latch::Aim,
    stream::Stream,
};

/// One of the two sockets of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// The even port.
    Rtp,
    /// The odd one above it.
    Rtcp,
}

/// Something to be done outside, in order. A stream is named by its even port.
#[derive(Debug)]
pub enum Effect {
    /// Tell the switch.
    Reply(Reply),
    /// Bind a pair and answer with [`Worker::bound`](super::Worker::bound).
    Bind {
        /// Even port.
        port: u16,
    },
    /// Throw away what lies in the pair's buffers, and read from now on.
    Listen {
        /// Even port.
        port: u16,
    },
    /// Send there, and if so told hear only from there.
    Point {
        /// Even port.
        port: u16,
        /// Which of the pair.
        channel: Channel,
        /// Where to.
        aim: Aim,
    },
    /// Stop reading, and forget all addresses; the pair stays bound.
    Rest {
        /// Even port.
        port: u16,
    },
    /// Pack the pair with its stream into a [`Parcel`](crate::control::Parcel) and answer the switch.
    Detach {
        /// Even port.
        port: u16,
        /// Goes with the sockets; comes back through [`Worker::attach`](super::Worker::attach).
        stream: Luggage,
    },
    /// Give the disk an order.
    Disk(DiskOrder),
}

/// A stream on its way, with its tasks.
#[derive(Debug)]
pub struct Luggage(pub(crate) Box<Stream>);

/// A prompt that is still a WAV.
#[derive(Clone, Debug)]
pub enum Sound {
    /// In this file.
    File(Arc<Path>),
    /// These bytes.
    Wave(Arc<[u8]>),
    /// These, one after another.
    Waves(Arc<[Arc<[u8]>]>),
}

/// What the disk is to do. It does orders in turn.
#[derive(Clone, Debug)]
pub enum DiskOrder {
    /// Read a prompt; answered with [`Worker::loaded`](super::Worker::loaded).
    Load {
        /// For whom.
        task: TaskId,
        /// The WAV.
        sound: Sound,
    },
    /// Begin a recording. Its failure, now or later, is told with [`Worker::saved`](super::Worker::saved).
    Begin {
        /// Names it.
        task: TaskId,
        /// The WAV to be.
        path: Arc<Path>,
    },
    /// Add samples.
    Append {
        /// To which.
        task: TaskId,
        /// 8 kHz.
        samples: Box<[i16]>,
    },
    /// End a recording; answered with [`Worker::saved`](super::Worker::saved), unless it failed before.
    Finish {
        /// Which.
        task: TaskId,
    },
    /// A recording's stream moved to this thread: answers come here from now on.
    Adopt {
        /// Which.
        task: TaskId,
    },
}

impl Luggage {
    /// Whose it is.
    pub fn stream(&self) -> StreamId {
        self.0.id
    }
}
