"""`second`: two or more readers on one film; a finding counts when enough of them see it. `second=lite+medgemma`, `second=3:a+b+c`."""

import re
from typing import TYPE_CHECKING

from ..errors import InputError, ReaderError
from ..findings import Finding
from ..registry import make_reader
from ..schema import ImageReading, ReadingStatus
from ..second_reader import Agreement, second_reading

if TYPE_CHECKING:
    from ..images import Radiograph

_HINT = "Write second=NAME+NAME, or second=NUMBER:NAME+NAME+NAME with the number of readers that must agree (2 where it is left out)."


class SecondReader:
    name = "second"
    silence_means_absent = False

    def __init__(self, model: str = ""):
        """`model`: the members, as their specs joined by "+". InputError for fewer than two, an unknown one, or an impossible number."""
        numbered = re.match(r"(\d+):(.*)", model, re.DOTALL)
        number, members = numbered.groups() if numbered else (2, model)
        specs = [spec.strip() for spec in members.split("+") if spec.strip()]
        if len(specs) < 2:
            raise InputError(f"A second reading needs at least two readers, but got {len(specs)}.", _HINT)
        self.needed = int(number)
        if not 1 <= self.needed <= len(specs):
            raise InputError(f"{self.needed} of {len(specs)} readers can't agree.", _HINT)
        self._members = [make_reader(spec) for spec in specs]

    @property
    def revision(self) -> str:
        return " + ".join(member.revision for member in self._members)

    @property
    def scope(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in Finding if any(finding in member.scope for member in self._members))

    def read(self, film: "Radiograph") -> ImageReading:
        fused = second_reading([_looked(member, film) for member in self._members], self.needed)
        words = [text for agreement in fused.agreements if (text := _words(agreement))]
        return fused.reading.model_copy(update={"notes": (*fused.reading.notes, *words)})


def _looked(member, film) -> ImageReading:
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
    said = {"present": agreement.present, "uncertain": agreement.uncertain, "absent": agreement.absent}
    parts = [f"{word}: {', '.join(names)}" for word, names in said.items() if names]
    return f"{agreement.finding.display} - {'; '.join(parts)}." if parts else ""
