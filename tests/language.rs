//! Plain technical English in the sources: words that stand in for a noun may only become fewer.

use std::path::Path;
use std::{fs, io};

/// Words that hide who does what: the target, the user, the client, the caller.
const TICS: [&str; 5] = ["whoever", "somebody", "nobody", "told", "stands"];
/// Lines of `src/` that hold one of them. It may fall and never rise; what is left are names that files and command lines keep.
const LINES: usize = 7;

fn lines(folder: &Path, found: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            lines(&path, found)?;
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = fs::read_to_string(&path)?;
            let held = text.lines().filter(|line| has_tic(line));
            found.extend(held.map(|line| format!("{}: {}", path.display(), line.trim())));
        }
    }
    Ok(())
}

fn has_tic(line: &str) -> bool {
    let words = line.split(|character: char| !character.is_alphanumeric() && character != '_');
    words.map(str::to_lowercase).any(|word| TICS.contains(&word.as_str()))
}

#[test]
fn plain_words_are_used() -> io::Result<()> {
    let mut found = Vec::new();
    lines(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found)?;
    let many = found.len();
    assert!(many <= LINES, "{many} lines, and {LINES} were known; say who it is instead of {TICS:?}");
    assert!(many + 5 > LINES, "{many} lines: lower LINES in tests/language.rs");
    Ok(())
}

#[test]
fn requirements_and_decisions_are_sentences_about_servers_clients_and_users() -> io::Result<()> {
    for file in ["schema/requirements.toml", "docs/decisions.md"] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file))?;
        let odd: Vec<&str> = text.lines().filter(|line| has_tic(line)).collect();
        assert!(odd.is_empty(), "{file}: say who it is instead of {TICS:?}: {odd:#?}");
    }
    Ok(())
}

#[test]
fn a_word_is_found_as_a_whole() {
    assert!(has_tic("/// Whoever asks.") && has_tic("is told") && !has_tic("fn told_so() { retold }"));
}
