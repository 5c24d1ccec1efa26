//! The daemon's side: a listener and a task a connection, on the runtime.
//!
//! There is always room for one guest more: where all chairs are taken, whoever has said nothing for longest
//! leaves. A guest whose question is being answered stays.

use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt,
    path::Path,
    pin::pin,
    sync::Arc,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    select,
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};

use super::{
    protocol::{QUESTION_MAX, Request, Response},
    routes::Desk,
};

/// Connections at a time.
const GUESTS_MAX: usize = 32;

/// A guest who says nothing for so long is shown out.
const IDLE: Duration = Duration::from_secs(60);

/// A guest who says nothing for so long gives way to another; a client speaks as soon as it has come.
const PATIENCE: Duration = Duration::from_secs(1);

/// A guest who does not read its answer for so long is shown out.
const LISTENS: Duration = Duration::from_secs(10);

/// Binds the socket at `path`. One that a killed daemon left there is replaced: the lock on the data
/// directory, which the caller holds, says that nobody listens on it.
///
/// # Errors
/// The folder can't be written, or the path is longer than a socket's may be (107 bytes).
pub(crate) fn bind(path: &Path) -> io::Result<UnixListener> {
    let _ = fs::remove_file(path);
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers until the process ends.
pub(crate) async fn serve(listener: UnixListener, desk: Arc<Desk>) {
    let chairs = Arc::new(Semaphore::new(GUESTS_MAX));
    let wanted = Arc::new(Notify::new());
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let Some(chair) = seat(&chairs, &wanted).await else { return };
                let (desk, wanted) = (Arc::clone(&desk), Arc::clone(&wanted));
                tokio::spawn(async move {
                    let _ = converse(stream, &desk, &wanted).await;
                    drop(chair);
                });
            }
            // Out of file descriptors, mostly: what closes meanwhile gives some back.
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

/// A chair, as soon as there is one; `None` if there will never be one.
async fn seat(chairs: &Arc<Semaphore>, wanted: &Notify) -> Option<OwnedSemaphorePermit> {
    if let Ok(chair) = Arc::clone(chairs).try_acquire_owned() {
        return Some(chair);
    }
    wanted.notify_one();
    let chair = Arc::clone(chairs).acquire_owned().await.ok();
    // Whoever left did so by themselves, perhaps: then nobody else has to.
    pin!(wanted.notified()).enable();
    chair
}

/// Comes once a guest who has been silent since now is to give way: the first to be silent is the first told.
async fn shown_out(wanted: &Notify) {
    sleep(PATIENCE).await;
    let _ = timeout(IDLE - PATIENCE, wanted.notified()).await;
}

async fn converse(stream: UnixStream, desk: &Desk, wanted: &Notify) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read.take(QUESTION_MAX));
    let mut line = String::new();
    loop {
        line.clear();
        lines.get_mut().set_limit(QUESTION_MAX);
        let read = select! {
            biased;
            read = lines.read_line(&mut line) => read?,
            () = shown_out(wanted) => return Ok(()),
        };
        if read == 0 {
            return Ok(());
        }
        let response = match serde_json::from_str::<Request>(&line) {
            Ok(request) => desk.answer(&request).await,
            Err(error) => Response::error(400, error),
        };
        let mut answer = serde_json::to_vec(&response)?;
        answer.push(b'\n');
        timeout(LISTENS, write.write_all(&answer)).await??;
    }
}
