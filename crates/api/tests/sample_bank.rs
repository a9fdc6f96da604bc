//! What the sample bank promises: an archive that hangs together (ids, documents, sources, dates, counts) and
//! questions whose facts exist. Reads the asset files as they are; importing them is tested with the importer.

// `cfg(test)` tells clippy what cargo knows anyway: that all of this is tests, where `expect` is welcome.
#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::Value;
    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;
    use std::path::{Path, PathBuf};
    use uuid::Uuid;

    /// The longest text of a fact, in characters: one sentence that a list row can show.
    const LONGEST_FACT: usize = 300;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample-bank")
    }

    fn read(name: impl AsRef<Path>) -> Value {
        let path = folder().join(name);
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("read {}: {e}", path.display()));
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("parse {}: {e}", path.display()))
    }

    fn rows(value: &Value) -> &[Value] {
        value.as_array().expect("a list").as_slice()
    }

    fn text<'a>(value: &'a Value, key: &str) -> &'a str {
        value[key].as_str().unwrap_or_else(|| panic!("`{key}` is a text in {value}"))
    }

    /// The documents in the order of their files, which are numbered without a gap.
    fn documents() -> Vec<Value> {
        let count = fs::read_dir(folder().join("documents")).expect("list the documents").count();
        (0..count).map(|index| read(format!("documents/{index:06}.json"))).collect()
    }

    fn facts(documents: &[Value]) -> impl Iterator<Item = (&Value, &Value)> {
        documents
            .iter()
            .flat_map(|document| rows(&document["facts"]).iter().map(move |fact| (document, fact)))
    }

    fn id(value: &Value, key: &str) -> Uuid {
        text(value, key).parse().unwrap_or_else(|e| panic!("`{key}` is an uuid in {value}: {e}"))
    }

    /// The texts of all facts, observations and withdrawn facts, by id.
    fn memories() -> BTreeMap<Uuid, String> {
        let mut found = BTreeMap::new();
        let documents = documents();
        let observations = read("observations.json");
        let withdrawn = read("data/invalidated_memory_units.json");
        let all = facts(&documents)
            .map(|(_, fact)| (fact, "source_id"))
            .chain(rows(&observations).iter().map(|row| (row, "source_id")))
            .chain(rows(&withdrawn).iter().map(|row| (row, "id")));
        for (memory, key) in all {
            let earlier = found.insert(id(memory, key), text(memory, "text").to_owned());
            assert_eq!(earlier, None, "two memories have one id: {memory}");
        }
        found
    }

    fn time(value: &Value, key: &str) -> Option<Timestamp> {
        let text = value[key].as_str()?;
        Some(text.parse().unwrap_or_else(|e| panic!("`{key}` is a time in {value}: {e}")))
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    /// The beginnings of the longer words and the numbers: enough to see whether two texts speak of the same.
    fn words(text: &str) -> BTreeSet<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.chars().count() >= 4 || word.starts_with(|c: char| c.is_ascii_digit()))
            .map(|word| word.to_lowercase().chars().take(4).collect())
            .collect()
    }

    #[test]
    fn there_is_a_year_of_life_to_look_at() {
        let documents = documents();
        assert!(documents.len() >= 40, "{} documents", documents.len());
        assert!(facts(&documents).count() >= 145, "{} facts", facts(&documents).count());
        assert!(rows(&read("observations.json")).len() >= 18);
        for kind in ["world", "experience"] {
            let count = facts(&documents).filter(|(_, fact)| fact["fact_type"] == kind).count();
            assert!(count >= 15, "{count} facts of type {kind}");
        }
        let entities: BTreeSet<&str> = facts(&documents)
            .flat_map(|(_, fact)| rows(&fact["entities"]).iter().filter_map(Value::as_str))
            .collect();
        assert!(entities.len() >= 40, "{} entities", entities.len());
    }

    #[test]
    fn the_manifest_counts_what_is_there() {
        let manifest = read("manifest.json");
        let documents = documents();
        assert_eq!(manifest["document_count"], documents.len());
        assert_eq!(manifest["fact_count"], facts(&documents).count());
        for (count, file) in [
            ("observation_count", "observations.json"),
            ("mental_model_count", "mental_models.json"),
            ("directive_count", "directives.json"),
            ("webhook_count", "webhooks.json"),
            ("knowledge_page_count", "knowledge_pages.json"),
            ("operation_count", "data/async_operations.json"),
            ("invalidated_memory_count", "data/invalidated_memory_units.json"),
        ] {
            assert_eq!(manifest[count], rows(&read(file)).len(), "{count}");
        }
    }

    #[test]
    fn every_id_is_an_uuid_of_its_own_and_every_document_has_its_own_name() {
        assert!(memories().len() >= 160);
        let documents = documents();
        let names: BTreeSet<&str> = documents.iter().map(|document| text(document, "id")).collect();
        assert_eq!(names.len(), documents.len());
    }

    #[test]
    fn every_fact_stands_in_a_chunk_of_its_document_and_shares_words_with_it() {
        let documents = documents();
        for (document, fact) in facts(&documents) {
            let chunk = rows(&document["chunks"])
                .iter()
                .find(|chunk| chunk["chunk_index"] == fact["chunk_index"])
                .unwrap_or_else(|| panic!("no chunk for {fact}"));
            let chunk = text(chunk, "chunk_text");
            assert!(text(document, "original_text").contains(chunk), "a chunk is part of its document");
            let wanted = words(text(fact, "text"));
            let shared = wanted.intersection(&words(chunk)).count();
            assert!(
                shared * 3 >= wanted.len(),
                "{shared} of {} words of {fact} are in its chunk",
                wanted.len()
            );
        }
    }

    #[test]
    fn one_document_is_long_enough_for_two_chunks_that_both_have_facts() {
        let documents = documents();
        let long =
            documents.iter().find(|document| rows(&document["chunks"]).len() == 2).expect("two chunks");
        let used: BTreeSet<Option<u64>> =
            rows(&long["facts"]).iter().map(|fact| fact["chunk_index"].as_u64()).collect();
        assert_eq!(used, BTreeSet::from([Some(0), Some(1)]));
    }

    #[test]
    fn every_fact_is_short_names_somebody_or_something_and_carries_a_topic() {
        let documents = documents();
        for (_, fact) in facts(&documents) {
            assert!(text(fact, "text").chars().count() <= LONGEST_FACT, "{fact}");
            assert!((1..=4).contains(&rows(&fact["entities"]).len()), "entities of {fact}");
            assert!(!rows(&fact["tags"]).is_empty(), "tags of {fact}");
        }
    }

    #[test]
    fn a_cause_is_an_earlier_fact_of_the_same_document() {
        let mut causes = 0;
        for document in documents() {
            for (index, fact) in rows(&document["facts"]).iter().enumerate() {
                for relation in rows(&fact["causal_relations"]) {
                    let target = relation["target_fact_index"].as_u64().expect("an index");
                    assert!(target < index as u64, "{fact}");
                    causes += 1;
                }
            }
        }
        assert!(causes >= 5, "{causes} causes");
    }

    #[test]
    fn everything_was_said_within_the_year_and_plans_reach_half_a_year_further() {
        let (start, end) = (at("2025-11-15T00:00:00Z"), at("2026-11-15T00:00:00Z"));
        let plans = at("2027-06-01T00:00:00Z");
        let documents = documents();
        let mut undated = 0;
        for (_, fact) in facts(&documents) {
            match time(fact, "mentioned_at") {
                Some(said) => assert!(start <= said && said < end, "{fact}"),
                None => undated += 1,
            }
            let happened = (time(fact, "occurred_start"), time(fact, "occurred_end"));
            if let (Some(from), Some(to)) = happened {
                assert!(start <= from && from <= to && to < plans, "{fact}");
            } else {
                assert_eq!(happened, (None, None), "a time has two ends: {fact}");
            }
            assert!(time(fact, "event_date").is_some() && time(fact, "created_at").is_some(), "{fact}");
        }
        assert!((2..=8).contains(&undated), "{undated} facts without any date");
    }

    #[test]
    fn an_observation_rests_on_facts_that_were_said_before_it_was_last_changed() {
        let documents: BTreeMap<String, Value> =
            documents().into_iter().map(|document| (text(&document, "id").to_owned(), document)).collect();
        for observation in rows(&read("observations.json")) {
            let sources = rows(&observation["sources"]);
            assert_eq!(observation["proof_count"], sources.len(), "{observation}");
            assert!(sources.len() >= 2, "{observation}");
            let mut used = BTreeSet::new();
            for source in sources {
                let (document, index) = (text(source, "document_id"), source["fact_index"].as_u64());
                let index = usize::try_from(index.expect("an index")).expect("a small index");
                assert!(used.insert((document, index)), "a source counts once: {observation}");
                let fact = &documents[document]["facts"][index];
                assert!(fact.is_object(), "{source} of {observation}");
                assert!(time(fact, "mentioned_at") <= time(observation, "mentioned_at"), "{observation}");
            }
        }
    }

    #[test]
    fn observations_that_changed_kept_their_earlier_text() {
        let memories = memories();
        let history = read("observation_history.json");
        assert!(rows(&history).len() >= 10);
        for row in rows(&history) {
            let content: Value = serde_json::from_str(text(row, "content")).expect("the snapshot is JSON");
            assert_ne!(text(&content, "previous_text"), memories[&id(row, "observation_id")]);
            assert!(time(row, "changed_at").is_some());
            for source in rows(&content["new_source_memory_ids"]) {
                let source: Uuid = source.as_str().and_then(|id| id.parse().ok()).expect("an uuid");
                assert!(memories.contains_key(&source), "{row}");
            }
        }
    }

    #[test]
    fn there_is_something_to_review() {
        let documents = documents();
        let withdrawn = read("data/invalidated_memory_units.json");
        for row in rows(&withdrawn) {
            assert!(!text(row, "invalidation_reason").is_empty());
            assert!(documents.iter().any(|document| document["id"] == row["document_id"]), "{row}");
        }
        assert!(!rows(&withdrawn).is_empty(), "a withdrawn fact");
        let orders = facts(&documents).filter(|(_, fact)| text(fact, "text").contains("Ignore all previous"));
        assert_eq!(orders.count(), 1, "one fact that quotes an order");
    }

    #[test]
    fn the_bank_has_missions_directives_and_a_mental_model() {
        let bank = &read("banks.json")[0];
        let config: Value = serde_json::from_str(text(bank, "config")).expect("the config is JSON");
        for mission in ["reflect_mission", "retain_mission", "observations_mission"] {
            assert!(text(&config, mission).len() > 40, "{mission}");
        }
        let directives = read("directives.json");
        assert_eq!(rows(&directives).len(), 3);
        let model = &read("mental_models.json")[0];
        assert!(text(model, "content").starts_with("# "));
        let answer: Value =
            serde_json::from_str(text(model, "reflect_response")).expect("the answer is JSON");
        let memories = memories();
        for kind in ["world", "experience", "observation"] {
            for cited in rows(&answer["based_on"][kind]) {
                assert_eq!(memories.get(&id(cited, "id")).map(String::as_str), cited["text"].as_str());
            }
        }
    }

    #[test]
    fn every_question_expects_memories_that_exist_in_these_words() {
        let memories = memories();
        let questions = read("questions.json");
        assert!(rows(&questions).len() >= 12);
        for question in rows(&questions) {
            assert!(text(question, "question").ends_with('?'));
            assert!(rows(&question["expect"]).len() >= 2, "{question}");
            for expected in rows(&question["expect"]) {
                assert_eq!(memories.get(&id(expected, "id")).map(String::as_str), expected["text"].as_str());
            }
        }
    }
}
