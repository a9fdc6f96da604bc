#!/usr/bin/env python3
"""Writes distractors.jsonl: facts about people whom no question is about.

Reads templates/<language>.txt (word lists and sentences, written by hand) and people.txt (whose names must
not appear). Seeded, so it writes the same file on every machine. Run it in its own folder; the file it
writes is frozen by SHA256SUMS, so it only needs to run to show where the facts come from.
"""
import datetime
import json
import random
import re
import sys
from pathlib import Path

SEED = 20230101
# In the proportion of the languages of the evidence (296 : 32 : 32 : 32 : 32), 5000 in all.
COUNTS = {"en": 3492, "de": 377, "es": 377, "zh": 377, "ja": 377}
PER_SESSION = 8
FIRST, LAST = datetime.date(2023, 1, 2), datetime.date(2026, 10, 30)
HERE = Path(__file__).resolve().parent
# The list of months, and how a month of a year is written.
MONTHS = {"en": ("month", "{} {}"), "de": ("monat", "{} {}"), "es": ("mes", "{} de {}"),
          "zh": ("month", "{1}年{0}"), "ja": ("month", "{1}年{0}")}
YEAR = {"zh": "{}年", "ja": "{}年"}
SLOT = re.compile(r"\{(\w+?)\}")


def read(lang):
    """The word lists and the sentences of one language."""
    lists, sentences = {}, []
    for line in (HERE / "templates" / f"{lang}.txt").read_text(encoding="utf-8").splitlines():
        key, separator, words = line.partition(" = ")
        if line.startswith("#") or line == "--" or not line:
            continue
        if separator and re.fullmatch(r"\w+", key):
            lists[key] = [word.strip() for word in words.split(";")]
        else:
            sentences.append(line)
    people = [tuple(person.split("/")) for person in lists.pop("people")]
    return lists, sentences, people


def short(name, lang):
    """What friends call somebody: Chinese and Japanese texts keep the whole name."""
    return name if lang in ("zh", "ja") else name.split(" ")[0]


def moment(slot, day, lists, lang, dice):
    """A month or year before (`when`, `lastyear`) or after (`next`, `nextyear`) the day of the session."""
    name, form = MONTHS[lang]
    if slot.endswith("year"):
        year = day.year - dice.choice((1, 2)) if slot == "lastyear" else day.year + 1
        return YEAR.get(lang, "{}").format(year)
    months = dice.randint(1, 18)
    at = day.year * 12 + day.month - 1 + (months if slot == "next" else -months)
    return form.format(lists[name][at % 12], at // 12)


def fill(sentence, person, people, lists, lang, day, dice):
    """One sentence about `person` as told on `day`, and who else is in it."""
    name, sex = person
    other = dice.choice([another for another in people if another != person])[0]
    called = name if dice.random() < 0.3 else short(name, lang)
    pronouns = dict(zip(("he", "his", "him", "himself"), ("he", "his", "him", "himself") if sex == "m" else
                        ("she", "her", "her", "herself")))
    drawn, named = {}, [name]

    def word(match):
        slot = match.group(1)
        if slot == "P":
            return called
        if slot == "P1":
            return short(name, lang)
        if slot == "Q":
            named.append(other)
            return other if dice.random() < 0.4 else short(other, lang)
        if slot in ("when", "next", "lastyear", "nextyear"):
            return moment(slot, day, lists, lang, dice)
        if slot in pronouns:
            return pronouns[slot]
        base = slot.rstrip("2")
        words = [each for each in lists[base] if each not in drawn.get(base, ())]
        choice = dice.choice(words)
        drawn.setdefault(base, []).append(choice)
        return choice

    text = sentence
    while SLOT.search(text):
        text = SLOT.sub(word, text)
    if lang == "en":
        text = re.sub(r"\b([Aa]) (?=[aeiou])(?!one|uni)", r"\1n ", text)
    return text[0].upper() + text[1:], list(dict.fromkeys(named))


def forbidden():
    """The words of the names that the questions are about."""
    words = set()
    for name in (HERE / "people.txt").read_text(encoding="utf-8").split("\n"):
        words |= {name} if len(name) > 1 else set()
        words |= {part for part in name.split() if len(part) > 2 and part[0].isupper()}
    return words


def clean(text, lang, words):
    """Whether none of the names is in the text."""
    if lang in ("zh", "ja"):
        return not any(word in text for word in words)
    return not words & set(re.findall(r"\w+", text))


def main():
    dice = random.Random(SEED)
    words, rows, seen = forbidden(), [], set()
    for lang, count in COUNTS.items():
        lists, sentences, people = read(lang)
        start = len(rows)
        while len(rows) - start < count:
            person = dice.choice(people)
            day = FIRST + datetime.timedelta(days=dice.randrange((LAST - FIRST).days))
            session = f"x{lang}-{(len(rows) - start) // PER_SESSION + 1:03}"
            pool = dice.sample(sentences, PER_SESSION * 3)
            for _ in range(min(PER_SESSION, count - (len(rows) - start))):
                while True:
                    text, named = fill(pool.pop(), person, people, lists, lang, day, dice)
                    if text not in seen and clean(text, lang, words):
                        break
                seen.add(text)
                rows.append({"id": f"x{len(rows) + 1:04}", "session": session,
                             "date": f"{day}T19:00:00Z", "speaker": person[0], "entities": named,
                             "text": text, "lang": lang})
    with open(HERE / "distractors.jsonl", "w", encoding="utf-8", newline="\n") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(f"{len(rows)} facts", file=sys.stderr)


main()
