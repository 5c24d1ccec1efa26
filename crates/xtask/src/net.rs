//! Loopback addresses of a run's own, so that several runs share a machine.

use std::{fmt::Write as _, net::Ipv4Addr, path::Path};

/// The port everybody listens on, each at an address of his own.
pub const PORT: u16 = 15060;

/// A network of 254 addresses in 127/8 that stands for 127.0.0.0/24 of the written site.
#[derive(Clone, Copy, Debug)]
pub struct Net {
    a: u8,
    b: u8,
}

impl Net {
    /// The network of this process.
    pub fn of_this_run() -> Self {
        let [_, _, a, b] = std::process::id().to_be_bytes();
        // 127.0 is everybody's.
        Self { a: a | 0x40, b }
    }

    /// Three for what this process runs at the same time.
    pub fn lanes() -> [Self; 3] {
        let run = Self::of_this_run();
        [run, run.beside(1), run.beside(2)]
    }

    /// Another one beside it, `index` from 1 to 2, for what runs at the same time.
    fn beside(self, index: u8) -> Self {
        // Of the highest two bits of the second octet those of a run have the lower one set; see above.
        match index {
            1 => Self { a: self.a ^ 0x80, ..self },
            _ => Self { a: (self.a & 0x3f) | 0x80, ..self },
        }
    }

    /// Its address that stands for 127.0.0.`host`.
    pub fn address(self, host: u8) -> Ipv4Addr {
        Ipv4Addr::new(127, self.a, self.b, host)
    }

    /// A text of the site with its addresses moved into this network.
    pub fn moved(self, text: &str) -> String {
        text.replace("127.0.0.", &format!("127.{}.{}.", self.a, self.b))
    }
}

/// Whether somebody listens on UDP there.
pub fn is_bound(address: Ipv4Addr, port: u16) -> bool {
    let mut wanted = String::new();
    let host_order = u32::from_le_bytes(address.octets());
    let _ = write!(wanted, "{host_order:08X}:{port:04X}");
    let table = std::fs::read_to_string(Path::new("/proc/net/udp")).unwrap_or_default();
    table.lines().any(|line| line.split_whitespace().nth(1) == Some(&wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_site_are_moved_and_no_others() {
        let net = Net { a: 65, b: 7 };
        assert_eq!(
            net.moved("udp = [\"127.0.0.1:15060\"] # 127.1.0.1"),
            "udp = [\"127.65.7.1:15060\"] # 127.1.0.1"
        );
        assert_eq!(net.address(11), Ipv4Addr::new(127, 65, 7, 11));
        let nets = [net.address(1), net.beside(1).address(1), net.beside(2).address(1)];
        assert_eq!(nets, [[127, 65, 7, 1], [127, 193, 7, 1], [127, 129, 7, 1]].map(Ipv4Addr::from));
    }
}
