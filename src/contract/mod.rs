//! The contract as loaded data: operations, requirements, schemas, and cases of them.
//!
//! Everything comes from the files of `schema/`, which the binary carries; a folder of the same layout can take their
//! place. Nothing here sends, judges or generates: it answers what was promised, where that is written down, and what
//! a value breaks.

mod bundle;
mod case;
mod drift;
mod error;
mod files;
mod format;
mod level;
mod lines;
mod lint;
mod location;
mod method;
mod openapi;
mod operation;
pub mod published;
pub mod req;
mod requirement;
mod requirements;
mod schema;

use std::collections::BTreeMap;
use std::path::Path;

pub use case::{Bearer, Body, Case};
pub use error::ContractError;
pub use format::ProjectValues;
pub use level::{Area, Level};
pub(crate) use lines::LineEnds;
pub use method::{DeliveryMethod, UnknownMethod};
pub use operation::{BearerForm, Operation, OperationId, UnknownOperation};
pub use requirement::{Depends, MalformedRequirementId, Requirement, RequirementId, Secondary, Side};
pub use schema::{Location, Schemas, Violation};

use files::Files;

/// The loaded promise: what can be called, what has to hold, and how messages look.
#[derive(Debug)]
pub struct Contract {
    set_name: String,
    operations: Vec<Operation>,
    requirements: Vec<Requirement>,
    schemas: Schemas,
}

impl Contract {
    /// The contract that the binary carries. Its schemas are compiled when they are first used.
    ///
    /// # Errors
    /// Only if the crate was built with a broken `schema/` folder.
    pub fn embedded() -> Result<Contract, ContractError> {
        Contract::load(&Files::embedded())
    }

    /// The contract in a folder laid out like `schema/`. Every schema is compiled at once, so that a mistake shows here.
    ///
    /// # Errors
    /// Names the file, the line and what to do about it: unreadable files, JSON or TOML that does not parse, keywords
    /// and references that do not exist, operations or requirements that are missing.
    pub fn from_dir(folder: &Path) -> Result<Contract, ContractError> {
        let contract = Contract::load(&Files::read(folder)?)?;
        contract.schemas.compile_all()?;
        Ok(contract)
    }

    fn load(files: &Files) -> Result<Contract, ContractError> {
        let (set_name, requirements) = requirements::load(files)?;
        let schemas = Schemas::load(files)?;
        lint::check(&schemas, &requirements)?;
        let operations = openapi::load(files, &schemas)?;
        Ok(Contract { set_name, operations, requirements, schemas })
    }

    /// The same contract, in which only these templates, providers and SSO applications exist.
    #[must_use]
    pub fn for_project(self, values: ProjectValues) -> Contract {
        Contract { schemas: self.schemas.with_values(values), ..self }
    }

    /// The same contract, in which these requirements weigh otherwise.
    #[must_use]
    pub fn with_levels(mut self, levels: &BTreeMap<RequirementId, Level>) -> Contract {
        for requirement in &mut self.requirements {
            requirement.level = levels.get(&requirement.id).copied().unwrap_or(requirement.level);
        }
        self
    }

    /// The same contract under the name of an earlier set.
    #[must_use]
    pub fn named(self, set_name: impl Into<String>) -> Contract {
        Contract { set_name: set_name.into(), ..self }
    }

    /// The name of the frozen set of requirements, such as `2026-11`.
    #[must_use]
    pub fn set_name(&self) -> &str {
        &self.set_name
    }

    /// The operation of that name; every [`OperationId`] has one.
    #[must_use]
    pub fn operation(&self, id: OperationId) -> &Operation {
        &self.operations[id as usize]
    }

    /// All operations, in the order of [`OperationId::ALL`].
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Which operation a request line means, and the values of the path's parameters as they were written.
    ///
    /// `method` is compared without regard to case; what follows a `?` in `path` does not matter.
    #[must_use]
    pub fn find<'a>(
        &'a self,
        method: &str,
        path: &'a str,
    ) -> Option<(&'a Operation, Vec<(&'a str, &'a str)>)> {
        let path = path.split('?').next().unwrap_or_default();
        self.operations
            .iter()
            .filter(|operation| operation.method.eq_ignore_ascii_case(method))
            .find_map(|operation| Some((operation, operation.match_path(path)?)))
    }

    /// The requirement with that number.
    #[must_use]
    pub fn requirement(&self, id: RequirementId) -> Option<&Requirement> {
        self.requirements
            .binary_search_by_key(&id, |requirement| requirement.id)
            .ok()
            .map(|at| &self.requirements[at])
    }

    /// The requirement that says for this method what `id` says for SMS: `id` itself, where one sentence holds for all.
    #[must_use]
    pub fn own(&self, method: DeliveryMethod, id: RequirementId) -> RequirementId {
        let own = self.requirements.iter().find(|own| own.method == method && own.instead == Some(id));
        own.map_or(id, |own| own.id)
    }

    /// The requirement of that name, such as `code-is-single-use`, or of that number as it is written, such as `OTP-046`.
    #[must_use]
    pub fn requirement_called(&self, name: &str) -> Option<&Requirement> {
        let id = name.parse().ok();
        self.requirements.iter().find(|requirement| requirement.slug == name || Some(requirement.id) == id)
    }

    /// All requirements, by number.
    #[must_use]
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// The schemas of all messages.
    #[must_use]
    pub fn schemas(&self) -> &Schemas {
        &self.schemas
    }
}
