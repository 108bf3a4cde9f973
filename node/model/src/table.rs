//! A CSV text as rows with named columns and the line each begins at.
//!
//! Knows no column's meaning. A byte order mark, CRLF and blank lines are tolerated, rows may be short or long.

/// A header and what stands below it.
#[derive(Debug)]
pub struct Table {
    header: Vec<String>,
    pub rows: Vec<Row>,
    /// The line of a quote that nothing ends: from there on the rows are not what was meant.
    pub open_quote: Option<u64>,
}

#[derive(Debug)]
pub struct Row {
    /// Counted from 1, the header included.
    pub line: u64,
    fields: Vec<String>,
}

impl Table {
    /// Reads a text, white space around fields taken off.
    pub fn read(text: &str) -> Table {
        Table::read_with(text, csv::Trim::All)
    }

    /// Reads a text, fields to the letter.
    pub fn read_exactly(text: &str) -> Table {
        Table::read_with(text, csv::Trim::None)
    }

    fn read_with(text: &str, trim: csv::Trim) -> Table {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .has_headers(false)
            .trim(trim)
            .from_reader(text.as_bytes());
        let mut rows = Vec::new();
        let mut record = csv::StringRecord::new();
        // Reading a str with rows of any length leaves csv nothing to fail on.
        while let Ok(true) = reader.read_record(&mut record) {
            // csv begins a record at the line ends it is about to skip; the reader of a problem does not.
            let (mut line, begin) = record.position().map_or((0, 0), |p| (p.line(), p.byte() as usize));
            let skipped = text.as_bytes()[begin..].iter().take_while(|b| matches!(b, b'\r' | b'\n'));
            line += skipped.filter(|b| **b == b'\n').count() as u64;
            rows.push(Row { line, fields: record.iter().map(str::to_owned).collect() });
        }
        let header = if rows.is_empty() { Vec::new() } else { rows.remove(0).fields };
        Table { header, rows, open_quote: open_quote(text) }
    }

    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The place of a column, its name in any case.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|h| h.eq_ignore_ascii_case(name))
    }
}

impl Row {
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    /// The field of a column; empty when the row ends before it.
    pub fn field(&self, column: usize) -> &str {
        self.fields.get(column).map_or("", String::as_str)
    }
}

/// As csv reads quotes: one opens at the beginning of a field only, and two inside stand for one.
fn open_quote(text: &str) -> Option<u64> {
    let (mut line, mut opened, mut at_begin) = (1, None, true);
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match (byte, opened) {
            (b'"', Some(_)) if bytes.peek() == Some(&b'"') => drop(bytes.next()),
            (b'"', Some(_)) => opened = None,
            (b'"', None) if at_begin => opened = Some(line),
            _ => {}
        }
        at_begin = matches!(byte, b',' | b'\n' | b'\r');
        line += u64::from(byte == b'\n');
    }
    opened
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_as_an_editor_does() {
        for end in ["\n", "\r\n"] {
            let text = ["\u{feff}a,b", "1,2", "", "", "\"3", "4\",5", " 6 ", ""].join(end);
            let table = Table::read(&text);
            assert_eq!((table.column("A"), table.column("b"), table.column("c")), (Some(0), Some(1), None));
            let lines: Vec<u64> = table.rows.iter().map(|row| row.line).collect();
            assert_eq!(lines, [2, 5, 7], "with {end:?}");
            assert_eq!((table.rows[2].field(0), table.rows[2].field(1)), ("6", ""));
        }
        assert!(Table::read("").rows.is_empty());
    }

    #[test]
    fn a_quote_that_nothing_ends_is_told_with_its_line() {
        for (text, line) in [
            ("a,b\n1,\"2\n3,4\n", Some(2)),
            ("a\n\"x\ny\"\r\n1,\"", Some(4)),
            ("\"a \"\"q\"\" b\",c\n1,\"\"\n", None),
            ("a,5\" pipe\n", None),
            ("\"a\"\"", Some(1)),
        ] {
            assert_eq!(Table::read(text).open_quote, line, "{text:?}");
        }
    }
}
