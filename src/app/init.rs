//! What `init` writes: a profile and its schema, known deviations, a CI workflow; for a client the workflow alone.

/// A kind of target or client, and what a project that has one begins with.
pub struct InitTemplate {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Text of the profile; a client needs none.
    profile: Option<&'static str>,
    /// The workflow.
    workflow: &'static str,
}

/// The workflow that runs a profile, named by the path of one.
const TARGET: &str = include_str!("../../examples/workflows/emulator.yml");
const PROFILE: &str = "targets/local-emulator.toml";

/// Every kind.
pub const TEMPLATES: [InitTemplate; 4] = [
    InitTemplate {
        name: "local-emulator",
        about: "an emulator on this machine with a debug endpoint that shows codes",
        profile: Some(include_str!("../../targets/local-emulator.toml")),
        workflow: TARGET,
    },
    InitTemplate {
        name: "descope-test-users",
        about: "a Descope project and a management key; codes of test users, no message is sent",
        profile: Some(include_str!("../../targets/descope-test-users.toml")),
        workflow: TARGET,
    },
    InitTemplate {
        name: "descope-sms-gateway",
        about: "a Descope project whose SMS gateway connector posts to us",
        profile: Some(include_str!("../../targets/descope-sms-gateway.toml")),
        workflow: TARGET,
    },
    InitTemplate {
        name: "client",
        about: "an SDK or an app; its own tests run through the recording proxy",
        profile: None,
        workflow: include_str!("../../examples/workflows/sdk.yml"),
    },
];

impl InitTemplate {
    /// The files to write: path and text.
    pub fn files(&self) -> Vec<(String, String)> {
        let path = format!("targets/{}.toml", self.name);
        let workflow = self.workflow.replace(PROFILE, &path);
        let mut files = Vec::new();
        if let Some(profile) = self.profile {
            // An editor completes by the schema of this version, wherever the machine is.
            let schema = include_str!("../../schema/profile.json").to_owned();
            files.push((path, profile.replace("../schema/profile.json", "./profile.schema.json")));
            files.push(("targets/profile.schema.json".into(), schema));
        }
        files.push((".github/workflows/otp-conformance.yml".into(), workflow));
        if self.profile.is_some_and(|profile| profile.contains("descope-deviations.toml")) {
            let deviations = include_str!("../../targets/descope-deviations.toml").to_owned();
            files.push(("targets/descope-deviations.toml".into(), deviations));
        }
        files
    }

    /// The command to go on with.
    pub fn next(&self) -> String {
        match self.profile {
            Some(_) => format!("otp-conformance doctor --profile targets/{}.toml", self.name),
            None => "otp-conformance proxy -- YOUR-TESTS".to_owned(),
        }
    }
}
