#!/usr/bin/env python3
"""Writes crates/providers/data/*: the providers, models and prices that the app knows before it asks anybody.

Run by hand when newer inputs are at hand, never in CI; `make catalogue` says how. Nothing is fetched: the inputs
are named on the command line. What is worth a word of our own (names, descriptions, key pages) stands below.
Usage: catalogue.py PROVIDERS.json LITELLM.whl
  PROVIDERS.json  a table of providers: prefix, base_url, wire, api_key_env, quirks, confidence, ...
  LITELLM.whl     a wheel of LiteLLM (MIT outside enterprise/), for its price file
Standard library only.
"""

import json
import re
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "crates/providers/data"
PRICES = "litellm/model_prices_and_context_window_backup.json"

WIRES = {
    "openai_chat": "openai_chat",
    "azure_openai": "openai_chat",
    "anthropic_messages": "anthropic_messages",
    "gemini": "gemini",
    "bedrock_converse": "bedrock_converse",
    "cohere_v2": "cohere_chat",
    "ollama_native": "ollama_chat",
}
SPEAKS = {
    "openai_chat": "Speaks OpenAI Chat Completions.",
    "anthropic_messages": "Speaks Anthropic Messages.",
}
PLATFORMS = {"azure": "azure", "azure_ai": "azure", "vertex_ai": "vertex", "bedrock": "bedrock"}

# Prefixes that name the same provider with the same addresses and keys: one entry for people.
SAME = {
    "ollama_chat": "ollama",
    "cohere_chat": "cohere",
    "ai21_chat": "ai21",
    "vertex_ai_beta": "vertex_ai",
    "vllm": "hosted_vllm",
    "aiohttp_openai": "openai",
    "custom_openai": "openai-compatible",
    "openai_like": "openai-compatible",
    "custom": "openai-compatible",
}
# Spellings that LiteLLM does not take as a prefix but people and its own price file write.
ALIASES = {"amazon_nova": ["amazon-nova"], "lm_studio": ["lm-studio"], "together_ai": ["together"],
           "fireworks_ai": ["fireworks"]}
IDS = {"lm_studio": "lm-studio", "hosted_vllm": "vllm"}

NOT_SPOKEN = {
    "a2a": "It is a protocol between agents, not a model's.",
    "anthropic_text": "Anthropic has retired text completions.",
    "azure_text": "It speaks text completions, which no chat model of today answers.",
    "bytez": "It has a protocol of its own.",
    "chatgpt": "A subscription is signed in to in the browser, not with a key.",
    "fal_ai": "It takes one message only.",
    "gdc": "Its key is a service identity of Google Distributed Cloud.",
    "gigachat": "Its key is exchanged for a token at another address first.",
    "github_copilot": "A subscription is signed in to in the browser, not with a key.",
    "langflow": "It runs flows, not models.",
    "langgraph": "It runs graphs, not models.",
    "nlp_cloud": "It has a protocol of its own.",
    "oci": "Its requests are signed in Oracle's own way.",
    "petals": "It has no address to ask.",
    "predibase": "It has a protocol of its own.",
    "replicate": "It has a protocol of its own.",
    "sagemaker": "Its endpoints have protocols of their own.",
    "sagemaker_chat": "Its endpoints have protocols of their own.",
    "sap": "It has a protocol of its own.",
    "text-completion-codestral": "It speaks text completions, which no chat model of today answers.",
    "text-completion-inception": "It speaks text completions, which no chat model of today answers.",
    "text-completion-openai": "It speaks text completions, which no chat model of today answers.",
    "triton": "It has a protocol of its own.",
    "watsonx": "Its key is exchanged for a token at another address first.",
    "watsonx_text": "It speaks text completions, which no chat model of today answers.",
}

# Where the table's address wants a change. Each is what the request of LiteLLM showed, or the server's default.
BASES = {
    "azure_ai": "https://{resource}.services.ai.azure.com/models",
    "bailing": "https://api.tbox.cn/api/llm/v1",
    "bedrock_mantle": "https://bedrock-mantle.{region}.api.aws/v1",
    "cloudflareaigateway": "https://gateway.ai.cloudflare.com/v1/{account_id}/{gateway_id}/compat",
    "gradient_ai": "https://inference.do-ai.run/v1",
    "hosted_vllm": "http://localhost:8000/v1",
    "litellm_proxy": "http://localhost:4000/v1",
    "lm_studio": "http://localhost:1234/v1",
    "oobabooga": "http://localhost:5000/v1",
    "ragflow": "http://localhost:9380/api/v1/chats_openai/{chat_id}",
    "vertex_ai": "https://{location}-aiplatform.googleapis.com",
    "xinference": "http://localhost:9997/v1",
}
LOCAL = {"docker_model_runner", "hosted_vllm", "lemonade", "llamafile", "lm_studio", "ollama", "oobabooga",
         "xinference"}
# Servers of one's own whose address the person gives. A key is possible, not needed.
OWN_BASE = {"hosted_vllm", "litellm_proxy", "ragflow"}
NAMES = {
    "azure": "Azure OpenAI", "azure_ai": "Azure AI Foundry", "bedrock": "Amazon Bedrock",
    "bedrock_mantle": "Amazon Bedrock (OpenAI-compatible)", "baidu": "Baidu Qianfan",
    "cloudflare": "Cloudflare Workers AI", "cloudflareaigateway": "Cloudflare AI Gateway",
    "dashscope": "Alibaba Cloud Model Studio (DashScope)", "deepseek": "DeepSeek", "doubleword": "Doubleword",
    "featherless_ai": "Featherless AI", "gemini": "Google Gemini", "github": "GitHub Models", "gradient_ai":
    "DigitalOcean Gradient AI", "groq": "Groq", "hosted_vllm": "vLLM", "huggingface": "Hugging Face",
    "io_net": "io.net", "lm_studio": "LM Studio", "meta_llama": "Meta Llama API", "minimax": "MiniMax",
    "minimax_anthropic": "MiniMax (Anthropic-compatible)", "mira": "Mira", "mistral": "Mistral AI",
    "modelscope": "ModelScope", "moonshot": "Moonshot AI", "moonshot_anthropic":
    "Moonshot AI (Anthropic-compatible)", "moonshot_cn": "Moonshot AI (China)", "nvidia_nim": "NVIDIA NIM",
    "ollama_cloud": "Ollama Cloud", "opencode": "OpenCode", "opencode_anthropic":
    "OpenCode (Anthropic-compatible)", "opencode_go": "OpenCode Go", "opencode_go_anthropic":
    "OpenCode Go (Anthropic-compatible)", "oobabooga": "Text generation web UI", "perplexity": "Perplexity",
    "sambanova": "SambaNova", "siliconflow": "SiliconFlow", "siliconflow_cn": "SiliconFlow (China)",
    "vertex_ai": "Google Vertex AI", "veniceai": "Venice AI", "wandb": "W&B Inference", "xiaomi_mimo":
    "Xiaomi MiMo", "xiaomimimo_anthropic": "Xiaomi MiMo (Anthropic-compatible)", "xinference": "Xinference",
    "zai": "Z.AI", "zai_anthropic": "Z.AI (Anthropic-compatible)", "zai_coding": "Z.AI Coding Plan",
    "zhipuai": "Zhipu AI", "zhipuai_coding": "Zhipu AI Coding Plan", "302ai": "302.AI",
}
ABOUT = {
    "ai21": "Jamba models.",
    "anthropic": "Claude models.",
    "azure": "OpenAI's models in your own Azure resource.",
    "azure_ai": "Models of many vendors in your own Azure resource, Claude among them.",
    "baseten": "Open models on hosted machines.",
    "bedrock": "Claude, Nova, Llama and others in your AWS account.",
    "bedrock_mantle": "Bedrock's models at its OpenAI-shaped address.",
    "cerebras": "Open models, very fast.",
    "cloudflare": "Open models on Cloudflare's network.",
    "codestral": "Mistral's models for code, with a key of their own.",
    "cohere": "Command models.",
    "dashscope": "Qwen models from Alibaba Cloud.",
    "databricks": "Model serving in your Databricks workspace.",
    "deepinfra": "Open models.",
    "deepseek": "DeepSeek's own models.",
    "docker_model_runner": "Models that Docker runs on this computer. No key.",
    "fireworks_ai": "Open models, fast.",
    "friendliai": "Open models.",
    "gemini": "Gemini models, with a key from AI Studio.",
    "github": "Models of several vendors with a GitHub token.",
    "groq": "Open models, very fast.",
    "hosted_vllm": "A server of your own.",
    "huggingface": "Open models at several hosts behind one token.",
    "hyperbolic": "Open models.",
    "inception": "Mercury models, which write by diffusion.",
    "lambda_ai": "Open models.",
    "lemonade": "Models on this computer, for AMD hardware. No key.",
    "litellm_proxy": "A LiteLLM proxy of your own.",
    "llamafile": "One file that is a model and its server. No key.",
    "lm_studio": "Models on this computer. No key.",
    "meta_llama": "Llama models from Meta.",
    "minimax": "MiniMax models.",
    "mistral": "Mistral's own models.",
    "moonshot": "Kimi models.",
    "nebius": "Open models.",
    "novita": "Open models.",
    "nvidia_nim": "Open models on NVIDIA's machines.",
    "ollama": "Models on this computer. No key.",
    "ollama_cloud": "Ollama's models on its own machines.",
    "oobabooga": "A text generation web UI on this computer. No key.",
    "openai": "GPT and o-series models.",
    "openrouter": "Many vendors behind one key.",
    "ovhcloud": "Open models in Europe.",
    "perplexity": "Answers with a search of the web.",
    "poe": "Many vendors behind one Poe account.",
    "sambanova": "Open models, fast.",
    "scaleway": "Open models in Europe.",
    "snowflake": "Models in your Snowflake account.",
    "together_ai": "Open models.",
    "v0": "Vercel's models for building web pages.",
    "veniceai": "Open models; says that it keeps no prompts.",
    "vercel_ai_gateway": "Many vendors behind one key.",
    "vertex_ai": "Gemini, Claude and others in your Google Cloud project.",
    "volcengine": "Doubao and others from ByteDance's cloud.",
    "wandb": "Open models from Weights & Biases.",
    "xai": "Grok models.",
    "xinference": "An Xinference server on this computer. No key.",
    "zai": "GLM models.",
}
KEY_PAGES = {
    "ai21": "https://studio.ai21.com/account/api-key",
    "anthropic": "https://console.anthropic.com/settings/keys",
    "azure": "https://portal.azure.com",
    "azure_ai": "https://ai.azure.com",
    "bedrock": "https://console.aws.amazon.com/bedrock",
    "cerebras": "https://cloud.cerebras.ai",
    "cohere": "https://dashboard.cohere.com/api-keys",
    "deepinfra": "https://deepinfra.com/dash/api_keys",
    "deepseek": "https://platform.deepseek.com/api_keys",
    "gemini": "https://aistudio.google.com/apikey",
    "github": "https://github.com/settings/tokens",
    "groq": "https://console.groq.com/keys",
    "huggingface": "https://huggingface.co/settings/tokens",
    "mistral": "https://console.mistral.ai/api-keys",
    "moonshot": "https://platform.moonshot.ai/console/api-keys",
    "nvidia_nim": "https://build.nvidia.com",
    "ollama_cloud": "https://ollama.com/settings/keys",
    "openai": "https://platform.openai.com/api-keys",
    "openrouter": "https://openrouter.ai/settings/keys",
    "perplexity": "https://www.perplexity.ai/settings/api",
    "poe": "https://poe.com/api_key",
    "sambanova": "https://cloud.sambanova.ai/apis",
    "scaleway": "https://console.scaleway.com/iam/api-keys",
    "together_ai": "https://api.together.ai/settings/api-keys",
    "wandb": "https://wandb.ai/authorize",
    "xai": "https://console.x.ai",
}
VARIABLES = {"hosted_vllm": ["VLLM_API_KEY"]}
# Rows that no table has.
OWN_ROWS = [
    {"prefix": "openai-compatible", "name": "OpenAI-compatible", "wire": "openai_chat", "base_url": "",
     "own_base": True, "needs_key": False, "confidence": "high", "seen": "own", "offered": True,
     "about": "Any address that speaks OpenAI Chat Completions."},
    {"prefix": "anthropic-compatible", "name": "Anthropic-compatible", "wire": "anthropic_messages",
     "base_url": "", "own_base": True, "needs_key": False, "confidence": "high", "seen": "own", "offered": True,
     "about": "Any address that speaks Anthropic Messages."},
    {"prefix": "llama-cpp", "name": "llama.cpp", "wire": "openai_chat", "base_url": "http://localhost:8080/v1",
     "own_base": True, "local": True, "needs_key": False, "confidence": "high", "seen": "own", "offered": True,
     "docs": "https://github.com/ggml-org/llama.cpp/tree/master/tools/server",
     "about": "llama-server on this computer. No key."},
    {"prefix": "jan", "name": "Jan", "wire": "openai_chat", "base_url": "http://localhost:1337/v1",
     "own_base": True, "local": True, "needs_key": False, "confidence": "medium", "seen": "own", "offered": True,
     "docs": "https://jan.ai/docs", "about": "Models on this computer, in Jan. No key."},
]

# The letters of a model's flags; crates/providers/src/catalogue/models.rs reads them.
FLAGS = [
    ("t", "supports_function_calling"), ("v", "supports_vision"), ("p", "supports_pdf_input"),
    ("r", "supports_reasoning"), ("a", "supports_adaptive_thinking"), ("s", "supports_response_schema"),
    ("m", "supports_mid_conversation_system"), ("c", "supports_prompt_caching"),
]


def tidy(row):
    """The row without what is absent, so that a line stays short."""
    return {key: value for key, value in row.items() if value not in (None, [], {}, False)}


def line(value):
    """One line of JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def quirks(row):
    """How the provider differs from its wire, in the spelling of `Quirks`."""
    seen = row["quirks"]
    out = {}
    if seen.get("litellm_sends_stream_options") is False:
        out["streamOptions"] = False
    if seen.get("output_cap_field") == "max_completion_tokens":
        out["maxTokensField"] = "max_completion_tokens"
    if "temperature" in seen.get("litellm_drops", []):
        out["sampling"] = False
    return out


def seen(row):
    """How the row is known: LiteLLM's request was watched, its source was read, or one table has it."""
    evidence = row["evidence"]
    if "litellm-1.106.2 request capture" in evidence:
        return "request"
    return "source" if row["in_litellm"] else "table"


def provider(row):
    """A row of our own making."""
    prefix = row["prefix"]
    wire = None if prefix in NOT_SPOKEN else WIRES.get(row["wire"].split(" ")[0])
    base = BASES.get(prefix, row["base_url"] or "")
    base = "" if base in ("{user}", "{in-process}") or base.startswith("{AICORE") else base
    variables = VARIABLES.get(prefix, []) + row["api_key_env"] + row["api_key_env_elsewhere"]
    local = prefix in LOCAL
    needs_key = not local and prefix not in OWN_BASE and row["auth"] != "none"
    about = ABOUT.get(prefix) or SPEAKS.get(wire) if wire else None
    return {
        "prefix": prefix,
        "id": IDS.get(prefix),
        "prefixes": [],
        "aliases": ALIASES.get(prefix, []),
        "name": NAMES.get(prefix, row["display_name"]),
        "wire": wire,
        "why_not": NOT_SPOKEN.get(prefix),
        "platform": PLATFORMS.get(prefix),
        "base_url": base,
        "own_base": local or prefix in OWN_BASE,
        "base_variables": row["base_url_env"],
        "variables": list(dict.fromkeys(variables)),
        "local": local,
        "needs_key": needs_key,
        "quirks": quirks(row),
        "confidence": row["confidence"],
        "seen": seen(row),
        "offered": wire is not None,
        "about": about,
        "key_url": KEY_PAGES.get(prefix),
        "docs": row["docs"],
    }


def providers(table):
    """All rows by prefix: the table's, those that do not chat, and our own."""
    rows = {row["prefix"]: provider(row) for row in table["providers"]}
    for prefix in table["excluded_not_chat"]:
        rows[prefix] = {"prefix": prefix, "name": prefix.replace("_", " ").capitalize(), "wire": None,
                        "why_not": "It has no chat models.", "confidence": "low", "seen": "source"}
    for row in OWN_ROWS:
        rows[row["prefix"]] = dict(row)
    for prefix, other in SAME.items():
        merged = rows.pop(prefix)
        target = rows[other]
        target.setdefault("prefixes", []).append(prefix)
        if merged.get("variables"):
            both = target.get("variables", []) + merged["variables"]
            target["variables"] = list(dict.fromkeys(both)) if other not in ("openai-compatible", "openai") \
                else target.get("variables", [])
    return rows


def million(cost):
    """Dollars for a token to dollars for a million of them."""
    if cost is None:
        return None
    value = round(float(cost) * 1e6, 6)
    return int(value) if value == int(value) else value


def rates(entry, suffix=""):
    """[input, output, cache read, cache write, reasoning], absent ones as null at the end cut off."""
    names = ["input_cost_per_token", "output_cost_per_token", "cache_read_input_token_cost",
             "cache_creation_input_token_cost", "output_cost_per_reasoning_token"]
    found = [million(entry.get(name + suffix)) for name in names]
    if found[2] is None and not suffix:
        found[2] = million(entry.get("input_cost_per_token_cache_hit"))
    if found[4] == found[1]:
        found[4] = None
    while found and found[-1] is None:
        found.pop()
    return found


def price(entry):
    """(base rates, tiers above a number of prompt tokens), both empty when the price is not known."""
    tiers = entry.get("tiered_pricing")
    if tiers:
        steps = sorted((int(tier["range"][0]), rates(tier)) for tier in tiers if "range" in tier)
        if steps and steps[0][0] == 0:
            return steps[0][1], [[start, *found] for start, found in steps[1:]]
        return [], []
    base = rates(entry)
    if len(base) < 2 or base[0] is None or base[1] is None or entry.get("input_cost_per_request"):
        return [], []
    above = []
    for name in entry:
        match = re.fullmatch(r"input_cost_per_token_above_(\d+)k_tokens", name)
        if match:
            above.append([int(match[1]) * 1000, *rates(entry, f"_above_{match[1]}k_tokens")])
    return base, sorted(above)


def label(name):
    """The prefix behind the price file's name for a provider."""
    if name.startswith("vertex_ai"):
        return "vertex_ai"
    return {"bedrock_converse": "bedrock", "ai21": "ai21_chat"}.get(name, name)


def completed(key, entry, rules):
    """The entry with what the price file's own rules for families add where it says nothing."""
    for rule in rules:
        theirs = entry.get("litellm_provider") in rule.get("fill_missing_for_providers", [])
        if theirs and re.search(rule["pattern"], key, re.IGNORECASE):
            entry = {**rule["model_info"], **entry}
    return entry


def models(prices, known):
    """(models that chat, other names without a prefix), each a list of rows."""
    chat, others = [], []
    rules = prices["fallback_generalizations"]["rules"]
    for key, entry in prices.items():
        entry = completed(key, entry, rules)
        first, slash, rest = key.partition("/")
        mode = entry.get("mode")
        if key in ("sample_spec", "fallback_generalizations") or "litellm_provider" not in entry:
            continue
        bare = not (slash and first in known)
        who, name = (label(entry["litellm_provider"]), key) if bare else (first, rest)
        if who == "amazon_nova" and bare:
            name, bare = key.removeprefix("amazon-nova/"), False
        if who not in known:
            continue
        if mode not in ("chat", "responses"):
            if bare:
                others.append({"p": who, "m": name})
            continue
        base, tiers = price(entry)
        flags = "".join(letter for letter, field in FLAGS if entry.get(field))
        flags += "n" if entry.get("supports_sampling_params") is False else ""
        flags += "R" if mode == "responses" else ""
        row = {"p": who, "m": name, "b": 1 if bare else None, "c": entry.get("max_input_tokens"), "o": entry.get("max_output_tokens"),
               "$": base, "above": tiers, "f": flags or None, "e": entry.get("deprecation_date")}
        chat.append({key: value for key, value in row.items() if value not in (None, [])})
    # Some stand there with and without their prefix: the row with it says more about that provider.
    once = {}
    for row in sorted(chat, key=lambda row: row.get("b", 0)):
        known_row = once.setdefault((row["p"], row["m"]), row)
        if row.get("b"):
            known_row["b"] = 1
    return [once[key] for key in sorted(once)], sorted(others, key=lambda row: (row["p"], row["m"]))


def write(name, rows):
    path = DATA / name
    path.write_text("".join(line(row) + "\n" for row in rows), encoding="utf-8")
    print(f"{path.relative_to(ROOT)}: {len(rows)} rows, {path.stat().st_size // 1024} KiB")


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    table = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with zipfile.ZipFile(sys.argv[2]) as wheel:
        prices = json.loads(wheel.read(PRICES))
        version = next(name.split("-")[1].removesuffix(".dist") for name in wheel.namelist() if ".dist-info/" in name)
        licence = next(name for name in wheel.namelist() if name.endswith(".dist-info/licenses/LICENSE"))
        mit = wheel.read(licence).decode().partition("MIT License")
        stamp = max(info.date_time for info in wheel.infolist())
    rows = providers(table)
    known = {name for row in rows.values() for name in [row["prefix"], *row.get("prefixes", [])]}
    chat, others = models(prices, known)
    DATA.mkdir(exist_ok=True)
    write("providers.jsonl", [tidy(rows[prefix]) for prefix in sorted(rows)])
    write("models.jsonl", chat)
    write("other-names.jsonl", others)
    (DATA / "LICENSE-LITELLM").write_text("".join(mit[1:]), encoding="utf-8")
    date = "%04d-%02d-%02d" % stamp[:3] if stamp[0] > 1980 else table["generated"]
    (DATA / "about.json").write_text(line({"prices_of": date, "litellm": version}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
