//! The two lists of switches: names, blame, and help for a misspelt name.

use std::collections::HashSet;
use std::fmt::Debug;
use std::ops::RangeInclusive;

use crate::emulator::{Fault, Variant};

/// The sources of the emulator itself, without its lists and tests.
pub(super) fn sources() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/emulator");
    let folders = [folder.to_owned(), format!("{folder}/faults"), format!("{folder}/varied")];
    let entries = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let files = entries.map(|entry| entry.unwrap().path());
    let code = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let lists = ["fault.rs", "variant.rs"];
    let own = code.filter(|path| !lists.contains(&path.file_name().unwrap().to_str().unwrap()));
    own.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

fn check_names<S: Copy + Debug>(all: &[S], name: fn(S) -> &'static str, doc: fn(S) -> &'static str) {
    let names: HashSet<_> = all.iter().map(|switch| name(*switch)).collect();
    assert_eq!(names.len(), all.len(), "names are unique");
    for switch in all {
        let name = name(*switch);
        assert_eq!(name.replace('-', ""), format!("{switch:?}").to_lowercase(), "name and variant are one");
        assert!(
            name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
            "{name}"
        );
        assert!(doc(*switch).len() > 15, "{name} says too little");
    }
}

#[test]
fn names_are_unique_kebab_case_and_explained() {
    check_names(Fault::ALL, Fault::name, Fault::doc);
    check_names(Variant::ALL, Variant::name, Variant::doc);
}

/// The numbers of requirements on servers.
const SERVER: [RangeInclusive<u32>; 2] = [1..=118, 201..=204];

/// The numbers of those that are about one delivery method or several.
const BY_METHOD: RangeInclusive<u32> = 140..=186;

#[test]
fn a_fault_breaks_known_requirements_and_a_variant_none() {
    for fault in Fault::ALL {
        assert!(!fault.breaks().is_empty(), "{fault}");
        for id in fault.breaks() {
            let number: u32 = id.strip_prefix("OTP-").unwrap().parse().unwrap();
            let known = SERVER.iter().chain([&BY_METHOD]).any(|range| range.contains(&number));
            assert!(known && id.len() == 7, "{fault}: {id}");
        }
    }
    assert!(Variant::ALL.iter().all(|variant| variant.breaks().is_empty()));
}

#[test]
fn every_requirement_of_a_server_is_what_some_fault_breaks_first() {
    let client_side = [53, 66, 83, 86, 87, 91];
    let broken: HashSet<&str> = Fault::ALL.iter().map(|fault| fault.breaks()[0]).collect();
    let missing: Vec<_> = SERVER
        .into_iter()
        .flatten()
        .filter(|number| !client_side.contains(number))
        .map(|number| format!("OTP-{number:03}"))
        .filter(|id| !broken.contains(id.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_misspelt_name_is_told_its_neighbours() {
    assert_eq!("never-consumed".parse(), Ok(Fault::NeverConsumed));
    let error = "never-consumd".parse::<Fault>().unwrap_err().to_string();
    assert_eq!(error, "no fault is named \"never-consumd\"; close to it: never-consumed");
    let error = "mask missing".parse::<Fault>().unwrap_err().to_string();
    assert!(error.contains("mask-is-missing"), "{error}");
    assert_eq!("qqqqqqqq".parse::<Variant>().unwrap_err().to_string(), "no variant is named \"qqqqqqqq\"");
}
