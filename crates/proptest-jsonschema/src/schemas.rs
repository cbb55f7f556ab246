//! Every subschema the compiler has met, by number, with its place and its references resolved.

use std::collections::HashMap;

use jsonschema::{Draft, Registry};
use referencing::Resolver;
use serde_json::Value;

use crate::{
    demand::{Force, SchemaId},
    unsupported::Unsupported,
};

pub(crate) struct Entry<'r> {
    pub(crate) value: &'r Value,
    pub(crate) draft: Draft,
    pub(crate) pointer: String,
    resolver: Resolver<'r>,
}

pub(crate) struct Schemas<'r> {
    registry: &'r Registry<'r>,
    entries: Vec<Entry<'r>>,
    index: HashMap<(usize, String), SchemaId>,
    pointers: HashMap<usize, String>,
    /// Only documents with dynamic references need the scope as part of a subschema's identity.
    scoped: bool,
    /// Demands of our own; the first of them asks for nothing.
    pub(crate) forces: Vec<Force>,
}

impl<'r> Schemas<'r> {
    pub(crate) fn new(
        registry: &'r Registry<'r>,
        base: &str,
        documents: &[(&str, &'r Value)],
    ) -> Result<Schemas<'r>, Unsupported> {
        let mut pointers = HashMap::new();
        for (uri, document) in documents {
            let prefix = if *uri == base { String::new() } else { format!("{uri}#") };
            note_pointers(document, prefix, &mut pointers);
        }
        let scoped = documents.iter().any(|(_, document)| mentions_dynamic_references(document));
        let mut schemas = Schemas {
            registry,
            entries: Vec::new(),
            index: HashMap::new(),
            pointers,
            scoped,
            forces: vec![Vec::new()],
        };
        let uri = jsonschema::uri::from_str(base).map_err(|why| Unsupported::at("", why.to_string()))?;
        let root = registry.resolver(uri).lookup("").map_err(|why| Unsupported::at("", why.to_string()))?;
        let (value, resolver, draft) = root.into_inner();
        schemas.intern(value, resolver, draft);
        Ok(schemas)
    }

    pub(crate) fn root(&self) -> SchemaId {
        0
    }

    pub(crate) fn entry(&self, id: SchemaId) -> &Entry<'r> {
        &self.entries[id]
    }

    pub(crate) fn value(&self, id: SchemaId) -> &'r Value {
        self.entries[id].value
    }

    /// The value of one keyword of a subschema.
    pub(crate) fn keyword(&self, id: SchemaId, keyword: &str) -> Option<&'r Value> {
        self.entries[id].value.as_object().and_then(|members| members.get(keyword))
    }

    /// The subschema `value`, which is written somewhere inside `parent`.
    pub(crate) fn child(&mut self, parent: SchemaId, value: &'r Value) -> SchemaId {
        let draft = self.entries[parent].draft.detect(value);
        let resolver = self.entries[parent].resolver.clone();
        let resolver = match value.get("$id").and_then(Value::as_str).filter(|id| !id.starts_with('#')) {
            // Looking the identifier up enters the resource, so that it joins the dynamic scope.
            Some(id) => match resolver.lookup(id) {
                Ok(resolved) if std::ptr::eq(resolved.contents(), value) => resolved.into_inner().1,
                _ => resolver.in_subresource(draft.create_resource_ref(value)).unwrap_or(resolver),
            },
            None => resolver,
        };
        self.intern(value, resolver, draft)
    }

    /// What `reference`, written in `from`, points to.
    pub(crate) fn follow(
        &mut self,
        from: SchemaId,
        keyword: &str,
        reference: &str,
    ) -> Result<SchemaId, Unsupported> {
        let resolver = &self.entries[from].resolver;
        let unresolved =
            |why: referencing::Error| Unsupported::at(&self.entries[from].pointer, why.to_string());
        let resolved = if keyword == "$recursiveRef" {
            resolver.lookup_recursive_ref().map_err(unresolved)?
        } else {
            resolver.lookup(reference).map_err(unresolved)?
        };
        let (mut value, resolver, draft) = resolved.into_inner();
        if self.scoped && keyword == "$ref" {
            // A plain reference to a dynamic anchor ignores the dynamic scope.
            let base = (*self.entries[from].resolver.base_uri()).clone();
            let fixed = self.registry.resolver(base).lookup(reference).map_err(unresolved)?;
            if !std::ptr::eq(fixed.contents(), value) {
                let (contents, resolver, draft) = fixed.into_inner();
                value = contents;
                return Ok(self.intern(value, resolver, draft));
            }
        }
        Ok(self.intern(value, resolver, draft))
    }

    fn intern(&mut self, value: &'r Value, resolver: Resolver<'r>, draft: Draft) -> SchemaId {
        let address = std::ptr::from_ref(value) as usize;
        let key = (address, if self.scoped { scope_of(&resolver) } else { String::new() });
        if let Some(&id) = self.index.get(&key) {
            return id;
        }
        let pointer = self
            .pointers
            .get(&address)
            .cloned()
            .unwrap_or_else(|| format!("{}#", resolver.base_uri().as_str()));
        let id = self.entries.len();
        self.entries.push(Entry { value, draft, pointer, resolver });
        self.index.insert(key, id);
        id
    }
}

/// The dynamic scope as far as it can matter: each resource where it was entered first.
fn scope_of(resolver: &Resolver<'_>) -> String {
    let mut entered = vec![resolver.base_uri().as_str().to_owned()];
    entered.extend(resolver.dynamic_scope().iter().map(|uri| uri.as_str().to_owned()));
    let mut outermost: Vec<String> = Vec::new();
    for uri in entered.into_iter().rev() {
        if !outermost.contains(&uri) {
            outermost.push(uri);
        }
    }
    // Equal outer scopes may still differ in the base that relative references start from.
    outermost.push(resolver.base_uri().as_str().to_owned());
    outermost.join(" ")
}

fn note_pointers(value: &Value, at: String, pointers: &mut HashMap<usize, String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                note_pointers(member, format!("{at}/{}", escape(name)), pointers);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                note_pointers(item, format!("{at}/{index}"), pointers);
            }
        }
        _ => {}
    }
    pointers.insert(std::ptr::from_ref(value) as usize, at);
}

fn mentions_dynamic_references(value: &Value) -> bool {
    match value {
        Value::Object(members) => {
            members.contains_key("$dynamicRef")
                || members.contains_key("$recursiveRef")
                || members
                    .get("$schema")
                    .and_then(Value::as_str)
                    .is_some_and(|uri| !uri.contains("json-schema.org"))
                || members
                    .get("$ref")
                    .and_then(Value::as_str)
                    .is_some_and(|uri| uri.contains("json-schema.org"))
                || members.values().any(mentions_dynamic_references)
        }
        Value::Array(items) => items.iter().any(mentions_dynamic_references),
        _ => false,
    }
}

/// One name as a segment of a JSON pointer.
pub(crate) fn escape(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}
