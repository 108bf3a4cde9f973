//! A list a page at a time: how much a page holds, and how all of a list is asked for.
//!
//! Knows no list; a page is `{ "rows": […], "next": … }`, and `next` is what the next one is asked for with.

use serde_json::Value;

/// Rows of one page at most.
pub const PAGE_MAX: usize = 500;

/// The queue of what is handed over to a unit and waits for its signature (T3), beside those that are called as states.
pub const ARRIVING: &str = "arriving";

/// All rows of a list: asks for page after page, the first behind nothing.
pub fn every_row<E>(mut ask: impl FnMut(Option<String>) -> Result<Value, E>) -> Result<Value, E> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let mut page = ask(after)?;
        if let Value::Array(more) = page["rows"].take() {
            rows.extend(more);
        }
        match page["next"].take() {
            Value::String(next) => after = Some(next),
            _ => return Ok(Value::Array(rows)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pages_are_asked_for_until_none_is_next() {
        let page = |after: Option<String>| match after.as_deref() {
            None => Ok(json!({ "rows": [1, 2], "next": "b" })),
            Some("b") => Ok(json!({ "rows": [3], "next": null })),
            Some(_) => Err(()),
        };
        assert_eq!(every_row(page), Ok(json!([1, 2, 3])));
    }
}
