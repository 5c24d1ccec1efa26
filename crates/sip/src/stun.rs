//! STUN on the SIP port: a phone asks now and then whether its way here still stands, and is told the address that it is
//! seen from, so that it notices when its NAT has given it another (RFC 5626 §4.4.2, §8; RFC 5389).
//!
//! Holds the answer to a Binding request and nothing else of STUN: no other method, no credentials. Over IPv6 it is 44
//! bytes to a question of 20: who may be told so much is for others to say (RELIABILITY P8).

use std::net::{IpAddr, SocketAddr};

use bytes::{BufMut, Bytes, BytesMut};

/// Type, length, magic cookie, transaction (RFC 5389 §6).
const HEAD: usize = 20;
const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const BINDING: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
/// Attributes from here on may be passed over by who does not know them (RFC 5389 §15).
const OPTIONAL: u16 = 0x8000;

/// The answer to a datagram from `source`, if it is a Binding request. No SIP message begins with a byte below two.
pub fn answer(datagram: &[u8], source: SocketAddr) -> Option<Bytes> {
    let (head, attributes) = datagram.split_at_checked(HEAD)?;
    let is_binding = word(head) == BINDING && head[4..8] == COOKIE;
    if !is_binding || usize::from(word(&head[2..])) != attributes.len() || !is_plain(attributes) {
        return None;
    }
    let source = SocketAddr::new(source.ip().to_canonical(), source.port());
    let mut out = BytesMut::with_capacity(HEAD + 24);
    out.put_u16(BINDING_SUCCESS);
    out.put_u16(if source.is_ipv4() { 12 } else { 24 });
    out.put_slice(&head[4..]);
    out.put_u16(XOR_MAPPED_ADDRESS);
    out.put_u16(if source.is_ipv4() { 8 } else { 20 });
    out.put_u16(if source.is_ipv4() { 1 } else { 2 });
    out.put_u16(source.port() ^ word(&COOKIE));
    // The cookie and the transaction behind it, so that no NAT mends the address on its way (RFC 5389 §15.2).
    let masked = |octets: &[u8]| octets.iter().zip(&head[4..]).map(|(a, b)| a ^ b).collect::<Vec<u8>>();
    match source.ip() {
        IpAddr::V4(v4) => out.extend(masked(&v4.octets())),
        IpAddr::V6(v6) => out.extend(masked(&v6.octets())),
    }
    Some(out.freeze())
}

/// Whether attributes are whole, and none of them has to be understood.
fn is_plain(mut rest: &[u8]) -> bool {
    while let Some((head, after)) = rest.split_at_checked(4) {
        let padded = usize::from(word(&head[2..])).next_multiple_of(4);
        let Some((_, next)) = after.split_at_checked(padded) else { return false };
        if word(head) < OPTIONAL {
            return false;
        }
        rest = next;
    }
    rest.is_empty()
}

/// The first two of at least two bytes.
const fn word(bytes: &[u8]) -> u16 {
    u16::from_be_bytes([bytes[0], bytes[1]])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The transaction of RFC 5769 §2.
    const TRANSACTION: [u8; 12] = [0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae];

    fn request(attributes: &[u8]) -> Vec<u8> {
        let length = u16::try_from(attributes.len()).unwrap().to_be_bytes();
        [&[0, 1], &length[..], &COOKIE, &TRANSACTION, attributes].concat()
    }

    /// RFC 5769 §2.2 and §2.3, without what proves who answers.
    #[test]
    fn who_asks_is_told_where_it_is_seen() {
        let four = answer(&request(&[]), "192.0.2.1:32853".parse().unwrap()).unwrap();
        let address = [0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43];
        assert_eq!(four, [&[1, 1, 0, 12][..], &COOKIE, &TRANSACTION, &address].concat());
        let six = "[2001:db8:1234:5678:11:2233:4455:6677]:32853".parse().unwrap();
        let with_software = request(&[0x80, 0x22, 0, 3, b'a', b'b', b'c', 0]);
        assert_eq!(answer(&with_software, six), answer(&request(&[]), six));
        let six = answer(&request(&[]), six).unwrap();
        let address = [
            0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79,
            0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9,
        ];
        assert_eq!(&six[HEAD..], address);
    }

    #[test]
    fn what_is_no_plain_binding_request_gets_silence() {
        let source = "192.0.2.1:32853".parse().unwrap();
        let good = request(&[]);
        let mut changed = good.clone();
        for (at, byte) in [(0, 1), (1, 3), (3, 4), (4, 0)] {
            changed.clone_from(&good);
            changed[at] = byte;
            assert_eq!(answer(&changed, source), None, "byte {at}");
        }
        for length in 0..HEAD {
            assert_eq!(answer(&good[..length], source), None, "{length} bytes");
        }
        let others: [&[u8]; 3] = [
            &[0x00, 0x06, 0, 4, b'u', b's', b'e', b'r'],
            &[0x80, 0x22, 0, 9, b'a', b'b', b'c', b'd'],
            &[0x80, 0x22],
        ];
        for other in others {
            assert_eq!(answer(&request(other), source), None, "{other:?}");
        }
        assert_eq!(answer(b"OPTIONS sip:a SIP/2.0\r\n\r\n", source), None);
    }
}
