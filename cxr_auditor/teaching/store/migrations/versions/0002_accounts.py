"""Groups, sign-ins, and teachers' corrections of cases."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "groups",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_groups"),
        sa.UniqueConstraint("name", name="uq_groups_name"),
    )
    with op.batch_alter_table("people") as people:
        people.add_column(sa.Column("group_id", sa.Integer))
        people.create_foreign_key("fk_people_group_id_groups", "groups", ["group_id"], ["id"], ondelete="SET NULL")
        people.create_index("ix_people_group_id", ["group_id"])
    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("case", sa.String(255), nullable=False),
        sa.Column("person_id", sa.Integer),
        sa.Column("by", sa.String(120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(500), nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_corrections_person_id_people", ondelete="SET NULL"),
    )
    op.create_index("ix_corrections_case", "corrections", ["case"])
    op.create_table(
        "sign_ins",
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("person_id", sa.Integer, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_sign_ins"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_sign_ins_person_id_people", ondelete="CASCADE"),
    )
    op.create_index("ix_sign_ins_person_id", "sign_ins", ["person_id"])
    op.create_table(
        "failed_sign_ins",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_failed_sign_ins"),
    )
    op.create_index("ix_failed_sign_ins_who", "failed_sign_ins", ["who"])
    op.create_index("ix_failed_sign_ins_at", "failed_sign_ins", ["at"])
