//! What is wrong with a table that somebody hands in, and where.
//!
//! Says it in two languages; decides nothing.

use super::column_letters;
use crate::lang::{Lang, Say, say_in_english};

/// A place in a file of sheets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    pub sheet: String,
    /// Counted from 1, the heading included.
    pub line: u64,
    /// Counted from 0; none when the whole row is meant.
    pub column: Option<usize>,
}

impl Place {
    /// The column as spreadsheet programs name it.
    pub fn letters(&self) -> Option<String> {
        self.column.map(column_letters)
    }
}

/// Why a table cannot be read. One such place refuses the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SheetFault {
    /// The file is no workbook that this program reads.
    NotAWorkbook { why: String },
    /// A quote begins here and nothing ends it.
    OpenQuote,
    /// There is no row below a heading in the whole file.
    Empty,
    /// More than this program reads of one file.
    TooLarge,
    /// No sheet of this name is known, and something stands in it.
    UnknownSheet { known: String },
    /// Two columns have one heading.
    HeadingTwice { head: String },
    /// Something stands below no heading.
    NoHeading,
    /// The cell holds an error such as `#REF!`.
    CellError { text: String },
    /// A number of so many digits that the spreadsheet program has changed the last ones.
    RoundedNumber,
    /// The sheet has no column that says which guide a row belongs to.
    NoNumber { column: &'static str },
    /// No guide has the number that a row says it belongs to.
    NoSuchGuide { number: String },
    /// Two guides of the file have one number.
    NumberTwice { number: String, first: u64 },
    /// No heading is one that a guide has.
    Foreign,
    /// A table of the national exchange, which holds less than a guide.
    National,
}

impl Say for SheetFault {
    fn code(&self) -> &'static str {
        match self {
            SheetFault::NotAWorkbook { .. } => "SHEET_WORKBOOK",
            SheetFault::OpenQuote => "SHEET_OPEN_QUOTE",
            SheetFault::Empty => "SHEET_EMPTY",
            SheetFault::TooLarge => "SHEET_TOO_LARGE",
            SheetFault::UnknownSheet { .. } => "SHEET_UNKNOWN",
            SheetFault::HeadingTwice { .. } => "SHEET_HEADING_TWICE",
            SheetFault::NoHeading => "SHEET_NO_HEADING",
            SheetFault::CellError { .. } => "SHEET_CELL_ERROR",
            SheetFault::RoundedNumber => "SHEET_ROUNDED",
            SheetFault::NoNumber { .. } => "SHEET_NO_NUMBER",
            SheetFault::NoSuchGuide { .. } => "SHEET_NO_SUCH_GUIDE",
            SheetFault::NumberTwice { .. } => "SHEET_NUMBER_TWICE",
            SheetFault::Foreign => "SHEET_FOREIGN",
            SheetFault::National => "SHEET_NATIONAL",
        }
    }

    fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::Zh => self.chinese(),
            Lang::En => self.english(),
        }
    }
}

impl SheetFault {
    fn chinese(&self) -> String {
        match self {
            // The reader's reason is English.
            SheetFault::NotAWorkbook { .. } => {
                "不是可读的 XLSX 工作簿，请用表格软件另存为 .xlsx 后重试".to_owned()
            }
            SheetFault::OpenQuote => "引号没有结束，请补上结束的引号".to_owned(),
            SheetFault::Empty => "表头以下没有内容，请至少填写一行".to_owned(),
            SheetFault::TooLarge => "文件过大，请分成几个文件".to_owned(),
            SheetFault::UnknownSheet { known } => {
                format!("没有这个名称的工作表，请改名或删去；可用：{known}")
            }
            SheetFault::HeadingTwice { head } => format!("表头“{head}”出现两次，请改名或合并"),
            SheetFault::Foreign => {
                "表头没有一列是办事指南的要素，这不是指南文件；表头请用“事项名称”“申报材料”等要素名称"
                    .to_owned()
            }
            SheetFault::NoHeading => "此格上方没有表头，请填写表头或清空此格".to_owned(),
            SheetFault::CellError { text } => format!("单元格是错误值 {text}，请改正"),
            SheetFault::RoundedNumber => {
                "数字超过 15 位，末位已被表格软件改动；请把单元格设为文本格式，重新填写原来的编码".to_owned()
            }
            SheetFault::NoNumber { column } => {
                format!("缺少“{column}”列，无法知道各行属于哪份指南；请按“指南”表中的{column}填写")
            }
            SheetFault::NoSuchGuide { number } => {
                format!("“指南”表中没有序号“{number}”，请改正，或在该表中添加这份指南")
            }
            SheetFault::NumberTwice { number, first } => {
                format!("序号“{number}”与第 {first} 行相同，请改其一")
            }
            SheetFault::National => {
                "这是国家平台交换表，只有指南的一部分，不能导入；请导入由 guide export 导出的工作簿"
                    .to_owned()
            }
        }
    }

    fn english(&self) -> String {
        match self {
            SheetFault::NotAWorkbook { why } => format!(
                "no XLSX workbook that can be read ({why}); save it as .xlsx with a spreadsheet program"
            ),
            SheetFault::OpenQuote => "a quote begins here and nothing ends it; add the closing quote".to_owned(),
            SheetFault::Empty => "nothing stands below a heading; fill in one row at least".to_owned(),
            SheetFault::TooLarge => "the file is too large; divide it".to_owned(),
            SheetFault::UnknownSheet { known } => {
                format!("there is no sheet of this name; rename or delete it. Known are: {known}")
            }
            SheetFault::HeadingTwice { head } => {
                format!("the heading “{head}” stands twice; rename one or join the columns")
            }
            SheetFault::Foreign => {
                "no heading is an element of a guide, so this is no file of guides: name the columns 事项名称, 申报材料 and so on".to_owned()
            }
            SheetFault::NoHeading => "no heading stands above this cell; write one, or empty the cell".to_owned(),
            SheetFault::CellError { text } => format!("the cell holds the error {text}; correct it"),
            SheetFault::RoundedNumber => "a number of more than 15 digits, of which the spreadsheet program has \
                                          changed the last ones; format the cell as text and type the code again"
                .to_owned(),
            SheetFault::NoNumber { column } => format!(
                "the column “{column}” is missing, which says to which guide a row belongs; fill it in as on the \
                 sheet of guides"
            ),
            SheetFault::NoSuchGuide { number } => {
                format!("the sheet of guides has no number “{number}”; correct it, or add that guide there")
            }
            SheetFault::NumberTwice { number, first } => {
                format!("row {first} has the number “{number}” too; change one of the two")
            }
            SheetFault::National => "a table of the national exchange holds a part of a guide and is not read back; \
                                     import the workbook that `guide export` writes"
                .to_owned(),
        }
    }
}

say_in_english!(SheetFault);
