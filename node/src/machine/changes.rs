//! What changed, for programs that follow: which document came, what kind it is, how it is named.
//!
//! A cursor is of one epoch of this node: after a disk was put back, what it stood for may never have been.

use sanji_model::{complaint, directory, enquiry};
use sanji_sync::{DocId, Scope};
use serde_json::{Value, json};

use super::pages::{Page, bad_cursor};
use super::{Done, Machine, Stop};
use crate::store::arrivals::{Arrival, Arrivals, Cursor};
use crate::store::views;

/// The word for the cursor of now.
const NOW: &str = "now";

impl Machine {
    /// A page of what came behind a cursor. `reset` says that the cursor is not of this node's present journal: whoever
    /// followed asks for all anew, and goes on from the cursor of this answer.
    pub(super) fn changes(&mut self, page: Page<'_>) -> Done {
        let (from, is_known) = match page.after {
            None => (Cursor::FIRST, true),
            Some(NOW) => (self.store.cursor_of_now(), true),
            Some(text) => {
                let (epoch, cursor) = text.split_once('-').ok_or_else(|| bad_cursor(text))?;
                let cursor: Cursor = cursor.parse().map_err(|_| bad_cursor(text))?;
                (cursor, epoch == self.hub.epoch().0.to_string())
            }
        };
        let found = if is_known { self.store.arrivals(from, page.limit())? } else { None };
        let reset = found.is_none();
        let found = found.unwrap_or_else(|| Arrivals {
            rows: Vec::new(),
            cursor: self.store.cursor_of_now(),
            is_last: true,
        });
        let rows: Vec<Value> =
            found.rows.iter().map(|arrival| self.change_json(arrival)).collect::<Result<_, _>>()?;
        let cursor = self.cursor_text(found.cursor);
        let next = Some(&cursor).filter(|_| !found.is_last);
        Ok(json!({ "rows": rows, "next": next, "cursor": cursor, "reset": reset }))
    }

    fn cursor_text(&self, cursor: Cursor) -> String {
        format!("{}-{cursor}", self.hub.epoch().0)
    }

    fn change_json(&self, arrival: &Arrival) -> Result<Value, Stop> {
        let (kind, number) = self.kind_of(&arrival.doc, arrival.scope)?;
        Ok(json!({
            "cursor": self.cursor_text(arrival.cursor), "kind": kind, "id": arrival.doc, "number": number,
            "unit": arrival.scope.unit(),
        }))
    }

    fn kind_of(&self, doc: &DocId, scope: Scope) -> Result<(&'static str, Option<String>), Stop> {
        let kv = self.store.kv();
        let plain = |kind| Ok((kind, None));
        match scope {
            Scope::Directory if *doc == directory::DOCUMENT => plain("directory"),
            Scope::Directory | Scope::Notices(_) => plain("notice"),
            Scope::Staff(_) => plain("staff"),
            Scope::Drafts(_) if self.store.overview().corrections.contains_key(doc) => plain("correction"),
            Scope::Drafts(_) => plain("draft"),
            Scope::Guides(_) if self.store.overview().stops.contains_key(doc) => plain("guide_stop"),
            Scope::Guides(_) if self.store.overview().lists.contains_key(doc) => plain("list"),
            Scope::Guides(_) => plain("guide"),
            Scope::Cases(_) => {
                if let Some(row) = views::cases::row(kv, doc)? {
                    return Ok(("case", Some(row.number.to_string())));
                }
                if let Some(row) = views::desk_row::<complaint::Course>(kv, doc)? {
                    return Ok(("complaint", Some(row.number.to_string())));
                }
                if let Some(row) = views::desk_row::<enquiry::Course>(kv, doc)? {
                    return Ok(("enquiry", Some(row.number.to_string())));
                }
                plain("case")
            }
        }
    }
}
