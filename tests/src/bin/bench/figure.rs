//! What a measurement comes to: samples, percentiles, the peer that was measured in turns with it, the
//! budget, and how all of that is printed and written. Knows nothing of what was measured.

use serde_json::{Value, json};
use std::fmt::Write as _;

/// Which number of a figure a budget is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Half of the samples are not above it.
    P50,
    /// 99 of 100 samples are not above it.
    P99,
    /// The worst sample.
    Max,
}

/// The most that a figure should be. Told, never asserted.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    of: Of,
    most: f64,
}

/// A budget.
pub fn under(of: Of, most: f64) -> Budget {
    Budget { of, most }
}

/// The same work without Rearview, measured in turns with it.
#[derive(Clone, Debug)]
pub struct Peer {
    what: &'static str,
    samples: Samples,
}

/// One row of the table.
#[derive(Clone, Debug)]
pub struct Figure {
    name: String,
    unit: &'static str,
    outcome: Result<Samples, String>,
    peer: Option<Peer>,
    budgets: Vec<Budget>,
    note: Option<String>,
}

impl Figure {
    /// A figure that was measured.
    pub fn new(name: impl Into<String>, unit: &'static str, samples: Vec<f64>) -> Self {
        let outcome =
            if samples.is_empty() { Err("no sample came".to_owned()) } else { Ok(Samples::new(samples)) };
        Self { name: name.into(), unit, outcome, peer: None, budgets: Vec::new(), note: None }
    }

    /// A figure that could not be measured, and why.
    pub fn missing(name: impl Into<String>, why: impl ToString) -> Self {
        Self {
            name: name.into(),
            unit: "",
            outcome: Err(why.to_string()),
            peer: None,
            budgets: Vec::new(),
            note: None,
        }
    }

    /// With its peer.
    pub fn beside(mut self, what: &'static str, samples: Vec<f64>) -> Self {
        self.peer = (!samples.is_empty()).then(|| Peer { what, samples: Samples::new(samples) });
        self
    }

    /// With its budgets.
    pub fn within(mut self, budgets: &[Budget]) -> Self {
        self.budgets = budgets.to_vec();
        self
    }

    /// With a word on what it means.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    fn verdict(&self) -> String {
        let Ok(samples) = &self.outcome else { return String::new() };
        let words = self.budgets.iter().map(|budget| {
            let (name, value) = match budget.of {
                Of::P50 => ("p50", samples.percentile(50.0)),
                Of::P99 => ("p99", samples.percentile(99.0)),
                Of::Max => ("max", samples.percentile(100.0)),
            };
            let word = if value <= budget.most { "within" } else { "over" };
            format!("{name} {word} {}", number(budget.most))
        });
        words.collect::<Vec<_>>().join(", ")
    }

    fn json(&self) -> Value {
        let row = |samples: &Samples| {
            json!({
                "n": samples.0.len(),
                "p50": samples.percentile(50.0),
                "p95": samples.percentile(95.0),
                "p99": samples.percentile(99.0),
                "max": samples.percentile(100.0),
            })
        };
        json!({
            "name": self.name,
            "unit": self.unit,
            "ours": self.outcome.as_ref().ok().map(row),
            "notMeasured": self.outcome.as_ref().err(),
            "peer": self.peer.as_ref().map(|peer| json!({"what": peer.what, "figures": row(&peer.samples)})),
            "ratio": self.ratio(),
            "budget": self.verdict(),
            "note": self.note,
        })
    }

    /// How many times the peer's p50 ours is; `None` without a peer, or one too small to divide by.
    fn ratio(&self) -> Option<f64> {
        let peer = self.peer.as_ref()?.samples.percentile(50.0);
        let ours = self.outcome.as_ref().ok()?.percentile(50.0);
        (peer > f64::EPSILON).then(|| ours / peer)
    }
}

/// Sorted samples, never empty.
#[derive(Clone, Debug)]
struct Samples(Vec<f64>);

impl Samples {
    fn new(mut samples: Vec<f64>) -> Self {
        samples.sort_by(f64::total_cmp);
        Self(samples)
    }

    /// The smallest sample that `percent` of all samples are not above: a value that was seen, not one
    /// between two.
    fn percentile(&self, percent: f64) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "counts of samples are small and not negative"
        )]
        let rank = (percent / 100.0 * self.0.len() as f64).ceil() as usize;
        self.0[rank.clamp(1, self.0.len()) - 1]
    }
}

/// The table that people read, columns aligned.
pub fn table(figures: &[Figure]) -> String {
    const HEADS: [&str; 10] =
        ["figure", "n", "p50", "p95", "p99", "max", "unit", "peer p50", "ratio", "budget"];
    let mut rows = vec![HEADS.map(str::to_owned)];
    for figure in figures {
        let blank = String::new;
        rows.push(match &figure.outcome {
            Err(why) => {
                let mut row = [(); 10].map(|()| blank());
                row[0].clone_from(&figure.name);
                row[9] = format!("not measured: {why}");
                row
            }
            Ok(samples) => [
                figure.name.clone(),
                samples.0.len().to_string(),
                number(samples.percentile(50.0)),
                number(samples.percentile(95.0)),
                number(samples.percentile(99.0)),
                number(samples.percentile(100.0)),
                figure.unit.to_owned(),
                figure.peer.as_ref().map_or_else(blank, |peer| number(peer.samples.percentile(50.0))),
                figure.ratio().map_or_else(blank, |ratio| format!("{ratio:.2}x")),
                figure.verdict(),
            ],
        });
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEADS.len()).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            // Words stand left, numbers right.
            let _ = match column {
                0 | 6 | 9 => write!(line, "{cell:<width$}  "),
                _ => write!(line, "{cell:>width$}  "),
            };
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    for figure in figures {
        let peer = figure.peer.as_ref().map(|peer| format!("beside {}", peer.what));
        let words: Vec<String> = peer.into_iter().chain(figure.note.clone()).collect();
        if !words.is_empty() {
            let _ = writeln!(text, "  {}: {}", figure.name, words.join("; "));
        }
    }
    text
}

/// All figures as JSON.
pub fn json(figures: &[Figure]) -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "profile": if cfg!(debug_assertions) { "dev" } else { "release" },
        "figures": figures.iter().map(Figure::json).collect::<Vec<_>>(),
    })
}

/// Three figures that mean something, however large or small the number is.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(count: u32) -> Vec<f64> {
        (1..=count).rev().map(f64::from).collect()
    }

    #[test]
    fn a_percentile_is_a_sample_that_was_seen() {
        let samples = Samples::new(samples(200));
        assert_eq!([50.0, 95.0, 99.0, 100.0].map(|p| samples.percentile(p)), [100.0, 190.0, 198.0, 200.0]);
        assert_eq!(Samples::new(vec![7.0]).percentile(99.0), 7.0);
    }

    #[test]
    fn a_budget_is_told_for_each_number_it_is_about() {
        let figure =
            Figure::new("a", "ms", samples(100)).within(&[under(Of::P50, 50.0), under(Of::P99, 98.0)]);
        assert_eq!(figure.verdict(), "p50 within 50.0, p99 over 98.0");
    }

    #[test]
    fn a_ratio_compares_the_middles_of_both() {
        let figure = Figure::new("a", "ms", samples(3)).beside("nothing", vec![4.0]);
        assert_eq!(figure.ratio(), Some(0.5));
        assert_eq!(Figure::new("a", "ms", samples(3)).beside("nothing", vec![]).ratio(), None);
    }

    #[test]
    fn a_figure_without_samples_says_so_in_table_and_json() {
        let figures = [Figure::new("a", "ms", vec![]), Figure::missing("b", "no display")];
        let table = table(&figures);
        assert!(table.contains("not measured: no sample came") && table.contains("not measured: no display"));
        assert_eq!(json(&figures)["figures"][1]["notMeasured"], "no display");
    }

    #[test]
    fn columns_stand_under_their_heads() {
        let table = table(&[Figure::new("a figure with a name", "ms", samples(10))]);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[0].find("unit"), lines[1].find("ms"));
    }
}
