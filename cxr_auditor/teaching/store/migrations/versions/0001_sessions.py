"""People, their sessions, what they wrote and what they answered."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password", sa.String(255)),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("name", name="uq_people_name"),
    )
    op.create_table(
        "sittings",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("person_id", sa.Integer, nullable=False),
        sa.Column("wish", sa.Text, nullable=False),
        sa.Column("reader", sa.String(300)),
        sa.Column("parser", sa.String(300), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_sittings"),
        sa.UniqueConstraint("key", name="uq_sittings_key"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_sittings_person_id_people", ondelete="CASCADE"),
    )
    op.create_index("ix_sittings_person_id", "sittings", ["person_id"])
    op.create_table(
        "turns",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("sitting_id", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("case", sa.String(255), nullable=False),
        sa.Column("draft", sa.Text, nullable=False),
        sa.Column("marks", sa.Text, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("committed", sa.DateTime(timezone=True)),
        sa.Column("truth", sa.Text),
        sa.Column("report", sa.Text),
        sa.Column("reader_report", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_turns"),
        sa.UniqueConstraint("sitting_id", "number", name="uq_turns_sitting_id_number"),
        sa.ForeignKeyConstraint(["sitting_id"], ["sittings.id"], name="fk_turns_sitting_id_sittings", ondelete="CASCADE"),
    )
    op.create_index("ix_turns_case", "turns", ["case"])
    op.create_table(
        "answers",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("turn_id", sa.Integer, nullable=False),
        sa.Column("against", sa.String(16), nullable=False),
        sa.Column("ref", sa.String(16), nullable=False),
        sa.Column("stance", sa.String(16), nullable=False),
        sa.Column("why", sa.String(500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_answers"),
        sa.UniqueConstraint("turn_id", "against", "ref", name="uq_answers_turn_id_against_ref"),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name="fk_answers_turn_id_turns", ondelete="CASCADE"),
    )
