"""A trainee at the tab Train: the steps that the tests of it share."""

from serving import start

PASSWORD = "three quiet herons"
PAGE = """
import os
os.environ.pop("XDG_DATA_HOME", None)
os.environ.update({settings!r})
from cxr_auditor.web.app import serve
serve()
"""


class Reader:
    """A trainee at the tab Train."""

    def __init__(self, desk):
        self.desk, self.page = desk, desk.page

    def sign_in(self, name: str) -> None:
        self.page.goto(self.desk.address + "sign-in")
        self.page.fill("#name", name)
        self.page.fill("#password", PASSWORD)
        self.page.click("button[type=submit]")
        self.page.wait_for_selector(f"#who >> text={name}")

    def open(self, hash: str = "") -> None:
        """The tab, or the address of a session in a fresh page."""
        self.page.goto("about:blank")
        self.page.goto(self.desk.address + hash)
        self.page.wait_for_selector("#run", state="attached")  # hidden where the address opens another tab
        if not hash:
            self.page.get_by_role("tab", name="Train").click()
        self.page.wait_for_selector('[data-train]:not([data-train=""])')

    def begin(self, seed: int = 26, **choices: str) -> None:
        self.page.fill("[name=seed]", str(seed))
        for name, value in choices.items():
            self.page.select_option(f"[name={name}]", value)
        self.page.click("[data-form=begin] [type=submit]")
        self.case(1)

    def case(self, number: int) -> None:
        self.page.wait_for_selector(f".train-read h2:text('Case {number} of')")
        self.page.wait_for_function("document.querySelector('#train-viewer .film').naturalWidth > 0")

    def write(self, draft: str) -> None:
        self.page.fill("#train-draft", draft)

    def stored(self) -> None:
        self.page.wait_for_selector(".train-saved[data-state=stored]")

    def commit(self) -> None:
        self.page.click("[data-do=commit]")
        self.page.wait_for_selector(".train-reveal")
        self.desk.settle()

    def onward(self) -> None:
        self.page.locator(".train-reveal [data-do=open]").first.click()
        self.page.wait_for_selector(".train-read, .train-summary")

    def end(self) -> None:
        self.page.click("summary:text('End the session here')")
        self.page.click("[data-do=finish]")

    @property
    def draft(self) -> str:
        return self.page.input_value("#train-draft")

    @property
    def hash(self) -> str:
        return self.page.evaluate("location.hash")

    @property
    def words(self) -> str:
        return self.page.inner_text("#train-room")

    def texts(self, selector: str) -> list[str]:
        return [" ".join(text.split()) for text in self.page.locator(selector).all_inner_texts()]


def serving(folder, root, **settings):
    script = folder / "page.py"
    script.write_text(PAGE.format(settings=settings))
    return start(script, folder / "home", root)
