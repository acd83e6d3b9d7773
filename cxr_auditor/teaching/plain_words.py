"""One plain sentence for what is true of a film: the words that are put into a corrected draft."""

from collections.abc import Iterable

from ..findings import Finding, Side, Status, sides_phrase

_NOUNS = {
    Finding.PLEURAL_EFFUSION: "pleural effusion",
    Finding.PNEUMOTHORAX: "pneumothorax",
    Finding.LUNG_OPACITY_CONSOLIDATION: "lung opacity",
    Finding.NODULE_MASS: "nodule or mass",
}
_HEART = {
    Status.PRESENT: "The heart is enlarged.",
    Status.UNCERTAIN: "The heart is possibly enlarged.",
    Status.ABSENT: "The heart is not enlarged.",
}
FRAMES = {Status.PRESENT: "{}.", Status.UNCERTAIN: "Possible {}.", Status.ABSENT: "No {}."}
"""What makes a statement of a noun."""


def plain_sentence(finding: Finding, status: Status, sides: Iterable[Side] = ()) -> str:
    """
    >>> plain_sentence(Finding.PNEUMOTHORAX, Status.PRESENT, [Side.RIGHT])
    'Pneumothorax on the right.'
    """
    if finding is Finding.CARDIOMEGALY:
        return _HEART[status]
    phrase = sides_phrase(sides)
    where = f" on {'' if phrase == 'both sides' else 'the '}{phrase}" if phrase else ""
    text = FRAMES[status].format(_NOUNS[finding] + where)
    return text[0].upper() + text[1:]
