//! The command line's side.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::Value;

use super::protocol::{LINE_MAX, Method, Request, Response};

/// A daemon answers from memory; one that takes longer is not well.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// Nobody listens.
    #[error("no daemon runs on {0}: `ringplan serve` starts one, --data DIR names another")]
    LocalAbsent(PathBuf),
    /// The socket is another user's.
    #[error("{0} may not be opened by this user: try sudo")]
    LocalForbidden(PathBuf),
    /// The daemon did not answer as it should.
    #[error("the daemon did not answer: {0}")]
    PeerSilent(#[from] io::Error),
    /// The daemon answered that it can't.
    #[error("{0}")]
    PeerRefused(String),
}

/// Looks at `path`.
pub(crate) fn get(socket: &Path, path: &str) -> Result<Value, ClientError> {
    ask(socket, Method::Get, path)
}

/// Acts on `path`.
pub(crate) fn post(socket: &Path, path: &str) -> Result<Value, ClientError> {
    ask(socket, Method::Post, path)
}

/// Hands `body` over to `path`.
pub(crate) fn hand_over(socket: &Path, path: &str, body: Value) -> Result<Value, ClientError> {
    answered(send(socket, Method::Post, path, body)?)
}

/// Acts on `path`; a refusal keeps all that the daemon says of it.
///
/// # Errors
/// There is no daemon, or it does not answer.
pub(crate) fn post_whole(socket: &Path, path: &str) -> Result<Result<Value, Value>, ClientError> {
    let response = send(socket, Method::Post, path, Value::Null)?;
    Ok(if response.is_ok() { Ok(response.body) } else { Err(response.body) })
}

fn ask(socket: &Path, method: Method, path: &str) -> Result<Value, ClientError> {
    answered(send(socket, method, path, Value::Null)?)
}

fn answered(response: Response) -> Result<Value, ClientError> {
    if response.is_ok() { Ok(response.body) } else { Err(ClientError::PeerRefused(error_of(&response.body))) }
}

fn send(socket: &Path, method: Method, path: &str, body: Value) -> Result<Response, ClientError> {
    let mut stream = UnixStream::connect(socket).map_err(|error| absent(socket, error))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut line =
        serde_json::to_vec(&Request { method, path: path.to_owned(), body }).map_err(io::Error::from)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut answer = String::new();
    BufReader::new(stream.take(LINE_MAX)).read_line(&mut answer)?;
    Ok(serde_json::from_str(&answer).map_err(io::Error::from)?)
}

fn absent(socket: &Path, error: io::Error) -> ClientError {
    let kind = error.kind();
    if matches!(kind, io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) {
        ClientError::LocalAbsent(socket.to_owned())
    } else if kind == io::ErrorKind::PermissionDenied {
        ClientError::LocalForbidden(socket.to_owned())
    } else {
        ClientError::PeerSilent(error)
    }
}

fn error_of(body: &Value) -> String {
    body["error"].as_str().map_or_else(|| body.to_string(), str::to_owned)
}
