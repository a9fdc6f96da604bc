"""`hindsight-litellm` as it is published: the calls of its README, with a scripted model in the place of OpenAI's.

`main.rs` looks at what the model was sent.
"""

import asyncio

import hindsight_litellm
import litellm
from hindsight_litellm import (
    aretain,
    arecall,
    areflect,
    get_last_injection_debug,
    get_pending_retain_errors,
    hindsight_memory,
    recall,
    reflect,
    retain,
    wrap_openai,
)
from openai import OpenAI
from steps import ENGINE_TOKEN, ENGINE_URL, PROVIDER_URL, new_bank, step, texts

MODEL = {"model": "openai/scripted-1", "api_base": PROVIDER_URL, "api_key": "scripted"}
bank = new_bank("litellm")


def configure():
    # Storing waits here, so that what was said is there when the next question comes.
    hindsight_litellm.configure(
        hindsight_api_url=ENGINE_URL, api_key=ENGINE_TOKEN, sync_storage=True, verbose=True
    )
    hindsight_litellm.set_defaults(bank_id=bank, budget="mid", fact_types=["world", "experience"], max_memories=10)


def asks(text):
    return [{"role": "user", "content": text}]


configure()
hindsight_litellm.set_bank_mission(mission="You know what Ana may eat.", name="Ana's kitchen")
step("set_bank_mission")

# The memory calls themselves.
kept = retain(content="USER: Ana is allergic to hazelnuts.", context="about food", sync=True)
assert kept.success and kept.items_count == 1, kept
found = recall("What is Ana allergic to?", budget="mid")
assert [(memory.fact_type, memory.text) for memory in found] == [("world", "Ana is allergic to hazelnuts.")], found
answer = reflect(query="What may Ana not eat?", context="I cook for her.")
assert answer.text, answer
step("retain, recall, reflect", found=texts(found), answer=answer.text)


async def asynchronously():
    kept = await aretain(content="USER: Ana drinks oat milk.", sync=True)
    return kept, await arecall("What does Ana drink?"), await areflect("What does Ana drink?")


kept, found, answer = asyncio.run(asynchronously())
assert kept.success and "Ana drinks oat milk." in texts(found) and answer.text, texts(found)
step("aretain, arecall, areflect", found=texts(found))

# Completions with memory: raw memories, then an answer out of them.
hindsight_litellm.enable()
assert hindsight_litellm.is_enabled()
question = "What may Ana not eat?"
response = litellm.completion(messages=asks(question), hindsight_query="Ana allergic", **MODEL)
assert response.choices[0].message.content == f"You said: {question}", response
debug = get_last_injection_debug()
assert debug.injected and debug.mode == "recall" and debug.error is None, debug
assert "[WORLD] Ana is allergic to hazelnuts." in debug.memory_context, debug.memory_context
step("completion, recall", results=debug.results_count)
hindsight_litellm.set_defaults(use_reflect=True)
litellm.completion(messages=asks(question), hindsight_query=question, **MODEL)
debug = get_last_injection_debug()
assert debug.injected and debug.mode == "reflect" and debug.error is None and debug.reflect_text, debug
step("completion, reflect", text=debug.reflect_text)
hindsight_litellm.set_defaults(use_reflect=False)

# What was said is remembered: told at once, told by their own function, told in a stream.
litellm.completion(messages=asks("Ana lives in Lisbon."), hindsight_query="Ana", **MODEL)
assert "Ana lives in Lisbon." in texts(recall("Where does Ana live?")), texts(recall("Where does Ana live?"))
hindsight_litellm.completion(messages=asks("Ana rides a cargo bike."), hindsight_query="Ana", **MODEL)
assert "Ana rides a cargo bike." in texts(recall("What does Ana ride?")), texts(recall("What does Ana ride?"))
told = ""
for chunk in litellm.completion(messages=asks("Ana plays chess."), hindsight_query="Ana", stream=True, **MODEL):
    told += chunk.choices[0].delta.content or ""
assert told == "You said: Ana plays chess.", told
assert "Ana plays chess." in texts(recall("What does Ana play?")), texts(recall("What does Ana play?"))
step("conversations are stored")

# A session is one document; the package fetches it and sends it again with what is new.
hindsight_litellm.set_defaults(session_id="evening")
litellm.completion(messages=asks("Bob is coming for dinner."), hindsight_query="dinner", **MODEL)
litellm.completion(messages=asks("Bob brings honey."), hindsight_query="dinner", **MODEL)
both = {"Bob is coming for dinner.", "Bob brings honey."}
assert both <= set(texts(recall("What about Bob and dinner and honey?"))), texts(recall("Bob"))
step("session")
hindsight_litellm.disable()
assert not hindsight_litellm.is_enabled()
hindsight_litellm.cleanup()

# For the length of a block.
with hindsight_memory(hindsight_api_url=ENGINE_URL, api_key=ENGINE_TOKEN, bank_id=bank, store_conversations=False):
    assert hindsight_litellm.is_enabled()
    litellm.completion(messages=asks("What does Ana play?"), hindsight_query="Ana plays", **MODEL)
assert not hindsight_litellm.is_enabled()
step("hindsight_memory")

# OpenAI's own client, wrapped.
client = wrap_openai(
    OpenAI(base_url=PROVIDER_URL, api_key="scripted"),
    bank_id=bank,
    hindsight_api_url=ENGINE_URL,
    api_key=ENGINE_TOKEN,
)
said = client.chat.completions.create(model="scripted-1", messages=asks("Ana has a cat called Mops."))
assert said.choices[0].message.content == "You said: Ana has a cat called Mops.", said
configure()
assert "Ana has a cat called Mops." in texts(recall("What is Ana's cat called?")), texts(recall("Ana's cat"))
step("wrap_openai")

assert get_pending_retain_errors() == []
hindsight_litellm.cleanup()
step("cleanup")
