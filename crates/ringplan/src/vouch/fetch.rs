//! A certificate by HTTPS: one GET, no redirect, a small answer, and nothing on our own network unless the
//! operator named its host: the address comes from whoever calls (RELIABILITY I4).

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use http_body_util::{BodyExt, Empty, Limited};
use hyper::{Request, StatusCode, Uri, body::Bytes, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

use crate::net::tls::Tls;

/// A chain of certificates is a few kilobytes.
const ANSWER_MAX: usize = 64 << 10;
/// From the first question to the last byte.
const PATIENCE: Duration = Duration::from_secs(4);

/// Fetches over TLS. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Fetcher(Tls);

impl Fetcher {
    /// Believes whom `tls` believes.
    pub(crate) const fn new(tls: Tls) -> Self {
        Self(tls)
    }

    /// What lies at `url`; of `named` hosts wherever they are, of others at public addresses only.
    ///
    /// # Errors
    /// Why it can't be had.
    pub(crate) async fn fetch(&self, url: &str, named: &[Arc<str>]) -> Result<Arc<[u8]>, String> {
        let fetched = timeout(PATIENCE, self.get(url, named)).await;
        fetched
            .unwrap_or_else(|_| Err("it does not answer".to_owned()))
            .map_err(|why| format!("{url}: {why}"))
    }

    async fn get(&self, url: &str, named: &[Arc<str>]) -> Result<Arc<[u8]>, String> {
        let uri: Uri = url.parse().map_err(|_| "this is no address")?;
        let host = uri.host().filter(|_| uri.scheme_str() == Some("https")).ok_or("it is not https")?;
        let is_named = named.iter().any(|named| named.eq_ignore_ascii_case(host));
        if !named.is_empty() && !is_named {
            return Err("its host is none of `repositories`".to_owned());
        }
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let addresses =
            lookup_host((bare, uri.port_u16().unwrap_or(443))).await.map_err(|why| why.to_string())?;
        let mut fitting = addresses.filter(|address| is_named || is_public(*address));
        let address = fitting.next().ok_or("it has no public address")?;
        let stream = TcpStream::connect(address).await.map_err(|why| why.to_string())?;
        let stream = self.0.connect(stream, host).await.map_err(|why| why.to_string())?;
        self.ask(&uri, TokioIo::new(stream)).await
    }

    async fn ask<S>(&self, uri: &Uri, stream: S) -> Result<Arc<[u8]>, String>
    where
        S: hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
    {
        let (mut sender, connection) = http1::handshake(stream).await.map_err(|why| why.to_string())?;
        tokio::spawn(connection);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let request = Request::get(path).header(header::HOST, authority).body(Empty::<Bytes>::new());
        let answer = sender.send_request(request.map_err(|why| why.to_string())?).await;
        let answer = answer.map_err(|why| why.to_string())?;
        if answer.status() != StatusCode::OK {
            return Err(format!("it answers {}", answer.status()));
        }
        let body =
            Limited::new(answer.into_body(), ANSWER_MAX).collect().await.map_err(|why| why.to_string())?;
        Ok(body.to_bytes().as_ref().into())
    }
}

/// Whether an address is neither ours nor our network's.
pub(crate) fn is_public(address: SocketAddr) -> bool {
    match address.ip().to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            let is_shared = a == 100 && (64..128).contains(&b);
            !(ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_unspecified()
                || ip.is_multicast()
                || ip.is_broadcast()
                || is_shared
                || a == 0)
        }
        IpAddr::V6(ip) => {
            let first = ip.segments()[0];
            let is_local = first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80;
            !(ip.is_loopback() || ip.is_unspecified() || ip.is_multicast() || is_local)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_our_own_network_is_not_public() {
        for ours in [
            "127.0.0.1:443",
            "10.1.2.3:443",
            "192.168.1.1:443",
            "172.16.0.1:443",
            "169.254.169.254:80",
            "100.64.0.1:443",
            "0.0.0.0:443",
            "[::1]:443",
            "[fd00::1]:443",
            "[fe80::1]:443",
            "[::ffff:10.0.0.1]:443",
        ] {
            assert!(!is_public(ours.parse().unwrap()), "{ours}");
        }
        for public in ["192.0.2.1:443", "8.8.8.8:443", "[2001:db8::1]:443"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }
}
