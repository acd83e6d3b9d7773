"""`second`: two or more readers on one film; a finding counts when enough of them see it. `second=lite+medgemma`, `second=3:a+b+c`."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import InputError, ReaderError
from ..findings import Finding, Status
from ..registry import Reader, make_reader
from ..schema import ImageReading, ReadingStatus
from ..second_notes import JOINED, said_line
from ..second_reader import Agreement, second_reading

if TYPE_CHECKING:
    from ..images import Radiograph

_HINT = "Write second=NAME+NAME, or second=NUMBER:NAME+NAME+NAME with the number of readers that must agree (2 where it is left out)."


class SecondReader:
    name = "second"
    silence_means_absent = False

    def __init__(self, model: str = ""):
        """`model`: the members, as their specs joined by "+". InputError for fewer than two, an unknown one, or an impossible number.

        One that can't be set up is a member that fails.
        """
        numbered = re.match(r"(\d+):(.*)", model, re.DOTALL)
        number, members = numbered.groups() if numbered else (2, model)
        specs = [spec.strip() for spec in members.split("+") if spec.strip()]
        if len(specs) < 2:
            raise InputError(f"A second reading needs at least two readers, but got {len(specs)}.", _HINT)
        self.needed = int(number)
        if not 1 <= self.needed <= len(specs):
            raise InputError(f"{self.needed} of {len(specs)} readers can't agree.", _HINT)
        self._members = [_set_up(spec) for spec in specs]

    @property
    def revision(self) -> str:
        return JOINED.join(member.revision for member in self._members)

    @property
    def scope(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in Finding if any(finding in member.scope for member in self._members))

    def read(self, film: "Radiograph") -> ImageReading:
        fused = second_reading([_looked(member, film) for member in self._members], self.needed)
        words = [text for agreement in fused.agreements if (text := _words(agreement))]
        return fused.reading.model_copy(update={"notes": (*fused.reading.notes, *words)})


@dataclass(frozen=True)
class _NotSetUp:
    """In the place of a member that can't be set up: it fails at every film, as the others read it."""

    name: str
    error: ReaderError
    revision: str = ""
    scope: tuple[Finding, ...] = ()
    silence_means_absent: bool = False

    def read(self, film: "Radiograph") -> ImageReading:
        raise self.error


def _set_up(spec: str) -> Reader:
    try:
        return make_reader(spec)
    except ReaderError as error:
        return _NotSetUp(re.split("[=@]", spec, maxsplit=1)[0].strip(), error)


def _looked(member: Reader, film: "Radiograph") -> ImageReading:
    """A member's reading; one that fails is a failed reading beside the others."""
    try:
        return member.read(film)
    except ReaderError as error:
        return ImageReading(
            reader=member.name,
            revision=member.revision,
            status=ReadingStatus.FAILED,
            scope=member.scope,
            silence_means_absent=False,
            message=str(error),
        )


def _words(agreement: Agreement) -> str:
    """Who says what about one finding; nothing where nobody can see it."""
    by_status = {Status.PRESENT: agreement.present, Status.UNCERTAIN: agreement.uncertain, Status.ABSENT: agreement.absent}
    return said_line(agreement.finding, {name: status for status, names in by_status.items() for name in names})
