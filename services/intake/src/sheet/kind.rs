//! What a file is that is no table, so that whoever handed it in is told so.

use super::{SheetError, workbook};

/// The refusal of a file whose first bytes say that it is something else; none when it may be a table.
pub(super) fn refused(bytes: &[u8]) -> Option<SheetError> {
    if is_encrypted(bytes) {
        return Some(workbook::protected());
    }
    if bytes.starts_with(b"PK\x03\x04") && bytes.windows(XLSB.len()).any(|window| window == XLSB) {
        return Some(workbook::binary());
    }
    let (zh, en, remedy_zh, remedy_en) = something_else(bytes)?;
    let error = SheetError::new("NOT_A_TABLE", format!("这是{zh}，不是表格"), format!("this is {en}, not a table"));
    Some(error.remedy(remedy_zh, remedy_en))
}

/// Whether this is a compound file with an encrypted package in it: how an XLSX with a password is kept.
fn is_encrypted(bytes: &[u8]) -> bool {
    bytes.starts_with(COMPOUND_FILE) && has_stream(bytes, "EncryptedPackage")
}

/// The name of the part that a workbook of the binary kind has in place of `xl/workbook.xml`.
const XLSB: &[u8] = b"xl/workbook.bin";

const COMPOUND_FILE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0];

/// Whether a compound file has a stream of this name; such names are UTF-16.
fn has_stream(bytes: &[u8], name: &str) -> bool {
    let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.windows(name.len()).any(|window| window == name)
}

type Words = (&'static str, &'static str, &'static str, &'static str);

fn something_else(bytes: &[u8]) -> Option<Words> {
    const SAVE: (&str, &str) =
        ("请交原来的表格，或另存为xlsx后再交", "hand in the table that it was made from, or save it as XLSX");
    const UNPACK: (&str, &str) = ("请解压后交里面的表格", "unpack it and hand in the table in it");
    const RETYPE: (&str, &str) = ("请把内容录入表格后再交", "enter what it says into a table");
    let begins = |with: &[u8]| bytes.starts_with(with);
    let holds = |name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
    if begins(b"%PDF") {
        return Some(("PDF文件", "a PDF", SAVE.0, SAVE.1));
    }
    if begins(b"\x89PNG") || begins(b"\xFF\xD8\xFF") || begins(b"GIF8") {
        return Some(("图片", "a picture", RETYPE.0, RETYPE.1));
    }
    if begins(b"Rar!") || begins(b"7z\xBC\xAF") || begins(b"\x1F\x8B") {
        return Some(("压缩包", "an archive", UNPACK.0, UNPACK.1));
    }
    if begins(b"PK\x03\x04") {
        if holds(b"word/document.xml") {
            return Some(("Word文档", "a Word document", SAVE.0, SAVE.1));
        }
        if holds(b"ppt/presentation.xml") {
            return Some(("演示文稿", "a presentation", SAVE.0, SAVE.1));
        }
        // XLSX and ODS; what is none of them is an archive of files.
        let workbook = [&b"xl/workbook"[..], b"content.xml", b"[Content_Types].xml"].iter().any(|name| holds(name));
        return (!workbook).then_some(("压缩包", "an archive", UNPACK.0, UNPACK.1));
    }
    (begins(COMPOUND_FILE) && has_stream(bytes, "WordDocument")).then_some((
        "Word文档",
        "a Word document",
        SAVE.0,
        SAVE.1,
    ))
}

/// The refusal of a text that is a page or a document in marks: many systems call such a file `.xls`.
pub(super) fn refused_text(text: &str) -> Option<SheetError> {
    let head: String = text.trim_start().chars().take(2_000).collect::<String>().to_ascii_lowercase();
    if !head.starts_with('<') {
        return None;
    }
    let marked = ["<html", "<!doctype", "<table", "<?xml", "<meta", "<head", "<style"];
    marked.iter().any(|mark| head.contains(mark)).then(|| {
        SheetError::new(
            "FILE_IS_MARKUP",
            "这是网页或XML格式的文件（有的系统导出时也叫xls），不是真正的表格",
            "this is a web page or XML (some systems call what they export xls), not a real table",
        )
        .remedy(
            "请用表格软件打开，另存为“Excel工作簿(xlsx)”后再交",
            "open it in a spreadsheet program and save it as an Excel workbook (XLSX)",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_table_is_called_by_its_name() {
        for (bytes, zh) in [
            (&b"%PDF-1.7\n\x00"[..], "PDF"),
            (b"\x89PNG\r\n", "图片"),
            (b"\xFF\xD8\xFF\xE0", "图片"),
            (b"Rar!\x1A\x07", "压缩包"),
            (b"PK\x03\x04....word/document.xml", "Word"),
            (b"PK\x03\x04....list.xlsx", "压缩包"),
        ] {
            assert!(refused(bytes).unwrap().zh.contains(zh), "{zh}");
        }
        for bytes in [&b"PK\x03\x04....xl/workbook.xml"[..], b"PK\x03\x04mimetype....content.xml", b"a,b\n1,2\n", b""] {
            assert!(refused(bytes).is_none(), "{bytes:?}");
        }
        assert!(refused_text("  <html><table><tr><td>1</td></tr></table>").is_some());
        assert!(refused_text("<?xml version=\"1.0\"?><Workbook/>").is_some());
        assert!(refused_text("名称,代码\n<五保户>,1").is_none());
    }
}
