//! The real divisions of Qinhuangdao.

use intake::Gazetteer;
use schema::areas::{Area, AreasEvent, AreasListed};
use schema::{AreaCode, Scheme};

/// All of them, as a list of the log says them.
pub fn divisions() -> Gazetteer {
    let list = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema/areas/130300.csv");
    let text = std::fs::read_to_string(list).unwrap();
    let area = |line: &str| {
        let mut cells = line.split(',');
        let code: AreaCode = cells.next().unwrap().parse().unwrap();
        let parent = code.with_ancestors().nth(1);
        Area { code, name: cells.next().unwrap().to_owned(), level: code.level(), parent }
    };
    let areas = text.trim_start_matches('\u{FEFF}').lines().skip(1).map(area).collect();
    let mut book = Gazetteer::default();
    book.apply(&AreasEvent::AreasListed(AreasListed { scheme: Scheme::default(), areas, part: None }));
    book
}
