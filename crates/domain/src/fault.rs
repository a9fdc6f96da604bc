//! Points at which a test may kill the process, to see what a crash leaves behind.
//!
//! Without the cargo feature `faults` a point is an empty inline function. With it, the environment
//! decides: `REARVIEW_FAULT=<point>[:n]` aborts at the n-th hit (from 1) of that point,
//! `REARVIEW_FAULT=random:<seed>:<probability>` at points drawn from the seed, and every hit is
//! appended to the file named by `REARVIEW_FAULT_LOG`. Other crates put their own points through here.

/// A place where a crash is interesting. Names read `crate.action.place`.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub fn point(_name: &'static str) {}

#[cfg(feature = "faults")]
pub use armed::point;

#[cfg(feature = "faults")]
mod armed {
    use super::plan::Plan;
    use std::collections::HashMap;
    use std::io::Write as _;
    use std::path::PathBuf;
    use std::sync::{LazyLock, Mutex, PoisonError};

    struct Armed {
        plan: Plan,
        log: Option<PathBuf>,
        /// Hits of all points together, and of each.
        hits: Mutex<(u64, HashMap<&'static str, u64>)>,
    }

    static ARMED: LazyLock<Armed> = LazyLock::new(|| Armed {
        plan: Plan::read(&std::env::var("REARVIEW_FAULT").unwrap_or_default()),
        log: std::env::var_os("REARVIEW_FAULT_LOG").map(PathBuf::from),
        hits: Mutex::default(),
    });

    /// A place where a crash is interesting. Names read `crate.action.place`.
    pub fn point(name: &'static str) {
        let (total, nth) = {
            let mut hits = ARMED.hits.lock().unwrap_or_else(PoisonError::into_inner);
            hits.0 += 1;
            let nth = hits.1.entry(name).or_insert(0);
            *nth += 1;
            let nth = *nth;
            (hits.0, nth)
        };
        if let Some(log) = &ARMED.log
            && let Ok(mut file) = std::fs::OpenOptions::new().create(true).append(true).open(log)
        {
            // A log that cannot be written only makes the test that reads it fail.
            // In one write: points are passed by several threads at once.
            let _ = file.write_all(format!("{name}\n").as_bytes());
        }
        if ARMED.plan.strikes(name, nth, total) {
            std::process::abort();
        }
    }
}

#[cfg(any(feature = "faults", test))]
mod plan {
    /// When to abort.
    #[derive(Debug, PartialEq)]
    pub(super) enum Plan {
        /// Never.
        Off,
        /// At the n-th hit of one point.
        At(String, u64),
        /// At each hit with this probability, drawn from this seed.
        Random(u64, f64),
    }

    impl Plan {
        pub(super) fn read(text: &str) -> Self {
            let mut words = text.split(':');
            match (words.next().unwrap_or_default(), words.next(), words.next()) {
                ("", ..) => Self::Off,
                ("random", Some(seed), Some(probability)) => {
                    Self::Random(seed.parse().unwrap_or_default(), probability.parse().unwrap_or_default())
                }
                (name, n, _) => Self::At(name.to_owned(), n.and_then(|n| n.parse().ok()).unwrap_or(1)),
            }
        }

        /// Whether to abort at the `nth` hit of `name`, which is the `total`-th hit of any point.
        pub(super) fn strikes(&self, name: &str, nth: u64, total: u64) -> bool {
            match self {
                Self::Off => false,
                Self::At(wanted, n) => wanted == name && *n == nth,
                Self::Random(seed, probability) => draw(*seed, total) < *probability,
            }
        }
    }

    /// A number in [0, 1) for the `n`-th draw of a seed (SplitMix64).
    fn draw(seed: u64, n: u64) -> f64 {
        let mut z = seed.wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::plan::Plan;

    #[test]
    fn a_plan_strikes_at_the_hit_it_names_and_at_no_other() {
        let plan = Plan::read("store.begin_turn.before:2");
        assert!(!plan.strikes("store.begin_turn.before", 1, 1));
        assert!(plan.strikes("store.begin_turn.before", 2, 5));
        assert!(!plan.strikes("store.finish_turn.before", 2, 5));
        assert_eq!(Plan::read(""), Plan::Off);
        assert_eq!(Plan::read("a.b"), Plan::At("a.b".into(), 1));
    }

    #[test]
    fn a_random_plan_draws_the_same_points_from_the_same_seed() {
        let struck = |seed: &str| -> Vec<u64> {
            let plan = Plan::read(&format!("random:{seed}:0.1"));
            (1..1_000).filter(|total| plan.strikes("x", 1, *total)).collect()
        };
        assert_eq!(struck("7"), struck("7"));
        assert_ne!(struck("7"), struck("8"));
        assert!((50..200).contains(&struck("7").len()), "{}", struck("7").len());
    }
}
