"""The language tables as one trie of words. The tables are CSV files beside this module; a radiologist mends them, not the code."""

import csv
import hashlib
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

from ...findings import Finding
from .text import tokens

TABLES = Path(__file__).parent / "tables"
ADVERB = "\0adv"
ENTRY = "\0entry"
_SIDES = {"", "left", "right", "left right"}
_STATUSES = {"present", "uncertain", "absent"}
_LABELS = {finding.value for finding in Finding}
ALLOWED = {
    "words": {
        "kind": {
            "size",
            "degree",
            "change",
            "minor",
            "nodular",
            "hazy",
            "modifier",
            "adv",
            "verb",
            "seen",
            "stop",
            "relative",
            "except",
            "prep",
            "det",
            "pronoun",
            "anaphor",
            "and",
            "or",
            "slash",
            "comma",
            "with",
            "global",
            "unit",
            "number",
            "word",
        }
    },
    "places": {"kind": {"side", "place", "compare", "more", "organ"}, "sides": _SIDES},
    "statements": {"kind": {"subject", "predicate", "ratio", "trap", "normal_film"}, "sides": _SIDES},
    "cues": {
        "category": {
            "negation",
            "hedge",
            "resolution",
            "affirm",
            "past",
            "earlier",
            "hypothetical",
            "versus",
            "plain",
            "command",
            "correction",
            "retraction",
        },
        "direction": {"forward", "backward", "either", "start"},
        "reach": {"phrase", "list", "sentence"},
    },
    "findings": {"labels": _LABELS | {f"{a} {b}" for a in _LABELS for b in _LABELS}, "default": _STATUSES},
    "sections": {"kind": {"image", "conclusion", "skip", "compare", "advice", "same", "top"}, "form": {"bare", "colon", "word"}},
}


@dataclass(slots=True)
class Entry:
    """What the tables say of one phrase. A phrase may have several roles ("large": a size, and a predicate of the heart)."""

    phrase: str
    kind: str = "word"
    labels: tuple[str, ...] = ()
    subtype: str = ""
    status: str = "present"
    term: str = ""
    category: str = ""
    direction: str = ""
    reach: str = ""
    sides: frozenset = frozenset()
    organ: str = ""
    predicate: str = ""


class Lexicon:
    """All tables, compiled. `root` maps a word to a node; a node maps the next word to a node and ENTRY to what ends there."""

    def __init__(self, folder: Path = TABLES):
        self.root: dict = {}
        self.entries: dict[str, Entry] = {}
        self.adverbs: set[str] = set()
        self.sections: dict = {}
        self.heading_words: dict[str, str] = {}
        self.groups: dict[str, set[str]] = {}
        digest = hashlib.sha256()
        rows = {}
        for name in ("words", "places", "statements", "cues", "others", "findings", "sections", "spelling", "language"):
            path = folder / f"{name}.csv"
            content = path.read_bytes()
            digest.update(content)
            lines = [line for line in content.decode("utf-8").splitlines() if line and line[0] != "#"]
            rows[name] = list(csv.DictReader(lines))
            _check(name, rows[name])
        self.digest = digest.hexdigest()[:8]
        self.spelling = {row["written"]: row["meant"] for row in rows["spelling"]}
        for row in rows["language"]:
            self.groups[row["kind"]] = set(row["words"].split())
        for row in rows["words"]:
            for phrase in expand(row["phrase"]):
                if row["kind"] in ("adv", "degree") and len(phrase) == 1:
                    self.adverbs.add(phrase[0])
                self._add(phrase, "words", kind=row["kind"])
        for row in rows["places"]:
            self._rows(row, "places", kind=row["kind"], sides=frozenset(row["sides"].split()))
        for row in rows["cues"]:
            self._rows(row, "cues", kind="cue", category=row["category"], direction=row["direction"], reach=row["reach"])
        for row in rows["others"]:
            self._rows(row, "others", kind="other", term=row["term"])
        for row in rows["findings"]:
            labels = tuple(row["labels"].split())
            for phrase in expand(row["phrase"]):
                sides = frozenset({"left", "right"}.intersection(phrase))  # "fluid in the left pleural space"
                self._add(phrase, "findings", kind="finding", labels=labels, subtype=row["subtype"], status=row["default"], sides=sides)
        for row in rows["statements"]:
            self._statement(row)
        for row in rows["sections"]:
            for phrase in expand(row["phrase"]):
                if row["form"] == "word":
                    self.heading_words[phrase[0]] = row["kind"]
                else:
                    _insert(self.sections, phrase, (row["kind"], row["form"] == "bare"))
        _share_adverbs(self.root, self.adverbs)
        self.film_words = frozenset(self.groups["globaladj"])
        self.words = {word for phrase in self.entries for word in phrase.split()} | self.groups["common"]

    def _rows(self, row: dict, table: str, **roles):
        for phrase in expand(row["phrase"]):
            self._add(phrase, table, **roles)

    def _statement(self, row: dict):
        kind, value = row["kind"], row["value"]
        for phrase in expand(row["phrase"]):
            if kind == "predicate":
                known = self.entries.get(" ".join(phrase))
                if known:
                    known.predicate = value  # "large" is also an adjective
                else:
                    self._add(phrase, "statements", kind="predicate", predicate=value)
            else:
                self._add(phrase, "statements", kind=kind, organ=value, sides=frozenset(row["sides"].split()))

    def _add(self, phrase: tuple[str, ...], table: str, **roles):
        name = " ".join(phrase)
        entry = Entry(name, **roles)
        known = self.entries.setdefault(name, entry)
        if known is entry:
            _insert(self.root, phrase, entry)
        elif known != entry:
            raise ValueError(f"{table}.csv: {name!r} must stand in one row of the tables, but is also a {known.kind}")


def _insert(root: dict, phrase: tuple[str, ...], value):
    node = root
    for word in phrase:
        node = node.setdefault(word, {})
    node[ENTRY] = value


def _check(table: str, rows: list[dict]) -> None:
    for row in rows:
        for column, allowed in ALLOWED.get(table, {}).items():
            if row[column] not in allowed:
                what = ", ".join(sorted(value or "(empty)" for value in allowed))
                raise ValueError(f"{table}.csv: {column} must be one of {what}, but got {row[column]!r}")


def _share_adverbs(node: dict, adverbs: set[str]):
    """What may follow any adverb may also follow an adverb that the tables name at the same place."""
    shared = node.get(ADVERB)
    for word, child in node.items():
        if word is ENTRY:
            continue
        if shared is not None and word in adverbs:
            _merge(child, shared)
        _share_adverbs(child, adverbs)


def _merge(node: dict, other: dict):
    for word, child in other.items():
        if word is ENTRY:
            node.setdefault(ENTRY, child)
        elif word in node:
            _merge(node[word], child)
        else:
            node[word] = child


def expand(pattern: str) -> list[tuple[str, ...]]:
    """The phrases that a table cell stands for.

    >>> expand("(small) eff|pleural_effusion")
    [('eff',), ('pleural', 'effusion'), ('small', 'eff'), ('small', 'pleural', 'effusion')]
    """
    slots = []
    for slot in pattern.split():
        optional = slot[0] == "(" and slot[-1] == ")" and any(c.isalpha() for c in slot)
        if slot == "[adv]":
            slots.append([(), (ADVERB,), (ADVERB, ADVERB)])
            continue
        choices = [_split(choice) for choice in (slot[1:-1] if optional else slot).split("|")]
        slots.append([()] + choices if optional else choices)
    return [sum(parts, ()) for parts in product(*slots)]


@cache
def _split(choice: str) -> tuple[str, ...]:
    return tuple(word for word, _, _ in tokens(choice.replace("_", " ")))


@cache
def lexicon() -> Lexicon:
    """The project's tables, read once."""
    return Lexicon()
