//! `[agents.x]`: who answers our calls at a SIP address of another's, such as a voice AI.

use std::{ops::RangeInclusive, time::Duration};

use super::{
    place::Findings,
    reader::Reader,
    steps::{Nesting, Qualities},
    table::{Entry, Table, Value},
    trunk::{CHANNELS, blank},
    value,
};
use crate::{
    draft::{After, Deed, Jump, Outcomes},
    finding::Code,
    model::{
        Agent, AgentId, FailOver, Forwarded, Host, Identity, Said, SaidSet, Screening, Transfers, Transport,
        Trunk, TrunkId, Who,
    },
};

/// How long an agent may take that does not say: whoever calls hears nothing but ringing meanwhile.
const WITHIN: Duration = Duration::from_secs(4);
const WITHINS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(60);
/// The longest address.
const TARGET_BYTES_MAX: usize = 256;

/// An agent as written, and where calls go that it does not take.
pub(crate) type Drafted = (Agent, Option<Jump>);

/// What an address says of the way there.
struct Target<'a> {
    user: &'a str,
    host: Host,
    transport: Option<Transport>,
}

impl<'a> Reader<'a> {
    /// Reads `[agents]`; each adds the trunk by which it is reached, behind those of carriers.
    pub(crate) fn agents(&mut self, trunks: &mut Vec<Trunk>, domain: &str) -> Vec<Drafted> {
        let names = self.names;
        let entries = names.agents.entries.iter().enumerate();
        entries.map(|(index, entry)| self.agent(AgentId::from(index), *entry, trunks, domain)).collect()
    }

    fn agent(&mut self, id: AgentId, entry: Entry<'a>, trunks: &mut Vec<Trunk>, domain: &str) -> Drafted {
        let trunk = TrunkId::from(trunks.len());
        let mut way = Trunk { agent: Some(id), ..blank(&format!("agent:{}", entry.key)) };
        way.fail_over = FailOver { timeout: true, statuses: vec![503] };
        // It may give whom it talks with to somebody of ours. It is told who calls and for which number of ours, no more.
        way.transfers = Transfers::Follow;
        way.identity = Identity {
            believe: SaidSet::default(),
            send: SaidSet::of(&[Said::Diversion]),
            forwarded: Forwarded::Caller,
            ..Identity::default()
        };
        let plan = self.names.plan_of_agent(id);
        let (target, user) = ("".into(), "".into());
        let mut agent = Agent { name: entry.key.into(), target, user, within: WITHIN, trunk, plan };
        let what = format!("agent `{}`", entry.key);
        let wanted = "a table: { target = \"sip:frontdesk@ai.example.com\" }";
        let mut otherwise = None;
        if let Some(mut table) = entry.value.table(&what, wanted, self.found) {
            let mend = "write where it answers: target = \"sip:frontdesk@ai.example.com\"";
            if let Some(value) = table.need("target", mend, self.found)
                && let Some((text, target)) = address(value, domain, self.found)
            {
                (agent.target, agent.user) = (text.into(), target.user.into());
                (way.host, way.port, way.transport) = (target.host.name, target.host.port, target.transport);
            }
            let within = table.take("answer_within");
            let within = within.and_then(|value| value::duration(value, WITHINS, self.found));
            agent.within = within.unwrap_or(WITHIN);
            way.channels = self.agent_channels(&mut table, &what, entry);
            otherwise = table.take("else").map(|value| self.jump(value, Nesting::OUTERMOST));
            table.finish(self.found);
        }
        trunks.push(way);
        (agent, otherwise)
    }

    /// Calls at once. Whoever answers at the address has bounds of their own, which nobody here knows.
    fn agent_channels(&mut self, table: &mut Table<'a>, what: &str, entry: Entry<'a>) -> u16 {
        let Some(value) = table.take("channels") else {
            let message =
                format!("{what} does not say how many calls it takes at once; {CHANNELS} may go there");
            let mend = "write as many as you pay for: channels = 4";
            self.found.report(Code::ChannelsUnsaid, entry.place, message, mend);
            return CHANNELS;
        };
        value::integer(value, 1..=10_000, self.found).unwrap_or(CHANNELS)
    }

    /// `{ agent = "frontdesk" }`, or with an `else` of its own, which wins over that of the agent.
    pub(super) fn agent_step(
        &mut self,
        value: Value<'a>,
        with: &mut Qualities<'a>,
        nesting: Nesting,
    ) -> Deed {
        let otherwise = with.otherwise.take().map(|entry| self.jump(entry.value, nesting.inner()));
        let after = if otherwise.is_some() { After::Nothing } else { After::Unknown };
        let name = value.text("the name of an agent", self.found);
        let agent = name.and_then(|name| self.names.agent(name, value.inside(), self.found));
        agent.map_or(Deed::Broken(after), |agent| Deed::Ring {
            who: Who::Agent(agent),
            lasts: None,
            screening: Screening::Unsaid,
            outcomes: Outcomes { otherwise, ..Outcomes::default() },
        })
    }
}

/// `sip:USER@HOST`, with `:PORT` and `;transport=` or without.
fn address<'a>(value: Value<'a>, domain: &str, found: &mut Findings) -> Option<(&'a str, Target<'a>)> {
    let text = value.text("a SIP address: \"sip:frontdesk@ai.example.com\"", found)?;
    let mut refuse = |message: String, mend: &str| {
        found.report(Code::BadTarget, value.place, message, mend);
        None
    };
    let scheme = text.split(':').next().unwrap_or_default();
    if scheme.eq_ignore_ascii_case("wss") || scheme.eq_ignore_ascii_case("ws") {
        let mend = "write the SIP address of the same service: target = \"sip:frontdesk@ai.example.com\"";
        return refuse(
            format!("{text}: media over a WebSocket is not served yet, agents are called by SIP"),
            mend,
        );
    }
    let Some(read) = read(text) else {
        let mend = "write sip:USER@HOST, with `:PORT` and `;transport=tls` where they are needed";
        return refuse(format!("\"{text}\" is no SIP address"), mend);
    };
    if read.host.name.eq_ignore_ascii_case(domain) {
        let mend = "write whoever it is inside: \"person:ana\", \"group:sales\"";
        return refuse(format!("\"{text}\" is this switch itself, and calls would come back here"), mend);
    }
    Some((text, read))
}

fn read(text: &str) -> Option<Target<'_>> {
    if text.len() > TARGET_BYTES_MAX {
        return None;
    }
    let (is_secure, rest) = match text.split_once(':')? {
        ("sip", rest) => (false, rest),
        ("sips", rest) => (true, rest),
        _ => return None,
    };
    let (user, rest) = rest.split_once('@')?;
    let is_user = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/%".contains(&byte);
    let mut parts = rest.split(';');
    let host = host(parts.next()?)?;
    let mut transport = is_secure.then_some(Transport::Tls);
    for param in parts {
        let (name, value) = param.split_once('=').unwrap_or((param, ""));
        if name != "transport" {
            return None;
        }
        transport = match value {
            _ if is_secure && value != "tcp" && value != "tls" => return None,
            "udp" => Some(Transport::Udp),
            "tcp" if !is_secure => Some(Transport::Tcp),
            "tcp" | "tls" => Some(Transport::Tls),
            _ => return None,
        };
    }
    (!user.is_empty() && user.bytes().all(is_user)).then_some(Target { user, host, transport })
}

fn host(text: &str) -> Option<Host> {
    let (name, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, "")) => (address, None),
        Some((address, port)) => (address, Some(port.strip_prefix(':')?)),
        None => text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port))),
    };
    let port = port.map(|port| port.parse().ok().filter(|port: &u16| *port != 0));
    (value::is_host(name) && port != Some(None)).then(|| Host { name: name.into(), port: port.flatten() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_the_way_there() {
        let way = |text: &str| {
            let Target { user, host, transport } = read(text)?;
            assert!(!user.is_empty());
            Some((host.name.to_string(), host.port, transport))
        };
        let at = |name: &str, port, transport| Some((name.to_owned(), port, transport));
        assert_eq!(way("sip:frontdesk@ai.example.com"), at("ai.example.com", None, None));
        assert_eq!(way("sip:a@192.0.2.9:5070"), at("192.0.2.9", Some(5070), None));
        assert_eq!(way("sip:a@[2001:db8::9]:5070"), at("2001:db8::9", Some(5070), None));
        assert_eq!(way("sip:a@h.example;transport=tcp"), at("h.example", None, Some(Transport::Tcp)));
        assert_eq!(way("sips:a@h.example"), at("h.example", None, Some(Transport::Tls)));
        for bad in [
            "frontdesk@ai.example.com",
            "tel:+12025550100",
            "sip:ai.example.com",
            "sip:@ai.example.com",
            "sip:a b@ai.example.com",
            "sip:a@ai.example.com:0",
            "sip:a@ai.example.com;user=phone",
            "sip:a@ai.example.com;transport=wss",
            "sips:a@ai.example.com;transport=udp",
            "sip:a@",
        ] {
            assert!(read(bad).is_none(), "{bad}");
        }
    }
}
