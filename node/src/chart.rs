//! Charts as SVG: bars beside each other, or lines, over the same places on the x axis.
//!
//! Pure: numbers in, a drawing out, with no script, no font and no style but classes. Says nothing that the table beside it
//! does not say; knows neither month nor figure.

use askama::Template;

/// The drawing's own units; pages scale it.
const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 26.0;
/// Lines across, the axis left out.
const STEPS: f64 = 4.0;
/// Labels below that still stand apart.
const LABELS_MAX: usize = 8;

/// How values are drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    Bars,
    /// A place without a value is a gap.
    Lines,
}

/// What is drawn in one colour.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Series {
    pub name: String,
    /// One a label.
    pub values: Vec<Option<f64>>,
}

#[derive(Template)]
#[template(path = "plot.svg")]
struct Plot<'a> {
    title: &'a str,
    /// Lines across: height, and what it stands for.
    across: Vec<(String, String)>,
    labels: Vec<(String, &'a str)>,
    /// Class, x, y, width, height.
    bars: Vec<(usize, [String; 4])>,
    /// Class and path.
    paths: Vec<(usize, String)>,
    /// Class, x, y.
    dots: Vec<(usize, [String; 2])>,
    axis: String,
    left: f64,
    right: f64,
}

/// The drawing, to stand in a page. `full` is the top of the axis where it is known, such as 100 for shares.
pub(crate) fn svg(
    form: Form,
    title: &str,
    labels: &[String],
    series: &[Series],
    full: Option<f64>,
) -> Option<String> {
    let values = || series.iter().flat_map(|one| one.values.iter().copied().flatten());
    let highest = values().fold(0.0, f64::max);
    let lowest = values().fold(0.0, f64::min);
    let step = step(full.unwrap_or(highest).max(-lowest));
    let top = full.unwrap_or_else(|| (highest / step).ceil().max(1.0) * step);
    let floor = (lowest / step).floor() * step;
    let y = |value: f64| TOP + (top - value) / (top - floor) * (HEIGHT - TOP - BOTTOM);
    let room = (WIDTH - LEFT - RIGHT) / labels.len().max(1) as f64;
    let middle = |at: usize| LEFT + room * (at as f64 + 0.5);
    let lines = ((top - floor) / step).round() as usize;
    let across = (0..=lines).map(|n| floor + step * n as f64).map(|value| (tenth(y(value)), tenth(value)));
    let every = labels.len().div_ceil(LABELS_MAX).max(1);
    let shown = labels.iter().enumerate().filter(|(at, _)| at % every == 0);
    let mut plot = Plot {
        title,
        across: across.collect(),
        labels: shown.map(|(at, label)| (tenth(middle(at)), label.as_str())).collect(),
        bars: Vec::new(),
        paths: Vec::new(),
        dots: Vec::new(),
        axis: tenth(y(0.0)),
        left: LEFT,
        right: WIDTH - RIGHT,
    };
    let wide = (room * 0.7 / series.len().max(1) as f64).min(26.0);
    for (class, one) in series.iter().enumerate() {
        let points = || one.values.iter().enumerate().map(|(at, value)| (at, value.map(|v| (v, y(v)))));
        match form {
            Form::Bars => {
                let from = |at| middle(at) + wide * (class as f64 - series.len() as f64 / 2.0);
                let bar = |(at, point): (usize, Option<(f64, f64)>)| {
                    let (_, height) = point.filter(|(value, _)| *value != 0.0)?;
                    let (upper, lower) = (height.min(y(0.0)), height.max(y(0.0)));
                    Some((class, [from(at), upper, wide - 1.0, lower - upper].map(tenth)))
                };
                plot.bars.extend(points().filter_map(bar));
            }
            Form::Lines => {
                let (mut path, mut pen) = (String::new(), 'M');
                for (at, point) in points() {
                    let Some((_, height)) = point else {
                        pen = 'M';
                        continue;
                    };
                    path += &format!("{pen}{} {}", tenth(middle(at)), tenth(height));
                    pen = 'L';
                    plot.dots.push((class, [middle(at), height].map(tenth)));
                }
                plot.paths.push((class, path));
            }
        }
    }
    plot.render().ok()
}

/// A step of 1, 2 or 5 with zeros, so that some four lines reach `highest`.
fn step(highest: f64) -> f64 {
    let wanted = (highest / STEPS).max(0.25);
    let ten = 10_f64.powf(wanted.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|n| n * ten).find(|step| *step >= wanted);
    // Half a case is none.
    step.unwrap_or(wanted).max(1.0)
}

/// To a tenth, whole ones without it.
fn tenth(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(form: Form, values: &[Option<f64>], full: Option<f64>) -> String {
        let labels: Vec<String> = (1..=values.len()).map(|n| n.to_string()).collect();
        let series = [Series { name: "a".into(), values: values.to_vec() }];
        svg(form, "甲<乙", &labels, &series, full).unwrap()
    }

    #[test]
    fn axes_have_round_numbers() {
        for (highest, wanted) in
            [(0.0, 1.0), (3.0, 1.0), (7.0, 2.0), (10.0, 2.5), (100.0, 25.0), (430.0, 200.0)]
        {
            assert_eq!(step(highest), wanted, "{highest}");
        }
    }

    #[test]
    fn a_bar_is_as_high_as_its_value_and_none_is_no_bar() {
        let svg = drawn(Form::Bars, &[Some(4.0), Some(0.0), Some(2.0), None], None);
        assert_eq!(svg.matches("class=\"s0\"").count(), 2, "{svg}");
        let whole = HEIGHT - TOP - BOTTOM;
        for part in [whole, whole / 2.0] {
            assert!(svg.contains(&format!("height=\"{}\"", tenth(part))), "{svg}");
        }
        assert!(svg.contains("甲&#60;乙") || svg.contains("甲&lt;乙"), "{svg}");
    }

    #[test]
    fn a_line_breaks_where_there_is_no_value_and_may_go_below_zero() {
        let svg = drawn(Form::Lines, &[Some(50.0), None, Some(-25.0), Some(100.0)], Some(100.0));
        let path = svg.split(" d=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        assert_eq!((path.matches('M').count(), path.matches('L').count()), (2, 1), "{path}");
        assert!(svg.contains(">-25<") && svg.contains(">100<"), "{svg}");
        assert!(!svg.contains("NaN"), "{svg}");
        assert!(!drawn(Form::Bars, &[], None).contains("NaN"));
    }
}
