//! How the command line talks to a running daemon: one JSON object a line over a Unix socket.
//!
//! A line asks as HTTP would, `{"method":"GET","path":"/v1/calls"}`, and is answered with a status of
//! HTTP's and the body that the HTTP API will have. Who may open the socket (mode 0600) may ask anything.

pub(crate) mod client;
mod contacts;
mod hours;
mod lists;
mod probes;
mod prompts;
pub(crate) mod protocol;
mod rehearsals;
pub(crate) mod routes;
pub(crate) mod server;
pub(crate) mod shape;
