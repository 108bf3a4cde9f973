//! What a program asked: who, the names in the address, the query, the body; read once, by type.
//!
//! Whatever the types do not know is refused with its place. Knows no operation.

use axum::body::Bytes;
use axum::extract::{FromRequest as _, FromRequestParts as _, Query, RawPathParams, Request};
use axum::http::{HeaderMap, Method, Uri, header};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{DeserializeOwned, Error as _, Unexpected};
use serde::{Deserialize, Deserializer};

use super::super::Face;
use super::super::gate::Visitor;
use super::fault::{Fault, between};
use super::problem::Problem;
use crate::page::PAGE_MAX;

/// What a query or a body can be read as.
pub trait Given: DeserializeOwned + JsonSchema + Send + 'static {}

impl<T: DeserializeOwned + JsonSchema + Send + 'static> Given for T {}

/// No query, or no body.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Rows of a page at most.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limit(pub usize);

impl Default for Limit {
    fn default() -> Limit {
        Limit(50)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Limit, D::Error> {
        let rows = usize::deserialize(from)?;
        match (1..=PAGE_MAX).contains(&rows) {
            true => Ok(Limit(rows)),
            false => {
                let found = Unexpected::Unsigned(rows as u64);
                Err(D::Error::invalid_value(found, &between(1, PAGE_MAX).as_str()))
            }
        }
    }
}

impl JsonSchema for Limit {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Limit".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": PAGE_MAX })
    }
}

/// Which page of a list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Walk {
    /// What the page before named as `next`.
    #[serde(default)]
    pub after: Option<String>,
    /// Rows at most; 50 when left out.
    #[serde(default)]
    pub limit: Limit,
}

/// A query that says which page.
pub trait Walks {
    fn after(&self) -> Option<&str>;
    fn limit(&self) -> usize;
}

macro_rules! walks {
    ($($query:ty),+ $(,)?) => {
        $(impl $crate::http::api::asked::Walks for $query {
            fn after(&self) -> Option<&str> {
                self.after.as_deref()
            }

            fn limit(&self) -> usize {
                self.limit.0
            }
        })+
    };
}

pub(super) use walks;

walks!(Walk);

/// One request, read.
pub struct Asked<Q = Nothing, B = Nothing> {
    /// For whom the program acts.
    pub user: Option<String>,
    pub visitor: Visitor,
    pub query: Q,
    pub body: B,
    names: Vec<(String, String)>,
}

impl<Q, B> Asked<Q, B> {
    /// What the address has in the place of this name.
    pub fn named(&self, name: &str) -> String {
        let found = self.names.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }
}

/// A request as it came, its body whole.
pub(super) struct Came {
    pub visitor: Visitor,
    pub names: Vec<(String, String)>,
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl Came {
    pub async fn read(face: &Face, visitor: Visitor, request: Request) -> Result<Came, Problem> {
        let (mut parts, body) = request.into_parts();
        let names =
            RawPathParams::from_request_parts(&mut parts, face).await.map_err(|_| Problem::NoRoute)?;
        let names = names.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let request = Request::from_parts(parts, body);
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let headers = request.headers().clone();
        let bytes = Bytes::from_request(request, face).await.map_err(|_| Problem::TooLong)?;
        Ok(Came { visitor, names, method, uri, headers, bytes })
    }

    pub fn asked<Q: Given, B: Given>(self) -> Result<Asked<Q, B>, Problem> {
        let query = read_query(&self.uri)?;
        let body = read_body(&self.headers, &self.bytes)?;
        let user = self.visitor.user();
        Ok(Asked { user, visitor: self.visitor, query, body, names: self.names })
    }
}

fn read_query<Q: Given>(uri: &Uri) -> Result<Q, Problem> {
    type Placed = serde_path_to_error::Error<serde::de::value::Error>;
    let why = match Query::<Q>::try_from_uri(uri) {
        Ok(query) => return Ok(query.0),
        Err(why) => why,
    };
    let outer: &(dyn std::error::Error + 'static) = &why;
    let placed =
        std::iter::successors(Some(outer), |why| why.source()).find_map(|why| why.downcast_ref::<Placed>());
    Err(match placed {
        Some(placed) => Problem::Query {
            parameter: placed.path().to_string(),
            fault: Fault::read(&placed.inner().to_string()),
        },
        None => Problem::Query { parameter: String::new(), fault: Fault::Other(why.body_text()) },
    })
}

/// An empty body says nothing.
fn read_body<B: Given>(headers: &HeaderMap, bytes: &[u8]) -> Result<B, Problem> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_json = |media: &str| media.split(';').next().is_some_and(|kind| kind.trim() == "application/json");
    if !bytes.is_empty() && !media.is_some_and(is_json) {
        return Err(Problem::MediaType);
    }
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize(&mut reader);
    let body = read
        .map_err(|why| Problem::Body { pointer: pointer(why.path()), fault: Fault::of_json(why.inner()) })?;
    let whole = reader.end();
    whole.map_err(|why| Problem::Body { pointer: String::new(), fault: Fault::of_json(&why) })?;
    Ok(body)
}

/// The place as a JSON pointer (RFC 6901).
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let part = |segment: &Segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.replace('~', "~0").replace('/', "~1")),
        Segment::Enum { .. } | Segment::Unknown => None,
    };
    path.iter().filter_map(part).map(|part| format!("/{part}")).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use sanji_model::lang::{Lang, Say as _};

    use super::*;

    #[derive(Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Body {
        #[serde(default)]
        fields: BTreeMap<String, String>,
    }

    fn read(media: &str, text: &str) -> Result<BTreeMap<String, String>, Problem> {
        let headers = [(header::CONTENT_TYPE, media.parse().unwrap())].into_iter().collect();
        read_body::<Body>(&headers, text.as_bytes()).map(|body| body.fields)
    }

    #[test]
    fn what_is_wrong_with_a_body_is_said_with_its_place() {
        let json = "application/json; charset=utf-8";
        let place = |text| match read(json, text) {
            Err(Problem::Body { pointer, .. }) => pointer,
            other => panic!("{other:?}"),
        };
        assert_eq!(place(r#"{"fields": {"a/b": 1}}"#), "/fields/a~1b");
        assert_eq!(place(r#"{"other": 1}"#), "/other");
        assert_eq!((place("{"), place("{} {}")), (String::new(), String::new()));
        assert_eq!(read("text/plain", "{}"), Err(Problem::MediaType));
        assert_eq!(read("text/plain", ""), Ok(BTreeMap::new()));
        assert_eq!(read(json, r#"{"fields":{"a":"b"}}"#).unwrap()["a"], "b");
    }

    #[test]
    fn a_page_has_a_row_at_least_and_not_too_many() {
        let walk = |query: &str| Query::<Walk>::try_from_uri(&format!("/x?{query}").parse().unwrap());
        assert_eq!(walk("").unwrap().limit(), 50);
        assert_eq!((walk("limit=500").unwrap().limit(), walk("after=x").unwrap().after()), (500, Some("x")));
        for bad in ["limit=0", "limit=501", "limit=x", "more=1"] {
            assert!(walk(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_query_is_said_with_its_parameter() {
        let said = |query: &str| match read_query::<Walk>(&format!("/x?{query}").parse().unwrap()) {
            Err(problem @ Problem::Query { .. }) => problem.text(Lang::Zh),
            _ => panic!("{query}"),
        };
        assert_eq!(said("limit=501"), "参数“limit”应为 1 至 500 的整数");
        assert_eq!(said("limit=x"), "参数“limit”应为非负整数");
        assert_eq!(said("limit=1&limit=2"), "参数“limit”重复出现，只能有一次");
        assert_eq!(said("more=1"), "没有参数“more”这一项，可用的有：after、limit");
    }
}
