"""A trainee's draft outlives what happens around it: a sign-in that ends, another browser on the same session. And an account that goes."""

import pytest
from serving import stop
from trainee import PASSWORD, Reader, serving

from cxr_auditor.teaching.accounts import Accounts
from cxr_auditor.teaching.store.engine import open_store

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def school(browser, root, tmp_path_factory):
    """A server with accounts for two trainees, and its store."""
    folder = tmp_path_factory.mktemp("school")
    url = f"sqlite:///{folder / 'teaching.sqlite3'}"
    store = open_store(url)
    for name in ("ada", "cy"):
        Accounts(store).add(name, PASSWORD)
    server = serving(folder, root, CXR_AUDITOR_DATABASE=url, CXR_AUDITOR_ACCOUNTS="1")
    yield server, store
    stop(server)
    store.close()


def in_again(one: Reader, name: str) -> None:
    """By the way that the tab shows to somebody who is not signed in any more, back to the first case."""
    one.page.click("#train-room a")
    one.page.fill("#name", name)
    one.page.fill("#password", PASSWORD)
    one.page.click("button[type=submit]")
    one.case(1)


def test_a_draft_that_is_committed_after_the_sign_in_has_ended_comes_back(reader, school):
    server, store = school
    one = reader(server, "ada")
    one.begin()
    Accounts(store).set_password("ada", PASSWORD)  # ends every sign-in
    one.write("Written without a sign-in, koala.")
    one.page.click("[data-do=commit]")
    one.page.wait_for_selector("#train-room >> text=You are not signed in.")
    assert one.page.locator("[data-kept]").is_visible() and "Not signed in." in one.page.inner_text("#who")
    in_again(one, "ada")
    assert one.draft == "Written without a sign-in, koala."
    one.page.context.request.post(server.address + "sign-out", form={"a": "b"})  # as another tab does
    one.page.locator("#train-draft").press("End")
    one.page.keyboard.type(" And more.")
    one.page.keyboard.press("Control+Enter")
    one.page.wait_for_selector("#train-room >> text=You are not signed in.")
    in_again(one, "ada")
    assert one.draft == "Written without a sign-in, koala. And more."
    one.commit()
    assert "And more." in one.page.inner_text(".draft-text")
    assert one.page.evaluate("Object.keys(sessionStorage).filter(name => name.startsWith('cxr-train'))") == []


def test_two_browsers_on_one_session_lose_neither_text(reader, school):
    server, _ = school
    one, two = reader(server, "ada"), reader(server, "ada")
    one.begin()
    two.open(one.hash)
    two.case(1)
    one.write("From here.")
    one.stored()
    two.write("From there.")
    two.page.wait_for_selector(".train-saved >> text=both texts are here")
    assert two.draft == "From here.\n\nFrom there."
    one.write("From here, too late for that.")
    one.page.click("[data-do=commit]")  # nobody has seen the two together: not yet
    one.page.wait_for_function("document.querySelector('#train-draft')?.value.includes('From there.')")
    assert "From here, too late for that." in one.draft
    one.stored()
    one.commit()
    assert "From there." in one.page.inner_text(".draft-text")


def test_who_deletes_the_account_is_told_so_and_signed_out(reader, school):
    server, _ = school
    one = reader(server, "cy")
    one.page.evaluate("['cxr-train k 1', 'cxr-teach new 1'].forEach(name => sessionStorage.setItem(name, '{}'))")
    one.page.click("summary:text('Delete it')")
    one.page.check("[name=what][value=account]")
    one.page.fill("[name=word]", "delete")
    with one.page.expect_response("**/sign-out"):
        one.page.click(".train-danger")
    one.page.wait_for_selector("#train-room >> text=It is deleted; the account too.")
    assert "Not signed in." in one.page.inner_text("#who") and "cy" not in one.page.inner_text("#who")
    assert one.page.context.cookies() == []
    assert one.page.evaluate("Object.keys(sessionStorage).filter(name => name.startsWith('cxr-t'))") == []
    assert "is kept" not in one.words
