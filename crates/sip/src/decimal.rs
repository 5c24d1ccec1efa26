//! Numbers and addresses as text, without the formatter: a response has a dozen of them, and there the formatter
//! costs more than the digits.

use std::{
    fmt::{self, Write},
    net::{IpAddr, SocketAddr},
};

/// Writes a number.
///
/// # Errors
/// Those of `out`.
pub fn number(out: &mut impl Write, number: impl itoa::Integer) -> fmt::Result {
    out.write_str(itoa::Buffer::new().format(number))
}

/// Writes an address; one of IPv6 has no brackets.
///
/// # Errors
/// Those of `out`.
pub fn address(out: &mut impl Write, address: IpAddr) -> fmt::Result {
    let IpAddr::V4(address) = address else { return write!(out, "{address}") };
    for (index, octet) in address.octets().into_iter().enumerate() {
        if index > 0 {
            out.write_char('.')?;
        }
        number(out, octet)?;
    }
    Ok(())
}

/// Writes an address and a port.
///
/// # Errors
/// Those of `out`.
pub fn endpoint(out: &mut impl Write, endpoint: SocketAddr) -> fmt::Result {
    let SocketAddr::V4(v4) = endpoint else { return write!(out, "{endpoint}") };
    address(out, (*v4.ip()).into())?;
    out.write_char(':')?;
    number(out, v4.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_as_the_formatter_writes_them() {
        for text in [
            "0.0.0.0:0",
            "192.0.2.1:5060",
            "255.255.255.255:65535",
            "[2001:db8::1]:5061",
            "[::ffff:192.0.2.1]:1",
        ] {
            let known: SocketAddr = text.parse().unwrap();
            let mut written = String::new();
            endpoint(&mut written, known).unwrap();
            assert_eq!(written, known.to_string());
            written.clear();
            address(&mut written, known.ip()).unwrap();
            assert_eq!(written, known.ip().to_string());
        }
    }
}
