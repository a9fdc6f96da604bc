"""`hindsight-client` as it is published: banks, retain, recall, reflect, directives, mental models, operations.

Every answer passes through the client's own models, so that a missing or misspelled field ends this program.
"""

import asyncio
from datetime import datetime, timezone

from hindsight_client import Hindsight
from hindsight_client_api.exceptions import ApiException
from steps import ENGINE_TOKEN, ENGINE_URL, ended, new_bank, step, texts


def refused(call, status):
    try:
        call()
    except ApiException as error:
        assert error.status == status, error
        return error.body
    raise AssertionError(f"this was not refused with {status}")


async def all_of(*calls):
    """Generated APIs are asynchronous only."""
    return [await call for call in calls]


# The client's synchronous calls take the loop of their thread; the generated APIs have to run on the same one.
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
run = loop.run_until_complete
client = Hindsight(base_url=ENGINE_URL, api_key=ENGINE_TOKEN)
bank = new_bank("client")

# What it says about itself, and who may ask.
version = client.get_version()
assert version.api_version == "1.1.0" and version.features.observations, version
step("version", version=version.api_version)
with Hindsight(base_url=ENGINE_URL, api_key="hsk_wrong") as stranger:
    body = refused(lambda: stranger.recall(bank_id=bank, query="anything"), 401)
step("wrong key", body=body)
body = refused(lambda: client.recall(bank_id=bank, query="anything"), 404)
step("no such bank", body=body)

# Banks.
made = client.create_bank(
    bank_id=bank,
    name="Ana's bank",
    reflect_mission="You know Ana well.",
    retain_mission="Keep what Ana likes.",
    disposition_skepticism=4,
)
assert made.bank_id == bank and made.name == "Ana's bank", made
assert made.disposition.skepticism == 4, made.disposition
step("create_bank", disposition=made.disposition.to_dict())
config = client.update_bank_config(bank, retain_chunk_size=2000, disposition_empathy=5)
assert config["overrides"]["retain_chunk_size"] == 2000, config["overrides"]
assert client.get_bank_config(bank)["config"]["disposition_empathy"] == 5
step("update_bank_config", overrides=config["overrides"])
client.set_mission(bank, "You know Ana better than anybody.")
assert client.get_bank_config(bank)["config"]["reflect_mission"] == "You know Ana better than anybody."
step("set_mission")

# Retain: one, many, later.
kept = client.retain(
    bank_id=bank,
    content="USER: Ana sails on the Elbe. Her boat is called Wanda.",
    timestamp=datetime(2026, 5, 3, 12, tzinfo=timezone.utc),
    context="a chat about boats",
    document_id="boats",
    metadata={"source": "test"},
    entities=[{"text": "Elbe", "type": "LOCATION"}],
    tags=["boats"],
)
assert kept.success and kept.items_count == 1 and not kept.var_async, kept
assert kept.usage.total_tokens >= 0, kept.usage
step("retain", usage=kept.usage.to_dict())
many = client.retain_batch(
    bank_id=bank,
    items=[
        {"content": "USER: Bob keeps bees on the roof.", "document_id": "bees", "tags": ["bees"]},
        {"content": "USER: Bob sells honey in Hamburg.", "document_id": "honey", "tags": ["bees"]},
    ],
)
assert many.success and many.items_count == 2, many
step("retain_batch", items=many.items_count)
later = client.retain(bank_id=bank, content="USER: Eve paints ships.", document_id="ships", retain_async=True)
assert later.var_async and later.operation_id, later


def operation(id):
    return run(client.operations.get_operation_status(bank, id))


assert ended(lambda: operation(later.operation_id)).operation_id == later.operation_id
step("retain_async", operation=later.operation_id)
appended = client.retain(
    bank_id=bank, content="USER: Wanda is painted red.", document_id="boats", update_mode="append", tags=["boats"]
)
assert appended.success, appended
document = run(client.documents.get_document(bank, "boats"))
assert "Wanda is painted red." in document.original_text, document
assert "Ana sails" in document.original_text, document
step("retain append", document=document.id, facts=document.memory_unit_count)

# Recall, with everything that can be asked for.
found = client.recall(
    bank_id=bank,
    query="Where does Ana sail?",
    types=["world"],
    budget="high",
    trace=True,
    include_entities=True,
    include_chunks=True,
    include_source_facts=True,
)
assert "Ana sails on the Elbe." in texts(found.results), texts(found.results)
best = next(result for result in found.results if result.text == "Ana sails on the Elbe.")
assert (best.type, best.document_id, best.tags) == ("world", "boats", ["boats"]), best
assert "Elbe" in best.entities and found.entities and found.chunks and found.trace, found
step("recall", texts=texts(found.results), scores=best.scores and best.scores.to_dict())
tagged = client.recall(bank_id=bank, query="bees and boats", tags=["bees"], tags_match="all_strict")
assert tagged.results and all("bees" in result.tags for result in tagged.results), texts(tagged.results)
step("recall tags", texts=texts(tagged.results))

# What is there.
listed = client.list_memories(bank_id=bank, type="world", search_query="honey")
assert listed.total == 1 and listed.items[0].text == "Bob sells honey in Hamburg.", listed
banks, stats, documents, entities = run(
    all_of(
        client.banks.list_banks(q=bank),
        client.banks.get_agent_stats(bank),
        client.documents.list_documents(bank),
        client.entities.list_entities(bank),
    )
)
assert [each.bank_id for each in banks.banks] == [bank], banks
assert stats.total_documents == documents.total == 4, (stats, documents)
assert {"Bob", "Elbe"} <= {each.canonical_name for each in entities.items}, entities
step("lists", nodes=stats.total_nodes, documents=documents.total, entities=entities.total)

# Directives come before the answer that they rule.
rule = client.create_directive(bank, name="Short", content="Answer in one sentence.", priority=5, tags=["style"])
assert rule.is_active and rule.priority == 5, rule
rule = client.update_directive(bank, rule.id, content="Answer in two sentences.", tags=[])
assert client.get_directive(bank, rule.id).content == rule.content == "Answer in two sentences."
assert [each.id for each in client.list_directives(bank).items] == [rule.id]
step("directives", rule=rule.to_dict())

# Reflect, in words and in a shape.
answer = client.reflect(bank_id=bank, query="What does Ana do?", budget="mid", include_facts=True, include_tool_calls=True)
assert answer.text and answer.usage.total_tokens > 0, answer
assert answer.based_on.memories, answer.based_on
assert [each.id for each in answer.based_on.directives] == [rule.id], answer.based_on
assert answer.trace.tool_calls, answer.trace
step("reflect", text=answer.text, memories=[each.text for each in answer.based_on.memories])
schema = {"type": "object", "properties": {"boat": {"type": "string"}}, "required": ["boat"]}
shaped = client.reflect(bank_id=bank, query="What is Ana's boat called?", response_schema=schema)
assert set(shaped.structured_output) == {"boat"}, shaped
step("reflect schema", output=shaped.structured_output)

# Mental models.
asked = client.create_mental_model(
    bank, name="Ana", source_query="Who is Ana?", tags=[], max_tokens=512, trigger={"mode": "full"}
)
ended(lambda: operation(asked.operation_id))
model = client.get_mental_model(bank, asked.mental_model_id, detail="full")
assert model.content and model.last_refreshed_at and model.name == "Ana", model
assert [each.id for each in client.list_mental_models(bank).items] == [model.id]
step("create_mental_model", model=model.id, content=model.content)
changed = client.update_mental_model(bank, model.id, name="Ana and her boat", max_tokens=1024)
assert (changed.name, changed.max_tokens) == ("Ana and her boat", 1024), changed
tried = client.dry_run_refresh_mental_model(bank, model.id)
assert (tried.mental_model_id, tried.effective_mode) == (model.id, "full"), tried
step("dry_run_refresh_mental_model", outcome=tried.outcome)
refresh = client.refresh_mental_model(bank, model.id, mode="full")
ended(lambda: operation(refresh.operation_id))
history = client.get_mental_model_history(bank, model.id)
step("refresh_mental_model", history=len(history))
cleared = client.clear_mental_model(bank, model.id)
assert not cleared.content or cleared.content != model.content, cleared
client.delete_mental_model(bank, model.id)
refused(lambda: client.get_mental_model(bank, model.id), 404)
step("delete_mental_model")
client.delete_directive(bank, rule.id)
assert client.list_directives(bank).items == []
step("delete_directive")


async def asynchronously():
    """The same calls for programs that have a loop of their own."""
    kept = await client.aretain(bank_id=bank, content="USER: Fay plays the harp.")
    found = await client.arecall(bank_id=bank, query="Who plays the harp?")
    answer = await client.areflect(bank_id=bank, query="Who plays the harp?")
    return kept, found, answer


kept, found, answer = run(asynchronously())
assert kept.success and "Fay plays the harp." in texts(found.results) and answer.text, texts(found.results)
step("async", texts=texts(found.results)[:1], answer=answer.text)

# Away and back: a copy, an archive, nothing.
copy = new_bank("copy")
cloning = client.clone_bank(bank, copy)
ended(lambda: operation(cloning))
assert client.list_memories(bank_id=copy, type="world").total == client.list_memories(bank_id=bank, type="world").total
archive = client.export_bank(bank, poll_interval=0.1)
assert archive[:2] == b"PK", archive[:20]
whole, empty = new_bank("whole"), new_bank("empty")
for target, wanted in ((whole, True), (empty, False)):
    restoring = client.import_bank(
        bank, archive, target_bank_id=target, include_data=wanted, include_bank_config=wanted
    )
    ended(lambda: operation(restoring))
facts = client.list_memories(bank_id=bank, type="world").total
assert client.list_memories(bank_id=whole, type="world").total == facts > 0
assert client.list_memories(bank_id=empty, type="world").total == 0
assert client.get_bank_config(whole)["overrides"]["retain_chunk_size"] == 2000
assert client.get_bank_config(empty)["overrides"] == {}
step("clone, export and import", bytes=len(archive), facts=facts)
assert client.reset_bank_config(bank)["overrides"] == {}
for each in (bank, copy, whole, empty):
    assert client.delete_bank(each).success
refused(lambda: client.recall(bank_id=bank, query="anything"), 404)
step("delete_bank")
client.close()
