"""The database itself refuses to change or delete what is only ever added to."""

from decimal import Decimal

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from lti_tool.domain.append_only import Upkeep
from lti_tool.domain.audit import AuditEvent
from lti_tool.domain.base import Base
from lti_tool.domain.grading import Grade, Score
from lti_tool.domain.records import Revision
from lti_tool.domain.signing import Decision, Seal, Signature
from lti_tool.services.grades import give_grade
from lti_tool.services.signing import sign_record

CLOSED = ("revision", "signature", "seal", "grade", "audit_event", "template_version")


@pytest.fixture
def full(desk):
    """A record with a row in every closed table."""
    record = desk.submitted()
    sign_record(desk.session, record, desk.signing(record), Decision.CONFIRMED)
    score = Score(given=Decimal(70), maximum=Decimal(100))
    give_grade(desk.session, desk.attempt, score, author=desk.tilda, comment="")
    return desk


@pytest.mark.parametrize("table", CLOSED)
@pytest.mark.parametrize("act", ["update", "delete"])
def test_a_closed_table_refuses(full, table, act):
    rows = Base.metadata.tables[table]
    statement = update(rows).values(id=rows.c.id) if act == "update" else delete(rows)

    with pytest.raises(DBAPIError, match="only ever added to"):
        full.session.execute(statement)
    full.session.rollback()


def test_a_score_may_be_timed_again(full):
    grade = full.session.query(Grade).one()
    full.session.execute(update(Grade).values(score_at=grade.created_at))


def test_nothing_is_emptied_at_once(full):
    is_sqlite = full.session.get_bind().dialect.name == "sqlite"  # has no TRUNCATE
    with pytest.raises(DBAPIError, match="only ever added to"):
        full.session.execute(text("DELETE FROM seal" if is_sqlite else "TRUNCATE seal"))
    full.session.rollback()


def test_upkeep_lets_its_own_transaction_erase(full):
    full.session.add(Upkeep(reason="retention"))
    full.session.flush()
    for model in (Signature, Seal, AuditEvent):
        full.session.execute(delete(model))
    full.session.execute(update(Revision).values(content={}))
    full.session.execute(delete(Upkeep))

    with pytest.raises(DBAPIError, match="only ever added to"):
        full.session.execute(update(Revision).values(content={"a": 1}))
    full.session.rollback()
