#!/usr/bin/env python3
"""Writes tests/data/routes/{seen,unseen}.jsonl: model strings with LiteLLM's own answer to each.

Run by hand in an environment with the pinned LiteLLM, never in CI; the network is blocked in it and the two
prefixes that would start a device login are left out. tests/data/routes/README.md says what the files are for.
Usage: route_samples.py seen|unseen SEED
"""

import json
import logging
import os
import random
import socket
import string
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent / "tests/data/routes"
LOGINS = ("github_copilot", "chatgpt")
WORDS = {
    "seen": "llama mistral qwen deepseek phi gemma nova granite falcon mixtral command sonar".split(),
    "unseen": "olmo yi solar nemotron jamba hermes glm kimi minimax ernie hunyuan arctic dbrx starling".split(),
}
VENDORS = {
    "seen": "meta-llama mistralai Qwen deepseek-ai google microsoft accounts/acme/models".split(),
    "unseen": "allenai 01-ai upstage nvidia ai21labs NousResearch THUDM moonshotai team/b/models".split(),
}
REGIONS = {"seen": ["us-east-1", "eu-west-1", "us-gov-west-1"], "unseen": ["ap-southeast-2", "ca-central-1", "us-west-2"]}
BARE = {
    "seen": ["claude-sonnet-9", "gpt-7-mini", "gemini-9-pro", "o9-mini", "mistral-huge", "command-z", "deepseek-chat",
             "grok-9", "llama-9", "qwen-9", "claude-opus-6-20310101", "claude-haiku-7.5", "anthropic.claude-nine-v1:0",
             "us.anthropic.claude-nine", "jp.anthropic.claude-x", "ft:gpt-4o:acme::1", "ft:gpt-4-0613:acme:x:y",
             "ft:gpt-3.5-turbo:acme::z", "gpt-image-9", "amazon_nova_pro", "*", "groq", "gpt-4o ", "CLAUDE-SONNET-9"],
    "unseen": ["claude-ballad-6", "claude-ballad-6-2", "claude-ballad-6.2-20320202", "Claude-Ballad-7", "claude-9",
               "global.anthropic.claude-ballad-6-v1:0", "us-gov.anthropic.claude-b", "anthropic.claude-", "x9.anthropic.claude-b",
               "bedrockz/anthropic.claude-b", "ft:gpt-4.1-nano:zeta::q", "my-ft:gpt-4-x", "gpt-imagery", "amazon_nova",
               "amazon_nova-2", "gpt-8", "gpt-oss-999b", "o7", "o12-pro", "gemini-ultra-9", "command-r-77", "grok-mega",
               "mixtral-99", "kimi-k9", "glm-9", "jamba-9-large", "sonar-9", "nova-9", "titan-9", "text-embedding-9", "dall-e-9"],
}


def litellm_without_network():
    """The module, with every way out closed and no key in the environment."""
    for name in list(os.environ):
        if name.endswith(("_KEY", "_BASE", "_TOKEN")):
            del os.environ[name]
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

    def closed(*_args, **_kwargs):
        raise OSError("the network is blocked")

    socket.socket.connect = socket.create_connection = socket.getaddrinfo = closed
    import litellm

    litellm.suppress_debug_info = True
    logging.disable(logging.CRITICAL)
    return litellm


def names(which, rng, prefix):
    """Made-up models for one prefix."""
    word, vendor = (lambda: rng.choice(WORDS[which])), (lambda: rng.choice(VENDORS[which]))
    size = lambda: rng.choice([1, 3, 8, 14, 32, 70, 120, 405])
    stamp = "%d-%02d-%02d" % (rng.randint(2024, 2031), rng.randint(1, 12), rng.randint(1, 28))
    plain = stamp.replace("-", "")
    tag = "".join(rng.choices(string.ascii_lowercase + string.digits, k=6))
    yield f"{word()}-{rng.randint(1, 9)}.{rng.randint(0, 9)}-{size()}b-{rng.choice(['instruct', 'chat', 'versatile'])}"
    yield f"{vendor()}/{word().capitalize()}-{size()}B-Instruct"
    yield f"{vendor()}/{vendor()}/{word()}-{tag}"
    yield f"{word()}{rng.randint(1, 9)}:{size()}b"
    yield f"{word()}-{size()}b:free"
    yield f"{word()}-{rng.randint(2, 9)}@{plain}"
    yield f"{word()}-{stamp}"
    yield f"{word()}-large-latest"
    yield f"{word().upper()}-{tag.upper()}"
    yield f"my-deployment-{tag}"
    yield rng.choice(["gpt-4o", "claude-sonnet-9", "gemini-9", "o9", "command-r", "ft:gpt-4o:acme::" + tag])
    if prefix.startswith("bedrock"):
        region = rng.choice(REGIONS[which])
        yield f"{region}/anthropic.claude-{word()}-v1:0"
        yield f"converse/us.anthropic.claude-{word()}-v1:0"
        yield f"invoke/{region}/meta.{word()}-{size()}b-v1:0"
        yield f"arn:aws:bedrock:{region}:123456789012:inference-profile/us.anthropic.{word()}"


def strings(which, rng, litellm):
    """The sample: listed models, made-up ones for every prefix, names without a prefix."""
    from litellm.llms.openai_like.json_loader import JSONProviderRegistry

    prefixes = {str(getattr(one, "value", one)) for one in litellm.provider_list} | set(JSONProviderRegistry._providers)
    if which == "seen":
        modes = ("chat", "responses")
        yield from (key for key, entry in litellm.model_cost.items() if entry.get("mode") in modes)
    else:
        # Those that do not chat: no rule was written with a look at them.
        modes = ("chat", "responses", None)
        yield from (key for key, entry in litellm.model_cost.items() if entry.get("mode") not in modes)
    for prefix in sorted(prefixes):
        yield from (f"{prefix}/{name}" for name in names(which, rng, prefix))
    yield from BARE[which]
    for _ in range(60):
        family = rng.choice(["claude-" + rng.choice(WORDS[which]), "anthropic.claude-" + rng.choice(WORDS[which]),
                             rng.choice(WORDS[which]), "ft:gpt-4.1-" + rng.choice(WORDS[which])])
        yield family + "-" + str(rng.randint(1, 19)) + rng.choice(["", "-1", ".5", "-20300101", "-latest", ":0"])
    for _ in range(10):
        yield f"{rng.choice(VENDORS[which])}/{rng.choice(WORDS[which])}:{rng.getrandbits(256):064x}"


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in WORDS:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    which, rng = sys.argv[1], random.Random(int(sys.argv[2]))
    litellm = litellm_without_network()
    lines = {}
    for model in strings(which, rng, litellm):
        if model.split("/")[0] in LOGINS or model == "sample_spec":
            continue
        try:
            upstream, provider, *_ = litellm.get_llm_provider(model)
            answer = {"model": model, "provider": provider, "upstream_model": upstream}
        except Exception:
            answer = {"model": model, "error": True}
        lines[model] = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    HERE.mkdir(parents=True, exist_ok=True)
    path = HERE / f"{which}.jsonl"
    path.write_text("".join(lines[model] + "\n" for model in sorted(lines)), encoding="utf-8")
    errors = sum('"error":true' in text for text in lines.values())
    print(f"{path.name}: {len(lines)} strings, of which {errors} are errors to LiteLLM, {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
