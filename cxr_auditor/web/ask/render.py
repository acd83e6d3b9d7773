"""What was asked and answered -> HTML. Every word of a visitor or a model goes through templates that escape it."""

from markupsafe import Markup
from PIL import Image

from ...findings import sides_phrase
from ...geometry import box_sides
from ...images import Radiograph
from ..render import Problem, banner, data_address, page_part
from ..talk import Place, State, Talk
from .talkers import CHAT_VARIABLE, Talker, Talkers

UNCHECKED = "A model's words: nobody checks them, and no audit uses them."
_SHOWN_SIDE = 1024  # pixels of the picture beside the conversation; the model gets the whole film


def nobody(found: Talkers) -> Markup:
    """In place of the tab where no model can be asked: why, and what makes one run."""
    return page_part("ask_nobody.html", refused=found.refused, variable=CHAT_VARIABLE)


def refused(found: Talkers) -> Markup:
    """The models that can't be asked here, folded away."""
    return page_part("ask_refused.html", refused=found.refused)


def welcome() -> Markup:
    return notice("welcome", "Ask about the film, have a report written, or look where a sentence points.", UNCHECKED)


def who(talker: Talker) -> Markup:
    """What the chosen model can do, and where it runs."""
    return page_part("ask_who.html", talker=talker)


def film(radiograph: Radiograph | None, place: Place | None) -> Markup:
    """The film with the boxes of the last phrase."""
    if radiograph is None:
        return page_part("ask_film.html", src="", width=1, height=1, boxes=[])
    picture = Image.fromarray(radiograph.pixels)
    picture.thumbnail((_SHOWN_SIDE, _SHOWN_SIDE), Image.Resampling.LANCZOS)
    boxes = place.boxes if place else ()
    return page_part(
        "ask_film.html", src=data_address(picture, "JPEG"), width=radiograph.width, height=radiograph.height, boxes=list(boxes)
    )


def place(found: Place | None) -> Markup:
    """In words what the boxes show: which phrase, how many places, on which side of the patient."""
    if found is None:
        return Markup("")
    return page_part("ask_place.html", place=found, sides=[sides_phrase(box_sides(box)) or "on the midline" for box in found.boxes])


def sentences(talk: Talk, can_locate: bool) -> Markup:
    """The draft's sentences as buttons."""
    chosen = talk.place.phrase if talk.place else None
    return page_part("ask_sentences.html", sentences=talk.sentences, can_locate=can_locate, chosen=chosen)


def log(talk: Talk, titles: dict[str, str]) -> Markup:
    """The conversation up to the answer that is being written. `titles`: the readers' names for people, by spec."""
    ended = [turn for turn in talk.turns if turn.state is not State.WRITING]
    if not ended and talk.turns:
        return Markup("")
    return page_part("ask_log.html", turns=ended, titles=titles, label="Conversation")


def live(talk: Talk, titles: dict[str, str]) -> Markup:
    """The answer that is being written."""
    writing = [turn for turn in talk.turns if turn.state is State.WRITING]
    return page_part("ask_log.html", turns=writing, titles=titles, label="Answer that is being written")


def report(talk: Talk) -> Markup:
    """A practice report, labelled as one."""
    return page_part("ask_report.html", report=talk.report) if talk.report else Markup("")


def progress(what: str, seconds: float, started: bool) -> Markup:
    return page_part("ask_progress.html", what=what, seconds=seconds, started=started)


def notice(kind: str, headline: str, *lines: str, alert: bool = False) -> Markup:
    """A banner as on the audit tab."""
    return banner(kind, headline, list(lines), alert=alert)


def problem(error: Problem) -> Markup:
    return notice("problem", error.message, error.hint, alert=True)
