use super::*;

fn resolve(flags: &Flags, env: &[(&str, &str)]) -> Result<RunSettings, UsageError> {
    let env: std::collections::HashMap<String, String> =
        env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    RunSettings::with(flags, &|name| env.get(name).cloned())
}

#[test]
fn a_flag_wins_over_the_environment() {
    let flags = Flags { seed: Some("7".into()), ..Flags::default() };
    let settings = resolve(&flags, &[("OTP_SEED", "8"), ("OTP_CASES", "9")]).unwrap();
    assert_eq!(settings.seed, Sourced { value: 7, origin: Origin::Flag });
    assert_eq!(settings.cases, Sourced { value: 9, origin: Origin::Environment });
    assert_eq!(settings.max_requests, Sourced { value: None, origin: Origin::Default });
}

#[test]
fn what_a_run_says_of_itself_makes_the_same_run() {
    let env = [("OTP_FAULT", "never-consumed, any-code-accepted"), ("OTP_VARIANT", "latency")];
    let settings = resolve(&Flags::default(), &env);
    let settings = settings.unwrap();
    assert_eq!((settings.faults.value.len(), settings.variants.value.len()), (2, 1));
    let repeated = crate::app::run::repetition(&settings);
    let pairs: Vec<(&str, &str)> =
        repeated.iter().map(|setting| (setting.variable.as_str(), setting.value.as_str())).collect();
    let again = resolve(&Flags::default(), &pairs).unwrap();
    assert_eq!((again.faults.value, again.variants.value), (settings.faults.value, settings.variants.value));
    let joined = Flags { faults: vec![repeated[0].value.clone()], ..Flags::default() };
    assert_eq!(resolve(&joined, &[]).unwrap().faults.value.len(), 2);
}

#[test]
fn flag_and_environment_win_over_a_profile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("staging.toml");
    let text = "target = \"http://127.0.0.1:1/\"\nbase-path = \"/auth\"\ncodes = \"none\"\nseed = 1\ncases = 2\njobs = 3\nstrict = true\n[headers]\nX-Gate = \"a\"\nX-Other = \"b\"\n";
    std::fs::write(&path, text).unwrap();
    let flags = Flags {
        profile: Some(path),
        seed: Some("7".into()),
        headers: vec!["x-gate: c".into()],
        ..Flags::default()
    };
    let settings = resolve(&flags, &[("OTP_CASES", "9")]).unwrap();
    assert_eq!(settings.seed, Sourced { value: 7, origin: Origin::Flag });
    assert_eq!(settings.cases, Sourced { value: 9, origin: Origin::Environment });
    assert_eq!(settings.jobs, Sourced { value: 3, origin: Origin::Profile });
    assert_eq!(settings.strict, Sourced { value: true, origin: Origin::Profile });
    assert_eq!(settings.target.value.as_deref(), Some("http://127.0.0.1:1/auth"));
    let gate = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(settings.headers, [gate("x-other", "b"), gate("x-gate", "c")]);
}

#[test]
fn what_cannot_be_used_is_named_with_its_origin() {
    let error = resolve(&Flags::default(), &[("OTP_SEED", "x")]).unwrap_err().to_string();
    assert!(error.contains("--seed (environment)") && error.contains("\"x\""), "{error}");
    for flags in [
        Flags { shard: Some("4/3".into()), ..Flags::default() },
        Flags { timeout: Some("-1".into()), ..Flags::default() },
        Flags { headers: vec!["nonsense".into()], ..Flags::default() },
        Flags { faults: vec!["no-such-fault".into()], ..Flags::default() },
        Flags {
            target: Some("http://127.0.0.1:1".into()),
            faults: vec!["never-consumed".into()],
            ..Flags::default()
        },
    ] {
        assert!(resolve(&flags, &[]).is_err(), "{flags:?}");
    }
}

#[test]
fn the_schema_of_profiles_derives_from_the_list() {
    let text = include_str!("../../../schema/profile.json");
    let lines: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    for setting in SETTINGS.all() {
        let named = format!("{:?}: {{", setting.name);
        let held = lines.iter().find(|line| line.starts_with(&named)).map(|line| line.trim_end_matches(','));
        assert_eq!(held, setting.member_schema().as_deref(), "write this line in schema/profile.json");
    }
}

#[test]
fn every_setting_has_its_flag_and_its_help() {
    use clap::Args as _;
    let command = Flags::augment_args(clap::Command::new("run"));
    let shown: Vec<_> = command.get_arguments().map(|arg| arg.get_help().unwrap().to_string()).collect();
    assert_eq!(shown, SETTINGS.all().map(KnownSetting::full_help).collect::<Vec<_>>());
    for setting in SETTINGS.all() {
        assert!(!setting.again || setting.variable.is_some(), "{}: how is it repeated?", setting.name);
        let at_its_place =
            |name: &str| name == format!("OTP_{}", setting.name.replace('-', "_").to_uppercase());
        assert!(setting.variable.is_none_or(at_its_place), "{}: another name", setting.name);
    }
}

#[test]
fn a_command_takes_only_the_settings_it_knows() {
    use clap::{Args as _, FromArgMatches as _};
    #[derive(Clone)]
    struct OfTest;
    impl SettingsOf for OfTest {
        fn list() -> Vec<KnownSetting> {
            vec![SETTINGS.deviations, SETTINGS.strict, SETTINGS.headers]
        }
    }
    let command = || SomeFlags::<OfTest>::augment_args(clap::Command::new("judge"));
    let given = ["judge", "--deviations", "d.toml", "--header", "A: b", "--header", "C: d", "--strict"];
    let matches = command().try_get_matches_from(given).unwrap();
    let flags = SomeFlags::<OfTest>::from_arg_matches(&matches).unwrap().flags;
    assert_eq!((flags.deviations, flags.strict), (Some(PathBuf::from("d.toml")), true));
    assert_eq!(flags.headers, ["A: b", "C: d"]);
    assert!(command().try_get_matches_from(["judge", "--seed", "7"]).is_err());
}
