"""A list of objects out of whatever a model wrote, and a list of what had to be mended for it.

Strict JSON is read as it is. Everything else goes through one tolerant pass over the text: fences and prose around the list, wrapper
objects, JSON lines, single quotes, Python constants, comments, trailing and missing commas, a list that was cut off. Of several
complete lists the last counts (a model that drafts before it answers). The pass takes time linear in the text.

Three results stay apart: elements; an explicit empty list; `Unreadable`.
"""

import json
from dataclasses import dataclass

from .loose_json import LooseReader

MOST_ELEMENTS = 64
_TRACE_ENDS = ("</think>", "</thinking>", "<unused95>")
_TRACE_STARTS = ("<think>", "<thinking>", "<unused94>")


class Unreadable(ValueError):
    """A reply in which nothing usable stands; the message says why, without repeating the reply."""


@dataclass(frozen=True)
class Elements:
    """`objects` in the order of the reply; `repairs` says what was mended; `complete` is False where something was cut off or left out."""

    objects: tuple[dict, ...]
    repairs: tuple[str, ...] = ()
    complete: bool = True


def split_reasoning(text: str) -> tuple[str | None, str]:
    """(reasoning trace or None, the rest). Takes a trace without its opening tag (the prompt held it); one that never closes is all trace.

    >>> split_reasoning("a small blunting</think>[]")
    ('a small blunting', '[]')
    """
    end = max(text.rfind(tag) + len(tag) if tag in text else -1 for tag in _TRACE_ENDS)
    if end >= 0:
        trace, rest = text[:end], text[end:]
    elif text.lstrip().startswith(_TRACE_STARTS):
        trace, rest = text, ""
    else:
        return None, text
    for tag in _TRACE_STARTS + _TRACE_ENDS:
        trace = trace.replace(tag, "")
    return trace.strip() or None, rest.strip()


def read_elements(text: str, keys: tuple[str, ...]) -> Elements:
    """The elements of the list that a reply holds. An element is an object with at least one of `keys`.

    Raises Unreadable: nothing but prose, cut off before the first element ended, only elements of another kind, or an empty list
    after a full one (which of them is meant can't be told).
    """
    _, answer = split_reasoning(text)
    if not answer.strip():
        raise Unreadable("the reply is empty" if not text.strip() else "the reply was cut off while the model was reasoning")
    strict = _strict(answer, keys)
    return strict if strict is not None else _tolerant(answer, keys)


def _strict(text: str, keys) -> Elements | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, str) and value != text:
        return _tolerant(value, keys)
    if isinstance(value, list) and all(isinstance(item, dict) and any(key in item for key in keys) for item in value):
        return _capped(value, [], True)
    return None


def _tolerant(text: str, keys) -> Elements:
    reader = LooseReader(text, keys)
    reader.run()
    repairs = list(reader.repairs)
    if not reader.lists:
        return _without_list(reader, repairs)
    found = reader.lists[-1]
    if len(reader.lists) > 1:
        if not found and any(reader.lists):
            raise Unreadable("the reply holds a list of findings and then an empty one")
        repairs.append(f"the last of {len(reader.lists)} lists was taken")
    if reader.cut_off:
        repairs.append("a list after it was cut off and left out")
    return _capped(found, repairs, not reader.cut_off and not reader.left_out)


def _without_list(reader: LooseReader, repairs: list[str]) -> Elements:
    if reader.salvaged:
        return _capped(reader.salvaged, [*repairs, "the list was cut off; its complete elements were kept"], False)
    if reader.loose_objects:
        what = "one object stood alone" if len(reader.loose_objects) == 1 else "objects stood side by side without a list"
        return _capped(reader.loose_objects, [*repairs, what], not reader.cut_off)
    if reader.cut_off:
        raise Unreadable("the reply was cut off before its first element was complete")
    if reader.strangers:
        raise Unreadable("the reply's objects have none of the expected fields")
    raise Unreadable("the reply holds no list")


def _capped(objects: list[dict], repairs: list[str], complete: bool) -> Elements:
    kept = objects[:MOST_ELEMENTS]
    if len(kept) < len(objects):
        repairs, complete = [*repairs, f"only the first {MOST_ELEMENTS} of {len(objects)} elements were kept"], False
    return Elements(tuple(kept), tuple(repairs), complete)
