//! The files a contract is made of: those the binary carries, or those of a folder.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};

use super::{ContractError, DeliveryMethod};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/schema");

/// Texts by their path below the schema folder, with `/` between its parts.
pub(crate) struct Files(BTreeMap<String, Cow<'static, str>>);

impl Files {
    pub(crate) fn embedded() -> Files {
        let mut files = BTreeMap::new();
        collect_embedded(&EMBEDDED, &mut files);
        Files(files)
    }

    pub(crate) fn read(folder: &Path) -> Result<Files, ContractError> {
        let mut files = BTreeMap::new();
        collect_folder(folder, "", &mut files)?;
        Ok(Files(files))
    }

    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Files {
        Files(files.iter().map(|(name, text)| ((*name).to_owned(), Cow::Owned((*text).to_owned()))).collect())
    }

    /// The text of a file that every contract has.
    pub(crate) fn get(&self, name: &str) -> Result<&str, ContractError> {
        self.0.get(name).map(AsRef::as_ref).ok_or_else(|| {
            ContractError::new(
                name,
                None,
                "the file is missing",
                "a schema folder has the layout of the one in the sources",
            )
        })
    }

    /// The JSON Schema files that are written for SMS, in the words of the other methods: name, text, and the file that
    /// they are made of.
    pub(crate) fn reworded(&self) -> impl Iterator<Item = (String, String, &str)> {
        let others = DeliveryMethod::ALL.into_iter().filter(|method| *method != DeliveryMethod::Sms);
        others.flat_map(|method| {
            let named = self.schemas().map(move |(name, text)| (method.reword(name), text, name));
            named
                .filter(|(own, _, name)| own != name)
                .map(move |(own, text, name)| (own, method.reword(text), name))
        })
    }

    /// The JSON Schema files: every JSON file but the OpenAPI document.
    pub(crate) fn schemas(&self) -> impl Iterator<Item = (&str, &Cow<'static, str>)> {
        self.0
            .iter()
            .filter(|(name, _)| name.ends_with(".json") && *name != "openapi.json")
            .map(|(name, text)| (name.as_str(), text))
    }
}

fn collect_embedded(folder: &'static Dir<'static>, into: &mut BTreeMap<String, Cow<'static, str>>) {
    for file in folder.files() {
        if let Some(text) = file.contents_utf8() {
            let parts: Vec<_> = file.path().iter().map(|part| part.to_string_lossy()).collect();
            into.insert(parts.join("/"), Cow::Borrowed(text));
        }
    }
    for inner in folder.dirs() {
        collect_embedded(inner, into);
    }
}

fn collect_folder(
    folder: &Path,
    prefix: &str,
    into: &mut BTreeMap<String, Cow<'static, str>>,
) -> Result<(), ContractError> {
    let unreadable = |path: &Path, error: std::io::Error| {
        ContractError::new(
            &path.to_string_lossy(),
            None,
            error,
            "name a readable folder with the layout of `schema/`",
        )
    };
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        let name = format!("{prefix}{}", path.file_name().unwrap_or_default().to_string_lossy());
        if path.is_dir() {
            collect_folder(&path, &format!("{name}/"), into)?;
        } else if name.ends_with(".json") || name.ends_with(".toml") {
            let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
            into.insert(name, Cow::Owned(text));
        }
    }
    Ok(())
}
