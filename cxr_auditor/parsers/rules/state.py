"""What is remembered while one sentence is read from left to right."""

from .claims import Claim
from .items import Item
from .lexicon import Entry

NO_SIDES = frozenset()


class NounPhrase:
    """The words read since the last link: where the phrase starts, the sides it states, and what its adjectives say."""

    __slots__ = ("at", "sides", "organ", "modified", "asserting", "degree", "nodular", "minor", "hazy", "pleural", "beside")

    def __init__(self, at: int):
        self.at = at
        self.sides = NO_SIDES
        self.organ = ""
        self.modified = False
        self.asserting = False  # "small left effusion" asserts more than "effusion"
        self.degree = False  # "large effusion": a denial leaves room for a small one
        self.nodular = self.minor = self.hazy = self.pleural = False
        self.beside = False  # "underlying consolidation" lies where its neighbour lies


class Sentence:
    """The state of the reading. `before` is the last finding of the sentence before."""

    __slots__ = (
        "items",
        "before",
        "claims",
        "last",
        "cue",
        "cue_at",
        "under_cue",
        "link",
        "link_at",
        "verb",
        "nouns",
        "topic",
        "phrase",
        "more",
        "versus",
        "chain",
        "subject_sides",
    )

    def __init__(self, items: list[Item], before: Claim | None):
        self.items = items
        self.before = before
        self.claims: list[Claim] = []
        self.last: Claim | None = None
        self.cue: Entry | None = None  # the forward cue that is acting
        self.cue_at = 0
        self.under_cue = 0  # findings read since the cue
        self.link = ""  # what joins the words now read to the last finding
        self.link_at = -1
        self.verb = ""  # the verb since the last finding
        self.nouns = 0  # words since the link that may name something else
        self.topic = NO_SIDES  # "On the left, ..."
        self.subject_sides = NO_SIDES
        self.phrase = NounPhrase(0)
        self.more = False  # "larger on the ..."
        self.versus = False
        self.chain = False  # nothing but prepositions and places since the last finding: they belong to its span

    def joined(self, link: str, at: int) -> None:
        """A link was read; a new noun phrase starts at item `at`."""
        self.link = link
        self.link_at = at - 1
        self.nouns = 0
        self.phrase = NounPhrase(at)

    def end_clause(self) -> None:
        """A verb or a stop ends the reach of a cue that has had its finding."""
        if self.cue is not None and self.cue.reach != "sentence":
            self.cue = None
