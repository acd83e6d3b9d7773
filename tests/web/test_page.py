"""The page as it is built: what it loads, what it offers, what it keeps to itself."""

import os
import re
import subprocess
import sys

import pytest

from cxr_auditor.errors import InputError
from cxr_auditor.models import GPU_NODES, Availability
from cxr_auditor.registry import PARSERS, READERS, Entry
from cxr_auditor.web import choices
from cxr_auditor.web.app import build, launch_options
from cxr_auditor.web.session import Session
from cxr_auditor.web.static_files import SCRIPTS, STYLES, head, static
from cxr_auditor.web.theme import theme


@pytest.fixture(scope="module")
def page():
    return build()


def test_no_function_of_the_page_is_an_api(page):
    public = [fn.api_name for fn in page.fns.values() if fn.api_visibility != "private"]
    assert public == []


def test_nothing_is_kept_and_no_file_is_taken():
    options = launch_options()
    assert options["run_history"] is False and options["max_file_size"] == 1
    assert options["footer_links"] == []


def test_scripts_and_styles_name_no_other_host():
    texts = [head(), static("viewer.html"), static("viewer.js"), static("drop.html"), static("drop.js"), theme()._get_theme_css()]
    hosts = {host for text in texts for host in re.findall(r"https?://([\w.]+)", text)}
    assert hosts <= {"www.w3.org"}  # the name of SVG, which nobody fetches
    assert "fonts.googleapis" not in "".join(texts)


@pytest.mark.parametrize("name", ["viewer.html", "drop.html"])
def test_templates_hold_nothing_that_gradio_would_run(name):
    """Gradio runs a template through Handlebars and then as a JavaScript template string."""
    assert not re.search(r"\$\{|\{\{|`|\\", static(name))


def test_every_static_file_is_used():
    from importlib.resources import files

    used = {*STYLES, *SCRIPTS, "viewer.html", "viewer.js", "drop.html", "drop.js", "gallery.js", "evidence.js", "sentences.js"}
    used |= {"walkthrough.html", "walkthrough.js"}
    used |= {"train.js", "train_mark.js", "teach.js", "teach_findings.js", "teach_new.js"}
    assert {path.name for path in (files("cxr_auditor.web") / "static").iterdir()} == used


def test_sessions_start_empty_and_apart():
    one, two = Session(), Session()
    one.readings["a", "b"] = None
    assert two.film is None and not two.readings


def test_on_zerogpu_the_platform_knows_the_gpus_function_before_the_page_is_up(tmp_path, root):
    (tmp_path / "spaces.py").write_text("def GPU(**_):\n    print('registered')\n    return lambda function: function\n")
    code = "import gradio; gradio.Blocks.launch = lambda *_, **__: print('launched'); from cxr_auditor.web.app import serve; serve()"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(tmp_path), str(root)))}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["registered", "launched"], done.stderr


def test_nothing_heavy_is_loaded_before_somebody_asks_for_it(root):
    if any(os.path.exists(node) for node in GPU_NODES):
        pytest.skip("this machine has a GPU, and only torch can say how much of its memory is free")
    heavy = ("torch", "transformers", "openai", "onnxruntime")
    code = f"import sys; from cxr_auditor.web.app import build; build(); print([name for name in {heavy!r} if name in sys.modules])"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CXR_AUDITOR_")} | {"PYTHONPATH": str(root)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "[]", done.stderr


# What can be chosen


def test_all_of_the_registry_is_offered_or_refused_with_a_reason():
    for found, entries in ((choices.readers(), READERS), (choices.parsers(), PARSERS)):
        alone = {entry.title for entry in entries.values() if not entry.composite}  # a second reader is chosen in a list of its own
        assert {title for title, _ in found.offered} | {title for title, _ in found.refused} == alone
        assert all(reason for _, reason in found.refused)
        assert found.default in [value for _, value in found.offered]


class _Missing(Entry):
    def load(self):
        raise ModuleNotFoundError("No module named 'torch'", name="torch")


def test_what_misses_a_package_is_refused_with_its_name(monkeypatch):
    monkeypatch.setitem(READERS, "big", _Missing("m:x", "Big"))
    assert ("Big", "needs the Python package torch, which is not installed here.") in choices.readers().refused


def test_a_model_that_cannot_run_here_is_refused_with_what_keeps_it(monkeypatch):
    monkeypatch.setitem(READERS, "medgemma", Entry("readers.medgemma:MedGemmaReader", "MedGemma"))
    monkeypatch.setattr(choices, "availability", lambda asked: Availability(asked, missing=("12 GB of memory", "a GPU")))
    assert ("MedGemma", "12 GB of memory; a GPU") in choices.readers().refused
    monkeypatch.setattr(choices, "availability", lambda asked: Availability(asked))
    monkeypatch.setattr(choices, "on_disk", lambda model: True)
    assert ("MedGemma", "medgemma") in choices.readers().offered


def test_a_visitors_click_fetches_no_weights(monkeypatch):
    monkeypatch.setattr(choices, "availability", lambda asked: Availability(asked))
    monkeypatch.setattr(choices, "on_disk", lambda model: False)
    assert any("CXR_AUDITOR_READER=medgemma" in reason for _, reason in choices.readers().refused)
    assert "both" not in [value for _, value in choices.parsers().offered]
    monkeypatch.setenv("CXR_AUDITOR_READER", "medgemma")  # who runs the page may allow it
    assert choices.readers().default == "medgemma" and "medgemma" in [value for _, value in choices.readers().offered]


SECRET = "medgemma@http://op:hunter2@gpu.local:8000/v1"


@pytest.mark.parametrize(
    ("spec", "remark"),
    [
        (SECRET, "(on a server)"),
        ("medgemma=./folder/tuned@http://op:hunter2@gpu.local/v1", "(tuned)"),  # the model's name, not its folder
        ("second=2:lite+" + SECRET, "(as set up here)"),  # an address within
    ],
)
def test_the_operators_address_stays_on_the_server(monkeypatch, spec, remark):
    monkeypatch.setenv("CXR_AUDITOR_READER", spec)
    found = choices.readers()
    assert found.spec(found.default) == spec and found.offered[0][0].endswith(remark)
    config = str(build().get_config_file())
    assert "hunter2" not in config and "gpu.local" not in config and "folder" not in config.split("(tuned)")[0][-40:]


def test_a_visitor_can_not_name_what_is_not_offered():
    for value in (SECRET, "lite+lite", "nobody", "operator", ""):
        with pytest.raises(InputError, match="on this page"):
            choices.readers().spec(value)


def test_the_operators_setting_is_offered_first_and_a_wrong_one_stops_the_start(monkeypatch):
    monkeypatch.setenv("CXR_AUDITOR_READER", "reference=./reading.json")
    found = choices.readers()
    assert found.offered[0][1] == found.default and found.spec(found.default) == "reference=./reading.json"
    assert found.offered[0][0].endswith("(reading.json)")
    monkeypatch.setenv("CXR_AUDITOR_READER", "nobody")
    with pytest.raises(InputError, match="nobody"):
        choices.readers()
