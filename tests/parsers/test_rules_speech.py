"""Drafts as they are spoken or jotted down: corrections, contrasts, dots, question marks, the clinical question.

Notation of reading.py.
"""

import pytest
from reading import in_order, said

from cxr_auditor.parsers.rules import RulesParser

PARSER = RulesParser()


def row(draft, codes, why):
    return pytest.param(draft, codes, id=why)


CORRECTIONS = [
    row("Right, no, left effusion.", "E+L", "a side before its noun"),
    row("Effusion on the right, no, on the left.", "E+L", "a side with its preposition"),
    row("Right effusion, I mean left.", "E+L", "a side for a side, the noun stays"),
    row("Effusion on the right - correction, left.", "E+L", "after a dash"),
    row("Small right effusion. Correction: small left effusion.", "E+L", "in a sentence of its own"),
    row("Left pneumothorax. Sorry, right pneumothorax. No effusion.", "P+R E-", "what follows is untouched"),
    row("There is a right effusion and a left nodule. Correction: left effusion.", "E+L N+L", "only the same finding is replaced"),
    row("Nodule in the left upper lobe, I mean the right middle lobe.", "N+R", "a lobe for a lobe"),
    row("Large, make that moderate, left effusion.", "E+L", "a size"),
    row("No left effusion, I mean right effusion.", "E-R", "the denial stays"),
    row("No effusion, sorry, small left effusion.", "E+L", "a size says that it is there: the denial goes"),
    row("There is no effusion, correction, there is a left effusion.", "E+L", "so does a new there is"),
    row("Left effusion, sorry, no effusion.", "E-", "denied in the repair"),
    row("Heart is enlarged, sorry, normal.", "C-", "a predicate"),
    row("Heart is normal, sorry, the heart is enlarged.", "C+", "an organ said again"),
    row("Consolidation at the left base, sorry, atelectasis.", "", "another noun"),
    row("Nodule right, or rather left, upper zone.", "N+L", "or rather"),
    row("Effusion on the right, no, sorry, on the left.", "E+L", "two words of correction"),
    row("Effusion on the right, no sorry, on the left.", "E+L", "the same in one breath"),
    row("Left pneumothorax. Strike that, right pneumothorax.", "P+R", "strike that"),
    row("Heart enlarged, scratch that, heart size normal.", "C-", "scratch that inside a sentence"),
    row("No effusion, left pneumothorax, scratch that, right pneumothorax.", "E- P+R", "only the last statement is taken back"),
    row("Clear lungs. Left effusion. Scratch that.", "O-", "nothing comes in its place"),
    row("Possible effusion, sorry, definite effusion.", "E+", "a degree says so too: the doubt goes"),
]
CONTRASTS = [
    row("Effusion on the left, not on the right.", "E+L E-R", "the other side behind a comma"),
    row("Effusion on the left, not the right, with consolidation.", "E+L E-R O+", "what follows is not denied"),
    row("The effusion is on the left, not on the right, and there is cardiomegaly.", "E+L E-R C+", "nor behind and"),
    row("Effusion on the left but not on the right, cardiomegaly.", "E+L E-R C+", "behind but"),
    row("Left, not right, effusion.", "E+L", "before the noun"),
    row("Left and not right effusion.", "E+L", "joined to it"),
    row("Effusion left not right.", "E+L E-R", "without a pause"),
    row("Consolidation not in the right but in the left lower lobe.", "O+L", "the wrong side first"),
    row("The effusion is not on the left but on the right.", "E+R", "behind a verb"),
    row("Effusion on the left, not seen on the right.", "E+L E-R", "not seen there"),
    row("Effusion left, absent right.", "E+L E-R", "absent there"),
    row("There is a pleural effusion, not on the left.", "E+ E-L", "no side is asserted at all"),
    row("Effusion not on the left.", "E+ E-L", "nor without a pause"),
    row("Pneumothorax not seen on the left.", "P-L", "not seen there: the finding itself is denied"),
    row("Opacity in the left lung, not in the right lung.", "O+L O-R", "the lungs by name"),
    row("Left pneumothorax, none on the right.", "P+L P-R", "none there"),
    row("Pneumothorax: not on the left, not on the right.", "P-LR", "denied everywhere, asserted nowhere"),
    row("Effusion not on the left and not on the right.", "E-LR", "the same in one breath"),
    row("Pneumothorax not on either side.", "P-LR", "either side"),
    row("Effusion, not on the left, nor on the right.", "E-LR", "nor"),
    row("No effusion on the left, not on the right.", "E-LR", "nothing is asserted anywhere"),
    row("Pneumothorax absent right, effusion left.", "P-R E+L", "each finding has a place of its own"),
    row("Left pneumothorax, not right effusion.", "P+L E-R", "another finding on the other side"),
    row("Nodule in the right lung, not seen on the left lateral view.", "N+R", "a view is no side"),
]
SIGNS = [
    row("Deep sulcus sign on the left.", "P?L", "a sign of a pneumothorax, not one itself"),
    row("No visceral pleural line.", "P-", "its denial"),
    row("Right lower lobe consolidation, no air bronchograms.", "O+R", "a sign that is not there denies nothing else"),
    row("Right pneumothorax without deep sulcus sign.", "P+R", "nor here"),
    row("Pneumothorax, but no visceral pleural line.", "P+", "nor here"),
    row("No air bronchograms.", "", "nor where it stands alone"),
    row("Meniscus sign right.", "E?R", "of an effusion"),
    row("Air bronchograms LLL.", "O+L", "of airspace disease"),
    row("Silhouette sign at the right heart border.", "O?", "of an opacity beside the heart"),
    row("Kerley B lines at the bases.", "", "outside the five findings"),
]
DOTS = [
    row("Effusion... none.", "E-", "an answer behind dots"),
    row("Pneumothorax \u2026 none seen. Effusion... yes, left.", "P- E+L", "two of them"),
    row("Effusion. None.", "E-", "a finding alone, and its answer"),
    row("Effusion... small.", "E+", "no answer"),
    row("Small effusion. None else.", "E+", "nothing else"),
    row("Effusion. No pneumothorax.", "E+ P-", "no answer but a denial"),
    row("Left effusion... none on the right.", "E+L", "none elsewhere"),
]
NO_CORRECTIONS = [
    row("No, no pneumothorax.", "P-", "an answer"),
    row("Effusion - no - pneumothorax - yes", "E+ P-", "a list of answers loses nothing that it had"),
    row("Effusion: no, pneumothorax: no, nodule: yes", "E- P- N+", "answers with colons"),
    row("The effusion is actually larger on the left.", "E+L", "actually as an adverb"),
    row("Sorry for the delay. No effusion.", "E-", "sorry for something else"),
    row("No effusion. Correction: heart is enlarged.", "E- C+", "nothing that the repair could replace"),
    row("Scratch that. Left effusion.", "E+L", "nothing before it"),
    row("Tube position needs correction. Left effusion.", "E+L", "correction of a tube"),
    row("Collapse rather than consolidation on the left, no effusion.", "O-L E-", "rather than; a denial after a comma"),
]
QUESTIONS = [
    row("small rt effusion?? no ptx", "E?R P-", "two marks, then a denial"),
    row("Consolidation RLL? no eff", "O?R E-", "one mark, then a denial"),
    row("L apical ptx ??? heart normal", "P?L C-", "three, set apart, then an organ"),
    row("heart big?? lungs clear", "C? O-", "after an organ's statement"),
    row("nodule? no, mass? yes", "N+", "questions with their answers; a mass leaves room for no nodule"),
    row("effusion? none seen", "E-", "an answer of two words"),
    row("no eff\n?heart enlarged", "E- C?", "a mark at the start of a line belongs to that line"),
    row("no # seen\npossible consolidation", "O?", "so does a doubt"),
    row("Left effusion\nlikely", "E?L", "a doubt alone on its line belongs to the line before"),
    row("lul mass\nconsolidation rll", "N+L O+R", "two nouns on two lines are not one"),
]
REQUESTS = [
    row("58F SOB. ?PE. Small left effusion, no ptx.", "E+L P-", "age, sex, complaint; the question after it"),
    row("78M cough ?pneumonia", "", "nothing but the question"),
    row("66M fever and cough ?pneumonia\nlungs clear", "O-", "the first line"),
    row("Male, 58, smoker, ?mass\n3 cm RUL mass", "N+R", "sex before age"),
    row("A 72-year-old woman with chest pain and a known mass. No mass.", "N-", "in words"),
    row("64M known ca, effusion drained\nRight effusion again", "E+R", "a history beside it"),
    row("query pneumothorax post line", "", "a question and its reason"),
    row("query pneumothorax post line insertion. No pneumothorax.", "P-", "the reason, then the answer"),
    row("SOB ?effusion. Small left effusion.", "E+L", "a complaint first"),
    row("?effusion\nNo effusion. Clear lungs.", "E- O-", "a bare question that the draft answers"),
    row("70M SOB ?PE small left effusion no ptx", "E+L P-", "what a line without full stops goes on to say"),
]
NO_REQUESTS = [
    row("?pneumonia RLL\nheart normal", "O?R C-", "a question with a place is a hedged finding"),
    row("Heart normal. ?pneumonia", "C- O?", "not at the top"),
    row("?effusion\nheart normal", "E? C-", "a bare question without an answer"),
    row("58F small left effusion no ptx", "E+L P-", "age and sex without a complaint"),
    row("58M heart enlarged, lungs clear", "C+ O-", "the same with organs"),
    row("82F. Left effusion.", "E+L", "age and sex alone"),
    row("12 F drain on the right. Small ptx.", "P+", "the size of a drain"),
    row("5 mm nodule. No effusion.", "N+ E-", "a number that is no age"),
    row("FINDINGS: ?effusion. No effusion.", "E? E-", "under a heading of the report"),
    row("?consolidation RLL after intubation", "O?R", "a reason, but a place too"),
]


@pytest.mark.parametrize("draft, codes", CORRECTIONS + NO_CORRECTIONS + CONTRASTS + DOTS + SIGNS)
def test_the_correction_counts(draft, codes):
    assert said(PARSER.parse(draft)) == in_order(codes)


@pytest.mark.parametrize("draft, codes", QUESTIONS)
def test_a_question_mark_hedges_what_stands_before_it(draft, codes):
    assert said(PARSER.parse(draft)) == in_order(codes)


@pytest.mark.parametrize("draft, codes", REQUESTS + NO_REQUESTS)
def test_the_clinical_question_says_nothing_of_the_film(draft, codes):
    assert said(PARSER.parse(draft)) == in_order(codes)


def test_a_corrected_span_is_still_the_writers_own_text():
    reading = PARSER.parse("Effusion on the right, no, on the left.")
    assert [m.span for m in reading.findings] == ["Effusion on the right, no, on the left"]
