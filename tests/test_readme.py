"""The README against what can be computed from it."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = sorted((Path(__file__).resolve().parents[1] / "benchmarks").glob("*.py"))


@pytest.fixture(scope="module")
def figures(root):
    spec = importlib.util.spec_from_file_location("readme_figures", root / "benchmarks" / "readme_figures.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def claimed(root, figures, name) -> str:
    readme = (root / "README.md").read_text(encoding="utf-8")
    start, end = figures.section(readme, name)
    return readme[start:end].rstrip("\n")


def test_the_parsers_figures_are_true(root, figures, shared):
    assert claimed(root, figures, "drafts") == figures.drafts_table(shared / "bench" / "drafts")


def test_the_lite_readers_figures_are_those_of_its_card(root, figures):
    assert claimed(root, figures, "lite") == figures.lite_table()


@pytest.mark.slow
def test_the_audits_figures_are_true(root, figures):
    assert claimed(root, figures, "audit") == figures.audit_table()


def test_every_file_that_the_readme_names_is_there(root):
    readme = (root / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"\]\(([^)#:]+)\)", readme) + re.findall(r"python (benchmarks/\S+\.py)", readme)
    missing = [name for name in named if not (root / name).exists()]
    assert named and not missing


def test_the_space_finds_its_front_door(root):
    front = (root / "README.md").read_text(encoding="utf-8").split("---")[1]
    assert "sdk: gradio" in front and "app_file: app.py" in front and (root / "app.py").exists()


@pytest.mark.slow
@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
def test_a_benchmark_starts_as_the_readme_calls_it(path, tmp_path):
    """From a checkout that is not installed, in any folder."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([sys.executable, path, "--help"], capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == 0 and "usage" in done.stdout.lower(), done.stderr
