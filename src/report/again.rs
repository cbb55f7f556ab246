//! The command that shows a result again.

use serde::{Deserialize, Serialize};

use super::Clients;
use super::text::shell;
use crate::trial::TrialKind;

/// A setting that a repetition needs, by both its names: `--fault` and `OTP_FAULT`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// The flag of the binary: `--fault`.
    pub flag: String,
    /// The environment variable of `cargo test`: `OTP_FAULT`.
    pub variable: String,
    /// Its value. Never a secret: those have no flag.
    pub value: String,
}

impl Setting {
    /// The setting of that name, as `--help` writes it: `project-id` is `--project-id` and `OTP_PROJECT_ID`.
    pub fn new(name: &str, value: &str) -> Setting {
        let variable = format!("OTP_{}", name.to_ascii_uppercase().replace('-', "_"));
        Setting { flag: format!("--{name}"), variable, value: value.to_owned() }
    }

    /// A long list of faults or variants as several settings: both flags may be repeated.
    fn in_lines(&self) -> Vec<Setting> {
        let is_list = ["--fault", "--variant"].contains(&self.flag.as_str());
        if !is_list || self.value.len() <= LIST {
            return vec![self.clone()];
        }
        let mut lists: Vec<String> = Vec::new();
        for name in self.value.split(',') {
            match lists.last_mut() {
                Some(list) if list.len() + name.len() < LIST => {
                    list.push(',');
                    list.push_str(name);
                }
                _ => lists.push(name.to_owned()),
            }
        }
        lists.into_iter().map(|value| Setting { value, ..self.clone() }).collect()
    }
}

/// All that a repetition of one trial must set.
#[derive(Clone, Copy, Debug)]
pub struct Again<'a> {
    /// The seed of the run; the trial's own follows from it and the trial's name.
    pub seed: u64,
    /// The rest: another target, a profile, a fault.
    pub settings: &'a [Setting],
    /// The clients of a run through the proxy, and the command that it was.
    pub clients: Option<&'a Clients>,
}

/// Settings longer than this are said once, under a name, rather than in each command.
const LONG: usize = 200;
/// The name, which is a function of the reader's shell.
const SHARED: &str = "again";
/// Characters of one list; a longer one becomes several flags, so that a command fits into lines.
const LIST: usize = 98;

impl Again<'_> {
    /// The settings as words of a command line. A value that a recording masks is taken from the environment.
    fn flags(&self) -> String {
        let value = |setting: &Setting| match setting.value.starts_with('<') {
            true => format!("\"${}\"", setting.variable),
            false => shell(&setting.value),
        };
        let mut flags = String::new();
        for setting in self.settings.iter().flat_map(Setting::in_lines) {
            flags.push_str(&format!(" {} {}", setting.flag, value(&setting)));
        }
        flags
    }

    /// The run without its trials: `otp-conformance run --seed 7 --fault never-consumed`.
    fn command(&self) -> String {
        format!("otp-conformance run --seed {}{}", self.seed, self.flags())
    }

    /// Where the settings of a run are long, a function for the shell that holds them.
    pub fn shared(&self) -> Option<String> {
        (self.flags().len() > LONG).then(|| self.function())
    }

    /// The function, however short the settings are.
    pub(crate) fn function(&self) -> String {
        format!("{SHARED}() {{ {} \"$@\"; }}", self.command())
    }

    /// A trial by that function, named by a part of its name that no other has; none where another command shows it.
    pub(crate) fn part(&self, trial: &str, part: &str) -> Option<String> {
        self.through_proxy(trial).is_none().then(|| format!("{SHARED} {}", super::text::shell_quoted(part)))
    }

    /// [`Again::run`], by way of the function that [`Again::shared`] is, if it is one.
    pub fn short(&self, trial: &str) -> String {
        match self.shared() {
            Some(_) if self.through_proxy(trial).is_none() => {
                format!("{SHARED} {}", super::text::shell_quoted(trial))
            }
            _ => self.run(trial),
        }
    }

    /// A command as text, by way of that function if it is a [`Again::run`] and there is one; else as it is.
    pub fn shortened(&self, command: &str) -> String {
        let trial = command.strip_prefix(&self.command()).and_then(|rest| rest.strip_prefix(' '));
        match (self.shared(), trial) {
            (Some(_), Some(trial)) => format!("{SHARED} {trial}"),
            _ => command.to_owned(),
        }
    }

    /// By the binary: `otp-conformance run --seed 7 'race::verify::one-winner'`.
    pub fn run(&self, trial: &str) -> String {
        if let Some(command) = self.through_proxy(trial) {
            return command;
        }
        let trial = super::text::shell_quoted(trial);
        format!("{} {trial}", self.command())
    }

    /// A stored case again: `otp-conformance replay otp-cases/sequence-one-user-otp-054.toml`.
    pub fn replay(&self, file: &str) -> String {
        format!("otp-conformance replay{} {}", self.flags(), shell(file))
    }

    /// The run of a proxy is another command: what it judged is not ours to repeat.
    fn through_proxy(&self, trial: &str) -> Option<String> {
        let ours = trial.starts_with("hostile::") || trial.starts_with("proxy::");
        if let Some(command) = self.clients.filter(|_| ours).and_then(|clients| clients.command(trial)) {
            return Some(command);
        }
        if let Some(case) = trial.strip_prefix("hostile::") {
            return Some(format!("otp-conformance proxy --hostile --case {} -- DRIVER", shell(case)));
        }
        (TrialKind::of(trial) == Some(TrialKind::Proxy))
            .then(|| "otp-conformance proxy -- COMMAND".to_owned())
    }

    /// By cargo: `OTP_SEED=7 cargo test --test conformance -- --exact race::verify::one-winner`.
    pub fn cargo_test(&self, trial: &str) -> String {
        // What is masked is in the environment already.
        let known = self.settings.iter().filter(|setting| !setting.value.starts_with('<'));
        let settings: String = known.map(|s| format!("{}={} ", s.variable, shell(&s.value))).collect();
        let trial = shell(trial);
        format!("OTP_SEED={} {settings}cargo test --test conformance -- --exact {trial}", self.seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_of_the_run_is_repeated() {
        let fault = Setting::new("fault", "forgets spent codes");
        let again = Again { seed: 7, settings: &[fault], clients: None };
        assert_eq!(again.run("a::b"), "otp-conformance run --seed 7 --fault 'forgets spent codes' 'a::b'");
        assert_eq!(
            again.cargo_test("a::b"),
            "OTP_SEED=7 OTP_FAULT='forgets spent codes' cargo test --test conformance -- --exact a::b"
        );
        let masked = Setting::new("project-id", "<project>");
        let masked = Again { seed: 7, settings: &[masked], clients: None };
        assert_eq!(
            masked.run("a::b"),
            "otp-conformance run --seed 7 --project-id \"$OTP_PROJECT_ID\" 'a::b'"
        );
        assert_eq!(masked.cargo_test("a::b"), "OTP_SEED=7 cargo test --test conformance -- --exact a::b");
        assert_eq!(
            again.run("hostile::shape::empty-object"),
            "otp-conformance proxy --hostile --case shape::empty-object -- DRIVER"
        );
    }

    #[test]
    fn long_settings_are_said_once() {
        let names: Vec<String> = (0..30).map(|number| format!("a-fault-of-the-kind-{number:02}")).collect();
        let faults = [Setting::new("fault", &names.join(","))];
        let again = Again { seed: 7, settings: &faults, clients: None };
        let shared = again.shared().unwrap();
        assert!(shared.starts_with("again() { otp-conformance run --seed 7 --fault a-fault"), "{shared}");
        assert!(shared.ends_with(" \"$@\"; }"), "{shared}");
        assert!(names.iter().all(|name| shared.matches(name.as_str()).count() == 1), "{shared}");
        let lines = super::super::text::wrapped(&shared, 116);
        assert!(lines.len() < 12 && lines.iter().all(|line| line.len() <= 116), "{lines:#?}");
        assert_eq!(again.short("a::b"), "again 'a::b'");
        assert_eq!(again.shortened(&again.run("a::b")), again.short("a::b"));
        assert_eq!(again.shortened("[limits] code-ttl = SECONDS"), "[limits] code-ttl = SECONDS");
        assert_eq!(again.short("hostile::shape::x"), again.run("hostile::shape::x"));
        let few = Again { settings: &[], ..again };
        assert_eq!((few.shared(), few.short("a::b")), (None, few.run("a::b")));
    }

    #[test]
    fn a_setting_goes_by_both_its_names() {
        let project = Setting::new("project-id", "P1");
        assert_eq!((project.flag.as_str(), project.variable.as_str()), ("--project-id", "OTP_PROJECT_ID"));
    }
}
