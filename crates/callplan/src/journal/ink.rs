//! Numbers as bytes: seven bits each, the low ones first, so that small numbers are short.

/// Adds a number.
pub(super) fn put(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Adds a number that may be negative: small ones of either sign are short.
pub(super) fn put_signed(bytes: &mut Vec<u8>, value: i64) {
    put(bytes, (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned());
}

/// What is left to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rest<'a>(pub(super) &'a [u8]);

impl Rest<'_> {
    pub(super) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// A number; `None` where it is cut off or larger than any.
    pub(super) fn number(&mut self) -> Option<u64> {
        let (mut value, mut shift) = (0_u64, 0_u32);
        loop {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift >= 64 || (bits << shift) >> shift != bits {
                return None;
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Some(value);
            }
            shift += 7;
        }
    }

    pub(super) fn signed(&mut self) -> Option<i64> {
        let value = self.number()?;
        Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    /// A number of a narrower kind.
    pub(super) fn narrow<T: TryFrom<u64>>(&mut self) -> Option<T> {
        T::try_from(self.number()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_were_written() {
        let mut bytes = Vec::new();
        let all = [0, 1, 0x7f, 0x80, 0x3fff, 0x4000, u64::MAX >> 1, u64::MAX];
        all.into_iter().for_each(|value| put(&mut bytes, value));
        let signed = [0, -1, 1, -64, 64, i64::MIN, i64::MAX];
        signed.into_iter().for_each(|value| put_signed(&mut bytes, value));
        let mut rest = Rest(&bytes);
        for value in all {
            assert_eq!(rest.number(), Some(value));
        }
        for value in signed {
            assert_eq!(rest.signed(), Some(value));
        }
        assert!(rest.0.is_empty());
    }

    #[test]
    fn what_is_no_number_is_none() {
        for bytes in [&[][..], &[0x80], &[0xff; 9], &[0xff; 11]] {
            assert_eq!(Rest(bytes).number(), None, "{bytes:?}");
        }
        assert_eq!(Rest(&[0x80, 2]).narrow::<u8>(), None);
    }
}
