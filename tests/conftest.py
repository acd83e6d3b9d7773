"""What every test may lean on: the real data beside a checkout, where there is any, and no network but this machine."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real films and reports that may lie beside a checkout."""
    if not SHARED.is_dir():
        pytest.skip("no ../shared beside this checkout: real films and reports are not part of the project")
    return SHARED
