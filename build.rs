//! Tells cargo what the binary embeds, and gives each requirement its constant.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    // `include_dir!` notices edited files, but not added or removed ones.
    println!("cargo::rerun-if-changed=schema");
    println!("cargo::rerun-if-changed=suites");
    // Without it insta runs `cargo metadata` in the folder this was built in, which an installed binary lacks.
    println!("cargo::rustc-env=INSTA_WORKSPACE_ROOT=.");
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    let rows = fs::read_to_string("schema/requirements.toml").expect("schema/requirements.toml can be read");
    fs::write(Path::new(&out).join("req.rs"), constants(&rows)).expect("OUT_DIR can be written to");
}

/// One constant a row: `slug` is its name, `id` its value, `sentence` its documentation. The rows are read line by line,
/// which saves the build a TOML parser; `contract/requirements.rs` reads them properly and a test compares the two.
fn constants(rows: &str) -> String {
    let mut code = String::new();
    for row in rows.split("[[requirement]]").skip(1) {
        let member = |name: &str| {
            let start = format!("{name} = \"");
            row.lines().find_map(|line| line.strip_prefix(&start)?.strip_suffix('"')).unwrap_or_default()
        };
        let (id, name) = (member("id"), member("slug").to_uppercase().replace('-', "_"));
        let number = id.trim_start_matches("OTP-").trim_start_matches('0');
        // The loader names the file and the line of a row that lacks one of them.
        if !name.is_empty() && !number.is_empty() {
            let sentence = member("sentence");
            let _ = writeln!(code, "#[doc = r#\"{id}: {sentence}\"#]");
            let _ = writeln!(code, "pub const {name}: RequirementId = RequirementId::new({number});");
        }
    }
    code
}
