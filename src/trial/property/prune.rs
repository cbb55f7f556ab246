//! A body with a member less.

use serde_json::Value;

use crate::suite::Template;

/// The body without each of its members, those of its objects included, one at a time.
pub(super) fn with_one_less(body: &Template) -> Vec<Template> {
    match body {
        Template::Members(members) => {
            let without = |at: usize| {
                let mut fewer = members.clone();
                fewer.remove(at);
                Template::Members(fewer)
            };
            let within = |at: usize| {
                with_one_less(&members[at].1).into_iter().map(move |member| {
                    let mut fewer = members.clone();
                    fewer[at].1 = member;
                    Template::Members(fewer)
                })
            };
            let all = 0..members.len();
            all.clone().map(without).chain(all.flat_map(within)).collect()
        }
        Template::Literal(Value::Object(members)) => {
            let each = members.iter().map(|(name, member)| (name.clone(), Template::Literal(member.clone())));
            with_one_less(&Template::Members(each.collect()))
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_member_goes_once() {
        let body = Template::parse(&json!({ "a": 1, "b": { "c": 2, "d": "$ada" } })).unwrap();
        let fewer = with_one_less(&body);
        let due = [
            json!({ "b": { "c": 2, "d": "$ada" } }),
            json!({ "a": 1 }),
            json!({ "a": 1, "b": { "d": "$ada" } }),
            json!({ "a": 1, "b": { "c": 2 } }),
        ];
        let filled = |body: &Template| body.fill::<()>(&mut |_| Ok("$ada".into())).unwrap();
        assert_eq!(fewer.iter().map(filled).collect::<Vec<_>>(), due);
    }
}
