import ast
from pathlib import Path

import pytest

import cxr_auditor.web

WEB = Path(cxr_auditor.web.__file__).parent
MAY_USE = {
    "report": set(),
    "audit": {"report"},
    "ask": set(),
    "train": {"report"},
    "walkthrough": {"report"},
    "teach": {"train"},  # a teacher sees a trainee's session as the trainee does
}


def used(module: Path) -> set[str]:
    """The packages of `web` that a module imports from, wherever in it."""
    here = module.relative_to(WEB).parent.parts
    found = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.ImportFrom) and 0 < node.level <= len(here) + 1:
            base = (*here[: len(here) + 1 - node.level], *(node.module or "").split("."))
            found |= {next(filter(None, (*base, alias.name))) for alias in node.names}
    return found & MAY_USE.keys()


def test_every_package_is_known():
    assert {folder.parent.name for folder in WEB.glob("*/__init__.py")} == MAY_USE.keys()


@pytest.mark.parametrize("package", MAY_USE)
def test_a_tab_uses_no_other_tab(package):
    for module in (WEB / package).glob("*.py"):
        assert used(module) <= MAY_USE[package] | {package}, module


def test_what_the_tabs_share_knows_no_tab():
    for module in WEB.glob("*.py"):
        assert module.name == "app.py" or not used(module), module


def test_the_page_shows_every_tab():
    assert used(WEB / "app.py") == MAY_USE.keys() - {"report"}
