//! Mobile numbers, found without any of the product's code: eleven digits in a row that begin with 13 to 19.

use std::collections::BTreeSet;
use std::path::Path;

/// The mobile numbers in bytes, as eleven digits, whatever stands around them.
pub fn in_bytes(bytes: &[u8]) -> BTreeSet<String> {
    let is_mobile = |window: &&[u8]| {
        window[0] == b'1' && (b'3'..=b'9').contains(&window[1]) && window.iter().all(u8::is_ascii_digit)
    };
    bytes.windows(11).filter(is_mobile).map(|window| String::from_utf8_lossy(window).into_owned()).collect()
}

/// The mobile numbers in what a clerk wrote, whatever parts their digits and however wide they are.
pub fn in_cell(cell: &str) -> BTreeSet<String> {
    let digit = |character: char| match character {
        '０'..='９' => char::from_digit(u32::from(character) - u32::from('０'), 10),
        _ => character.to_digit(10).and_then(|digit| char::from_digit(digit, 10)),
    };
    in_bytes(cell.chars().filter_map(digit).collect::<String>().as_bytes())
}

/// The mobile numbers in all files below a folder.
pub fn in_files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(in_files(&path));
        } else if let Ok(bytes) = std::fs::read(&path) {
            found.extend(in_bytes(&bytes));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mobile_is_found_however_it_is_written() {
        for written in ["13812345678", "+86 138 1234 5678", "１３８１２３４５６７８", "8613812345678"] {
            assert_eq!(in_cell(written), BTreeSet::from(["13812345678".to_owned()]), "{written}");
        }
        assert!(in_cell("0335-5669699").is_empty());
        assert_eq!(in_bytes(b"\x00+8613812345678\"").len(), 1);
    }
}
