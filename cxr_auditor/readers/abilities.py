"""What some readers can do beside reading a film. Ask with isinstance; a reader without the ability lacks the method."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ..geometry import Box

if TYPE_CHECKING:
    from ..images import Radiograph


@runtime_checkable
class Answers(Protocol):
    """Talks about a film over several turns."""

    def ask(self, film: "Radiograph", history: Sequence[tuple[str, str]], question: str) -> Iterator[str]: ...


@runtime_checkable
class WritesReports(Protocol):
    """Writes a report for practice."""

    def write_report(self, film: "Radiograph") -> str: ...


@runtime_checkable
class Locates(Protocol):
    """Shows where on the film a sentence points; an empty list where the model says nowhere."""

    def locate(self, film: "Radiograph", sentence: str) -> list[Box]: ...
