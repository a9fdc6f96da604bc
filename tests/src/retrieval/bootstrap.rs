//! Whether one server is better than another on the same questions: the paired bootstrap. Each resample draws
//! as many questions as there are, with repeats, and takes the mean difference; the middle 95 % of them is
//! the interval. Called by `report`.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::fmt;

/// How many resamples are drawn.
const RESAMPLES: usize = 10_000;
/// The same draw every time: a verdict must not depend on luck.
const SEED: u64 = 1;

/// The mean difference of two servers, first minus second, and its 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Over all questions.
    pub mean: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

/// What a difference says about the first server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The whole interval lies above zero.
    Better,
    /// The interval holds zero.
    NotSignificantlyWorse,
    /// The whole interval lies below zero.
    Worse,
}

impl Difference {
    /// Compares two servers by one figure for each question, in the same order; questions that only one of
    /// them was asked are left out. None at all gives zeros.
    pub fn paired(first: &[f64], second: &[f64]) -> Self {
        let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
        let count = differences.len();
        if count == 0 {
            return Self { mean: 0.0, low: 0.0, high: 0.0 };
        }
        let mean = |sum: f64| sum / count as f64;
        let mut dice = StdRng::seed_from_u64(SEED);
        let mut drawn = || differences.get(dice.random_range(0..count)).copied().unwrap_or_default();
        let mut means: Vec<f64> =
            (0..RESAMPLES).map(|_| mean((0..count).map(|_| drawn()).sum::<f64>())).collect();
        means.sort_unstable_by(f64::total_cmp);
        let at = |part: f64| means.get((part * (RESAMPLES - 1) as f64).round() as usize).copied();
        Self {
            mean: mean(differences.iter().sum()),
            low: at(0.025).unwrap_or_default(),
            high: at(0.975).unwrap_or_default(),
        }
    }

    /// What it says about the first server.
    pub fn verdict(&self) -> Verdict {
        // Sums of thirds leave crumbs; a difference below a millionth is none.
        const CRUMB: f64 = 1e-6;
        match (self.low > CRUMB, self.high < -CRUMB) {
            (true, _) => Verdict::Better,
            (_, true) => Verdict::Worse,
            _ => Verdict::NotSignificantlyWorse,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Better => "better",
            Self::NotSignificantlyWorse => "not significantly worse",
            Self::Worse => "worse",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_servers_differ_by_nothing() {
        let difference = Difference::paired(&[0.3, 1.0, 0.0], &[0.3, 1.0, 0.0]);
        assert_eq!(difference, Difference { mean: 0.0, low: 0.0, high: 0.0 });
        assert_eq!(difference.verdict(), Verdict::NotSignificantlyWorse);
    }

    #[test]
    fn a_constant_lead_is_better_and_a_constant_lag_is_worse() {
        let lead = Difference::paired(&[0.75; 40], &[0.5; 40]);
        assert!([lead.mean, lead.low, lead.high].iter().all(|value| (value - 0.25).abs() < 1e-12));
        assert_eq!(lead.verdict(), Verdict::Better);
        assert_eq!(Difference::paired(&[0.5; 40], &[0.75; 40]).verdict(), Verdict::Worse);
    }

    #[test]
    fn the_interval_is_as_wide_as_the_normal_approximation_says() {
        // 400 questions, a quarter won and an eighth lost: mean 0.125, variance 0.375 - 0.125², standard
        // error 0.02998, so 95 % lie within 1.96 of those: 0.0662 to 0.1838.
        let first: Vec<f64> = (0..400).map(|n| if n % 4 == 0 { 1.0 } else { 0.0 }).collect();
        let second: Vec<f64> = (0..400).map(|n| if n % 8 == 1 { 1.0 } else { 0.0 }).collect();
        let difference = Difference::paired(&first, &second);
        assert!((difference.mean - 0.125).abs() < 1e-12);
        assert!((difference.low - 0.0662).abs() < 0.005, "{difference:?}");
        assert!((difference.high - 0.1838).abs() < 0.005, "{difference:?}");
        assert_eq!(difference.verdict(), Verdict::Better);
    }

    #[test]
    fn one_question_of_forty_is_not_significant() {
        let mut first = [0.5; 40];
        first[7] = 0.0;
        let difference = Difference::paired(&first, &[0.5; 40]);
        assert!(difference.mean < 0.0);
        assert_eq!(difference.verdict(), Verdict::NotSignificantlyWorse);
    }

    #[test]
    fn the_same_figures_give_the_same_interval_every_time() {
        let (first, second) = ([0.1, 0.9, 0.4, 0.6], [0.2, 0.3, 0.4, 0.5]);
        assert_eq!(Difference::paired(&first, &second), Difference::paired(&first, &second));
    }
}
