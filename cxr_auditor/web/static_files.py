"""The page's scripts and style sheets, kept in files of their own under static/."""

from pathlib import Path

_FOLDER = Path(__file__).parent / "static"

STYLES = ("page.css", "report.css", "viewer.css", "ask.css", "train.css", "walkthrough.css", "teach.css", "sign_in.css")
SCRIPTS = ("room.js", "page.js", "links.js", "save.js", "tab_links.js", "sign_in.js")


def static(name: str) -> str:
    """The text of one file of the folder."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def head() -> str:
    """What goes into the page's head: style sheets and scripts in place, so that nothing is fetched from anywhere. No other host is told
    where a visitor came from; this one is, or its own forms would seem to come from elsewhere.
    """
    styles = "".join(f"<style>\n{static(name)}</style>\n" for name in STYLES)
    scripts = "".join(f"<script>\n{static(name)}</script>\n" for name in SCRIPTS)
    return f'<meta name="referrer" content="same-origin">\n{styles}{scripts}'
