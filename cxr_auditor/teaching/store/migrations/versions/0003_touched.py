"""A session's last sign of life. Of the sessions before, it is the last moment that is known."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_SITTINGS = sa.table("sittings", sa.column("id"), *(sa.column(name) for name in ("started", "finished", "touched")))
_TURNS = sa.table("turns", sa.column("id"), sa.column("sitting_id"), sa.column("committed"))
_ANSWERS = sa.table("answers", sa.column("turn_id"), sa.column("at"))


def upgrade() -> None:
    op.add_column("sittings", sa.Column("touched", sa.DateTime(timezone=True)))
    op.execute(sa.update(_SITTINGS).values(touched=_SITTINGS.c.started))
    committed = sa.select(sa.func.max(_TURNS.c.committed)).where(_TURNS.c.sitting_id == _SITTINGS.c.id)
    answers = sa.join(_ANSWERS, _TURNS, _ANSWERS.c.turn_id == _TURNS.c.id)
    answered = sa.select(sa.func.max(_ANSWERS.c.at)).select_from(answers).where(_TURNS.c.sitting_id == _SITTINGS.c.id)
    for moment in (committed.scalar_subquery(), answered.scalar_subquery(), _SITTINGS.c.finished):
        op.execute(sa.update(_SITTINGS).where(moment > _SITTINGS.c.touched).values(touched=moment))
    with op.batch_alter_table("sittings") as sittings:
        sittings.alter_column("touched", existing_type=sa.DateTime(timezone=True), nullable=False)
