use super::*;

fn request(schema: &str) -> Members {
    let text = format!(
        "openapi: 3.0.3\npaths:\n  /a/{{id}}:\n    post:\n      requestBody: {{ content: {{ application/json: {{ schema: {schema} }} }} }}\n\
         components: {{ schemas: {{ Tree: {{ type: object, properties: {{ next: {{ $ref: '#/components/schemas/Tree' }} }} }} }} }}\n"
    );
    let outline = Outline::of(&Document::parse("api.yaml", &text).unwrap()).unwrap();
    outline.operations["POST /a/{}"].request.clone().unwrap()
}

fn shown(members: &Members) -> Vec<String> {
    let one = |(pointer, member): (&String, &Member)| {
        let types: Vec<&str> = member.types.iter().map(String::as_str).collect();
        format!("{pointer} {}{}", types.join("|"), if member.required { " required" } else { "" })
    };
    members.iter().map(one).collect()
}

#[test]
fn members_are_found_wherever_they_are_declared() {
    for (schema, due) in [
        (
            "{ type: object, required: [a], properties: { a: { type: string, nullable: true } } }",
            vec![" object required", "/a null|string required"],
        ),
        (
            "{ allOf: [{ required: [b] }, { properties: { b: { type: [integer, 'null'] } } }] }",
            vec![" object required", "/b integer|null"],
        ),
        (
            "{ anyOf: [{ properties: { a: { type: string } }, required: [a] }, { properties: { a: { type: boolean } } }] }",
            vec![" object required", "/a boolean|string"],
        ),
        (
            "{ type: array, items: { properties: { x: { enum: [one, 2] } } } }",
            vec![" array required", "/* object", "/*/x integer|string"],
        ),
        ("{ type: object, additionalProperties: { type: boolean } }", vec![" object required", "/* boolean"]),
        ("{ $ref: '#/components/schemas/Tree' }", vec![" object required", "/next object"]),
    ] {
        assert_eq!(shown(&request(schema)), due, "{schema}");
    }
}

#[test]
fn a_reference_that_leads_nowhere_names_its_operation() {
    let text = "openapi: 3.1.0\npaths: { /a: { get: { responses: { 200: { $ref: '#/none' } } } } }\n";
    let error = Outline::of(&Document::parse("api.yaml", text).unwrap()).unwrap_err();
    assert_eq!((error.operation.as_str(), error.reference.as_str()), ("GET /a", "#/none"));
}

#[test]
fn every_operation_of_ours_has_an_outline() {
    let outline = Outline::of(&Document::ours().unwrap()).unwrap();
    // Those of other methods are made of those for SMS.
    let written = crate::contract::OperationId::ALL.iter().filter(|id| id.template() == **id);
    assert_eq!(outline.operations.len(), written.count());
    let sends = &outline.operations["POST /v1/auth/otp/signup-in/sms"];
    assert!(sends.request.as_ref().unwrap()["/loginId"].required);
    assert_eq!(sends.responses.keys().collect::<Vec<_>>(), ["200", "429", "4XX"]);
}
