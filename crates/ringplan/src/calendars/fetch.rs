//! A calendar by HTTPS: one GET, that says what is known already, and three redirects at most.
//!
//! The operator wrote the address, so its host may be anywhere; whoever redirects may only lead to itself or to the public
//! network, for else it could have us ask what it can't reach itself.

use std::time::Duration;

use callplan::shown_url;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{Request, Response, StatusCode, Uri, body::Bytes, body::Incoming, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

use crate::{net::tls::Tls, vouch::is_public};

/// The largest calendar; more is not read either.
const ANSWER_MAX: usize = 8 << 20;

/// From the first question to the last byte; whoever applies waits for it.
const PATIENCE: Duration = Duration::from_secs(6);

/// Redirects that are followed.
const REDIRECTS_MAX: usize = 3;

/// The longest mark of a copy that is kept.
const MARK_MAX: usize = 512;

/// What the server said of the copy that is there, so that it need not send it again.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Marks {
    pub(super) etag: Option<String>,
    pub(super) modified: Option<String>,
}

/// What comes of asking.
#[derive(Debug)]
pub(super) enum Answer {
    /// The copy is as good as new.
    Unchanged,
    /// It is another.
    New(Bytes, Marks),
}

/// What lies at `url`, of which a copy with these marks is there.
///
/// # Errors
/// Why it can't be had, as a clause.
pub(super) async fn fetch(tls: &Tls, url: &str, marks: &Marks) -> Result<Answer, String> {
    timeout(PATIENCE, follow(tls, url, marks))
        .await
        .unwrap_or_else(|_| Err(format!("it did not answer within {} s", PATIENCE.as_secs())))
}

async fn follow(tls: &Tls, url: &str, marks: &Marks) -> Result<Answer, String> {
    let first = parsed(url)?;
    let mut uri = first.clone();
    for _ in 0..=REDIRECTS_MAX {
        let is_ours = uri.host() == first.host();
        let response = ask(tls, &uri, marks, is_ours).await?;
        match response.status() {
            StatusCode::OK => return taken(response).await,
            StatusCode::NOT_MODIFIED if *marks != Marks::default() => return Ok(Answer::Unchanged),
            status if status.is_redirection() => uri = redirected(&uri, &response)?,
            status => return Err(format!("it answers {status}")),
        }
    }
    Err(format!("it redirects more than {REDIRECTS_MAX} times"))
}

fn parsed(url: &str) -> Result<Uri, String> {
    url.parse().map_err(|_| "this is no address".to_owned())
}

/// Where a redirection leads. One that leads out of TLS leads nowhere.
fn redirected(from: &Uri, response: &Response<Incoming>) -> Result<Uri, String> {
    let to = response.headers().get(header::LOCATION).and_then(|it| it.to_str().ok());
    let to = to.ok_or_else(|| format!("it answers {} and not where else", response.status()))?;
    let scheme = from.scheme_str().unwrap_or_default();
    let authority = from.authority().map_or("", |it| it.as_str());
    let whole = match to {
        _ if to.contains("://") => to.to_owned(),
        _ if to.starts_with("//") => format!("{scheme}:{to}"),
        _ if to.starts_with('/') => format!("{scheme}://{authority}{to}"),
        _ => {
            let folder = from.path().rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("{scheme}://{authority}{folder}/{to}")
        }
    };
    let uri = parsed(&whole)?;
    let is_as_safe = uri.scheme_str() == Some("https") || uri.host() == from.host();
    if is_as_safe && uri.host().is_some() {
        Ok(uri)
    } else {
        Err(format!("it redirects to {}, which is not fetched", shown_url(&whole)))
    }
}

async fn ask(tls: &Tls, uri: &Uri, marks: &Marks, is_ours: bool) -> Result<Response<Incoming>, String> {
    let host = uri.host().ok_or("it has no host")?;
    let is_secure = uri.scheme_str() == Some("https");
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let port = uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
    let addresses = lookup_host((bare, port)).await.map_err(|why| format!("{host} is not found: {why}"))?;
    // What may be fetched in clear is on this machine, whatever its name leads to.
    let fits = |ip: std::net::IpAddr| {
        if is_secure { is_ours || is_public(std::net::SocketAddr::new(ip, port)) } else { ip.is_loopback() }
    };
    let mut why = format!("{host} has no address that may be asked");
    for address in addresses.filter(|address| fits(address.ip())) {
        let stream = match TcpStream::connect(address).await {
            Ok(stream) => stream,
            Err(error) => {
                why = format!("{address} can't be reached: {error}");
                continue;
            }
        };
        if !is_secure {
            return get(uri, marks, TokioIo::new(stream)).await;
        }
        let stream = tls.connect(stream, host).await.map_err(|why| format!("TLS with {host}: {why}"))?;
        return get(uri, marks, TokioIo::new(stream)).await;
    }
    Err(why)
}

async fn get<S>(uri: &Uri, marks: &Marks, stream: S) -> Result<Response<Incoming>, String>
where
    S: hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(stream).await.map_err(|why| why.to_string())?;
    tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let mut request = Request::get(path)
        .header(header::HOST, authority)
        .header(header::ACCEPT, "text/calendar")
        .header(header::USER_AGENT, concat!("ringplan/", env!("CARGO_PKG_VERSION")));
    let asked = [(header::IF_NONE_MATCH, &marks.etag), (header::IF_MODIFIED_SINCE, &marks.modified)];
    for (name, mark) in asked {
        if let Some(mark) = mark {
            request = request.header(name, mark);
        }
    }
    let request = request.body(Empty::<Bytes>::new()).map_err(|why| why.to_string())?;
    sender.send_request(request).await.map_err(|why| format!("it breaks off: {why}"))
}

async fn taken(response: Response<Incoming>) -> Result<Answer, String> {
    let mark = |name: header::HeaderName| {
        let mark = response.headers().get(name)?.to_str().ok()?;
        (mark.len() <= MARK_MAX).then(|| mark.to_owned())
    };
    let marks = Marks { etag: mark(header::ETAG), modified: mark(header::LAST_MODIFIED) };
    let body = Limited::new(response.into_body(), ANSWER_MAX).collect().await;
    let body = body.map_err(|why| match why.downcast::<http_body_util::LengthLimitError>() {
        Ok(_) => format!("it is larger than {} MiB", ANSWER_MAX >> 20),
        Err(why) => format!("it breaks off: {why}"),
    })?;
    Ok(Answer::New(body.to_bytes(), marks))
}
