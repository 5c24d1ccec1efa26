//! Numbering plans as data, one row a country; code elsewhere never names one.
//!
//! From the national numbering plans notified to the ITU (E.164.1, E.129), rounded where a plan has more lengths
//! than a switch has to know: the carrier judges whether a number exists, this table only where it lies and what
//! kind it is.

use super::{Areas, Numbering, TrunkPrefix};

/// Freephone and premium numbers of every country of the North American plan.
pub(super) const NANP_TOLL_FREE: &[&str] = &["800", "833", "844", "855", "866", "877", "888"];
pub(super) const NANP_PREMIUM: &[&str] = &["900"];

/// A country of the North American Numbering Plan.
const fn nanp(iso: &'static str, areas: Areas) -> Numbering {
    Numbering {
        iso,
        code: "1",
        trunk: TrunkPrefix::Optional("1"),
        bare: &[],
        international: &["011"],
        national: (10, 10),
        emergency: &["911"],
        toll_free: NANP_TOLL_FREE,
        premium: NANP_PREMIUM,
        shared: &[],
        mobile: &[],
        areas,
    }
}

/// A country whose code is its own; emergency, freephone and premium numbers are filled in by the row.
const fn plain(iso: &'static str, code: &'static str, trunk: TrunkPrefix, national: (u8, u8)) -> Numbering {
    Numbering {
        iso,
        code,
        trunk,
        bare: &[],
        international: &["00"],
        national,
        emergency: &["112"],
        toll_free: &["800"],
        premium: &["900"],
        shared: &[],
        mobile: &[],
        areas: Areas::All,
    }
}

const ZERO: TrunkPrefix = TrunkPrefix::Needed("0");

/// The area codes of Canada.
const CANADA: &[u16] = &[
    204, 226, 236, 249, 250, 257, 263, 289, 306, 343, 354, 365, 367, 368, 382, 387, 403, 416, 418, 428, 431,
    437, 438, 450, 460, 468, 474, 506, 514, 519, 548, 579, 581, 584, 587, 600, 604, 613, 622, 639, 647, 672,
    683, 705, 709, 742, 753, 778, 780, 782, 807, 819, 825, 867, 873, 879, 902, 905, 942,
];

/// The numbering plans known here. Those of `+1` beside the US and Canada are rows of their own because a call
/// there is priced as one abroad, and looks like one at home: the oldest trick of toll fraud.
pub static NUMBERINGS: &[Numbering] = &[
    Numbering { emergency: &["911", "933"], ..nanp("US", Areas::Rest) },
    nanp("CA", Areas::Only(CANADA)),
    nanp("AG", Areas::Only(&[268])),
    nanp("AI", Areas::Only(&[264])),
    nanp("AS", Areas::Only(&[684])),
    nanp("BB", Areas::Only(&[246])),
    nanp("BM", Areas::Only(&[441])),
    nanp("BS", Areas::Only(&[242])),
    nanp("DM", Areas::Only(&[767])),
    nanp("DO", Areas::Only(&[809, 829, 849])),
    nanp("GD", Areas::Only(&[473])),
    nanp("GU", Areas::Only(&[671])),
    nanp("JM", Areas::Only(&[658, 876])),
    nanp("KN", Areas::Only(&[869])),
    nanp("KY", Areas::Only(&[345])),
    nanp("LC", Areas::Only(&[758])),
    nanp("MP", Areas::Only(&[670])),
    nanp("MS", Areas::Only(&[664])),
    nanp("PR", Areas::Only(&[787, 939])),
    nanp("SX", Areas::Only(&[721])),
    nanp("TC", Areas::Only(&[649])),
    nanp("TT", Areas::Only(&[868])),
    nanp("VC", Areas::Only(&[784])),
    nanp("VG", Areas::Only(&[284])),
    nanp("VI", Areas::Only(&[340])),
    Numbering {
        bare: &["13", "18"],
        emergency: &["000", "112"],
        international: &["0011"],
        toll_free: &["1800"],
        premium: &["190"],
        mobile: &["4"],
        ..plain("AU", "61", ZERO, (6, 10))
    },
    Numbering {
        emergency: &["112", "122", "133", "144"],
        premium: &["900", "901", "930", "931", "939"],
        shared: &["810", "820", "821"],
        mobile: &["650", "660", "664", "676", "680", "681", "688", "699"],
        ..plain("AT", "43", ZERO, (4, 13))
    },
    Numbering {
        emergency: &["112", "100", "101"],
        premium: &["90"],
        shared: &["70"],
        mobile: &["4"],
        ..plain("BE", "32", ZERO, (8, 9))
    },
    Numbering {
        emergency: &["112", "117", "118", "144"],
        premium: &["900", "901", "906"],
        mobile: &["74", "75", "76", "77", "78", "79"],
        ..plain("CH", "41", ZERO, (9, 9))
    },
    Numbering {
        emergency: &["112", "150", "155", "158"],
        premium: &["90"],
        mobile: &["60", "72", "73", "77", "79"],
        ..plain("CZ", "420", TrunkPrefix::Absent, (9, 9))
    },
    Numbering {
        emergency: &["112", "110"],
        premium: &["900", "137"],
        shared: &["180"],
        mobile: &["15", "16", "17"],
        ..plain("DE", "49", ZERO, (5, 12))
    },
    Numbering { toll_free: &["80"], premium: &["90"], ..plain("DK", "45", TrunkPrefix::Absent, (8, 8)) },
    Numbering {
        emergency: &["112", "091", "061"],
        toll_free: &["800", "900"],
        premium: &["803", "806", "807", "905"],
        mobile: &["6", "7"],
        ..plain("ES", "34", TrunkPrefix::Absent, (9, 9))
    },
    Numbering {
        international: &["00", "990", "994", "999"],
        premium: &["600", "700"],
        mobile: &["4", "50"],
        ..plain("FI", "358", ZERO, (5, 12))
    },
    Numbering {
        emergency: &["112", "15", "17", "18", "114"],
        toll_free: &["800", "801", "802", "803", "804", "805"],
        premium: &["89"],
        shared: &["81", "82"],
        mobile: &["6", "7"],
        ..plain("FR", "33", ZERO, (9, 9))
    },
    Numbering {
        emergency: &["999", "112"],
        toll_free: &["800", "808"],
        premium: &["9", "70", "871", "872", "873"],
        shared: &["84", "870"],
        mobile: &["71", "72", "73", "74", "75", "77", "78", "79"],
        ..plain("GB", "44", ZERO, (9, 10))
    },
    Numbering {
        bare: &["18"],
        emergency: &["112", "999"],
        toll_free: &["1800"],
        premium: &["15"],
        mobile: &["83", "85", "86", "87", "89"],
        ..plain("IE", "353", ZERO, (7, 10))
    },
    Numbering {
        bare: &["18"],
        emergency: &["112", "100", "101", "108"],
        toll_free: &["1800"],
        premium: &["1900"],
        mobile: &["6", "7", "8", "9"],
        ..plain("IN", "91", ZERO, (10, 11))
    },
    Numbering {
        emergency: &["112", "113", "115", "118"],
        toll_free: &["800", "803"],
        premium: &["89"],
        shared: &["199", "840", "841", "847", "848"],
        mobile: &["3"],
        ..plain("IT", "39", TrunkPrefix::Absent, (6, 11))
    },
    Numbering {
        emergency: &["110", "119", "118"],
        international: &["010"],
        toll_free: &["120", "800"],
        premium: &["990"],
        shared: &["570"],
        mobile: &["70", "80", "90"],
        ..plain("JP", "81", ZERO, (9, 10))
    },
    Numbering { emergency: &["911"], ..plain("MX", "52", TrunkPrefix::Absent, (10, 10)) },
    Numbering { premium: &["900", "906", "909"], mobile: &["6"], ..plain("NL", "31", ZERO, (7, 10)) },
    Numbering {
        emergency: &["112", "110", "113"],
        premium: &["820", "829"],
        mobile: &["4", "9"],
        ..plain("NO", "47", TrunkPrefix::Absent, (5, 8))
    },
    Numbering {
        emergency: &["111"],
        toll_free: &["800", "508"],
        mobile: &["2"],
        ..plain("NZ", "64", ZERO, (8, 10))
    },
    Numbering {
        emergency: &["112", "997", "998", "999"],
        premium: &["70"],
        shared: &["801", "804"],
        mobile: &["45", "50", "51", "53", "57", "60", "66", "69", "72", "73", "78", "79", "88"],
        ..plain("PL", "48", TrunkPrefix::Absent, (9, 9))
    },
    Numbering { premium: &["60", "64"], mobile: &["9"], ..plain("PT", "351", TrunkPrefix::Absent, (9, 9)) },
    Numbering {
        toll_free: &["20"],
        premium: &["900", "939", "944"],
        mobile: &["70", "72", "73", "76", "79"],
        ..plain("SE", "46", ZERO, (7, 10))
    },
    Numbering {
        emergency: &["112", "10111", "10177"],
        premium: &["86"],
        mobile: &["6", "7", "8"],
        ..plain("ZA", "27", ZERO, (9, 9))
    },
];
