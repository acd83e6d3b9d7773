"""One statement while a draft is being read."""

ABSENT, UNCERTAIN, PRESENT = "absent", "uncertain", "present"
DENSE = frozenset({"opacity", "interstitial opacity", "density"})  # subtypes that name a shadow, not what it is


class Claim:
    """What one phrase says. Offsets are in the folded text.

    `labels`: findings, `no_finding`, or none for something outside the vocabulary (then `term` names it). `subtype`: which kind of the
    finding. `status`: None where the words ask nothing of this film. `soft`: a denial that leaves room for a lesser finding ("no large
    effusion"). `cause`: category of the cue that decided. `link`: what joins it to the claim before. `given`: the sides stand before the
    noun; `borrowed`: they come from elsewhere in the clause.
    """

    __slots__ = ("labels", "subtype", "status", "start", "end", "term", "sides", "soft", "given", "borrowed", "cause", "link", "plural")

    def __init__(self, labels: tuple[str, ...], subtype: str, status: str | None, start: int, end: int, term: str = ""):
        self.labels = labels
        self.subtype = subtype
        self.status = status
        self.start = start
        self.end = end
        self.term = term
        self.sides: frozenset = frozenset()
        self.soft = self.given = self.borrowed = self.plural = False
        self.cause = self.link = ""
