//! Text laid out in columns that line up, Chinese characters counted as the two cells they take.
//!
//! Knows no command and no terminal: lines are never broken or cut.

use unicode_width::UnicodeWidthStr as _;

/// Between columns.
const GAP: &str = "  ";

/// Rows under headings, each row as long as the headings.
pub fn table<const N: usize>(heads: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let rows = rows.into_iter().map(|row| row.map(|cell| one_line(&cell)));
    lay_out(std::iter::once(heads.map(str::to_owned)).chain(rows).collect())
}

/// Labels with what they say.
pub fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>) -> String {
    lay_out(pairs.into_iter().map(|(label, said)| [label.to_owned(), one_line(&said)]).collect())
}

/// Every line moved in by two cells.
pub fn indented(text: &str) -> String {
    text.lines().map(|line| format!("{GAP}{line}\n")).collect()
}

fn lay_out<const N: usize>(rows: Vec<[String; N]>) -> String {
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.width().max(*width);
        }
    }
    let line = |row: &[String; N]| {
        let cells =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.width())));
        cells.collect::<Vec<_>>().join(GAP).trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

fn one_line(cell: &str) -> String {
    cell.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_and_latin_columns_line_up() {
        let text = table(
            ["编号", "name"],
            [["1".to_owned(), "大武口区".to_owned()], ["12345".to_owned(), "x\ny".to_owned()]],
        );
        assert_eq!(text, "编号   name\n1      大武口区\n12345  x y\n");
        assert_eq!(pairs([("上级", "a".to_owned()), ("x", "b".to_owned())]), "上级  a\nx     b\n");
        assert_eq!(indented("a\nb"), "  a\n  b\n");
    }
}
