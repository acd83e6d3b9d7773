"""Which lines of a draft belong to the report: known headings, unknown ones, and what stays a history. Notation of reading.py."""

import pytest
from reading import in_order, said

from cxr_auditor.parsers.rules import RulesParser

PARSER = RulesParser()


def row(draft, codes, why):
    return pytest.param(draft, codes, id=why)


OPENS = [
    row("HISTORY: fall\nFILM AS SEEN TODAY: left effusion. no ptx\nIMPRESSION: effusion", "E+L P- E+", "several words in capitals"),
    row("Technique: AP\nOverall read: no nodule\nConclusion: no nodule", "N-", "one of its words speaks of the film"),
    row(
        "Indication: cough\nAirways: patent\nRib cage: intact. Small right effusion.\nOpinion: effusion", "E+R E+", "no listed word at all"
    ),
    row("Indication: cough\nLungs and heart: clear lungs, big heart\nSummary: big heart", "O- C+", "organs"),
    row("COMPARISON: June, left ptx then\nCURRENT STUDY: Clear lungs. No ptx.", "O- P-", "after a comparison"),
    row("Indication: cough. Known mass. FILM REVIEW: no mass.", "N-", "in capitals in the middle of a line"),
    row("indication: cough. known mass. film review: no mass.", "N-", "the same without capitals, by its words"),
    row("INDICATION: COUGH\nMY READ: NO MASS\nIMPRESSION: CLEAR LUNGS", "N- O-", "a draft all in capitals"),
    row(
        "Clinical: known failure\nCXR AP SITTING\nBig heart. Bilateral effusions.",
        "C+ E+LR",
        "no colon, but capitals and a line of its own",
    ),
    row("**History**: mass\n**What the film shows**: no mass", "N-", "Markdown"),
    row("HISTORY: fall\n- Film read: no ptx\n- Impression: normal", "P- F+", "as points of a list"),
    row("Comparison and findings: unchanged left effusion", "E+L", "two headings in one"),
    row("History: cough\nHISTORY AND FINDINGS: cough, left effusion", "E+L", "a history that is joined to findings"),
    row(
        "INDICATION: cough. Known nodule.\n\nNo effusion. Lungs clear.\n\nIMPRESSION: clear lungs", "E- O-", "a paragraph without a heading"
    ),
    row("Indication: cough. Known nodule.\nNo effusion.\nImpression: clear lungs", "E- O-", "a line without a heading"),
    row("Indication: cough\nEffusion: none\nPneumothorax: none\nImpression: clear lungs", "E- P- O-", "names and values below a history"),
    row("Comparison: yesterday\nStatus of the effusion: larger", "E+", "a finding in the name of a value"),
    row("TECHNIQUE: AP. There is a left effusion.", "E+L", "no other heading: the technique ends with its sentence"),
]
STAYS = [
    row("HISTORY: SOB. PMH: pneumothorax 2019\nNo effusion.", "E-", "a second history on the line"),
    row("Comparison: 2 views. Priors: left effusion.\nFindings: clear lungs", "O-", "earlier films after a comparison"),
    row("HISTORY: cough\nSurgical history: lobectomy for a mass\nFINDINGS: clear lungs", "O-", "history inside an unknown heading"),
    row("Indication: cough\nPrevious imaging: right effusion\nDate: 3/4\nFindings: clear lungs", "O-", "previous, date"),
    row(
        "INDICATION: cough\nOTHER CLINICAL FACTS:\nPneumonia last year, mass resected\nFINDINGS: clear lungs", "O-", "clinical, in capitals"
    ),
    row("HISTORY: cough\nOld films: left effusion\nFINDINGS: clear lungs", "O-", "older films, though the word film opens a report"),
    row("HISTORY: fall. NB: known nodule.\nFINDINGS: clear lungs", "O-", "a note inside a history"),
    row("HISTORY: cough\nCHEST PAIN: with left effusion in May\nFINDINGS: clear lungs", "O-", "a complaint with a word of the film"),
    row("HISTORY:\nPneumothorax: 2019\nEffusion: 2020\nFINDINGS: clear lungs", "O-", "names of findings in a history"),
    row(
        "COMPARISON:\n1. CXR of 12 March: left effusion.\n2. CXR of 14 March: mass.\nFINDINGS: clear lungs", "O-", "films with their dates"
    ),
    row(
        "HISTORY:\n60M with a lung mass.\nRight effusion, drained.\nIMPRESSION: clear lungs", "O-", "lines of a history, then an impression"
    ),
    row("History: known to have: left effusion\nFindings: clear lungs", "O-", "a sentence with a colon"),
    row("INDICATION: cough and\nknown left effusion\nFINDINGS: clear lungs", "O-", "a history that runs on in small letters"),
    row("Admission diagnosis: pneumonia\nFindings: no effusion", "E-", "an unknown heading about the patient, first of all"),
    row("Previous CXR: left effusion\nNow: no effusion", "E-", "an earlier film, first of all"),
    row("HISTORY:\nCOPD\nSOB\nPMH: mass\nFINDINGS: clear lungs", "O-", "capitals that are abbreviations"),
    row("FINDINGS: no effusion\nSUGGESTED IMAGING: CT for nodule", "E-", "advice under an unknown heading"),
    row("ADVICE: repeat film\nLeft lung: CT for a mass", "", "organs under advice"),
]
REPORT = [
    row("Since the previous film: new left effusion.", "E+L", "a preposition begins no heading"),
    row("No ptx.\nChange from previous: left effusion is larger.", "P- E+L", "in the report an unknown heading takes nothing away"),
    row("Note: left effusion", "E+L", "a note on top of a draft"),
    row(
        "FINDINGS: clear lungs\nIMPRESSION:\n1. Findings in keeping with a left effusion.",
        "O- E+L",
        "findings as the subject of a sentence",
    ),
    row("FINDINGS: Compared to June the left effusion is larger. No ptx.", "E+L P-", "compared to, inside the findings"),
    row("Findings: left effusion\nPost surgical change: none\nHeart: normal", "E+L C-", "an unknown heading with a harmless word"),
    row("History: ?left effusion", "", "nothing but a history"),
]


@pytest.mark.parametrize("draft, codes", OPENS)
def test_opens_the_report(draft, codes):
    assert said(PARSER.parse(draft)) == in_order(codes)


@pytest.mark.parametrize("draft, codes", STAYS)
def test_asks_nothing_of_the_film(draft, codes):
    assert said(PARSER.parse(draft)) == in_order(codes)


@pytest.mark.parametrize("draft, codes", REPORT)
def test_in_the_report_itself(draft, codes):
    assert said(PARSER.parse(draft)) == in_order(codes)


@pytest.mark.parametrize("heading", ["Film as seen today", "MAIN ABNORMALITY", "Airways", "Signs on the film", "Everything else", "Today"])
@pytest.mark.parametrize("section", ["HISTORY: cough, known mass", "TECHNIQUE: AP", "Comparison: June, with a mass", "Indication: ?mass"])
def test_any_plain_heading_opens_the_report(section, heading):
    assert said(PARSER.parse(f"{section}\n{heading}: small left effusion. No ptx.\nIMPRESSION: effusion")) == in_order("E+L P- E+")
