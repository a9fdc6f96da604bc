#!/usr/bin/env python3
"""Writes or checks THIRD-PARTY-NOTICES.md: what the Linux build ships, under which licence, with the texts.

Crates: normal and build dependencies of package `rearview`. Page: production packages of ui/package-lock.json
plus those that Vite compiles into the page. Model: the weights that scripts/weights.sh fetches. Data: what the
lists of models and prices are made from.
Each licence text stands once; copyright lines are kept for each package.
Usage: notices.py write | check. Called by `make notices` and scripts/test.sh. Standard library only.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = "x86_64-unknown-linux-gnu"
NOTICES = ROOT / "THIRD-PARTY-NOTICES.md"
LISTS = ROOT / "crates/providers/data"
# Development packages by npm's account whose code ends up in the page nevertheless.
COMPILED_IN = {"svelte", "vite"}
# What follows in Vite's licence file is about the tool, of which only a few lines reach the page.
OF_THE_TOOL = "\n# Licenses of bundled dependencies"
LICENCE_FILE = re.compile(r"^(un)?licen[sc]e|^copying|^notice|^copyright|^ofl", re.IGNORECASE)
# A line that claims copyright, not one of the many in a licence that speak about it.
CLAIM = re.compile(r"^\W*(Copyright|COPYRIGHT)\b(?! (notice|licen|owner|holder|and related|law))|^\W*©|^\W*\([cC]\) ")

HEADER = """# Third-party notices

Rearview itself is under MIT or Apache-2.0, see LICENSE-MIT and LICENSE-APACHE. The Linux build contains or is
built with the packages below. Where a package offers a choice that includes MIT, its MIT text is the one reproduced.
Made by `make notices`; `make test` fails when it is out of date.
"""


def crates():
    """Yields (name, version, licence, authors, folder) of each crate behind the app's binary, but not our own."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", TARGET]
    answer = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    packages = {package["id"]: package for package in answer["packages"]}
    nodes = {node["id"]: node for node in answer["resolve"]["nodes"]}
    waiting = [package["id"] for package in packages.values() if package["name"] == "rearview"]
    seen = set()
    while waiting:
        this = waiting.pop()
        if this in seen:
            continue
        seen.add(this)
        for dependency in nodes[this]["deps"]:
            if any(kind["kind"] in (None, "build") for kind in dependency["dep_kinds"]):
                waiting.append(dependency["pkg"])
    for this in seen:
        package = packages[this]
        if package["source"] is not None:
            folder = Path(package["manifest_path"]).parent
            authors = ", ".join(re.sub(r" <.*>", "", author) for author in package["authors"])
            yield package["name"], package["version"], package["license"] or "see text", authors, folder


def page_packages():
    """Yields the same for each package whose code, style or font is in the built page."""
    lock = json.loads((ROOT / "ui/package-lock.json").read_text())
    for path, entry in lock["packages"].items():
        name = path.rpartition("node_modules/")[2]
        in_page = not (entry.get("dev") or entry.get("devOptional") or entry.get("optional"))
        if path and (in_page or name in COMPILED_IN):
            folder = ROOT / "ui" / path
            manifest = json.loads((folder / "package.json").read_text())
            author = manifest.get("author", "")
            author = author["name"] if isinstance(author, dict) else re.sub(r" <.*>", "", author)
            yield name, manifest["version"], manifest.get("license") or "see text", author, folder


def models():
    """Yields the same for the weights in the package. Their text is the Apache licence that the project itself has."""
    what = "by the sentence-transformers authors, weights and vocabulary as published"
    yield "all-MiniLM-L6-v2", what, "Apache-2.0", "", ROOT


def data():
    """Yields the same for what crates/providers/data is made from; scripts/catalogue.py tells the version."""
    about = json.loads((LISTS / "about.json").read_text())
    yield "LiteLLM's list of models and prices", about["litellm"], "MIT", "", LISTS


def licence_files(licence, folder):
    """The package's licence files; only MIT's where the package lets us choose it."""
    if folder == ROOT:
        return [folder / "LICENSE-APACHE"]
    files = sorted(path for path in folder.iterdir() if path.is_file() and LICENCE_FILE.match(path.name))
    choices = re.split(r"\s+OR\s+|\s*/\s*", licence)
    if "MIT" in choices:
        mit = [path for path in files if "MIT" in path.name.upper()]
        return mit or files
    return files


def taken_apart(text):
    """(copyright lines, the rest without them), so that equal licences of different owners are one text."""
    lines = [line.rstrip() for line in text.replace("\f", "\n").splitlines()]
    claims = [line.strip(" \t#*/-") for line in lines if CLAIM.match(line) and "yyyy" not in line]
    rest = "\n".join(line for line in lines if not CLAIM.match(line)).strip("\n")
    return claims, rest


def document():
    """The whole file, the same on every machine for the same lock files."""
    texts = {}
    order = []
    lines = []
    for title, packages in (("Crates", crates()), ("Page", page_packages()), ("Model", models()), ("Data", data())):
        lines += [f"\n## {title}\n"]
        for name, version, licence, authors, folder in sorted(set(packages)):
            numbers = []
            for path in licence_files(licence, folder):
                text = path.read_text(encoding="utf-8", errors="replace")
                claims, rest = taken_apart(text.partition(OF_THE_TOOL)[0])
                if not rest:
                    continue
                key = " ".join(re.sub(r"[\W_]+", " ", rest).lower().split())
                if key not in texts:
                    texts[key] = {"number": len(order) + 1, "text": rest, "claims": {}}
                    order.append(key)
                for claim in claims:
                    texts[key]["claims"].setdefault(claim, []).append(name)
                numbers.append(texts[key]["number"])
            without = "no text in the package" + (f", by {authors}" if authors else "")
            where = ", ".join(f"text {number}" for number in sorted(set(numbers))) or without
            lines.append(f"- {name} {version}: {licence} ({where})")
    lines.append("\n## Texts")
    for key in order:
        entry = texts[key]
        lines.append(f"\n### Text {entry['number']}\n")
        for claim, names in sorted(entry["claims"].items()):
            lines.append(f"- {claim} ({', '.join(sorted(set(names)))})")
        lines.append(("\n" if entry["claims"] else "") + "~~~text\n" + entry["text"] + "\n~~~")
    return HEADER + "\n".join(lines) + "\n"


def main():
    """Exit code 0: written, or fresh; 1: out of date; 2: called wrongly."""
    asked = sys.argv[1:]
    if asked == ["write"]:
        NOTICES.write_text(document(), encoding="utf-8")
        print(f"{NOTICES.name} is written: {NOTICES.stat().st_size // 1024} KiB")
    elif asked == ["check"]:
        if not NOTICES.exists() or NOTICES.read_text(encoding="utf-8") != document():
            sys.exit(f"{NOTICES.name} is out of date. Run: make notices")
        print(f"{NOTICES.name} is up to date")
    else:
        print("usage: notices.py write | check", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
