"""People, wishes and drafts for the tests of sessions."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from cxr_auditor.findings import Finding
from cxr_auditor.teaching.people import as_person
from cxr_auditor.teaching.records import Mark, Person, Role, Wish
from cxr_auditor.teaching.store.tables import GroupRow, PersonRow

SEEN, MISSED = "Right pneumothorax.", "The lungs are clear. No pneumothorax."
MARK = Mark(finding=Finding.PNEUMOTHORAX, box=[0.1, 0.1, 0.4, 0.4])
ILL = Wish(size=3, normals=0)
"""Of `few_cases`, films with a right pneumothorax."""

only_sqlite = pytest.mark.parametrize("backend", ["sqlite"])
"""For what does not depend on the database."""


def add_person(store, name, role=Role.TRAINEE, group=None) -> Person:
    with store.begin() as session:
        row = PersonRow(name=name, role=role.value, made=datetime.now(UTC))
        if group:
            row.group = session.scalar(select(GroupRow).where(GroupRow.name == group)) or GroupRow(name=group)
        session.add(row)
        session.flush()
        return as_person(row)
