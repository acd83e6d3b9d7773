"""The findings table in words: a row says what its unit says, and no more."""

from reports import BOXES, FixedParser, full_report, mention, report_of

from cxr_auditor.table import rows

EFFUSIONS = [("pleural_effusion", [0.6, 0.1, 0.9, 0.4]), ("pleural_effusion", [0.6, 0.6, 0.9, 0.9])]


def words(report) -> list[tuple[str, ...]]:
    return [(row.side, row.film, row.draft, row.words) for row in rows(report)]


def test_one_row_for_each_unit():
    report = full_report()
    assert [row.unit for row in rows(report)] == list(report.units)
    assert {row.finding: row.words for row in rows(report) if row.side == "–"} == {"Cardiomegaly (enlarged heart)": "asserted and denied"}


def test_only_the_disputed_side_is_disputed():
    draft = "Right effusion. No effusion."
    said = (mention(draft, "pleural_effusion", "present", "Right effusion", ("right",)), mention(draft, "pleural_effusion", "absent", "No"))
    report = report_of(EFFUSIONS, draft, FixedParser(*said))
    shown = {row.side: (row.kind, row.words) for row in rows(report) if row.side != "–"}
    assert shown == {"right": ("contradictory", "asserted and denied"), "left": ("missing", "missing from the draft")}
    assert [flag.sides for flag in report.flags if flag.kind == "CONTRADICTORY"] == [("right",)]


def test_what_the_film_leaves_open_is_not_agreed():
    draft = "Effusion."
    parser = FixedParser(mention(draft, "pleural_effusion", "present", "Effusion"))
    report = report_of({}, draft, parser, findings=[{"finding": "pleural_effusion", "status": "uncertain"}])
    assert words(report)[0] == ("–", "uncertain", "present", "left open by the film")


def test_what_the_film_leaves_open_is_not_on_it_either():
    report = report_of({}, findings=[{"finding": "pleural_effusion", "status": "uncertain"}])
    assert words(report)[0] == ("–", "uncertain", "no draft", "left open by the film")


def test_no_draft_is_not_silence():
    kinds = {(row.film, row.draft, row.words) for row in rows(report_of(BOXES))}
    assert kinds == {("present", "no draft", "on the film")}
    assert {(row.film, row.draft, row.words) for row in rows(report_of({}))} == {("absent", "no draft", "not on the film")}


def test_a_draft_that_could_not_be_read_is_not_silence_either():
    report = report_of({"pneumothorax": BOXES["pneumothorax"]}, "Kein Pneumothorax")
    report = report.model_copy(update={"draft": report.draft.model_copy(update={"status": "failed"})})
    assert {row.draft for row in rows(report)} == {"not read"}
