//! The shipped profiles and the published schema of profiles say the same as the reader.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    unreachable_pub,
    reason = "the lints let tests do so, but not the helpers beside them"
)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use otp_conformance::app::{Flags, RunSettings};
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn shipped() -> Vec<PathBuf> {
    let files = std::fs::read_dir(root().join("targets")).unwrap();
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.retain(|path| !path.to_string_lossy().contains("deviations"));
    paths.sort();
    assert!(paths.len() >= 4);
    paths
}

fn resolve(path: &Path) -> Result<RunSettings, String> {
    let env = HashMap::from([("OTP_GATEWAY_TOKEN", "token"), ("OTP_PROJECT_ID", "P1")]);
    let flags = Flags { profile: Some(path.to_owned()), ..Flags::default() };
    RunSettings::with(&flags, &|name| env.get(name).map(|value| (*value).to_owned()))
        .map_err(|error| error.to_string())
}

fn schema() -> jsonschema::Validator {
    let text = std::fs::read_to_string(root().join("schema/profile.json")).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

fn as_json(text: &str) -> Value {
    serde_json::to_value(toml::from_str::<toml::Value>(text).unwrap()).unwrap()
}

#[test]
fn every_shipped_profile_can_be_used() {
    let schema = schema();
    for path in shipped() {
        let settings = resolve(&path).unwrap();
        let stem = path.file_stem().unwrap().to_string_lossy();
        assert_eq!(settings.profile.unwrap().name.as_deref(), Some(&*stem));
        let profile = as_json(&std::fs::read_to_string(&path).unwrap());
        assert!(schema.is_valid(&profile), "{}: {:?}", path.display(), schema.iter_errors(&profile).next());
    }
}

#[test]
fn schema_and_reader_refuse_the_same_mistakes() {
    let (schema, folder) = (schema(), tempfile::tempdir().unwrap());
    for text in [
        "traget = \"http://x\"",
        "target = \"ftp://x\"",
        "codes = \"pigeon\"",
        "jobs = 0",
        "base-path = \"auth\"",
        "allowed-numbers = [\"0123\"]",
        "allowed-domains = [\"com\"]",
        "methods = [\"pigeon\"]",
        "methods = []",
        "allowed-domains = [\"m\u{fc}ller.de\"]",
        "levels = { OTP-23 = \"MUST\" }",
        "levels = { OTP-023 = \"OUGHT\" }",
        "limits = { resend-limit = 3 }",
        "limits = { resend-window = 60 }",
        "limits = { resend-limit = \"none\", resend-window = 60 }",
        "rate = { all = { requests = 0 } }",
        "clock = { body = \"x\" }",
        "static-code = { code = \"123456\" }",
    ] {
        let path = folder.path().join("x.toml");
        std::fs::write(&path, text).unwrap();
        assert!(resolve(&path).is_err(), "the reader takes {text}");
        assert!(!schema.is_valid(&as_json(text)), "the schema takes {text}");
    }
}

/// Walks the schema's members, so that none is published that the reader does not know.
#[test]
fn the_reader_knows_every_member_of_the_schema() {
    let text = std::fs::read_to_string(root().join("schema/profile.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for name in schema["properties"].as_object().unwrap().keys() {
        let path = folder.path().join("x.toml");
        std::fs::write(&path, format!("{name} = [[[]]]\n")).unwrap();
        let error = resolve(&path).unwrap_err();
        assert!(!error.contains("unknown field"), "{name}: {error}");
    }
}
