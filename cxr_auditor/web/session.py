"""What the server holds for one visitor while the page is open: in memory, for nobody else, on no disk."""

from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass, field

from ..images import Radiograph
from ..schema import AuditReport, ImageReading, ReadingStatus
from ..second_notes import reader_missing
from .talk import Talk

IDLE_SECONDS = 3600
"""A visitor's film, readings and report are forgotten after this long without use."""

_KEPT_READINGS = 8
_WORTH_KEEPING = (ReadingStatus.OK, ReadingStatus.NOT_A_FRONTAL)


@dataclass(eq=False)
class Session:
    """The film on show and what came of it.

    `source` is the title of an example, "" for a film of the visitor's own. `draft` and `report` are the last run's, `runs` counts
    the reports on the film on show. `turn` changes whenever a run begins or is put an end to: a run whose turn is over says nothing
    more. `looking` are the image passes under way, by film and reader: a run that follows a cancelled one picks its pass up. `talk` is
    what models were asked about the film on show. `last_word`: what put an end to a run said, and in which turn.
    """

    film: Radiograph | None = None
    source: str = ""
    draft: str = ""
    report: AuditReport | None = None
    runs: int = 0
    turn: int = 0
    readings: OrderedDict[tuple[str, str], tuple[ImageReading, float]] = field(default_factory=OrderedDict)
    looking: dict[tuple[str, str], Future] = field(default_factory=dict)
    talk: Talk = field(default_factory=Talk)
    last_word: tuple[int, tuple] = (-1, ())

    def next_turn(self) -> int:
        """Ends the run under way, if there is one; the turn that begins."""
        self.turn += 1
        return self.turn

    def show(self, film: Radiograph, source: str) -> None:
        """Takes another film; the last report was about the old one and goes."""
        self.next_turn()
        self.talk.clear()
        self.film, self.source, self.report, self.draft, self.runs = film, source, None, "", 0

    def reading(self, reader: str) -> tuple[ImageReading, float] | None:
        """This reader's reading of the film on show and the seconds it took, where it is still held."""
        return self.readings.get((self.film.sha256, reader))

    def keep(self, film: Radiograph, reader: str, reading: ImageReading, seconds: float) -> None:
        """Holds a reading for the next draft. A failure is not held, nor one of two readers': the next run shall try again."""
        if reading.status in _WORTH_KEEPING and not reader_missing(reading.notes):
            self.readings[film.sha256, reader] = reading, seconds
            while len(self.readings) > _KEPT_READINGS:
                self.readings.popitem(last=False)

    def clear(self) -> None:
        """Forgets everything."""
        self.next_turn()
        self.film = self.report = None
        self.source = self.draft = ""
        self.runs = 0
        self.talk.clear()
        self.readings.clear()
        self.looking.clear()
