//! A switch with the test before it: datagrams in, datagrams out.

pub(crate) mod carrier;

use std::{net::SocketAddr, sync::Arc};

use b2bua::{
    identity::Listener,
    switch::{Bounds, Input, Log, Output, Settings, Sounds, Switch},
};
use bytes::Bytes;
use callplan::{Site, Source};
use clock::{Instant, Now, Wall};
use media::control::{Counts, Reply as MediaReply, Request};
use sim::site;
use sip::flow::{Flow, Transport};
use store::{Binding, BindingKey, Reply, State};

const OURS: &str = "10.0.0.1:5060";

/// See the module.
pub(crate) struct Door {
    pub(crate) switch: Switch,
    pub(crate) now: Now,
    site: Arc<Site>,
    closed: Vec<(u8, MediaReply)>,
    /// Connections that were opened to be written to at once.
    #[allow(dead_code, reason = "not every test has some")]
    pub(crate) ahead: Vec<Flow>,
    told: Vec<String>,
}

impl Door {
    /// A switch on the site of the ladders, and what `config` adds to it.
    pub(crate) fn with(config: &str) -> Self {
        Self::kept(config, State::default())
    }

    /// The same, of which the store kept something.
    pub(crate) fn kept(config: &str, state: State) -> Self {
        Self::spoilt(config, state, |_| {})
    }

    /// The same with a site that something is done to which no config can do.
    #[allow(dead_code, reason = "not every test spoils a site")]
    pub(crate) fn spoilt(config: &str, state: State, spoil: impl FnOnce(&mut Site)) -> Self {
        let local = OURS.parse().unwrap();
        let of_table = config.lines().skip_while(|line| *line != "[phones]").skip(1);
        let more = of_table.take_while(|line| !line.starts_with('['));
        let more = more.filter_map(|line| line.split_once(" =").map(|(name, _)| name));
        let phones: Vec<_> = ["ana", "ben", "cho", "dan", "ben-soft"].into_iter().chain(more).collect();
        let sources = [Source::new("ladders.toml", site::LADDERS), Source::new("more.toml", config)];
        let mut site = site::read_all(&sources, "pbx.example", &phones).unwrap();
        spoil(Arc::get_mut(&mut site).unwrap());
        let settings = Settings {
            seed: [1; 32],
            nonce_key: [7; 32],
            listeners: [Transport::Udp, Transport::Tcp]
                .map(|transport| Listener { transport, local, advertised: local })
                .into(),
            neighbours: Vec::new(),
            media_addresses: vec![local.ip()],
            media_threads: 1,
            voicemail_folder: std::path::Path::new("voicemail").into(),
            prompts_folder: std::path::Path::new("prompts").into(),
            sounds: Sounds {
                leave_message: site::prompt(1),
                goodbye: site::prompt(1),
                take_call: site::prompt(1),
                words: site::words(),
            },
            bounds: Bounds::default(),
        };
        let now = Now { mono: Instant::ZERO, wall: Wall::from_unix_micros(1_795_532_400_000_000) };
        let mut switch = Switch::new(settings, Arc::clone(&site), now);
        switch.handle(now, Input::Store(Reply::Loaded(Box::new(state))));
        let ports = MediaReply::Ready { ports: (16_384..20_000).step_by(2).collect() };
        switch.handle(now, Input::Media { thread: 0, reply: ports });
        Self { switch, now, site, closed: Vec::new(), ahead: Vec::new(), told: Vec::new() }
    }

    /// The site that it runs on.
    #[allow(dead_code, reason = "not every test asks what the site says")]
    pub(crate) fn site(&self) -> Arc<Site> {
        Arc::clone(&self.site)
    }

    /// The same, at which Ben's phone is registered.
    #[allow(dead_code, reason = "not every test has somebody called")]
    pub(crate) fn with_ben(config: &str) -> Self {
        Self::kept(config, Self::ben())
    }

    /// What the store kept of Ben's phone.
    pub(crate) fn ben() -> State {
        let contact = "sip:ben@10.0.0.12:5060";
        let binding = Binding {
            key: BindingKey { phone: "ben".into(), instance: contact.into() },
            contact: contact.into(),
            path: "".into(),
            flow: format!("udp {OURS} 10.0.0.12:5060 0").into(),
            behind_nat: false,
            call_id: "c".into(),
            cseq: 1,
            q: 1000,
            agent: "".into(),
            expires: Wall::from_unix_micros(1_795_532_400_000_000 + 3_600_000_000),
            interval_s: 3600,
        };
        State { bindings: vec![binding], ..State::default() }
    }

    /// A datagram comes from here; what is sent.
    pub(crate) fn hears(&mut self, from: &str, datagram: &str) -> Vec<String> {
        self.tells(from, datagram).into_iter().map(|(_, text)| text).collect()
    }

    /// A datagram comes from here; what is sent, and whereto.
    pub(crate) fn tells(&mut self, from: &str, datagram: &str) -> Vec<(SocketAddr, String)> {
        self.takes(from, datagram.as_bytes())
    }

    /// The same for what is no text.
    pub(crate) fn takes(&mut self, from: &str, datagram: &[u8]) -> Vec<(SocketAddr, String)> {
        let remote: SocketAddr = from.parse().unwrap();
        let flow = Flow { transport: Transport::Udp, local: OURS.parse().unwrap(), remote, connection: 0 };
        let bytes = Bytes::copy_from_slice(datagram);
        self.switch.handle(self.now, Input::Datagram { flow, bytes });
        self.posts()
    }

    /// What was sent.
    pub(crate) fn sent(&mut self) -> Vec<String> {
        self.posts().into_iter().map(|(_, text)| text).collect()
    }

    /// What the operator was told since the last time.
    #[allow(dead_code, reason = "not every test reads the log")]
    pub(crate) fn told(&mut self) -> Vec<String> {
        std::mem::take(&mut self.told)
    }

    /// What was sent, and whereto. Streams that are closed say so, as their thread would.
    pub(crate) fn posts(&mut self) -> Vec<(SocketAddr, String)> {
        let mut posts = Vec::new();
        while let Some(output) = self.switch.poll() {
            match output {
                Output::Transmit { flow, bytes } => {
                    posts.push((flow.remote, String::from_utf8_lossy(&bytes).into_owned()));
                }
                Output::OpenAhead { flow, .. } => self.ahead.push(flow),
                Output::Media { thread, request: Request::Close { stream } } => {
                    self.closed.push((thread, MediaReply::Closed { stream, counts: Counts::default() }));
                }
                Output::Log(Log::Info(line) | Log::Warn(line)) => self.told.push(line),
                _ => {}
            }
        }
        while let Some((thread, reply)) = self.closed.pop() {
            self.switch.handle(self.now, Input::Media { thread, reply });
            posts.extend(self.posts());
        }
        posts
    }
}
