"""Names with values, rows of a table, "it", devices that are gone, and which opacity a denial means. Notation of reading.py."""

import pytest
from reading import in_order, said

from cxr_auditor.parsers.rules import RulesParser

PARSER = RulesParser()


def row(draft, codes, why):
    return pytest.param(draft, codes, id=why)


VALUES = [
    row("Effusion: none. Pneumothorax: nil. Nodule: no.", "E- P- N-", "a closing list of sentences"),
    row("Effusion - none\nPneumothorax - none\nHeart - big", "E- P- C+", "dashes"),
    row("Effusion | no\nPneumothorax | no\nNodule | yes, RUL", "E- P- N+R", "rows of a table"),
    row("| Effusion | none |\n| Heart | not enlarged |\n| Consolidation | left base |", "E- C- O+L", "rows with their outer bars"),
    row("Left effusion | Right nodule | no ptx", "E+L N+R P-", "a bar between statements ends them"),
    row("No effusion | nodule", "E- N+", "a denial does not pass the bar"),
    row("Effusion\tnone\nPneumothorax\tnone", "E- P-", "tabs"),
]
IT = [
    row("Heart is not normal; it is enlarged.", "C? C+", "after a semicolon"),
    row("The heart is not normal. It's mildly enlarged.", "C? C+", "in the next sentence, contracted"),
    row("The heart is not normal in size but enlarged.", "C+", "but, without a verb"),
    row("The heart is stable. It is not enlarged.", "C-", "denied"),
    row("Heart size normal. There is a left effusion. It is large.", "C- E+L", "the effusion was named last"),
    row("The heart is obscured by an effusion. It is large.", "E+", "also in the same sentence"),
    row("The aorta is tortuous. It is enlarged.", "", "another organ"),
    row("It is enlarged.", "", "nothing before it"),
]
GONE = [
    ("Chest drain removed.", ["absent"], "a participle"),
    ("The chest tube has been removed.", ["absent"], "a passive"),
    ("The ET tube and NG tube have been withdrawn.", ["absent", "absent"], "two in one list"),
    ("ETT was removed, chest drain remains.", ["absent", "present"], "one gone, one left"),
    ("Drain now out.", ["absent"], "out"),
    ("No pneumothorax after drain removal.", ["absent"], "the noun behind"),
    ("Interval removal of the right chest tube.", [], "the noun before"),
    ("Removed: ETT, NG tube.", [], "as a label"),
    ("The chest drain has not been removed.", ["present"], "denied"),
    ("Right chest drain in place.", ["present"], "in place"),
]


@pytest.mark.parametrize("draft, codes", VALUES + IT)
def test_reads(draft, codes):
    assert said(PARSER.parse(draft)) == in_order(codes)


@pytest.mark.parametrize("draft, statuses", [pytest.param(draft, statuses, id=why) for draft, statuses, why in GONE])
def test_a_device_that_is_gone_is_not_told_as_there(draft, statuses):
    reading = PARSER.parse(draft)
    assert [other.status.value for other in reading.other if other.term == "device"] == statuses


@pytest.mark.parametrize(
    "draft, contradicted",
    [
        row("Patchy opacities at both bases. No airspace opacity.", True, "an opacity that is not put down to anything else"),
        row("Airspace opacity on the left. Lungs clear.", True, "asserted by its full name"),
        row("Linear opacity at the left base. No airspace opacity.", False, "a scar-like opacity"),
        row("Interstitial opacities. No airspace opacity.", False, "interstitial is not airspace"),
        row("Basal opacity, likely atelectasis. No airspace opacity.", False, "put down to atelectasis"),
    ],
)
def test_which_opacity_a_denial_speaks_of(draft, contradicted):
    assert bool(PARSER.parse(draft).contradictions) is contradicted
