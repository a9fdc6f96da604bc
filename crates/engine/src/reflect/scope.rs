//! Whose memories, mental models and directives count for a question: its tags.

use crate::recall::{self, TagGroup, TagMatch};

/// Tags, or groups of tags; neither means everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) tags: Option<Vec<String>>,
    pub(crate) tags_match: TagMatch,
    pub(crate) tag_groups: Option<Vec<TagGroup>>,
}

impl Scope {
    /// Whether a memory or a mental model with these tags counts.
    pub(crate) fn holds(&self, tags: &[String]) -> bool {
        let mut sorted = tags.to_vec();
        sorted.sort_unstable();
        recall::fits(self.tags.as_deref(), self.tags_match, self.tag_groups.as_deref(), &sorted)
    }

    /// Whether a directive with these tags applies: one without tags always does, one with tags only for
    /// questions whose tags agree (hindsight 1.1).
    pub(crate) fn applies(&self, tags: &[String]) -> bool {
        let narrowed = self.tags.as_ref().is_some_and(|tags| !tags.is_empty()) || self.tag_groups.is_some();
        tags.is_empty() || (narrowed && self.holds(tags))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(tags: &[&str]) -> Vec<String> {
        tags.iter().map(|tag| (*tag).to_owned()).collect()
    }

    #[test]
    fn a_directive_with_tags_waits_for_a_question_with_one_of_them() {
        let nothing = Scope::default();
        let work = Scope { tags: Some(tags(&["work", "chat:1"])), ..Scope::default() };
        assert!(nothing.applies(&[]) && work.applies(&[]));
        assert!(!nothing.applies(&tags(&["work"])));
        assert!(work.applies(&tags(&["work"])) && !work.applies(&tags(&["home"])));
    }

    #[test]
    fn without_tags_every_memory_counts_and_with_tags_those_that_agree() {
        let strict =
            Scope { tags: Some(tags(&["b", "a"])), tags_match: TagMatch::AllStrict, ..Scope::default() };
        assert!(Scope::default().holds(&tags(&["b"])));
        assert!(strict.holds(&tags(&["c", "b", "a"])) && !strict.holds(&tags(&["a"])) && !strict.holds(&[]));
    }
}
