"""Which drafts stay, and in which split: kinds of statement balanced, documents in one split, the held-out wording in the test split."""

from collections import Counter
from collections.abc import Iterator

from ...errors import InputError
from ..corpus.splits import TEST, TRAIN, VALIDATION
from .given import DEVELOPMENT, HELD_OUT, Reason
from .settings import Settings
from .spool import LABELLED, PLACES, Spool


def balance(spool: Spool, ratio: float) -> None:
    """Leaves out written drafts by a seeded draw where each of their kinds of statement stands in enough others.

    Enough are `ratio` times the drafts that the rarest kind stands in. Labelled drafts all stay, and so does the test split.
    """
    found = spool.drafts_with(DEVELOPMENT)
    if not found or not ratio:
        return
    most = ratio * min(found.values())
    taken: Counter[str] = Counter()
    for draft in spool.drafts("source = ?", (DEVELOPMENT,)):
        kinds = spool.kinds(draft.number)
        if any(taken[kind] < most for kind in kinds):
            taken.update(kinds)
        else:
            spool.leave_out(Reason.SURPLUS, draft.number)


def split(spool: Spool, settings: Settings) -> None:
    """Gives every document its split. Raises InputError where a wanted split stays empty.

    The documents go round by the rarest kind of statement in them, so that each split gets its share of every kind.
    """
    labelled = {TRAIN: 1 - settings.validation - settings.test, VALIDATION: settings.validation, TEST: settings.test}
    written = {TRAIN: labelled[TRAIN] / (1 - settings.test), VALIDATION: settings.validation / (1 - settings.test), TEST: 0.0}
    for place, shares in {LABELLED: labelled, PLACES[DEVELOPMENT]: written, PLACES[HELD_OUT]: {TEST: 1.0}}.items():
        placed = dict.fromkeys(shares, 0)
        for number, document in enumerate(_documents(spool, place), start=1):
            name = max(shares, key=lambda name: shares[name] * number - placed[name])
            placed[name] += 1
            spool.db.execute("UPDATE drafts SET split = ? WHERE place = ? AND document = ? AND reason IS NULL", (name, place, document))
    for name, share in labelled.items():
        if share > 0 and not spool.counts(f"reason IS NULL AND split = '{name}'")["drafts"]:
            raise InputError(f"No draft is left for the split {name!r}.", "Give it a larger share, or more drafts.")
    check_apart(spool)


def check_apart(spool: Spool) -> None:
    """Raises InputError where a document is in two splits or held-out wording outside the test split: that must not be written."""
    mixed = spool.db.execute(
        "SELECT COUNT(*) FROM (SELECT 1 FROM drafts WHERE reason IS NULL GROUP BY place, document "
        "HAVING COUNT(DISTINCT COALESCE(split, '')) > 1)"
    ).fetchone()[0]
    leaked = spool.counts(f"reason IS NULL AND source = '{HELD_OUT}' AND split IS NOT '{TEST}'")["drafts"]
    if mixed or leaked:
        raise InputError(f"Documents in more than one split: {mixed}; drafts of the held-out wording outside {TEST}: {leaked}.")


def _documents(spool: Spool, place: int) -> Iterator[str]:
    """The documents of a place, those with a rare kind of statement first."""
    with_kind = "SELECT kind, COUNT(*) AS drafts FROM kinds JOIN drafts ON draft = number WHERE reason IS NULL AND place = ? GROUP BY kind"
    query = (
        f"SELECT document FROM drafts LEFT JOIN kinds ON draft = number LEFT JOIN ({with_kind}) AS common USING (kind) "
        "WHERE reason IS NULL AND place = ? GROUP BY document ORDER BY MIN(common.drafts), MIN(common.kind), MIN(draw), document"
    )
    for (document,) in spool.db.execute(query, (place, place)):
        yield document
