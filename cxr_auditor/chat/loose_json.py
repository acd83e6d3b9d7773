"""The tolerant pass of `repair`: one scan over a text that holds something like JSON, never an exception, every character seen once.

Outside of brackets everything is prose. Inside, values are collected on a stack; a closing bracket that fits an opener further down
closes what lies between. Whatever is neither a value nor structure is a bare word, hence prose in brackets does no harm.
"""

import math

WRAPPERS = frozenset({"findings", "abnormalities", "results", "result", "answer", "output", "list", "data", "predictions", "statements"})
"""Names under which models wrap the list that was asked for; an empty list under another name is no answer."""

_CONSTANTS = {"true": True, "false": False, "null": None, "none": None, "nan": math.nan}
_CLOSES = {"]": list, "}": dict, ")": list}
_DEEPEST = 64
_LOOKAHEAD = 64  # characters of white space after a token that are looked through for what follows
_LONGEST_NUMBER = 32
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


class _Frame:
    """An open list or object."""

    __slots__ = ("elements", "empty", "filled", "key", "value", "words")

    def __init__(self, kind: type):
        self.value: list | dict = kind()
        self.key: str | None = None  # of an object: the key whose value is awaited
        self.elements = 0  # of a list: how many expected elements it holds
        self.words = 0  # of a list: how many texts stand in it
        self.filled = False  # a value came since the last comma
        self.empty = True  # of a list: nothing at all stands in it


class LooseReader:
    """After `run`: `lists` are the complete lists of elements and the explicit empty lists, in the order in which they closed."""

    def __init__(self, text: str, keys: tuple[str, ...]):
        self._text, self._keys = text, keys
        self._stack: list[_Frame] = []
        self.lists: list[list[dict]] = []
        self.loose_objects: list[dict] = []  # elements that stand in no list
        self.salvaged: list[dict] = []  # the complete elements of a list that was cut off
        self.repairs: dict[str, None] = {}
        self.cut_off = False  # the text ends inside a bracket that held something
        self.left_out = False  # something that may have been an element could not be kept
        self.strangers = False  # there are objects, but of another kind

    def run(self) -> None:
        i = 0
        while i < len(self._text):
            i = self._inside(i) if self._stack else self._prose(i)
        self.cut_off = any(isinstance(frame.value, dict) or len(frame.value) > frame.words for frame in self._stack)
        cut = next((frame for frame in reversed(self._stack) if frame.elements), None)
        if cut is not None:
            self.salvaged = self._objects(cut)

    def _note(self, repair: str) -> None:
        self.repairs[repair] = None

    # Tokens: each method returns where the next one starts

    def _prose(self, i: int) -> int:
        text = self._text
        if text.startswith("```", i):
            self._note("a code fence was removed")
            i += 3
            while i < len(text) and text[i].isalnum():
                i += 1
            return i
        if text[i] in "[{":
            self._open(list if text[i] == "[" else dict)
        elif text[i].isalnum():
            self._note("text around the list was left out")
        return i + 1

    def _inside(self, i: int) -> int:
        text, character = self._text, self._text[i]
        if character.isspace() or character == ":":
            return i + 1
        if character in "[{(":
            if character == "(":
                self._note("round brackets were read as a list")
            self._open(dict if character == "{" else list)
            return i + 1
        if character in _CLOSES:
            self._close(_CLOSES[character])
            return i + 1
        if character == ",":
            self._comma(i)
            return i + 1
        if text.startswith(("//", "/*"), i):
            self._note("a comment was removed")
            mark = "\n" if text[i + 1] == "/" else "*/"
            end = text.find(mark, i + 2)
            return len(text) if end < 0 else end + len(mark)
        value, end = self._string(i) if character in "\"'" else self._word(i)
        if value is not _NOTHING:
            self._take(value)
        return end

    def _comma(self, i: int) -> None:
        self._stack[-1].key = None
        self._stack[-1].filled = False
        if self._text[i + 1 : i + 1 + _LOOKAHEAD].lstrip()[:1] in ("]", "}"):
            self._note("a trailing comma was removed")

    def _string(self, i: int) -> tuple[object, int]:
        """The quoted text from i. A quotation mark that no structure follows belongs to the text."""
        text, quote, out = self._text, self._text[i], []
        if quote == "'":
            self._note("single quotes were read as double ones")
        i += 1
        while i < len(text):
            character = text[i]
            if character == "\\" and i + 1 < len(text):
                escaped, i = self._escape(i)
                out.append(escaped)
                continue
            if character == quote:
                follows = text[i + 1 : i + 1 + _LOOKAHEAD].lstrip()
                if not follows or follows[0] in ",:]})\"'/":
                    return "".join(out), i + 1
                self._note("a quotation mark inside a text was kept")
            elif character == "\n":
                self._note("a line break inside a text was kept")
            out.append(character)
            i += 1
        return _NOTHING, i  # cut off inside the text

    def _escape(self, i: int) -> tuple[str, int]:
        follows, digits = self._text[i + 1], self._text[i + 2 : i + 6]
        if follows == "u" and len(digits) == 4 and all(c in "0123456789abcdefABCDEF" for c in digits):
            return chr(int(digits, 16)), i + 6
        return _ESCAPES.get(follows, follows), i + 2

    def _word(self, i: int) -> tuple[object, int]:
        """A number, a constant or a bare word."""
        text, end = self._text, i
        while end < len(text) and text[end] not in ',:[]{}()"\n':
            end += 1
        word = text[i:end].strip()
        if set(word) <= {".", "…"}:
            self.left_out = True
            self._note("the model left something out (...)")
            return _NOTHING, end
        if word.lower() in _CONSTANTS:
            if word not in ("true", "false", "null"):
                self._note("constants of another language were read (None, True, NaN)")
            return _CONSTANTS[word.lower()], end
        value = _number(word)
        if isinstance(value, str) and isinstance(self._stack[-1].value, dict):
            self._note("words without quotes were read as texts")
        return value, end

    # Structure

    def _take(self, value) -> None:
        frame = self._stack[-1]
        if isinstance(frame.value, list):
            self._expect_comma(frame)
            if isinstance(value, str):
                frame.words += 1
            frame.value.append(value)
            frame.filled, frame.empty = True, False
        elif frame.key is None:
            self._expect_comma(frame)
            frame.key = value if isinstance(value, str) else None
        else:
            frame.value[frame.key] = value
            frame.key, frame.filled = None, True

    def _expect_comma(self, frame: _Frame) -> None:
        if frame.filled and not frame.words:
            self._note("a missing comma was added")
        frame.filled = False

    def _open(self, kind: type) -> None:
        top = self._stack[-1] if self._stack else None
        if kind is dict and top is not None and top.value and isinstance(top.value, dict) and top.key is None:
            self._note("a missing bracket was added")  # an object where a name must stand: the one before was not closed
            self._leave()
        if len(self._stack) < _DEEPEST:
            self._stack.append(_Frame(kind))

    def _close(self, kind: type) -> None:
        if not any(isinstance(frame.value, kind) for frame in self._stack):
            return  # a bracket of the prose
        while not isinstance(self._stack[-1].value, kind):
            self._note("a missing bracket was added")
            self._leave()
        self._leave()

    def _leave(self) -> None:
        frame = self._stack.pop()
        parent = self._stack[-1] if self._stack else None
        if isinstance(frame.value, dict):
            self._leave_object(frame.value, parent)
        else:
            self._leave_list(frame, parent)

    def _leave_object(self, value: dict, parent: _Frame | None) -> None:
        element = any(key in value for key in self._keys)
        if parent is not None:
            self._take(value)
            if element and isinstance(parent.value, list):
                parent.elements += 1
                return
        if element:
            self.loose_objects.append(value)
        elif value:
            self.strangers = True
            if parent is None and any(name.lower() in WRAPPERS and inner == [] for name, inner in value.items()):
                self.lists.append([])
                self._note("the list was taken out of an object")

    def _leave_list(self, frame: _Frame, parent: _Frame | None) -> None:
        if frame.elements:
            self.lists.append(self._objects(frame))
            if parent is not None:
                self._note("the list was taken out of an object" if isinstance(parent.value, dict) else "a list in a list was unwrapped")
                parent.key, parent.empty = None, False
        elif parent is not None:
            self._take(frame.value)
        elif frame.empty:
            self.lists.append([])

    def _objects(self, frame: _Frame) -> list[dict]:
        elements = [item for item in frame.value if isinstance(item, dict) and any(key in item for key in self._keys)]
        if len(elements) < len(frame.value):
            self._note("what is no finding was left out of the list")
            self.left_out = True
        return elements


_NOTHING = object()


def _number(word: str):
    """A number, or the word itself."""
    if len(word) <= _LONGEST_NUMBER:
        for kind in (int, float):
            try:
                return kind(word)
            except ValueError:
                continue
    return word
