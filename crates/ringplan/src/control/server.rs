//! The daemon's side: a listener and a task a connection, on the runtime.

use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::Arc,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    sync::Semaphore,
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
    loop {
        let Ok(chair) = Arc::clone(&chairs).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let desk = Arc::clone(&desk);
                tokio::spawn(async move {
                    let _ = converse(stream, &desk).await;
                    drop(chair);
                });
            }
            // Out of file descriptors, mostly: what closes meanwhile gives some back.
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn converse(stream: UnixStream, desk: &Desk) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read.take(QUESTION_MAX));
    let mut line = String::new();
    loop {
        line.clear();
        lines.get_mut().set_limit(QUESTION_MAX);
        match timeout(IDLE, lines.read_line(&mut line)).await {
            Ok(Ok(1..)) => {}
            Ok(Ok(0)) | Ok(Err(_)) | Err(_) => return Ok(()),
        }
        let response = match serde_json::from_str::<Request>(&line) {
            Ok(request) => desk.answer(&request).await,
            Err(error) => Response::error(400, error),
        };
        let mut answer = serde_json::to_vec(&response)?;
        answer.push(b'\n');
        write.write_all(&answer).await?;
    }
}
