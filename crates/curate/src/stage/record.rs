//! The stages of a recall that a turn made, read from its record.

use super::Stages;
use rearview_domain::memory::RecalledMemory;
use rearview_domain::record::MemoryCall;
use rearview_domain::settings::MemoryMode;
use rearview_hindsight::{RecallAnswer, RecallRequest, RecallResult};

impl Stages {
    /// Those of a recorded call; `None` when it was no recall, failed, or has no trace. Which facts an observation was
    /// made of is not recorded, so what an observation took the place of may be told without its name.
    pub fn of_call(call: &MemoryCall) -> Option<Self> {
        if call.mode != MemoryMode::Recall || call.error.is_some() || call.trace.is_none() {
            return None;
        }
        let request: RecallRequest = serde_json::from_value(call.request.clone()).ok()?;
        let told = serde_json::json!({"results": [], "trace": call.trace});
        let mut answer: RecallAnswer = serde_json::from_value(told).ok()?;
        answer.trace.as_ref()?;
        answer.results = call.memories.iter().map(result).collect();
        Some(Self::of(&request, &answer))
    }
}

fn result(memory: &RecalledMemory) -> RecallResult {
    RecallResult {
        id: memory.id.clone(),
        text: memory.text.clone(),
        fact_type: memory.fact_type,
        entities: memory.entities.clone(),
        context: memory.context.clone(),
        occurred_start: memory.occurred_start.clone(),
        occurred_end: memory.occurred_end.clone(),
        mentioned_at: memory.mentioned_at.clone(),
        document_id: memory.document_id.clone(),
        chunk_id: memory.chunk_id.clone(),
        tags: memory.tags.clone(),
        metadata: memory.metadata.clone(),
        source_fact_ids: Vec::new(),
        scores: memory.scores.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rearview_domain::{Error, ErrorCode};
    use serde_json::{Value, json};

    fn call() -> (MemoryCall, RecallRequest, RecallAnswer) {
        let raw: Value = serde_json::from_str(include_str!("../../tests/data/recall-1.1.json")).unwrap();
        let answer: RecallAnswer = serde_json::from_value(raw).unwrap();
        let request = RecallRequest { query: "q".into(), trace: Some(true), ..RecallRequest::default() };
        let call = MemoryCall {
            mode: MemoryMode::Recall,
            request: json!(request),
            ms: 1.0,
            memories: answer.memories(),
            trace: answer.raw_trace.clone(),
            reflect: None,
            ignored_params: Vec::new(),
            error: None,
            kept_from: None,
        };
        (call, request, answer)
    }

    #[test]
    fn what_is_read_from_a_record_is_what_was_read_from_the_answer() {
        let (call, request, answer) = call();
        // What observations were made of is not in a record.
        let mut bare = answer;
        bare.results.iter_mut().for_each(|one| one.source_fact_ids.clear());
        assert_eq!(Stages::of_call(&call), Some(Stages::of(&request, &bare)));
    }

    #[test]
    fn without_a_trace_or_an_answer_there_are_none() {
        let (whole, ..) = call();
        assert!(Stages::of_call(&MemoryCall { trace: None, ..whole.clone() }).is_none());
        assert!(Stages::of_call(&MemoryCall { mode: MemoryMode::Reflect, ..whole.clone() }).is_none());
        assert!(Stages::of_call(&MemoryCall { request: Value::Null, ..whole.clone() }).is_none());
        let error = Some(Error::new(ErrorCode::Timeout, "slow"));
        assert!(Stages::of_call(&MemoryCall { error, ..whole }).is_none());
    }
}
