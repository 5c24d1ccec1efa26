//! What a part reached and heard, measured beside SIPp: it ends well however slow the switch, and deaf.

use std::{
    fs,
    net::{Ipv4Addr, UdpSocket},
    path::PathBuf,
};

/// A rate of calls that must have been reached.
#[derive(Debug)]
pub(super) struct Pace {
    /// Calls a second.
    pub(super) least: u32,
    /// How many there are.
    pub(super) calls: u32,
    /// What SIPp wrote each second.
    pub(super) statistics: PathBuf,
}

impl Pace {
    pub(super) fn judge(&self) -> Result<(), String> {
        let statistics = fs::read_to_string(&self.statistics)
            .map_err(|error| format!("{}: {error}", self.statistics.display()))?;
        let reached = reached(&statistics, self.calls).ok_or("SIPp's statistics say no rate")?;
        if reached >= f64::from(self.least) {
            return Ok(());
        }
        Err(format!(
            "{reached:.0} calls a second were reached, {} must be: the switch, or this machine, is too slow",
            self.least
        ))
    }
}

/// Calls a second while calls were begun: from the last line of SIPp's that says they were not yet all, since
/// after it the rate but falls while the last ones talk.
fn reached(statistics: &str, calls: u32) -> Option<f64> {
    let mut lines = statistics.lines();
    let names: Vec<&str> = lines.next()?.split(';').collect();
    let column = |name| names.iter().position(|it| *it == name);
    let (created, rate) = (column("TotalCallCreated")?, column("CallRate(C)")?);
    let rows = lines.filter_map(|line| {
        let values: Vec<&str> = line.split(';').collect();
        Some((values.get(created)?.parse::<u32>().ok()?, values.get(rate)?.parse::<f64>().ok()?))
    });
    rows.take_while(|(created, _)| *created < calls).last().map(|(_, rate)| rate)
}

/// A port of media that is listened to.
#[derive(Debug)]
pub(super) struct Ear {
    socket: UdpSocket,
    pub(super) port: u16,
    /// Packets of sound that must have come; no more than a socket keeps unread.
    least: u32,
}

impl Ear {
    pub(super) fn open(address: Ipv4Addr, least: u32) -> Result<Self, String> {
        let socket = UdpSocket::bind((address, 0)).map_err(|error| error.to_string())?;
        socket.set_nonblocking(true).map_err(|error| error.to_string())?;
        let port = socket.local_addr().map_err(|error| error.to_string())?.port();
        Ok(Self { socket, port, least })
    }

    pub(super) fn judge(&self) -> Result<(), String> {
        let (mut packet, mut came, mut sounded) = ([0; 2048], 0, 0);
        while let Ok(len) = self.socket.recv(&mut packet) {
            came += 1;
            sounded += u32::from(is_sound(&packet[..len]));
        }
        if sounded >= self.least {
            return Ok(());
        }
        Err(format!("{sounded} packets of sound among {came} came, not {}", self.least))
    }
}

/// RTP of G.711 (RFC 3550 §5.1) that is no silence: its samples differ.
fn is_sound(packet: &[u8]) -> bool {
    let Some((head, samples)) = packet.split_first_chunk::<12>() else { return false };
    head[0] >> 6 == 2 && matches!(head[1] & 0x7f, 0 | 8) && samples.iter().any(|sample| *sample != samples[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_time_in_which_calls_were_begun() {
        let statistics =
            "StartTime;CallRate(C);TotalCallCreated;\nx;0;0;\nx;495.5;500;\nx;480.2;970;\nx;300;1000;\n";
        assert_eq!(reached(statistics, 1000), Some(480.2));
        assert_eq!(reached("StartTime;TotalCallCreated\nx;3\n", 1000), None);
        assert_eq!(reached("", 1000), None);
    }

    #[test]
    fn silence_and_what_is_no_rtp_are_no_sound() {
        let packet =
            |kind: u8, samples: &[u8]| [&[0x80, kind, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], samples].concat();
        assert!(is_sound(&packet(0, &[0xff, 0x7f, 0x12])));
        assert!(is_sound(&packet(0x88, &[0xd5, 0x12])));
        for dull in [packet(0, &[0xff; 160]), packet(101, &[1, 2]), packet(0, &[]), b"OPTIONS".to_vec()] {
            assert!(!is_sound(&dull), "{dull:?}");
        }
    }
}
