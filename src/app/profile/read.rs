//! Reads a profile, and says file and line of what cannot be used.

use std::path::{Path, PathBuf};

use super::{Profile, ResendLimit};
use crate::app::UsageError;
use crate::drive::code::CodeSpec;
use crate::drive::is_domain;
use crate::exchange::Place;

/// The profile in a file. `env` gives the value of `$NAME`.
///
/// # Errors
/// The file cannot be read, is not TOML, says something that profiles do not know or that cannot be meant.
pub(in crate::app) fn read(path: &Path, env: &dyn Fn(&str) -> Option<String>) -> Result<Profile, UsageError> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        UsageError::Other(format!("profile {}: {error}; `otp-conformance init` writes one", path.display()))
    })?;
    let source = Source { file: path, text: &text };
    let mut profile = source.parse()?;
    source.fill(&mut profile, env)?;
    source.check(&profile)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let beside = |path: &mut Option<PathBuf>| *path = path.as_ref().map(|path| folder.join(path));
    beside(&mut profile.deviations);
    beside(&mut profile.journal);
    beside(&mut profile.tls.root);
    beside(&mut profile.tls.client_certificate);
    if profile.name.is_none() {
        profile.name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    }
    Ok(profile)
}

struct Source<'a> {
    file: &'a Path,
    text: &'a str,
}

impl Source<'_> {
    fn parse(&self) -> Result<Profile, UsageError> {
        toml::from_str(self.text).map_err(|error| {
            let line = error.span().map_or(1, |span| 1 + self.text[..span.start].matches('\n').count());
            self.wrong_at(line, error.message().to_owned())
        })
    }

    /// Replaces each `$NAME` by its value in the environment.
    fn fill(&self, profile: &mut Profile, env: &dyn Fn(&str) -> Option<String>) -> Result<(), UsageError> {
        let gateway = profile.gateway.iter_mut().flat_map(|gateway| {
            [&mut gateway.bearer, &mut gateway.password, &mut gateway.api_key, &mut gateway.hmac_secret]
        });
        let secrets = gateway.filter_map(|secret| secret.as_mut());
        let code = profile.static_code.as_mut().map(|fixed| &mut fixed.code);
        for value in profile.headers.values_mut().chain(secrets).chain(code) {
            if let Some(name) = value.strip_prefix('$') {
                let missing = || {
                    self.wrong(
                        &format!("${name}"),
                        format!("the variable {name} is not set; set it, or write the value"),
                    )
                };
                *value = env(name).ok_or_else(missing)?;
            }
        }
        Ok(())
    }

    fn check(&self, profile: &Profile) -> Result<(), UsageError> {
        let require = |holds: bool, key: &str, what: &str| match holds {
            true => Ok(()),
            false => Err(self.wrong(key, what.to_owned())),
        };
        for number in &profile.allowed_numbers {
            let digits = number.strip_prefix('+').unwrap_or_default();
            let fits = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
            require(
                fits,
                number,
                &format!("{number:?} is no number in international form; write +12025550142"),
            )?;
        }
        for domain in &profile.allowed_domains {
            let what = format!("{domain:?} is no domain in plain letters; write mail.your-company.com");
            require(is_domain(domain), domain, &what)?;
        }
        if let Some(codes) = &profile.codes {
            codes.parse::<CodeSpec>().map_err(|error| self.wrong("codes", error.to_string()))?;
        }
        if let Some(target) = &profile.target {
            let url = reqwest::Url::parse(target);
            let fits = url.is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
            require(fits, "target", &format!("{target:?} is no URL; write https://staging.example"))?;
        }
        let base_path = profile.base_path.as_deref().unwrap_or("/");
        require(base_path.starts_with('/'), "base-path", "a base path begins with a slash")?;
        let limited = matches!(profile.limits.resend_limit, Some(ResendLimit::Messages(_)));
        let resend = (limited, profile.limits.resend_window.is_some());
        require(resend.0 == resend.1, "resend-", "resend-limit and resend-window belong together")?;
        for rate in [profile.rate.all, profile.rate.management, profile.rate.create, profile.rate.search] {
            let fits = rate.is_none_or(|rate| rate.requests > 0 && rate.window > 0);
            require(fits, "rate", "a rate needs at least one request in at least one second")?;
        }
        let reset = profile.reset.is_none() || profile.dedicated;
        require(reset, "reset", "a reset takes everybody's users; add `dedicated = true` if that is meant")?;
        require(profile.jobs != Some(0), "jobs", "at least one trial must run at once")
    }

    /// An error at the first line that holds the word.
    fn wrong(&self, word: &str, what: String) -> UsageError {
        let line =
            self.text.lines().position(|line| !line.trim_start().starts_with('#') && line.contains(word));
        self.wrong_at(line.map_or(1, |line| line + 1), what)
    }

    fn wrong_at(&self, line: usize, what: String) -> UsageError {
        UsageError::File { place: Place { file: self.file.display().to_string(), line }, what }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::contract::{Level, req};

    fn read_text(text: &str) -> Result<Profile, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("staging.toml");
        std::fs::write(&path, text).unwrap();
        let env = |name: &str| (name == "GATE").then(|| "sesame".to_owned());
        read(&path, &env)
            .map_err(|error| error.to_string().replace(&format!("{}/", folder.path().display()), ""))
    }

    #[test]
    fn says_what_it_says() {
        let profile = read_text(
            "target = \"https://staging.example\"\ndedicated = true\nanswer-timeout = 3\n[headers]\nx-gate = \"$GATE\"\n[levels]\nOTP-023 = \"MUST\"\n[rate]\nall = { requests = 100 }\n",
        )
        .unwrap();
        assert_eq!(profile.name.as_deref(), Some("staging"));
        assert_eq!(profile.headers["x-gate"], "sesame");
        assert_eq!(profile.levels[&req::SEND_RETURNS_MASKED_PHONE], Level::Must);
        assert_eq!(profile.rate.all.unwrap().window, 60);
        assert_eq!(profile.answer_timeout(), Some(Duration::from_secs(3)));
    }

    #[test]
    fn mistakes_are_named_with_file_and_line() {
        for (text, message) in [
            ("\ntarget = 7\n", "staging.toml:2: invalid type"),
            ("name = \"x\"\nproject = 1\n", "staging.toml:2: invalid type"),
            ("\n\ntraget = \"https://x\"\n", "staging.toml:3: unknown field `traget`"),
            ("target = \"ftp://x\"", "staging.toml:1: \"ftp://x\" is no URL"),
            ("# codes\ncodes = \"pigeon\"", "staging.toml:2: code source `pigeon`"),
            (
                "allowed-numbers = [\n  \"+12025550142\",\n  \"0123\"]",
                "staging.toml:3: \"0123\" is no number",
            ),
            ("\nallowed-domains = [\"com\"]", "staging.toml:2: \"com\" is no domain"),
            ("[headers]\nx = \"$ABSENT\"", "staging.toml:2: the variable ABSENT is not set"),
            ("reset = \"{target}/reset\"", "staging.toml:1: a reset takes everybody's users"),
            ("[limits]\nresend-limit = 3", "staging.toml:2: resend-limit and resend-window"),
            ("[levels]\nOTP-23 = \"MUST\"", "staging.toml:2: "),
            ("[levels]\nOTP-023 = \"OUGHT\"", "staging.toml:2: unknown variant `OUGHT`"),
            ("[rate]\nall = { requests = 0 }", "staging.toml:1: a rate needs"),
        ] {
            let error = read_text(text).unwrap_err();
            assert!(error.starts_with(message), "{error}\nshould begin {message}");
        }
    }

    #[test]
    fn files_are_looked_for_beside_the_profile() {
        let profile = read_text("deviations = \"known.toml\"").unwrap();
        assert!(profile.deviations.unwrap().parent().unwrap().is_absolute());
    }
}
