"""`hindsight-agno` as it is published: its tools and its instructions by hand, then an agent that calls them.

The agent's model is scripted by `main.rs`, which looks at what the tools told it.
"""

from agno.agent import Agent
from agno.models.openai import OpenAILike
from agno.run import RunContext
from hindsight_agno import HindsightTools, configure, memory_instructions
from steps import ENGINE_TOKEN, ENGINE_URL, PROVIDER_URL, new_bank, step

HERE = {"hindsight_api_url": ENGINE_URL, "api_key": ENGINE_TOKEN}
bank = new_bank("agno")
context = RunContext(run_id="run", session_id="session", user_id=new_bank("user"))

# The tools by hand.
tools = HindsightTools(bank_id=bank, tags=["env:test"], **HERE)
assert set(tools.functions) == {"retain_memory", "recall_memory", "reflect_on_memory"}, tools.functions
assert memory_instructions(bank_id=bank, **HERE) == ""
told = tools.retain_memory(context, "USER: Bob keeps bees on the roof. Bob sells honey.")
assert told == "Memory stored successfully.", told
found = tools.recall_memory(context, "What does Bob keep on the roof?")
assert "Bob keeps bees on the roof." in found and found.startswith("1. "), found
answer = tools.reflect_on_memory(context, "What does Bob do?")
assert answer and answer != "No relevant memories found.", answer
step("tools", found=found, answer=answer)
told = memory_instructions(bank_id=bank, query="What does Bob sell?", max_results=2, **HERE)
assert told.startswith("Relevant memories:\n") and "Bob sells honey." in told, told
step("memory_instructions", told=told)

# Which tools, which bank, which tags, configured once.
fewer = HindsightTools(bank_id=bank, enable_reflect=False, **HERE)
assert set(fewer.functions) == {"retain_memory", "recall_memory"}, fewer.functions
configure(**HERE)
by_user = HindsightTools()
assert by_user.retain_memory(context, "USER: Eve paints ships.") == "Memory stored successfully."
assert "Eve paints ships." in by_user.recall_memory(context, "What does Eve paint?")
team = new_bank("team")
by_team = HindsightTools(bank_resolver=lambda _: team, recall_tags=["env:none"], recall_tags_match="all_strict")
assert by_team.retain_memory(context, "USER: Fay plays the harp.") == "Memory stored successfully."
assert by_team.recall_memory(context, "What does Fay play?") == "No relevant memories found."
step("banks and tags")

# An agent that is told something, and another one that is asked about it.
bank = new_bank("agent")


def agent(**more):
    model = OpenAILike(id="scripted-1", base_url=PROVIDER_URL, api_key="scripted")
    return Agent(model=model, tools=[HindsightTools(bank_id=bank, **HERE)], telemetry=False, **more)


noted = agent().run("Remember that Ana prefers dark mode.")
assert noted.content == "Noted.", noted.content
asked = agent(instructions=[memory_instructions(bank_id=bank, **HERE)]).run("What does Ana prefer?")
assert asked.content == "Dark mode.", asked.content
step("agent", noted=noted.content, asked=asked.content)
