"""What the install files promise, held against each other."""

import re
import tomllib

NAME = re.compile(r"^[A-Za-z0-9_.-]+")


def names(lines) -> set[str]:
    return {NAME.match(line).group().lower() for line in lines if line and not line.startswith(("#", "-r"))}


def pins(lines) -> dict[str, str]:
    return {NAME.match(line).group().lower(): line[NAME.match(line).end() :] for line in lines if line and not line.startswith(("#", "-r"))}


def test_the_space_installs_what_the_package_declares(root):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    required = pins((root / "requirements.txt").read_text().splitlines())
    for line in [*project["dependencies"], *extras["web"], *extras["models"], *extras["teaching"]]:
        assert required.get(NAME.match(line).group().lower()) == line[NAME.match(line).end() :], line


def test_what_people_ask_for_is_installed(root):
    asked = {"gradio", "torch", "transformers", "bitsandbytes", "pillow", "numpy", "opencv-python-headless", "pytest"}
    assert asked <= names((root / "requirements.txt").read_text().splitlines())


def test_the_light_core_has_no_torch(root):
    core = names(tomllib.loads((root / "pyproject.toml").read_text())["project"]["dependencies"])
    assert not core & {"torch", "transformers", "gradio", "bitsandbytes"}


def test_the_second_command_includes_the_first(root):
    assert "-r requirements.txt" in (root / "requirements-dev.txt").read_text().splitlines()


def test_the_tests_install_what_the_package_declares_for_them(root):
    extras = tomllib.loads((root / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    required = pins((root / "requirements-dev.txt").read_text().splitlines()) | pins((root / "requirements.txt").read_text().splitlines())
    for line in [*extras["dev"], *extras["evaluation"], *extras["training"]]:
        assert required.get(NAME.match(line).group().lower()) == line[NAME.match(line).end() :], line


def test_every_dependency_has_its_reason(root):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    reasons = (root / "ARCHITECTURE.md").read_text()
    declared = names([*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)])
    missing = {name for name in declared if name not in reasons and name.removeprefix("pylibjpeg-") not in reasons}
    assert not missing


def test_no_path_of_a_build_machine_and_no_secret(root):
    for path in [*root.glob("*.md"), *root.rglob("cxr_auditor/**/*.py"), *root.rglob("tests/**/*.py")]:
        assert "/wo" + "rk/" not in path.read_text(encoding="utf-8"), path
