use super::*;
use proptest::prelude::*;

fn entities(names: &[&str]) -> Vec<Entity> {
    let entity = |(place, name): (usize, &&str)| Entity {
        id: place.to_string(),
        canonical_name: (*name).to_owned(),
        mention_count: Some(u64::try_from(100 - place.min(99)).unwrap()),
        first_seen: None,
        last_seen: None,
        metadata: Default::default(),
    };
    names.iter().enumerate().map(entity).collect()
}

/// Each group as its reason and its names in order.
fn groups(names: &[&str]) -> Vec<(Likeness, Vec<String>)> {
    let told = alike(&entities(names)).groups.into_iter();
    told.map(|group| {
        let mut names: Vec<_> = group.entities.into_iter().map(|entity| entity.canonical_name).collect();
        names.sort();
        (group.likeness, names)
    })
    .collect()
}

fn one(names: &[&str]) -> Option<Likeness> {
    let found = groups(names);
    let mut all: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    all.sort();
    match found.as_slice() {
        [] => None,
        [(likeness, names)] => {
            assert_eq!(*names, all);
            Some(*likeness)
        }
        more => panic!("{more:?}"),
    }
}

#[test]
fn case_accents_spaces_and_punctuation_do_not_tell_names_apart() {
    for pair in [
        ["Zoë Müller", "zoe muller"],
        ["O'Brien", "OBrien"],
        ["New-York", "New York"],
        ["ＡＣＭＥ", "Acme"],
        ["e-mail", "Email"],
        ["Ana.", "ana"],
    ] {
        assert_eq!(one(&pair), Some(Likeness::Spelling), "{pair:?}");
    }
}

#[test]
fn the_same_words_in_another_order_are_alike() {
    assert_eq!(one(&["Müller, Hans", "Hans Müller"]), Some(Likeness::Order));
}

#[test]
fn a_slip_of_a_letter_is_alike_in_long_names_and_not_in_short_ones() {
    assert_eq!(one(&["Lisbon", "Libson"]), Some(Likeness::Letters));
    assert_eq!(one(&["Katharina Schmid", "Katarina Schmidt"]), Some(Likeness::Letters));
    assert_eq!(one(&["Ana", "Ada"]), None);
    assert_eq!(one(&["Porto", "Ponte"]), None);
}

#[test]
fn numbers_tell_names_apart() {
    assert_eq!(one(&["Terminal 12", "Terminal 13"]), None);
    assert_eq!(one(&["Release 1.10.2", "Release 1.10.3"]), None);
}

#[test]
fn a_short_form_is_alike_when_the_rest_of_the_name_is_the_same() {
    assert_eq!(one(&["Alex", "Alexander"]), Some(Likeness::Nickname));
    assert_eq!(one(&["Bob Miller", "Robert Miller"]), Some(Likeness::Nickname));
    assert_eq!(one(&["Chris Hill", "Christina Moss"]), None);
    assert_eq!(one(&["bike", "bikes"]), None);
}

#[test]
fn a_first_name_may_be_any_of_two_people_who_stay_apart() {
    let found = groups(&["Ana", "Ana Souza", "Ana Lima"]);
    assert_eq!(
        found,
        [(Likeness::Part, vec!["Ana".to_owned(), "Ana Lima".to_owned(), "Ana Souza".to_owned()])]
    );
    let found = groups(&["Ana Souza", "Ana Lima"]);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn the_surest_group_comes_first_and_its_most_mentioned_name_too() {
    let told = alike(&entities(&["Ana", "Ana Souza", "Lisbon", "LISBON"])).groups;
    assert_eq!(told[0].likeness, Likeness::Spelling);
    assert_eq!(told[0].entities[0].canonical_name, "Lisbon");
    assert_eq!(told[1].likeness, Likeness::Part);
}

#[test]
fn names_of_nothing_but_signs_are_left_alone() {
    assert!(groups(&["", "!!!", "—", "🎉", "🎉🎉"]).is_empty());
}

#[test]
fn twenty_thousand_names_are_compared_in_bounded_work() {
    // Words shared by all, names that differ by their end only, and numbers: the worst for each rule.
    let names: Vec<String> = (0..20_000u32)
        .map(|n| {
            let letters: String = (0..6u32)
                .map(|place| char::from(b'a' + u8::try_from(n.wrapping_pow(place + 1) % 23).unwrap_or(0)))
                .collect();
            match n % 3 {
                0 => format!("Project {letters}"),
                1 => format!("{letters} {}", letters.chars().rev().collect::<String>()),
                _ => format!("Ticket {n}"),
            }
        })
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let before = std::time::Instant::now();
    let told = alike(&entities(&names));
    assert!(told.groups.len() <= MOST_GROUPS);
    assert_eq!(told.compared, 20_000);
    // A debug build on a busy machine; pairs would take minutes.
    assert!(before.elapsed().as_secs() < 30, "{:?}", before.elapsed());
}

proptest! {
    #[test]
    fn no_name_breaks_it_and_no_group_has_one_member(names in prop::collection::vec(".{0,40}", 0..20)) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for group in alike(&entities(&names)).groups {
            prop_assert!(group.entities.len() > 1);
        }
    }
}
