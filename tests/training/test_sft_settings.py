"""The settings of a tuning run: one file, every field documented, every mistake named with file and field."""

import tomllib

import pytest
from typer.testing import CliRunner

from cxr_auditor.errors import InputError
from cxr_auditor.training.cli import app
from cxr_auditor.training.sft.settings import FREE, Settings, defaults_file, read_settings


def written(tmp_path, text: str):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_defaults_file_holds_every_field_with_its_default_and_its_use(tmp_path):
    text = defaults_file()
    assert read_settings(written(tmp_path, text)) == Settings()
    for name, field in Settings.model_fields.items():
        assert field.description and field.description in text
        assert name in tomllib.loads(text)


def test_an_empty_file_is_all_defaults(tmp_path):
    assert read_settings(written(tmp_path, "")) == Settings()


@pytest.mark.parametrize(
    "text, said",
    [
        ("learning_rat = 1e-4", ["mine.toml", "'learning_rat'", "Did you mean 'learning_rate'"]),  # a slip of the pen
        ("token = 'x'", ["mine.toml", "'token'", "Known: corpus, out, model"]),  # nothing like it
        ("rank = 0", ["mine.toml", "rank", "greater than or equal to 1", "Default: 16"]),  # out of range
        ("rank = 'big'", ["mine.toml", "rank", "'big'"]),  # another type
        ("quantization = '3bit'", ["mine.toml", "quantization", "'4bit' or 'none'"]),  # not one of the choices
        ("towers = ['language', 'head']", ["mine.toml", "towers", "'language', 'vision' or 'projector'"]),  # one of several
        ("modules = []", ["mine.toml", "modules"]),  # nothing left to tune
        ("towers = ['vision', 'vision']", ["mine.toml", "towers must name each part once"]),
        ("epochs = inf", ["mine.toml", "epochs", "finite"]),  # never ends
        ("epochs = true", ["mine.toml", "epochs", "valid number"]),  # not 1.0
        ("rank = '16'", ["mine.toml", "rank", "valid integer"]),  # a text
        ("recompute = 1", ["mine.toml", "recompute", "valid boolean"]),
        ("keep = 1", ["mine.toml", "keep", "2 at least"]),  # a kill while it is written would leave none
        ("rank = = 3", ["mine.toml", "line 1"]),  # no TOML
    ],
)
def test_a_mistake_is_named_with_file_and_field(tmp_path, text, said):
    with pytest.raises(InputError) as caught:
        read_settings(written(tmp_path, text))
    assert all(part in str(caught.value) for part in said), str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match="nowhere.toml.*--defaults"):
        read_settings(tmp_path / "nowhere.toml")


def test_what_teaches_nothing_does_not_shape_the_run(tmp_path):
    where = Settings(corpus=tmp_path, out=tmp_path, data={"nih": tmp_path}, workers=0)
    moved = where.model_copy(update={"base_terms": "MIT", "keep": 3, "evaluate_on": 0, "resamples": 9, "recompute": False})
    assert moved.shaping() == Settings().shaping()
    assert set(Settings().shaping()) == set(Settings.model_fields) - FREE


def test_the_command_prints_the_defaults_and_asks_for_a_file_without_one():
    assert CliRunner().invoke(app, ["sft", "--defaults"]).stdout == defaults_file()
    assert "--defaults" in str(CliRunner().invoke(app, ["sft"]).exception)


def test_the_help_names_every_setting_with_its_use():
    said = " ".join(CliRunner().invoke(app, ["sft", "--help"]).stdout.split())
    assert all(f"{name} {field.description}" in said for name, field in Settings.model_fields.items())
