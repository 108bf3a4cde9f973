//! Every key of the derived store, one byte of prefix each. `docs/STORE.md` is this table in words.
//!
//! Numbers are big-endian so that keys order as they count. Everything here can be deleted and rebuilt from the
//! journal, except the memos, whose loss costs traffic only.

use jiff::civil::Date;
use sanji_sync::{DocId, LogId, NodeId, Scope, UnitCode};

use super::views::rolls::{Entry, Sheet};

/// The layout's version. Another one found at start means: rebuild.
pub const LAYOUT: u32 = 11;

/// `V` → [`LAYOUT`], 4 bytes.
pub const VERSION: &[u8] = b"V";
/// `P` → journal position that the index has reached (16), next arrival (8).
pub const INDEX_POSITION: &[u8] = b"P";
/// `D` → journal position that documents and rows have reached (16).
pub const DOCUMENTS_POSITION: &[u8] = b"D";
/// `T` → the day as of which all rows were made at last, a blank, and the calendar by which.
pub const TODAY: &[u8] = b"T";
/// `C` → there after a clean stop.
pub const CLEAN: &[u8] = b"C";

pub const FACT: u8 = b'f';
pub const LOG: u8 = b'l';
pub const STRETCH: u8 = b'i';
pub const DOCUMENT: u8 = b'd';
pub const META: u8 = b'm';
pub const CASE_ROW: u8 = b'r';
pub const GUIDE_ROW: u8 = b'g';
pub const GUIDE_TEXT: u8 = b'e';
pub const GUIDE_STOP: u8 = b'w';
pub const CORRECTION: u8 = b'k';
pub const IGNORED: u8 = b'x';
pub const LIST_ROW: u8 = b'b';
pub const CASE_NUMBER: u8 = b'n';
pub const COMPLAINT_ROW: u8 = b'p';
pub const ENQUIRY_ROW: u8 = b'u';
pub const QUARANTINE: u8 = b'q';
pub const AGREED: u8 = b'a';
pub const HELD: u8 = b'h';
pub const TOLD: u8 = b't';
pub const SINCE: u8 = b's';
pub const COUNT: u8 = b'c';
pub const ROLL: u8 = b'U';
pub const ROLL_COUNT: u8 = b'N';
pub const APPLICANT: u8 = b'A';
pub const PERSON: u8 = b'I';
pub const PART: u8 = b'O';
pub const WAKE: u8 = b'J';
pub const IMPORTED: u8 = b'M';
pub const CARDS: u8 = b'Y';
pub const FIGURES: u8 = b'Z';

/// `f` name → value.
pub fn fact(name: &str) -> Vec<u8> {
    join(FACT, &[name.as_bytes()])
}

/// `l` log number (4) → CBOR of log id, height, link.
pub fn log(number: u32) -> Vec<u8> {
    join(LOG, &[&number.to_be_bytes()])
}

/// `i` log number (4) first height (8) → arrival of the record's first entry (8), position (16).
pub fn stretch(log: u32, first: u64) -> Vec<u8> {
    join(STRETCH, &[&log.to_be_bytes(), &first.to_be_bytes()])
}

/// `d` document (16) chunk → saved automerge document.
pub fn document(doc: &DocId) -> Vec<u8> {
    join(DOCUMENT, &[&doc.0])
}

/// `m` document (16) → CBOR of scope and heights by log number.
pub fn meta(doc: &DocId) -> Vec<u8> {
    join(META, &[&doc.0])
}

/// `r` document (16) → JSON of the case row.
pub fn case_row(doc: &DocId) -> Vec<u8> {
    join(CASE_ROW, &[&doc.0])
}

/// `g` document (16) → JSON of the guide row.
pub fn guide_row(doc: &DocId) -> Vec<u8> {
    join(GUIDE_ROW, &[&doc.0])
}

/// `e` document (16) piece → JSON of the texts that a guide is found by.
pub fn guide_text(doc: &DocId) -> Vec<u8> {
    join(GUIDE_TEXT, &[&doc.0])
}

/// `b` document (16) piece → JSON of the list row.
pub fn list_row(doc: &DocId) -> Vec<u8> {
    join(LIST_ROW, &[&doc.0])
}

/// `w` document (16) → JSON of a suspension, resumption or abolition.
pub fn guide_stop(doc: &DocId) -> Vec<u8> {
    join(GUIDE_STOP, &[&doc.0])
}

/// `k` document (16) → JSON of a request for correction.
pub fn correction(doc: &DocId) -> Vec<u8> {
    join(CORRECTION, &[&doc.0])
}

/// `x` document (16) → JSON of what is ignored of a document that only the county may write, and only once.
pub fn ignored(doc: &DocId) -> Vec<u8> {
    join(IGNORED, &[&doc.0])
}

/// `p` document (16) → JSON of the complaint row; `u` the same of an enquiry.
pub fn row(prefix: u8, doc: &DocId) -> Vec<u8> {
    join(prefix, &[&doc.0])
}

/// `n` case number → document (16); several in order, should the number have been given twice.
pub fn case_number(number: &str) -> Vec<u8> {
    join(CASE_NUMBER, &[number.as_bytes()])
}

/// `U` roll (1) unit (12, with blanks behind) filter (1) entry (21) → nothing; without an entry what all such keys of a sheet
/// begin with.
pub fn roll(sheet: &Sheet, entry: Option<&Entry>) -> Vec<u8> {
    let mut key = sheet_of(ROLL, sheet);
    key.extend(entry.iter().flat_map(|entry| entry.to_bytes()));
    key
}

/// `N` roll (1) unit (12, with blanks behind) filter (1) → entries of the sheet, 8 bytes.
pub fn roll_count(sheet: &Sheet) -> Vec<u8> {
    sheet_of(ROLL_COUNT, sheet)
}

fn sheet_of(prefix: u8, sheet: &Sheet) -> Vec<u8> {
    join(prefix, &[&[sheet.roll as u8], format!("{:12}", sheet.unit).as_bytes(), &[sheet.filter]])
}

/// `A` name 0 document (16) → nothing.
pub fn applicant(name: &str, doc: &DocId) -> Vec<u8> {
    join(APPLICANT, &[short(name), &[0], &doc.0])
}

/// Before all such keys of names that begin so.
pub fn applicant_named(beginning: &str) -> Vec<u8> {
    join(APPLICANT, &[short(beginning)])
}

/// `I` hash of the identity number, guide code 0 document (16) → nothing.
pub fn person(person: &str, guide: &str, doc: &DocId) -> Vec<u8> {
    join(PERSON, &[person.as_bytes(), &[0], short(guide), &[0], &doc.0])
}

/// Before all such keys of a person, and of a guide if one is named.
pub fn person_with(person: &str, guide: Option<&str>) -> Vec<u8> {
    match guide {
        Some(guide) => join(PERSON, &[person.as_bytes(), &[0], short(guide), &[0]]),
        None => join(PERSON, &[person.as_bytes(), &[0]]),
    }
}

/// `O` number of the parent, unit (12, with blanks behind), document (16) → nothing; without a document what all such keys
/// begin with.
pub fn part(parent: &str, unit: &UnitCode, doc: Option<&DocId>) -> Vec<u8> {
    let mut key = join(PART, &[parent.as_bytes(), format!("{:<12}", unit.as_str()).as_bytes()]);
    key.extend(doc.iter().flat_map(|doc| doc.0));
    key
}

/// `J` day (4) document (16) → nothing: then time alone changes something about it.
pub fn wake(on: Date, doc: &DocId) -> Vec<u8> {
    join(WAKE, &[&day(on), &doc.0])
}

/// `M` hash of a line of an import, document (16) → nothing; without a document what all such keys begin with.
pub fn imported(line: &str, doc: Option<&DocId>) -> Vec<u8> {
    let mut key = join(IMPORTED, &[short(line), &[0]]);
    key.extend(doc.iter().flat_map(|doc| doc.0));
    key
}

/// `Y` document (16) → JSON of the cards of a case, a complaint or an enquiry.
pub fn cards(doc: &DocId) -> Vec<u8> {
    join(CARDS, &[&doc.0])
}

/// `Z` unit, a blank, week or month → JSON of numbers by word.
pub fn figures(unit: &UnitCode, period: &str) -> Vec<u8> {
    join(FIGURES, &[unit.as_str().as_bytes(), b" ", period.as_bytes()])
}

/// Bytes of a text in a key. Names are shorter; what a hostile document has instead is cut.
const TEXT_BYTES_MAX: usize = 120;

fn short(text: &str) -> &[u8] {
    &text.as_bytes()[..text.floor_char_boundary(TEXT_BYTES_MAX)]
}

/// A day as four bytes that order as days do.
fn day(date: Date) -> [u8; 4] {
    day_number(date).to_be_bytes()
}

/// A day as a number that orders as days do: 20260131.
pub fn day_number(date: Date) -> u32 {
    date.year().max(0) as u32 * 10_000 + date.month() as u32 * 100 + date.day() as u32
}

/// `q` document (16) log height (8) → CBOR of log id, height, why.
pub fn quarantine(doc: &DocId, log: &LogId, height: u64) -> Vec<u8> {
    join(QUARANTINE, &[&doc.0, &log_bytes(log), &height.to_be_bytes()])
}

/// `q` document (16): before all such keys of a document.
pub fn quarantined(doc: &DocId) -> Vec<u8> {
    join(QUARANTINE, &[&doc.0])
}

/// `c` scope → documents (8), rows of cases (8), of complaints (8), of enquiries (8).
pub fn count(scope: &Scope) -> Vec<u8> {
    join(COUNT, &[scope.to_string().as_bytes()])
}

/// `a` peer (32) scope → CBOR of the vector last agreed on. A memo.
pub fn agreed(peer: &NodeId, scope: &Scope) -> Vec<u8> {
    join(AGREED, &[&peer.0, scope.to_string().as_bytes()])
}

/// `h` holder (32) log → height (8). A memo.
pub fn held(holder: &NodeId, log: &LogId) -> Vec<u8> {
    join(HELD, &[&holder.0, &log_bytes(log)])
}

/// `t` teller (32) holder (32) log → height (8). A memo.
pub fn told(by: &NodeId, holder: &NodeId, log: &LogId) -> Vec<u8> {
    join(TOLD, &[&by.0, &holder.0, &log_bytes(log)])
}

/// `s` holder (32) log → CBOR of steps: height, time. A memo.
pub fn since(holder: &NodeId, log: &LogId) -> Vec<u8> {
    join(SINCE, &[&holder.0, &log_bytes(log)])
}

/// The log id inside a key.
pub fn log_bytes(log: &LogId) -> Vec<u8> {
    minicbor::to_vec(log).expect("writing to memory cannot fail")
}

fn join(prefix: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + parts.iter().map(|p| p.len()).sum::<usize>());
    key.push(prefix);
    for part in parts {
        key.extend_from_slice(part);
    }
    key
}
