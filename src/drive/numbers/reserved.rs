//! Numbers that regulators keep free for films and books, each range with the document that says so.

const NANPA: &str = "NANPA: 555 Line Number Resources, 555-0100 to 555-0199 for fictional use";
const OFCOM: &str = "Ofcom: Telephone numbers for use in TV and radio drama programmes";
const ACMA: &str = "ACMA: Phone numbers for use in TV shows, films and creative works";
const ARCEP: &str = "Arcep: Décision 2018-0881, numéros pour les oeuvres audiovisuelles";
const COMREG: &str = "ComReg: National Numbering Conventions, 020 91X XXXX for drama use";
const BNETZA: &str = "Bundesnetzagentur: Rufnummern für Filme und Fernsehsendungen (Drama Numbers)";
const PTS: &str = "PTS: Telefonnummer för användning i böcker, filmer och reklam";

/// Assigned geographic area codes of the North American plan, ascending. Not all: those that have been in
/// service for years, so that every validator of numbers knows them, and enough for any run.
///
/// Each holds the hundred numbers 555-0100 to 555-0199.
#[rustfmt::skip]
pub(super) const AREA_CODES: [u16; 306] = [
    201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 220, 223, 224, 225,
    228, 229, 231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 272, 276, 281, 301,
    302, 303, 304, 305, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 323, 325, 330,
    331, 332, 334, 336, 337, 339, 346, 347, 351, 352, 360, 361, 364, 380, 385, 386, 401, 402, 404, 405, 406,
    407, 408, 409, 410, 412, 413, 414, 415, 417, 419, 423, 424, 425, 430, 432, 434, 435, 440, 442, 443, 458,
    469, 470, 475, 478, 479, 480, 484, 501, 502, 503, 504, 505, 507, 508, 509, 510, 512, 513, 515, 516, 517,
    518, 520, 530, 531, 534, 539, 540, 541, 551, 559, 561, 562, 563, 567, 570, 571, 573, 574, 575, 580, 585,
    586, 601, 602, 603, 605, 606, 607, 608, 609, 610, 612, 614, 615, 616, 617, 618, 619, 620, 623, 626, 628,
    629, 630, 631, 636, 641, 646, 650, 651, 657, 660, 661, 662, 667, 669, 678, 681, 682, 701, 702, 703, 704,
    706, 707, 708, 712, 713, 714, 715, 716, 717, 718, 719, 720, 724, 725, 727, 730, 731, 732, 734, 737, 740,
    747, 754, 757, 760, 762, 763, 765, 769, 770, 772, 773, 774, 775, 779, 781, 785, 786, 801, 802, 803, 804,
    805, 806, 808, 810, 812, 813, 814, 815, 816, 817, 818, 828, 830, 831, 832, 843, 845, 847, 848, 850, 856,
    857, 858, 859, 860, 862, 863, 864, 865, 870, 872, 878, 901, 903, 904, 906, 907, 908, 909, 910, 912, 913,
    914, 915, 916, 917, 918, 919, 920, 925, 928, 929, 930, 931, 936, 937, 938, 940, 941, 949, 951, 952, 954,
    956, 959, 970, 971, 972, 973, 978, 979, 980, 984, 985, 989,
];

/// The other reserved ranges: first and last number without the plus, and who says so.
#[expect(clippy::inconsistent_digit_grouping, reason = "grouped as they are dialled")]
const RANGES: [(u64, u64, &str); 45] = [
    (44_113_4960000, 44_113_4960999, OFCOM),
    (44_114_4960000, 44_114_4960999, OFCOM),
    (44_115_4960000, 44_115_4960999, OFCOM),
    (44_116_4960000, 44_116_4960999, OFCOM),
    (44_117_4960000, 44_117_4960999, OFCOM),
    (44_118_4960000, 44_118_4960999, OFCOM),
    (44_121_4960000, 44_121_4960999, OFCOM),
    (44_131_4960000, 44_131_4960999, OFCOM),
    (44_141_4960000, 44_141_4960999, OFCOM),
    (44_151_4960000, 44_151_4960999, OFCOM),
    (44_161_4960000, 44_161_4960999, OFCOM),
    (44_191_4980000, 44_191_4980999, OFCOM),
    (44_20_79460000, 44_20_79460999, OFCOM),
    (44_28_96496000, 44_28_96496999, OFCOM),
    (44_29_20180000, 44_29_20180999, OFCOM),
    (44_1632_960000, 44_1632_960999, OFCOM),
    (44_3069_990000, 44_3069_990999, OFCOM),
    (44_7700_900000, 44_7700_900999, OFCOM),
    (61_2_5550_0000, 61_2_5550_9999, ACMA),
    (61_2_7010_0000, 61_2_7010_9999, ACMA),
    (61_3_5550_0000, 61_3_5550_9999, ACMA),
    (61_3_7010_0000, 61_3_7010_9999, ACMA),
    (61_7_5550_0000, 61_7_5550_9999, ACMA),
    (61_7_7010_0000, 61_7_7010_9999, ACMA),
    (61_8_5550_0000, 61_8_5550_9999, ACMA),
    (61_8_7010_0000, 61_8_7010_9999, ACMA),
    (61_491_570_006, 61_491_570_006, ACMA),
    (61_491_570_110, 61_491_570_110, ACMA),
    (61_491_570_156, 61_491_570_159, ACMA),
    (33_1_99_00_00_00, 33_1_99_00_99_99, ARCEP),
    (33_2_61_91_00_00, 33_2_61_91_99_99, ARCEP),
    (33_3_53_01_00_00, 33_3_53_01_99_99, ARCEP),
    (33_4_65_71_00_00, 33_4_65_71_99_99, ARCEP),
    (33_5_36_49_00_00, 33_5_36_49_99_99, ARCEP),
    (33_6_39_98_00_00, 33_6_39_98_99_99, ARCEP),
    (353_20_910_0000, 353_20_919_9999, COMREG),
    (49_30_23125_000, 49_30_23125_999, BNETZA),
    (49_40_66969_000, 49_40_66969_999, BNETZA),
    (49_69_90009_000, 49_69_90009_999, BNETZA),
    (49_89_99998_000, 49_89_99998_999, BNETZA),
    (46_31_39006_00, 46_31_39006_99, PTS),
    (46_40_62804_00, 46_40_62804_99, PTS),
    (46_8_465004_00, 46_8_465004_99, PTS),
    (46_980_3192_00, 46_980_3192_99, PTS),
    (46_70_1740_605, 46_70_1740_699, PTS),
];

/// Whether a number in international form (`+12025550100`, and nothing else in the text) is reserved for fiction.
pub fn is_reserved(e164: &str) -> bool {
    reserved_by(e164).is_some()
}

/// The public document that reserves this number, given in international form.
pub fn reserved_by(e164: &str) -> Option<&'static str> {
    let digits = e164.strip_prefix('+')?.as_bytes();
    reserved_start(digits).filter(|(length, _)| *length == digits.len()).map(|(_, source)| source)
}

/// Length and source of the reserved number that these digits begin with, country code first.
pub(crate) fn reserved_start(digits: &[u8]) -> Option<(usize, &'static str)> {
    if digits.first() == Some(&b'1') {
        let fictional = digits.get(4..9)? == b"55501" && digits.get(9..11)?.iter().all(u8::is_ascii_digit);
        let area = u16::try_from(value(&digits[1..4])?).ok()?;
        return (fictional && AREA_CODES.binary_search(&area).is_ok()).then_some((11, NANPA));
    }
    let within = |(first, last, source): &(u64, u64, &'static str)| {
        let length = first.ilog10() as usize + 1;
        let number = value(digits.get(..length)?)?;
        (*first..=*last).contains(&number).then_some((length, *source))
    };
    RANGES.iter().find_map(within)
}

fn value(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |sum, digit| match digit {
        b'0'..=b'9' => sum.checked_mul(10)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_fiction_from_life() {
        for number in [
            "+12025550100",
            "+15415550199",
            "+442079460000",
            "+447700900999",
            "+61491570006",
            "+61255500000",
            "+33199000000",
            "+353209112345",
            "+493023125999",
            "+46701740699",
        ] {
            assert!(is_reserved(number), "{number}");
        }
        for number in [
            "+12025550200",
            "+12025550099",
            "+12025551234",
            "+11005550100",
            "+9115550100",
            "+442079461000",
            "+447700901000",
            "+61491570007",
            "+33199010000",
            "+46701740604",
            "12025550100",
            "+1202555010",
            "+120255501000",
            "+1 2025550100",
            "+12025550１00",
            "+",
            "",
        ] {
            assert!(!is_reserved(number), "{number}");
        }
        assert!(reserved_by("+442079460000").is_some_and(|source| source.starts_with("Ofcom")));
    }

    #[test]
    fn the_lists_are_sound() {
        assert!(AREA_CODES.is_sorted_by(|a, b| a < b));
        assert!(AREA_CODES.iter().all(|code| (200..1000).contains(code) && code % 100 != 11));
        for (first, last, source) in RANGES {
            assert!(first <= last && first.ilog10() == last.ilog10(), "{first} {source}");
            // Ten bare digits, or eleven with a leading 1, would also be a North American number of a stranger.
            assert!(first.ilog10() + 1 >= 11 && !first.to_string().starts_with('1'), "{first} {source}");
        }
    }
}
