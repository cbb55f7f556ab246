//! Tells cargo what the binary embeds.

fn main() {
    // `include_dir!` notices edited files, but not added or removed ones.
    println!("cargo::rerun-if-changed=schema");
    println!("cargo::rerun-if-changed=suites");
    // Without it insta runs `cargo metadata` in the folder this was built in, which an installed binary lacks.
    println!("cargo::rustc-env=INSTA_WORKSPACE_ROOT=.");
}
