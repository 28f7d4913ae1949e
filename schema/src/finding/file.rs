//! What there is to know about a file as a whole. The file was taken in; few of these ask for anything.

use super::FormColumn;

/// The first of several words; `…` when there are more.
fn some<'w>(words: impl Iterator<Item = &'w str>, shown: usize, count: u32, separator: &str) -> String {
    let more = if u32::try_from(shown).is_ok_and(|shown| shown < count) { "…" } else { "" };
    format!("{}{more}", words.collect::<Vec<_>>().join(separator))
}

fn words(words: &[String], count: u32, separator: &str) -> String {
    some(words.iter().map(String::as_str), words.len(), count, separator)
}

fn numbers(numbers: &[u32], count: u32, separator: &str) -> String {
    let written: Vec<String> = numbers.iter().map(u32::to_string).collect();
    words(&written, count, separator)
}

fn names(columns: &[FormColumn], of: fn(&FormColumn) -> &str, separator: &str) -> String {
    columns.iter().map(of).collect::<Vec<_>>().join(separator)
}

finding_codes! {
    /// What there is to know about a file as a whole.
    pub enum FileFinding {
        /// Hidden sheets, which are drafts.
        "HIDDEN_SHEETS" HiddenSheets {
            /// The first of them.
            sheets: Vec<String>,
            /// How many there are.
            count: u32,
        } => format!("隐藏的工作表没有导入：{}", words(sheets, *count, "、")),
            format!("hidden sheets were left alone: {}", words(sheets, *count, ", ")); "", "";
        /// Other sheets with the same header.
        "OTHER_SHEETS" OtherSheets {
            /// The one that was read.
            read: String,
            /// The first of the others.
            others: Vec<String>,
            /// How many others there are.
            count: u32,
        } => format!("只导入了工作表“{read}”；还有表头相同的工作表没有导入：{}", words(others, *count, "、")),
            format!("only the sheet {read:?} was read; others have the same header: {}", words(others, *count, ", ")); "", "";
        /// Several sheets with one header, read as one list.
        "SHEETS_JOINED" SheetsJoined {
            /// The first of them.
            sheets: Vec<String>,
            /// How many there are.
            count: u32,
        } => format!("表头相同的{count}个工作表合并为一份名单，数据行依次接着编号：{}", words(sheets, *count, "、")),
            format!("{count} sheets with the same header were read as one list, their rows numbered on: {}", words(sheets, *count, ", ")); "", "";
        /// Rows that the spreadsheet does not show.
        "HIDDEN_ROWS" HiddenRows {
            /// The first of them, as the sheet numbers them.
            rows: Vec<u32>,
            /// How many there are.
            count: u32,
        } => format!("隐藏（或筛选掉）的{count}行没有导入：表格第{}行；如要导入，请取消隐藏后再交", numbers(rows, *count, "、")),
            format!("{count} hidden or filtered rows were left alone: rows {} of the sheet; show them and hand it in again if they are meant",
                numbers(rows, *count, ", ")); "", "";
        /// Columns that the spreadsheet does not show, and that were read.
        "HIDDEN_COLUMNS" HiddenColumns {
            /// The first of them.
            columns: Vec<String>,
            /// How many there are.
            count: u32,
        } => format!("这些列是隐藏的，照样导入了：{}", words(columns, *count, "、")),
            format!("these columns are hidden and were read all the same: {}", words(columns, *count, ", ")); "", "";
        /// Columns without a heading that hold something.
        "COLUMNS_UNNAMED" ColumnsUnnamed {
            /// The first of them, as the spreadsheet letters them.
            columns: Vec<String>,
            /// How many there are.
            count: u32,
        } => format!("这些列有内容而没有列名，没有导入：{}", words(columns, *count, "、")),
            format!("these columns hold something and have no heading; they were left alone: {}", words(columns, *count, ", ")); "", "";
        /// Columns that are not of the list.
        "COLUMNS_UNKNOWN" ColumnsUnknown {
            /// The first of them.
            columns: Vec<String>,
            /// How many there are.
            count: u32,
        } => format!("这些列不在登记表里，没有导入：{}", words(columns, *count, "、")),
            format!("these columns are not part of the list and were left alone: {}", words(columns, *count, ", ")); "", "";
        /// Columns of the list that the file lacks.
        "COLUMNS_ABSENT" ColumnsAbsent {
            /// The columns.
            columns: Vec<FormColumn>,
        } => format!("表里没有这些列，按没有填写处理：{}", names(columns, |column| &column.name, "、")),
            format!("the file lacks these columns; they count as blank: {}", names(columns, |column| &column.english, ", "));
            "", "";
        /// Mobile numbers in a column about a person.
        "MOBILES_KEPT" MobilesKept {
            /// How many rows have one.
            count: u32,
        } => format!("有{count}行在写人的电话栏里填了手机号；个人手机号已加密，只供办事人员使用，不对外公布"),
            format!("{count} rows give a mobile number in a column about a person; personal mobiles are sealed, kept for the desk and shown to nobody else");
            "如是对外服务的号码，请在号码后注明“（服务电话）”或“（公开）”，或另填在“服务电话”一栏",
            "if a number is the service's, write （服务电话） or （公开） behind it, or give it in a column of the service's telephone";
        /// Rows that are no data.
        "ROWS_LEFT_OUT" RowsLeftOut {
            /// The first of them, as the sheet numbers them.
            rows: Vec<u32>,
            /// How many there are.
            count: u32,
        } => format!("合计、表尾、重复表头等{count}行不是数据，没有导入：表格第{}行", numbers(rows, *count, "、")),
            format!("{count} rows are totals, footers or repeated headers and were left alone: rows {} of the sheet",
                numbers(rows, *count, ", ")); "", "";
    }
}
