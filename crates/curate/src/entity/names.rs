//! Names of a bank's entities: from a name to its id, and a name that a list tore at its comma made whole.

use rearview_hindsight::Entity;
use std::collections::HashMap;

/// Parts of a torn name that are tried together.
const MOST_PARTS: usize = 6;

/// The names of a bank. Servers compare names without case.
#[derive(Debug, Default)]
pub struct Names {
    by_name: HashMap<String, usize>,
    entities: Vec<(String, String)>,
}

impl Names {
    /// Reads the names of entities.
    pub fn of(entities: &[Entity]) -> Self {
        let mut names = Self::default();
        for (place, entity) in entities.iter().enumerate() {
            names.by_name.entry(entity.canonical_name.to_lowercase()).or_insert(place);
            names.entities.push((entity.id.clone(), entity.canonical_name.clone()));
        }
        names
    }

    /// Id and name of the entity of this name.
    pub fn find(&self, name: &str) -> Option<(&str, &str)> {
        let place = *self.by_name.get(&name.to_lowercase())?;
        self.entities.get(place).map(|(id, name)| (id.as_str(), name.as_str()))
    }

    /// Names as a list of facts has them, with those made whole that hold a comma: the longest run of parts
    /// that is a known name. What is not known stays as it is.
    pub fn whole(&self, parts: &[String]) -> Vec<String> {
        let mut whole = Vec::new();
        let mut at = 0;
        while let Some(part) = parts.get(at) {
            let most = MOST_PARTS.min(parts.len() - at);
            let joined = (2..=most).rev().find_map(|run| {
                let name = parts.get(at..at + run)?.join(", ");
                self.find(&name).map(|(_, name)| (run, name.to_owned()))
            });
            let (run, name) = joined.unwrap_or_else(|| (1, part.clone()));
            whole.push(name);
            at += run;
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Names {
        let entity = |(place, name): (usize, &&str)| Entity {
            id: place.to_string(),
            canonical_name: (*name).to_owned(),
            mention_count: None,
            first_seen: None,
            last_seen: None,
            metadata: Default::default(),
        };
        Names::of(&names.iter().enumerate().map(entity).collect::<Vec<_>>())
    }

    fn whole(known: &[&str], listed: &str) -> Vec<String> {
        let parts: Vec<String> = listed.split(", ").map(str::to_owned).collect();
        names(known).whole(&parts)
    }

    #[test]
    fn a_name_torn_at_its_comma_is_made_whole_when_it_is_known() {
        assert_eq!(whole(&["Acme, Inc.", "Ana"], "Ana, Acme, Inc."), ["Ana", "Acme, Inc."]);
        assert_eq!(whole(&["Ana", "Bo"], "Ana, Bo"), ["Ana", "Bo"]);
        assert_eq!(whole(&[], "Paris, Texas"), ["Paris", "Texas"]);
    }

    #[test]
    fn the_longest_known_name_wins() {
        let known = ["Paris, Texas", "Paris, Texas, USA", "Paris"];
        assert_eq!(whole(&known, "Paris, Texas, USA"), ["Paris, Texas, USA"]);
    }

    #[test]
    fn names_are_found_without_case() {
        assert_eq!(names(&["Ana"]).find("aNA"), Some(("0", "Ana")));
        assert_eq!(names(&["Ana"]).find("Bo"), None);
    }
}
