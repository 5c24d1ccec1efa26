//! G.711: µ-law and A-law to 16-bit linear and back (ITU-T G.711, RFC 3551 §4.5.14).

/// One of the two laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// µ-law, North America and Japan.
    Mu,
    /// A-law, everywhere else.
    A,
}

impl Law {
    /// The linear sample of a byte.
    pub const fn decode(self, byte: u8) -> i16 {
        match self {
            Self::Mu => ULAW_TO_LINEAR[byte as usize],
            Self::A => ALAW_TO_LINEAR[byte as usize],
        }
    }

    /// The byte nearest to a linear sample.
    pub const fn encode(self, sample: i16) -> u8 {
        match self {
            Self::Mu => encode_ulaw(sample),
            Self::A => encode_alaw(sample),
        }
    }
}

/// µ-law byte to A-law byte.
pub static ULAW_TO_ALAW: [u8; 256] = table(Law::Mu, Law::A);

/// A-law byte to µ-law byte.
pub static ALAW_TO_ULAW: [u8; 256] = table(Law::A, Law::Mu);

static ULAW_TO_LINEAR: [i16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = decode_ulaw(byte as u8);
        byte += 1;
    }
    table
};

static ALAW_TO_LINEAR: [i16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = decode_alaw(byte as u8);
        byte += 1;
    }
    table
};

/// Replaces each byte by its entry.
pub fn translate(table: &[u8; 256], payload: &mut [u8]) {
    for byte in payload {
        *byte = table[usize::from(*byte)];
    }
}

const fn table(from: Law, to: Law) -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let linear = match from {
            Law::Mu => decode_ulaw(byte as u8),
            Law::A => decode_alaw(byte as u8),
        };
        table[byte] = match to {
            Law::Mu => encode_ulaw(linear),
            Law::A => encode_alaw(linear),
        };
        byte += 1;
    }
    table
}

/// Added to a magnitude so that every µ-law segment begins at a power of two.
const BIAS: i32 = 0x84;

/// Largest magnitude that stays in the last segment with the bias added.
const CLIP: i32 = 0x7fff - BIAS;

const fn decode_ulaw(byte: u8) -> i16 {
    let byte = !byte;
    let segment = byte >> 4 & 7;
    let magnitude = (((((byte & 0x0f) as i32) << 3) + BIAS) << segment) - BIAS;
    if byte & 0x80 == 0 { magnitude as i16 } else { -magnitude as i16 }
}

const fn encode_ulaw(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = (sample as i32).abs();
    let biased = if magnitude > CLIP { CLIP } else { magnitude } + BIAS;
    // The highest bit set is bit 7 in segment 0 and bit 14 in segment 7.
    let segment = 24 - biased.leading_zeros() as i32;
    let step = biased >> (segment + 3) & 0x0f;
    !(sign | (segment << 4 | step) as u8)
}

/// Even bits are sent inverted (G.711 §3.4), and the sign bit is set for positive samples.
const ALAW_MASK: u8 = 0x55;

const fn decode_alaw(byte: u8) -> i16 {
    let byte = byte ^ ALAW_MASK;
    let segment = byte >> 4 & 7;
    let step = ((byte & 0x0f) as i32) << 4;
    let magnitude = match segment {
        0 => step + 8,
        _ => (step + 0x108) << (segment - 1),
    };
    if byte & 0x80 != 0 { magnitude as i16 } else { -magnitude as i16 }
}

const fn encode_alaw(sample: i16) -> u8 {
    // Minus one belongs to the first negative step: one's complement makes the halves alike.
    let (sign, magnitude) = if sample < 0 { (0, !sample as i32) } else { (0x80, sample as i32) };
    let segment = match 24 - (magnitude | 0xff).leading_zeros() as i32 {
        negative if negative < 0 => 0,
        segment => segment,
    };
    let step = match segment {
        0 => magnitude >> 4,
        _ => magnitude >> (segment + 3),
    } & 0x0f;
    (sign | (segment << 4 | step) as u8) ^ ALAW_MASK
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAWS: [Law; 2] = [Law::Mu, Law::A];

    #[test]
    fn known_values_of_the_recommendation() {
        assert_eq!([0xff, 0x7f, 0x80, 0x00].map(|byte| Law::Mu.decode(byte)), [0, 0, 32124, -32124]);
        assert_eq!([0xd5, 0x55, 0xaa, 0x2a].map(|byte| Law::A.decode(byte)), [8, -8, 32256, -32256]);
        assert_eq!([0, i16::MAX, i16::MIN].map(|sample| Law::Mu.encode(sample)), [0xff, 0x80, 0x00]);
        assert_eq!([0, i16::MAX, i16::MIN].map(|sample| Law::A.encode(sample)), [0xd5, 0xaa, 0x2a]);
    }

    #[test]
    fn a_byte_survives_its_own_law() {
        for law in LAWS {
            for byte in 0..=255 {
                let again = law.encode(law.decode(byte));
                assert_eq!(law.decode(again), law.decode(byte), "{law:?} {byte:x}");
            }
        }
    }

    #[test]
    fn a_sample_is_off_by_half_a_step_at_most() {
        for law in LAWS {
            for sample in i16::MIN..=i16::MAX {
                let error = (i32::from(law.decode(law.encode(sample))) - i32::from(sample)).abs();
                assert!(error <= (i32::from(sample).abs() + BIAS) / 32 + 8, "{law:?} {sample}");
            }
        }
    }

    #[test]
    fn silence_stays_silence_across_the_laws() {
        let mut payload = [0xff; 4];
        translate(&ULAW_TO_ALAW, &mut payload);
        assert_eq!(payload, [0xd5; 4]);
        translate(&ALAW_TO_ULAW, &mut payload);
        assert!(payload.iter().all(|byte| Law::Mu.decode(*byte).abs() <= 8));
    }
}
