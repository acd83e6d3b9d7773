"""The page as a person uses it: the steps that the browser tests share."""

from pathlib import Path

from playwright.sync_api import Page

from cxr_auditor.examples import example_cases

WAIT = 20_000  # milliseconds


def example_number(name: str) -> int:
    """Place in the gallery of the example whose folder is `name`."""
    return [case.name for case in example_cases()].index(name)


def tab_to(page: Page, selector: str, most: int = 80) -> None:
    """Moves the focus by the Tab key alone; whatever has it on the way shows it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => { const e = document.activeElement; const s = getComputedStyle(e);
            return s.outlineStyle !== 'none' || s.boxShadow !== 'none' || e.closest('svg') !== null || e === document.body; }"""
        )
        assert seen, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"no {selector} within {most} tabs")


class Desk:
    """One visitor's page."""

    def __init__(self, page: Page, address: str):
        self.page = page
        self.address = address
        self.foreign_requests: list[str] = []
        self.script_errors: list[str] = []
        page.set_default_timeout(WAIT)
        page.on("request", self._watch)
        page.on("pageerror", lambda error: self.script_errors.append(str(error)))

    def _watch(self, request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:" + self.address, "blob:null")):
            self.foreign_requests.append(request.url)

    def open(self) -> None:
        self.page.goto(self.address)
        self.page.wait_for_selector("#run")
        self.page.wait_for_selector(".cxr-viewer[data-zoom]")

    # Steps

    def choose(self, name: str) -> None:
        """An example case: film and draft are on show."""
        before = self.page.locator("#film-line").inner_text()
        self.page.locator(".cxr-example").nth(example_number(name)).click()
        self.page.wait_for_function("before => document.querySelector('#film-line').innerText !== before", arg=before)
        self.page.wait_for_selector("#banner .b-welcome >> text=The film is on show")
        self.film_drawn()

    def upload(self, path: Path | str) -> None:
        self.page.set_input_files('#drop input[type="file"]', str(path))

    def settle(self) -> None:
        """Lets what came with one answer of the server be drawn."""
        self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def film_drawn(self) -> None:
        self.page.wait_for_function("document.querySelector('.cxr-viewer .film').naturalWidth > 0")
        self.settle()

    def write(self, draft: str) -> None:
        self.page.fill("#draft textarea", draft)

    def start(self) -> None:
        self.page.click("#run")

    def run(self) -> str:
        """Runs the audit to its report; the banner's text."""
        self.page.evaluate("document.querySelector('#banner [role=status]').firstElementChild.dataset.old = 'yes'")
        self.start()
        self.page.wait_for_selector("#banner .cxr-banner:not([data-old]):not(.b-progress)")
        self.settle()
        return self.banner

    def choose_reader(self, title: str) -> None:
        self.page.locator("#reader input").click()
        self.page.get_by_role("option", name=title).click()

    # What is to be seen

    @property
    def banner(self) -> str:
        return self.page.locator("#banner").inner_text()

    @property
    def draft(self) -> str:
        return self.page.input_value("#draft textarea")

    @property
    def cards(self) -> list[str]:
        return self.page.locator(".cxr-card").all_inner_texts()

    @property
    def viewer(self) -> dict[str, str]:
        """Zoom, window, level and so on, as the viewer states them."""
        return self.page.locator(".cxr-viewer").evaluate("e => ({...e.dataset})")

    def lit(self) -> dict[str, int]:
        """How many cards, boxes and words are lit."""
        count = "selector => document.querySelectorAll(selector).length"
        places = {"cards": ".cxr-card.lit", "boxes": ".box.lit", "words": "mark.lit"}
        return {name: self.page.evaluate(count, selector) for name, selector in places.items()}

    def picture(self):
        """The film as drawn, without boxes, as a Pillow image."""
        import io

        from PIL import Image

        return Image.open(io.BytesIO(self.page.locator(".cxr-viewer .stage").screenshot(animations="disabled"))).convert("L")
