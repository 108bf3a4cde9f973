//! Guides in the forms in which they are handed on: lines, sheets, and the tables of the national exchange.
//!
//! What is written here and read again gives the same guides, to the letter; `docs/EXCHANGE.md` has the columns. Knows
//! no file: XLSX becomes sheets in the node, CSV in `book`.

mod columns;
pub mod national;
mod read;
mod write;

pub use read::{Lines, lines};
pub use write::{to_book, to_lines, to_sheet};
