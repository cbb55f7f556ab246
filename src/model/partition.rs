//! Which calls can have to do with each other: groups by connected identities.

use std::collections::HashMap;

use super::call::{Action, ModelCall};

/// Groups the calls by connected identities: login IDs, the tokens and user IDs that came of them. Calls that touch
/// everybody, such as deleting all test users, are in every group.
pub(super) fn partition(calls: &[ModelCall]) -> Vec<Vec<usize>> {
    let mut groups = Groups::default();
    for (index, call) in calls.iter().enumerate() {
        for key in identities(call) {
            groups.join(index, key);
        }
    }
    let everybody: Vec<usize> =
        (0..calls.len()).filter(|index| matches!(calls[*index].action, Action::DeleteTestUsers)).collect();
    let mut by_root: HashMap<usize, Vec<usize>> = HashMap::new();
    for (index, call) in calls.iter().enumerate() {
        if let Some(key) = identities(call).into_iter().next() {
            by_root.entry(groups.root_of(&key)).or_default().push(index);
        }
    }
    let mut parts: Vec<Vec<usize>> = by_root.into_values().collect();
    for part in &mut parts {
        part.extend(&everybody);
        part.sort_unstable();
    }
    parts.sort();
    parts
}

/// Everything by which a call names a user.
fn identities(call: &ModelCall) -> Vec<String> {
    let mut keys = Vec::new();
    match &call.action {
        Action::Send(send) => {
            keys.push(send.who.clone());
            keys.extend(send.phone.clone());
        }
        Action::Verify { who, .. } | Action::Generate { who, .. } => keys.push(who.clone()),
        Action::Create { who, others, .. } => {
            keys.push(who.clone());
            keys.extend(others.iter().cloned());
        }
        Action::Delete { who, id } | Action::Unsettle { who, id, .. } => {
            keys.extend(who.iter().chain(id).cloned());
        }
        Action::Session { .. } => {}
        Action::DeleteTestUsers | Action::Unread => return keys,
    }
    keys.extend(call.presented.clone());
    keys.extend(call.token("DSR").map(|token| token.token.clone()));
    keys.extend(call.user_id().map(str::to_owned));
    keys
}

/// Union–find over identity texts: what is joined for one call belongs together.
#[derive(Default)]
pub(crate) struct Groups {
    nodes: HashMap<String, usize>,
    parent: Vec<usize>,
    first: HashMap<usize, usize>,
}

impl Groups {
    fn node(&mut self, key: String) -> usize {
        let parent = &mut self.parent;
        *self.nodes.entry(key).or_insert_with(|| {
            parent.push(parent.len());
            parent.len() - 1
        })
    }

    fn find(&mut self, mut node: usize) -> usize {
        while self.parent[node] != node {
            self.parent[node] = self.parent[self.parent[node]];
            node = self.parent[node];
        }
        node
    }

    /// Joins a key with the other keys of the same call.
    pub(crate) fn join(&mut self, call: usize, key: String) {
        let node = self.node(key);
        let other = *self.first.entry(call).or_insert(node);
        let (a, b) = (self.find(node), self.find(other));
        self.parent[a] = b;
    }

    /// The number of the group of a key.
    pub(crate) fn root_of(&mut self, key: &str) -> usize {
        let node = self.node(key.to_owned());
        self.find(node)
    }
}
