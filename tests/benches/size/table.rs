//! What a run found, as it can stand in a document.

use crate::driver::Measured;

/// One who was asked, at one connection and at many.
pub struct Row {
    /// Who.
    pub name: String,
    /// At each number of connections.
    pub at: [Measured; 2],
    /// Whether it is told as a share of the ceiling and beside the peers.
    pub is_ours: bool,
}

/// Prints the rates; the ceiling is the row of this name, the peers are those of these.
pub fn rates(connections: [usize; 2], rows: &[Row], ceiling: &str, peers: &[&str]) {
    let [one, many] = connections;
    let mut head = vec!["asked".to_owned()];
    for count in connections {
        head.extend([
            format!("{count} connection{}, /s", if count == 1 { "" } else { "s" }),
            "p50, ms".to_owned(),
            "p99, ms".to_owned(),
            "processor, ms".to_owned(),
        ]);
    }
    head.extend(["bytes".to_owned(), "errors".to_owned(), format!("of the ceiling at {one}, {many}")]);
    head.extend(peers.iter().map(|peer| format!("times {peer} at {one}, {many}")));
    line(&head);
    line(&head.iter().map(|_| "---".to_owned()).collect::<Vec<_>>());
    let named = |name: &str| rows.iter().find(|row| row.name == name);
    for row in rows {
        let mut cells = vec![row.name.clone()];
        for measured in &row.at {
            let processor = measured.processor.map_or_else(String::new, |spent| format!("{spent:.3}"));
            cells.extend([thousands(measured.rate), format!("{:.2}", measured.p50), format!("{:.2}", measured.p99)]);
            cells.push(processor);
        }
        cells.push(thousands(row.at[1].bytes));
        cells.push((row.at[0].errors + row.at[1].errors).to_string());
        let beside = |other: &str, form: &dyn Fn(f64) -> String| {
            let Some(other) = named(other).filter(|_| row.is_ours) else { return String::new() };
            let ratios = row.at.iter().zip(&other.at).map(|(this, that)| form(this.rate / that.rate));
            ratios.collect::<Vec<_>>().join(", ")
        };
        cells.push(beside(ceiling, &|ratio| format!("{:.0} %", ratio * 100.0)));
        cells.extend(peers.iter().map(|peer| beside(peer, &|ratio| format!("{ratio:.1}"))));
        line(&cells);
    }
}

/// Prints what is one figure each.
pub fn figures(figures: &[(String, String)]) {
    line(&["loading and memory".to_owned(), String::new()]);
    line(&["---".to_owned(), "---".to_owned()]);
    for (what, figure) in figures {
        line(&[what.clone(), figure.clone()]);
    }
}

fn line(cells: &[String]) {
    println!("| {} |", cells.join(" | "));
}

/// A number without a fraction, its thousands apart.
pub fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut apart = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            apart.push(',');
        }
        apart.push(digit);
    }
    apart
}
