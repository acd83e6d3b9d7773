"""What every record has in common: frozen, closed, with fields that can only hold what makes sense."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from ..findings import NO_FINDING, Finding, Side, ordered_sides
from ..geometry import Box

BoxField = Annotated[Box, BeforeValidator(Box.of), PlainSerializer(Box.as_list, return_type=list[float])]
Sides = Annotated[tuple[Side, ...], AfterValidator(ordered_sides)]
Label = Finding | Literal["no_finding"]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


def _scope(findings) -> tuple[Finding, ...]:
    wanted = set(findings)
    return tuple(finding for finding in Finding if finding in wanted)


Scope = Annotated[tuple[Finding, ...], AfterValidator(_scope)]


class Record(BaseModel):
    """Frozen, and closed to fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


_LABEL_RANK = {finding.value: finding.rank for finding in Finding} | {NO_FINDING: len(Finding)}


def label_rank(label: str) -> tuple[int, str]:
    """Where a label stands in every listing: the vocabulary's order, then anything else by its name."""
    return _LABEL_RANK.get(label, len(_LABEL_RANK)), label
