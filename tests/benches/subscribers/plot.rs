//! The figures as a drawing: time over how many there are, both by powers of ten.

use super::Figure;
use std::fmt::Write as _;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 70.0;
const BOTTOM: f64 = 350.0;
const TOP: f64 = 30.0;
const RIGHT: f64 = 600.0;
/// What is wanted of the last, in milliseconds.
const WANTED: f64 = 500.0;

/// The drawing, as SVG.
pub fn svg(figures: &[Figure]) -> String {
    let most = figures.iter().map(|figure| figure.subscribers).max().unwrap_or(1).max(10) as f64;
    let x = |count: f64| LEFT + (RIGHT - LEFT) * count.log10() / most.log10();
    // From a millisecond to a second and a half.
    let y = |milliseconds: f64| BOTTOM - (BOTTOM - TOP) * milliseconds.max(1.0).log10() / 1_500f64.log10();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n\
         <text x=\"{LEFT}\" y=\"18\">From an event to its subscribers, ms (SSE and graphql-transport-ws, half each)</text>\n"
    );
    let mut line = |from: (f64, f64), to: (f64, f64), style: &str| {
        let _ = writeln!(
            svg,
            "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" {style}/>",
            from.0, from.1, to.0, to.1
        );
    };
    for tick in [1.0, 10.0, 100.0, 1_000.0] {
        line((LEFT, y(tick)), (RIGHT, y(tick)), "stroke=\"#ddd\"");
    }
    line((LEFT, y(WANTED)), (RIGHT, y(WANTED)), "stroke=\"#c00\" stroke-dasharray=\"4\"");
    line((LEFT, BOTTOM), (RIGHT, BOTTOM), "stroke=\"black\"");
    let mut text = |x: f64, y: f64, anchor: &str, words: &str| {
        let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>");
    };
    for tick in [1.0, 10.0, 100.0, 1_000.0] {
        text(LEFT - 6.0, y(tick) + 4.0, "end", &format!("{tick}"));
    }
    text(RIGHT, y(WANTED) - 4.0, "end", "wanted of the last: 500");
    for figure in figures {
        text(x(figure.subscribers as f64), BOTTOM + 18.0, "middle", &figure.subscribers.to_string());
    }
    text(RIGHT, BOTTOM + 36.0, "end", "subscribers");
    for (row, (about, dash)) in [("one village of ten", "6"), ("all of them", "none")].into_iter().enumerate() {
        let how = if dash == "none" { "" } else { " (dashed)" };
        for (column, (name, colour)) in [("p50", "#07c"), ("p99", "#e80"), ("last", "#a0a")].into_iter().enumerate() {
            let place = |figure: &Figure| {
                let (_, times) = figure.times.iter().find(|(of, _)| *of == about)?;
                Some(format!("{:.1},{:.1}", x(figure.subscribers as f64), y(times[column])))
            };
            let points: Vec<String> = figures.iter().filter_map(place).collect();
            let _ = writeln!(
                svg,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"/>\n\
                 <text x=\"{:.1}\" y=\"{:.1}\" fill=\"{colour}\">{name}, about {about}{how}</text>",
                points.join(" "),
                LEFT + 10.0 + 250.0 * row as f64,
                // Where no curve is yet.
                TOP + 75.0 + 16.0 * column as f64
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}
