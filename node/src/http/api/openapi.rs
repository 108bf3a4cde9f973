//! The OpenAPI 3.1 document, written from the routes.
//!
//! Schemas stand where they are used, as JSON Schema 2020-12, which 3.1 has. Knows no operation by name.

use sanji_model::lang::Lang;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema as _, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::super::all_routes;
use super::super::gate::{Access, Route};
use super::operation::Operation;
use super::{problem, shapes};

/// Everything that the API can do.
pub fn document() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    settings.meta_schema = None;
    let mut schemas = settings.into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for route in all_routes() {
        if let Some(operation) = &route.operation {
            let methods = paths.entry(route.path).or_insert_with(|| json!({}));
            methods[route.method.as_str().to_lowercase()] = described(&route, operation, &mut schemas);
        }
    }
    let problem = schema(shapes::Problem::json_schema, &mut schemas);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Sanji", "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            "description": "The API of a node. docs/API.md has examples. 节点接口，示例见 docs/API.md。",
        },
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": { "Problem": problem },
        },
    })
}

fn described(route: &Route, operation: &Operation, schemas: &mut SchemaGenerator) -> Value {
    let is_write = !route.only_reads();
    let mut parameters = path_parameters(route.path);
    parameters.extend(query_parameters(&schema(operation.query, schemas)));
    let body = schema(operation.body, schemas);
    let has_body = body["properties"].as_object().is_some_and(|known| !known.is_empty());
    if is_write {
        parameters.push(key_parameter());
    }
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary.text(Lang::En),
        "x-summary-zh": operation.summary.text(Lang::Zh),
        "tags": [route.path.split('/').nth(3).unwrap_or_default()],
        "parameters": parameters,
        "responses": responses(route, operation, schemas),
    });
    if has_body {
        let is_needed = body["required"].as_array().is_some_and(|needed| !needed.is_empty());
        described["requestBody"] =
            json!({ "required": is_needed, "content": { "application/json": { "schema": body } } });
    }
    if operation.only_reads {
        described["description"] =
            json!("It changes nothing: a token for reading is enough. 只读取，只能读取的令牌即可。");
    }
    match route.access {
        Access::Public => described["security"] = json!([]),
        Access::Roles(roles) => described["x-roles"] = json!(roles),
        Access::Staff | Access::Owner => {}
    }
    described
}

fn schema(of: fn(&mut SchemaGenerator) -> schemars::Schema, schemas: &mut SchemaGenerator) -> Value {
    of(schemas).to_value()
}

fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameter = |name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string", "minLength": 1 } });
    names.map(parameter).collect()
}

fn query_parameters(schema: &Value) -> Vec<Value> {
    let needed: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema["properties"].as_object().into_iter().flatten();
    let parameter = |(name, schema): (&String, &Value)| {
        let mut schema = schema.clone();
        let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        // A query has no null: what is left out is not there.
        if let Some(kinds) = schema["type"].as_array() {
            let kind = kinds.iter().find(|kind| *kind != "null").cloned();
            schema["type"] = kind.unwrap_or_default();
        }
        let required = needed.contains(&name.as_str());
        let mut parameter = json!({ "name": name, "in": "query", "required": required, "schema": schema });
        if let Some(description) = description {
            parameter["description"] = description;
        }
        parameter
    };
    properties.map(parameter).collect()
}

fn key_parameter() -> Value {
    json!({
        "name": "Idempotency-Key", "in": "header", "required": false,
        "description": "the same key with the same request gives the first answer again, for a day",
        "schema": { "type": "string", "minLength": 16, "maxLength": 128, "pattern": "^[!-~]+$" },
    })
}

fn responses(route: &Route, operation: &Operation, schemas: &mut SchemaGenerator) -> Value {
    let mut all: Map<String, Value> = Map::new();
    let good = json!({ "description": "as asked", "content": operation.answer.content(schemas) });
    all.insert(operation.status.as_str().to_owned(), good);
    let mut wrong: Vec<u16> = vec![422, 503];
    if route.access != Access::Public {
        wrong.extend([401, 403, 404, 409]);
    }
    if !route.method.is_safe() {
        wrong.extend([413, 415, 429]);
    }
    for status in wrong {
        let content =
            json!({ problem::MEDIA_TYPE: { "schema": { "$ref": "#/components/schemas/Problem" } } });
        all.insert(status.to_string(), json!({ "description": description(status), "content": content }));
    }
    Value::Object(all)
}

fn description(status: u16) -> &'static str {
    match status {
        401 => "no token that is good",
        403 => "the token, its user or this node may not",
        404 => "not there",
        409 => "does not fit how things stand",
        413 => "the body is too long",
        415 => "the body is not JSON",
        422 => "what was asked is not as it should be",
        429 => "too much for now; Retry-After says how long",
        _ => "the node is stopping, or lacks something",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::http::Method;

    use super::*;

    #[test]
    fn every_route_of_the_api_is_in_the_document_and_nothing_else() {
        let document = document();
        let mut said = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            said.extend(
                methods.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone())),
            );
        }
        let routes = all_routes();
        let of_programs =
            routes.iter().filter(|r| r.path.starts_with("/api/v1/") && r.access != Access::Owner);
        let there: BTreeSet<_> = of_programs.map(|r| (r.method.to_string(), r.path.to_owned())).collect();
        assert_eq!(said, there);
        assert!(there.len() > 60, "{}", there.len());
    }

    #[test]
    fn operations_have_names_of_their_own_and_roles_where_pages_have() {
        let routes = all_routes();
        let mut names = BTreeSet::new();
        for (route, operation) in routes.iter().filter_map(|r| Some((r, r.operation.as_ref()?))) {
            assert!(names.insert(operation.id), "{} twice", operation.id);
            assert!(route.access != Access::Public || route.path.ends_with("openapi.json"), "{}", route.path);
            assert!(route.method == Method::GET || route.access != Access::Public);
        }
    }
}
