"""The page's scripts and style sheets, kept in files of their own under static/."""

from pathlib import Path

_FOLDER = Path(__file__).parent / "static"

STYLES = ("page.css", "report.css", "viewer.css", "ask.css")
SCRIPTS = ("room.js", "page.js", "links.js", "save.js")


def static(name: str) -> str:
    """The text of one file of the folder."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def head() -> str:
    """What goes into the page's head: style sheets and scripts in place, so that nothing is fetched from anywhere."""
    styles = "".join(f"<style>\n{static(name)}</style>\n" for name in STYLES)
    scripts = "".join(f"<script>\n{static(name)}</script>\n" for name in SCRIPTS)
    return f'<meta name="referrer" content="no-referrer">\n{styles}{scripts}'
