//! Forms: what a browser sends, whether this session's page made it, and what stands at a field that is wrong.
//!
//! Knows no page. A form comes back as it was filled in, with a sentence at the field.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::gate::Visitor;
use super::{Face, kept, page};

/// The hidden field that a form must bring back.
pub(super) const CSRF: &str = "csrf";

/// The fields of a form or a query, in order, a name as often as it came.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    pub fn read(bytes: &[u8]) -> Fields {
        Fields(form_urlencoded::parse(bytes).into_owned().collect())
    }

    pub(super) fn of(pairs: Vec<(String, String)>) -> Fields {
        Fields(pairs)
    }

    /// The field's text without blanks around it; empty if it did not come.
    pub fn get(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The field as it was typed, such as a password.
    pub fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// None for a blank one.
    pub fn some(&self, name: &str) -> Option<String> {
        Some(self.get(name)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// As a query.
    pub fn encoded(&self) -> String {
        encode(&self.pairs().collect::<Vec<_>>())
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// Those whose names begin so, without that beginning; blank ones are left out.
    pub fn under(&self, prefix: &str) -> BTreeMap<String, String> {
        let named = self.0.iter().filter_map(|(key, value)| Some((key.strip_prefix(prefix)?, value.trim())));
        named
            .filter(|(_, text)| !text.is_empty())
            .map(|(key, text)| (key.to_owned(), text.to_owned()))
            .collect()
    }
}

/// Name and value pairs as a query.
pub fn encode(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// A form that a page of this session made.
pub struct Posted(pub Fields);

impl FromRequest<Face> for Posted {
    type Rejection = Response;

    async fn from_request(mut request: Request, face: &Face) -> Result<Posted, Response> {
        let visitor = request.extensions_mut().remove::<Visitor>();
        let visitor = visitor.ok_or_else(|| StatusCode::INTERNAL_SERVER_ERROR.into_response())?;
        let bytes = Bytes::from_request(request, face).await.map_err(IntoResponse::into_response)?;
        let fields = Fields::read(&bytes);
        match visitor.made(fields.raw(CSRF)) {
            true => Ok(Posted(fields)),
            // Without a session no token guards anything: only the public's forms come here.
            false if visitor.person.is_none() => Ok(Posted(fields)),
            false => Err(match kept::Kept::brought(&fields).filter(|kept| kept.is_of(&visitor)) {
                Some(kept) => kept.offered(&visitor),
                None => page::refused_page(&visitor, StatusCode::FORBIDDEN, "session-over"),
            }),
        }
    }
}

/// What is wrong with a form, by field; a blank name for the whole.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Faults(BTreeMap<String, String>);

impl Faults {
    pub fn one(field: &str, sentence: impl Into<String>) -> Faults {
        let mut faults = Faults::default();
        faults.add(field, sentence);
        faults
    }

    pub fn add(&mut self, field: &str, sentence: impl Into<String>) {
        self.0.entry(field.to_owned()).or_insert_with(|| sentence.into());
    }

    /// Both; where a field has two, this one's stands.
    pub(super) fn with(mut self, more: Faults) -> Faults {
        more.0.into_iter().for_each(|(field, sentence)| self.add(&field, sentence));
        self
    }

    /// The sentence at a field; empty if nothing is wrong with it.
    pub fn at(&self, field: &str) -> &str {
        self.0.get(field).map_or("", String::as_str)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_reads_as_it_was_sent() {
        let fields = Fields::read("a=%E6%9D%8E+%E5%9B%9B&b=&m.x=1&m.y=&a=2&p=+x+".as_bytes());
        assert_eq!(fields.get("a"), "李 四");
        assert_eq!((fields.some("b"), fields.has("b"), fields.has("c")), (None, true, false));
        assert_eq!(fields.under("m."), BTreeMap::from([("x".to_owned(), "1".to_owned())]));
        assert_eq!((fields.get("p"), fields.raw("p")), ("x", " x "));
        assert_eq!(encode(&[("to", "/a?b=中")]), "to=%2Fa%3Fb%3D%E4%B8%AD");
    }

    #[test]
    fn the_first_fault_of_a_field_stands() {
        let mut faults = Faults::one("name", "不能为空");
        faults.add("name", "太长");
        assert_eq!((faults.at("name"), faults.at("age"), faults.is_empty()), ("不能为空", "", false));
    }
}
