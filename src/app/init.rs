//! What `init` writes: a profile and its schema, an empty list of known deviations, a CI workflow.

/// A kind of target, and what a project that has one begins with.
pub struct Template {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Text of the profile.
    pub profile: &'static str,
}

/// Every kind.
pub const TEMPLATES: [Template; 3] = [
    Template {
        name: "local-emulator",
        about: "an emulator on this machine with a debug endpoint that shows codes",
        profile: include_str!("../../targets/local-emulator.toml"),
    },
    Template {
        name: "descope-test-users",
        about: "a Descope project and a management key; codes of test users, nobody is texted",
        profile: include_str!("../../targets/descope-test-users.toml"),
    },
    Template {
        name: "descope-sms-gateway",
        about: "a Descope project whose SMS gateway connector posts to us",
        profile: include_str!("../../targets/descope-sms-gateway.toml"),
    },
];

/// A workflow that runs the profile; `{profile}` stands for its path.
const WORKFLOW: &str = include_str!("../../examples/workflows/emulator.yml");

/// The files to write for a kind of target: path and text.
pub fn files(template: &Template) -> Vec<(String, String)> {
    let profile = format!("targets/{}.toml", template.name);
    // An editor completes by the schema of this version, wherever the machine is.
    let schema = include_str!("../../schema/profile.json").to_owned();
    let text = template.profile.replace("../schema/profile.json", "./profile.schema.json");
    let workflow = WORKFLOW.replace("targets/local-emulator.toml", &profile);
    let deviations = include_str!("../../targets/descope-deviations.toml").to_owned();
    let mut files = vec![
        (profile, text),
        ("targets/profile.schema.json".into(), schema),
        (".github/workflows/otp-conformance.yml".into(), workflow),
    ];
    if template.profile.contains("descope-deviations.toml") {
        files.push(("targets/descope-deviations.toml".into(), deviations));
    }
    files
}
