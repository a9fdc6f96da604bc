//! Ids that are nearly the same: so that a slip of the finger does not make a bank. Called before anything is stored
//! under an id that no bank has.

use strsim::osa_distance;

/// Which of the known ids (or names) somebody may have meant, the nearest first, at most five. What is typed itself is
/// never among them.
pub fn alike<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let plain = plain(typed);
    let mut found: Vec<(usize, &str)> = known
        .into_iter()
        .filter(|id| *id != typed)
        .filter_map(|id| Some((distance(&plain, &self::plain(id))?, id)))
        .collect();
    found.sort();
    found.dedup_by_key(|(_, id)| *id);
    found.truncate(5);
    found.into_iter().map(|(_, id)| id).collect()
}

/// How far two ids are apart; `None` when they are too far to be taken for each other.
fn distance(a: &str, b: &str) -> Option<usize> {
    if a == b {
        return Some(0);
    }
    let (short, long) = (a.chars().count().min(b.chars().count()), a.chars().count().max(b.chars().count()));
    // Of two signs one is half the word; of ten two are a slip.
    let most = match short {
        0..=2 => return None,
        3..=5 => 1,
        6..=11 => 2,
        _ => 3,
    };
    if long - short > most {
        return None;
    }
    // `team-1` and `team-2` are neighbours, not a slip.
    if numbered(a).is_some() && numbered(a) == numbered(b) {
        return None;
    }
    let apart = osa_distance(a, b);
    (apart <= most).then_some(apart)
}

/// What is the same to a reader: case, and how words are joined.
fn plain(id: &str) -> String {
    id.trim().to_lowercase().chars().map(|c| if "_ .".contains(c) { '-' } else { c }).collect()
}

/// An id without the number at its end; `None` when it has none.
fn numbered(id: &str) -> Option<&str> {
    let name = id.trim_end_matches(|c: char| c.is_ascii_digit());
    (name.len() < id.len()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_what_was_meant() {
        let known = ["ana", "default", "team-berlin", "日本語"];
        for (typed, meant) in [
            ("Ana", "ana"),
            ("anna", "ana"),
            ("aan", "ana"),
            ("defualt", "default"),
            ("team_berlin", "team-berlin"),
            ("Team Berlni", "team-berlin"),
            (" ana", "ana"),
            ("日本吾", "日本語"),
        ] {
            assert_eq!(alike(typed, known), [meant], "{typed}");
        }
    }

    #[test]
    fn what_is_far_off_or_numbered_on_purpose_is_no_slip() {
        let known = ["ana", "team-1", "b", "it"];
        for typed in ["bob", "ana", "team-2", "team-11", "c", "is", ""] {
            assert_eq!(alike(typed, known), [""; 0], "{typed}");
        }
    }

    #[test]
    fn the_nearest_comes_first_and_long_ids_cost_nothing() {
        assert_eq!(alike("annaa", ["annab", "annaa-", "anna"]), ["anna", "annaa-", "annab"]);
        let long = "x".repeat(192);
        assert_eq!(alike(&format!("{}y", &long[..191]), [long.as_str()]), [long.as_str()]);
    }
}
