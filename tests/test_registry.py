import subprocess
import sys

import pytest

from cxr_auditor.errors import InputError
from cxr_auditor.registry import PARSERS, READERS, Spec, make_parser, make_reader, parse_spec

SPECS = [
    ("lite", Spec("lite")),
    ("medgemma=./folder", Spec("medgemma", "./folder")),
    ("medgemma@http://localhost:8000/v1", Spec("medgemma", "", "http://localhost:8000/v1")),
    ("nemotron=some/hub-id@https://host/v1", Spec("nemotron", "some/hub-id", "https://host/v1")),
    (" lite ", Spec("lite")),
]


@pytest.mark.parametrize("text, spec", SPECS)
def test_specs_are_read_and_written(text, spec):
    assert parse_spec(text) == spec
    assert parse_spec(str(spec)) == spec


@pytest.mark.parametrize("text", ["", "=model", "lite=", "lite@", "@http://x", "lite@ftp://x", "lite@localhost:8000"])
def test_malformed_specs_are_refused(text):
    with pytest.raises(InputError):
        parse_spec(text)


@pytest.mark.parametrize("make, entries", [(make_reader, READERS), (make_parser, PARSERS)])
def test_an_unknown_name_lists_the_known_ones(make, entries):
    with pytest.raises(InputError) as error:
        make("no-such-name")
    assert all(name in str(error.value) for name in entries)


def test_a_name_that_takes_no_model_says_so():
    with pytest.raises(InputError, match="takes no =MODEL"):
        make_parser("rules=other")
    with pytest.raises(InputError, match="takes no @SERVER"):
        make_reader("lite@http://localhost:8000")


def test_the_package_is_light():
    heavy = ("torch", "transformers", "gradio", "onnxruntime", "openai", "ray", "cv2")
    code = f"import sys, cxr_auditor; print(*[m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
