"""From a film and a draft to flags, as a person goes: examples, a film of one's own, a revision, errors, downloads."""

import json
from html.parser import HTMLParser

from image_files import dicom, film, saved


def test_an_example_comes_to_its_flags(desk):
    desk.choose("03-omitted-pneumothorax")
    assert "Synthetic example" in desk.page.inner_text("#film-line")
    assert "synthetic" in desk.banner.lower()
    assert desk.draft != ""
    banner = desk.run()
    assert "Urgent" in banner
    assert "1 urgent" in banner and "1 missing" in banner
    assert "read by reference" in banner
    [card] = desk.page.locator("section[aria-label=Flags] .cxr-card").all_inner_texts()
    assert "Missing" in card and "URGENT" in card.upper() and "Pneumothorax, right" in card
    assert desk.page.locator(".box.k-missing.is-urgent").count() == 1
    assert "Pneumothorax" in desk.page.inner_text("#details")


def test_agreement_is_green_and_says_what_was_checked(desk):
    desk.choose("01-normal")
    banner = desk.run()
    assert desk.page.locator(".cxr-banner.b-agreement").count() == 1
    assert "agree" in banner
    assert desk.page.locator("section[aria-label=Flags]").count() == 0
    assert desk.page.locator("mark.k-agreed_absent").count() > 0


def test_a_film_of_ones_own_comes_to_a_report(desk, shared):
    desk.upload(next(iter(sorted((shared / "data" / "nih" / "512").glob("*.jpg")))))
    desk.page.wait_for_function("document.querySelector('#film-line').innerText.includes('Your film')")
    desk.film_drawn()
    desk.write("No pneumothorax. No pleural effusion. The heart is enlarged.")
    desk.run()
    assert desk.page.locator(".cxr-banner:is(.b-agreement, .b-left_open, .b-review, .b-urgent_review)").count() == 1
    assert "read by lite" in desk.banner
    assert desk.page.locator("#details tbody tr").count() >= 5


def test_a_film_can_be_pasted_or_dropped_anywhere(desk, root):
    picture = list((root / "assets/examples/01-normal/film.jpg").read_bytes())
    give = """([kind, bytes]) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], "film.jpg", {type: "image/jpeg"}));
        if (kind === "paste") document.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true}));
        else document.querySelector(kind).dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
    }"""
    for kind in ("paste", ".stage", ".cxr-drop"):
        desk.page.evaluate(give, [kind, picture])
        desk.page.wait_for_function("document.querySelector('#film-line').innerText.includes('Your film')")
        desk.film_drawn()
        desk.page.click("#clear")
        desk.page.wait_for_selector(".cxr-viewer[data-empty=true]")


def test_a_revision_reuses_the_reading_and_says_what_changed(desk):
    desk.choose("03-omitted-pneumothorax")
    desk.run()
    desk.write("Small right pneumothorax. Left pleural effusion.")
    desk.run()
    since = desk.page.inner_text(".cxr-since")
    assert "1 resolved, 0 remain, 1 new" in since
    assert "The film was not read again" in since
    assert "Resolved: missing, Pneumothorax" in since
    assert "reused" in desk.page.inner_text("#details")
    new = desk.page.locator(".cxr-card:has(.t-new)").inner_text()
    assert "Unsupported" in new and "Pleural effusion, left" in new
    desk.write("Small right pneumothorax. A left pleural effusion is seen.")
    desk.run()
    assert "0 resolved, 1 remains, 0 new" in desk.page.inner_text(".cxr-since")


def test_a_text_file_named_png_is_refused_and_the_draft_stays(desk, tmp_path):
    bad = tmp_path / "film.png"
    bad.write_text("This is no picture.")
    desk.write("No pneumothorax.")
    desk.upload(bad)
    desk.page.wait_for_selector(".b-problem[role=alert]")
    assert "text file" in desk.banner and "Accepted" in desk.banner
    assert desk.draft == "No pneumothorax."
    desk.choose("01-normal")  # the page goes on


def test_a_refused_file_leaves_the_film_on_show(desk, tmp_path):
    desk.choose("01-normal")
    before = desk.page.locator(".film").get_attribute("src")
    bad = tmp_path / "film.png"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 40)
    desk.upload(bad)
    desk.page.wait_for_selector(".b-problem")
    assert "The film on show is still the one before" in desk.banner
    assert desk.page.locator(".film").get_attribute("src") == before


def test_no_film_is_told_and_the_draft_stays(desk):
    desk.write("No pneumothorax.")
    assert "There is no film yet" in desk.run()
    assert desk.draft == "No pneumothorax."


def test_without_a_draft_nothing_is_missing(desk):
    desk.choose("05-over-called")
    desk.write("")
    desk.run()
    assert desk.page.locator(".cxr-banner.b-no_draft").count() == 1
    assert desk.page.locator(".k-missing").count() == 0


def test_clear_forgets_everything(desk):
    desk.choose("03-omitted-pneumothorax")
    desk.run()
    desk.page.click("#clear")
    desk.page.wait_for_selector(".b-welcome")
    desk.page.wait_for_selector(".cxr-viewer[data-empty=true]")
    assert desk.draft == "" and desk.cards == []
    assert desk.page.locator("#downloads").is_hidden()


def test_text_of_the_draft_never_becomes_markup_or_code(desk):
    words = "Left pleural effusion {{7*7}} ${7*7} <img src=x onerror=\"document.title='pwned'\"> `x` \\n."
    desk.choose("01-normal")
    desk.write(words)
    desk.run()
    assert desk.page.inner_text(".draft-text") == words
    assert desk.page.title() == "CXR Draft Auditor"
    assert desk.page.locator(".draft-text img").count() == 0


class _Words(HTMLParser):
    def __init__(self):
        super().__init__()
        self.words = ""

    def handle_data(self, data):
        self.words += data


def test_downloads_are_named_alike_for_everybody_and_carry_the_report(desk):
    desk.choose("03-omitted-pneumothorax")
    desk.run()
    found = {}
    for button in ("Report (JSON)", "Film with boxes (PNG)", "Page to print (HTML)"):
        with desk.page.expect_download() as waiting:
            desk.page.get_by_role("button", name=button).click()
        found[waiting.value.suggested_filename] = waiting.value.path().read_bytes()
    assert set(found) == {"cxr-audit-report.json", "cxr-audit-overlay.png", "cxr-audit-report.html"}
    report = json.loads(found["cxr-audit-report.json"])
    assert report["audit"]["missing_findings"] == ["pneumothorax"]
    assert found["cxr-audit-overlay.png"].startswith(b"\x89PNG")
    parser = _Words()
    parser.feed(found["cxr-audit-report.html"].decode())
    assert "Pneumothorax" in parser.words


def test_no_word_of_a_visitor_is_left_on_the_server(visit, server, tmp_path):
    desk = visit(server)
    path = tmp_path / "Zyxwvut_Quixotic.dcm"
    path.write_bytes(dicom(PatientName="Zyxwvut^Quixotic", PatientID="ZQ-4711-ZQ"))
    desk.write("Small right pneumothorax, brontosaurian.")
    desk.upload(path)
    desk.page.wait_for_function("document.querySelector('#film-line').innerText.includes('Your film')")
    assert "DICOM" in desk.page.inner_text("#film-line")
    desk.run()
    for button in ("Report (JSON)", "Film with boxes (PNG)", "Page to print (HTML)"):
        with desk.page.expect_download():
            desk.page.get_by_role("button", name=button).click()
    written = server.everything_written()
    assert [word for word in (b"brontosaurian", b"Quixotic", b"ZQ-4711") if word in written] == []
    assert [word for word in ("Quixotic", "ZQ-4711") if word in desk.page.content()] == []


def test_a_film_touches_no_disk_of_the_server(desk, server, tmp_path):
    written = lambda: {path for path in server.folder.rglob("*") if path.is_file()}  # noqa: E731
    before = written()
    path = tmp_path / "film.png"
    path.write_bytes(saved(film(256, 256)))
    desk.upload(path)
    desk.page.wait_for_function("document.querySelector('#film-line').innerText.includes('Your film')")
    assert written() == before


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(desk, tmp_path):
    from cxr_auditor.images import LIMITS

    path = tmp_path / "film.dcm"
    with path.open("wb") as file:
        file.truncate(LIMITS.bytes + 1)
    desk.upload(path)
    desk.page.wait_for_selector(".b-problem >> text=/At most .* MiB are taken/")
