//! Values that implementations are known to stumble over, whatever the schema: widths, signs, directions.

use serde_json::{Number, Value, json};

use crate::{
    class::BoundaryClass,
    operator::{Change, Operator},
    types::Types,
};

/// Stands for a piece of JSON text that no [`Value`] can hold.
pub(crate) const STAND_IN: &str = "\u{f8ff}raw\u{f8ff}";

const STRINGS: &[(&str, &str)] = &[
    ("empty", ""),
    ("space", " "),
    ("nul", "a\u{0}b"),
    ("last-one-byte", "\u{7f}"),
    ("first-two-byte", "\u{80}"),
    ("last-two-byte", "\u{7ff}"),
    ("first-three-byte", "\u{800}"),
    ("before-surrogates", "\u{d7ff}"),
    ("after-surrogates", "\u{e000}"),
    ("last-three-byte", "\u{ffff}"),
    ("first-four-byte", "\u{10000}"),
    ("last-code-point", "\u{10ffff}"),
    ("combining-mark", "e\u{301}"),
    ("stacked-marks", "a\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}"),
    ("right-to-left", "\u{5e9}\u{5dc}\u{5d5}\u{5dd}"),
    ("direction-override", "\u{202e}abc\u{202c}"),
    ("zero-width", "a\u{200b}b"),
    ("joined-emoji", "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}"),
    ("byte-order-mark", "\u{feff}a"),
    ("no-break-space", "\u{a0}"),
    ("full-width-digits", "\u{ff11}\u{ff12}\u{ff13}"),
    ("dotless-i", "\u{130}\u{131}"),
    ("line-break", "a\r\nb"),
    ("escapes", "\"\\/\u{8}\u{c}\t"),
    ("null-word", "null"),
    ("proto", "__proto__"),
    ("template", "${a}{{b}}%s"),
];

const RAW_STRINGS: &[(&str, &str)] = &[
    ("lone-high-surrogate", r#""\ud800""#),
    ("lone-low-surrogate", r#""\udc00""#),
    ("swapped-surrogates", r#""\udc00\ud800""#),
    ("escaped-pair", r#""\ud83d\ude00""#),
    ("escaped-ascii", r#""\u0061""#),
];

const RAW_NUMBERS: &[(&str, &str)] = &[
    ("huge-exponent", "1e400"),
    ("tiny-exponent", "1e-400"),
    ("four-hundred-digits", ""),
    ("capital-exponent", "1E2"),
    ("negative-zero", "-0"),
    ("trailing-zero", "1.0"),
];

const NAMES: &[(&str, &str)] =
    &[("proto", "__proto__"), ("constructor", "constructor"), ("empty-name", ""), ("nul-name", "a\u{0}b")];

/// The edge cases of a place where values of these types are at home.
pub(crate) fn edges(types: Types) -> Vec<(Operator, Option<String>)> {
    let mut all = Vec::new();
    let mut add = |name: &str, change: Change, raw: Option<String>| {
        all.push((Operator { name: format!("edge-{name}"), class: BoundaryClass::Edge, change }, raw));
    };
    if types.contains(Types::STRING) {
        for (name, text) in STRINGS {
            add(name, Change::Put(json!(text)), None);
        }
        add("ten-thousand", Change::Put(json!("a".repeat(10_000))), None);
        for (name, text) in RAW_STRINGS {
            add(name, Change::Put(json!(STAND_IN)), Some((*text).to_owned()));
        }
    }
    if !types.and(Types::NUMBER).is_empty() {
        for (name, number) in numbers() {
            add(name, Change::Put(Value::Number(number)), None);
        }
        for (name, text) in RAW_NUMBERS {
            let text = if text.is_empty() { "9".repeat(400) } else { (*text).to_owned() };
            add(name, Change::Put(json!(STAND_IN)), Some(text));
        }
    }
    if types.contains(Types::ARRAY) {
        add("empty-array", Change::Put(json!([])), None);
    }
    if types.contains(Types::OBJECT) {
        add("empty-object", Change::Put(json!({})), None);
        for (name, member) in NAMES {
            add(name, Change::AddMember((*member).to_owned()), None);
        }
    }
    all
}

fn numbers() -> Vec<(&'static str, Number)> {
    let whole: [(&str, i64); 15] = [
        ("zero", 0),
        ("one", 1),
        ("minus-one", -1),
        ("i32-max", 2_147_483_647),
        ("above-i32", 2_147_483_648),
        ("i32-min", -2_147_483_648),
        ("below-i32", -2_147_483_649),
        ("u32-max", 4_294_967_295),
        ("above-u32", 4_294_967_296),
        ("safe-max", 9_007_199_254_740_991),
        ("above-safe", 9_007_199_254_740_993),
        ("safe-min", -9_007_199_254_740_991),
        ("below-safe", -9_007_199_254_740_993),
        ("i64-max", i64::MAX),
        ("i64-min", i64::MIN),
    ];
    let real =
        [("tenth", 0.1), ("largest-double", f64::MAX), ("smallest-double", 5e-324), ("above-i64", 1e19)];
    let mut all: Vec<(&str, Number)> = whole.into_iter().map(|(name, value)| (name, value.into())).collect();
    all.push(("u64-max", u64::MAX.into()));
    all.extend(real.into_iter().filter_map(|(name, value)| Some((name, Number::from_f64(value)?))));
    all
}
