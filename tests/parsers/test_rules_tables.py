"""The tables are data that a radiologist mends: a slip must be told, not read over."""

import doctest
import shutil

import pytest

from cxr_auditor.findings import Finding
from cxr_auditor.parsers.rules import agree, lexicon, nouns, spelling, statements

TABLES = lexicon.TABLES


@pytest.fixture
def tables(tmp_path):
    return shutil.copytree(TABLES, tmp_path / "tables")


def add(tables, name, row):
    with (tables / f"{name}.csv").open("a", encoding="utf-8") as file:
        file.write(row + "\n")


def test_the_examples_in_the_code():
    for module in (lexicon, spelling):
        assert doctest.testmod(module).failed == 0


def test_a_phrase_in_two_rows_is_refused(tables):
    add(tables, "others", "pleural effusion,ascites")
    with pytest.raises(ValueError, match="findings.csv: 'pleural effusion' must stand in one row"):
        lexicon.Lexicon(tables)


@pytest.mark.parametrize(
    "name, row, message",
    [
        pytest.param("findings", "xyz,plural_effusion,effusion,present", "findings.csv.*'plural_effusion'", id="unknown finding"),
        pytest.param("findings", "xyz,pneumothorax,effusion,maybe", "findings.csv.*'maybe'", id="unknown status"),
        pytest.param("cues", "xyz,negative,forward,list", "cues.csv.*'negative'", id="unknown category"),
        pytest.param("cues", "xyz,negation,sideways,list", "cues.csv.*'sideways'", id="unknown direction"),
        pytest.param("words", "xyz,adjectiv", "words.csv.*'adjectiv'", id="unknown kind"),
        pytest.param("sections", "xyz,preface,colon", "sections.csv.*'preface'", id="unknown kind of heading"),
        pytest.param("sections", "xyz,skip,yes", "sections.csv.*'yes'", id="unknown form of heading"),
        pytest.param("places", "xyz,side,middle", "places.csv.*'middle'", id="unknown side"),
    ],
)
def test_an_unknown_value_is_refused_by_name(tables, name, row, message):
    add(tables, name, row)
    with pytest.raises(ValueError, match=message):
        lexicon.Lexicon(tables)


def test_the_revision_follows_the_tables(tables):
    before = lexicon.Lexicon(tables).digest
    add(tables, "spelling", "pnoomothorax,pneumothorax")
    assert lexicon.Lexicon(tables).digest != before


def test_a_new_term_is_read_without_a_change_of_code(tables):
    add(tables, "findings", "wet (lung) patch|patches,lung_opacity_consolidation,opacity,present")
    entry = lexicon.Lexicon(tables).entries["wet lung patches"]
    assert entry.labels == (Finding.LUNG_OPACITY_CONSOLIDATION.value,)


def test_every_finding_has_terms_and_every_subtype_that_is_spoken_of_exists():
    entries = lexicon.lexicon().entries.values()
    assert {label for entry in entries for label in entry.labels} == {finding.value for finding in Finding}
    made = {entry.subtype for entry in entries} | {"clear", "minor opacity"}
    assert set(agree.SPEAKS_OF) | set().union(*agree.SPEAKS_OF.values()) <= made


def test_every_category_of_cue_has_a_meaning():
    categories = {entry.category for entry in lexicon.lexicon().entries.values() if entry.kind == "cue"}
    assert categories == set(nouns.STATUS_UNDER) | {"plain", "command", "correction", "retraction"}


def test_every_subject_and_predicate_is_used():
    entries = lexicon.lexicon().entries.values()
    assert {entry.organ for entry in entries if entry.kind == "subject"} == set(statements.MEANINGS) | {"elsewhere"}
    used = {meaning for meanings in statements.MEANINGS.values() for meaning in meanings}
    assert {entry.predicate for entry in entries} - {""} == used | {"same"}


@pytest.mark.parametrize(
    "written, meant",
    [
        ("pnuemothorax", "pneumothorax"),  # swapped
        ("efusion", "effusion"),  # from the table: below the general rule's length
        ("consoldation", "consolidation"),  # a letter lost
        ("cardiommegaly", "cardiomegaly"),  # doubled
        ("opacites", "opacities"),  # table
        ("infusion", None),  # another word
        ("pneumonitis", None),  # another word, close to pneumonia
        ("effusive", None),  # too far
        ("mass", None),  # too short to mend
    ],
)
def test_spelling(written, meant):
    assert spelling.Speller(lexicon.lexicon()).mend(written) == meant
