//! Telephones in software, and what the tests do with them.

use std::{net::SocketAddr, thread, time::Duration};

use crate::{
    house::Site,
    ua::{Account, Login, News, Over, Phone},
};

/// Longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Each takes a process, so there is no need to wait between them.
const LOOKS: usize = 500;

/// A phone of `site` with this password.
pub(crate) fn phone(site: &Site, name: &str, password: &str) -> Phone {
    let login = Login::Password(password.to_owned());
    let account = Account {
        name: name.to_owned(),
        domain: "pbx.test".to_owned(),
        server: site.address,
        over: Over::Udp,
        local: None,
        login,
    };
    Phone::new(account).expect("loopback has sockets")
}

/// A phone of `site` that has a secret and is registered.
pub(crate) fn registered(site: &Site, name: &str) -> Phone {
    let password = site.add_phone(name);
    let mut phone = phone(site, name, &password);
    register(&mut phone);
    phone
}

/// It registers, and is let in.
pub(crate) fn register(phone: &mut Phone) {
    phone.register(Duration::from_secs(300));
    let news = until(phone, |news| matches!(news, News::Registered(_) | News::NotRegistered(_)));
    assert!(matches!(news, News::Registered(_)), "{news:?}");
}

/// Waits for news of this kind.
pub(crate) fn until(phone: &mut Phone, wanted: impl Fn(&News) -> bool) -> News {
    let deadline = phone.now() + PATIENCE;
    let mut seen = Vec::new();
    while let Some(news) = phone.next(deadline) {
        if wanted(&news) {
            return news;
        }
        seen.push(news);
    }
    panic!("it never came, but: {seen:?}");
}

/// Lets sound flow for so long.
pub(crate) fn talk(phone: &mut Phone, time: Duration) {
    let end = phone.now() + time;
    while phone.now() < end {
        let _ = phone.next(end);
    }
}

/// Ana's phone as it talks to Ben's, who stays until he is hung up on.
pub(crate) fn talking(site: &Site) -> (Phone, thread::JoinHandle<News>) {
    let mut ana = registered(site, "ana-desk");
    let mut ben = registered(site, "ben-desk");
    let callee = thread::spawn(move || {
        until(&mut ben, |news| matches!(news, News::Called(_)));
        ben.answer().expect("loopback has sockets");
        until(&mut ben, |news| *news == News::HungUp)
    });
    ana.call("102", "").expect("loopback has sockets");
    until(&mut ana, |news| *news == News::Answered);
    (ana, callee)
}

/// A second of a square wave this loud.
pub(crate) fn tone(level: i16) -> Vec<i16> {
    (0..8_000).map(|at| if at % 16 < 8 { level } else { -level }).collect()
}

pub(crate) fn loudest(samples: &[i16]) -> i16 {
    samples.iter().map(|sample| sample.saturating_abs()).max().unwrap_or(0)
}

/// The one message in a mailbox, as a script sees it once it is as is `wanted`: rows are written behind.
pub(crate) fn message_of(
    site: &Site,
    mailbox: &str,
    wanted: impl Fn(&serde_json::Value) -> bool,
) -> serde_json::Value {
    let mut seen = String::new();
    let mut look = || {
        seen = site.run(&["mailboxes", mailbox, "--json"]).out;
        let json: serde_json::Value = serde_json::from_str(&seen).expect("it is JSON");
        json.as_array().filter(|all| all.len() == 1).map(|all| all[0].clone()).filter(&wanted)
    };
    let message = (0..LOOKS).find_map(|_| look());
    message.unwrap_or_else(|| panic!("not in time: {seen}"))
}

/// A request of the carrier at `here` about a call to the main number.
pub(crate) fn request(method: &str, here: SocketAddr, call: &str, to_tag: &str, sdp: &str) -> String {
    let kind = if sdp.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    let cseq = if method == "BYE" { 2 } else { 1 };
    format!(
        "{method} sip:+12025550100@pbx.test SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{method}{call}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:+12025550142@{here}>;tag=a\r\nTo: <sip:+12025550100@pbx.test>{to_tag}\r\n\
         Call-ID: {call}\r\nCSeq: {cseq} {method}\r\nContact: <sip:{here}>\r\n{kind}Content-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    )
}
