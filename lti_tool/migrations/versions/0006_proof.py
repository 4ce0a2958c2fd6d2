"""Prove what was signed, by whom and when: signatures, seals and the audit trail."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    create_upkeep()
    create_record_move()
    create_signature()
    create_told()
    create_seal()
    create_seal_head()
    create_audit_event()
    create_audit_head()
    close_tables()


def create_upkeep() -> None:
    op.create_table(
        "upkeep",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_upkeep"),
    )


def create_record_move() -> None:
    op.create_table(
        "record_move",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("details", JSON, nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_record_move_by_id_person"),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name="fk_record_move_record_id_record"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_record_move"),
    )
    op.create_index("ix_record_move_record_id", "record_move", ["record_id"])


def create_signature() -> None:
    op.create_table(
        "signature",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("revision_sha256", sa.String(), nullable=False),
        sa.Column("signer_id", sa.Uuid(), nullable=False),
        sa.Column("signer_name", sa.String(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("capacity", sa.String(40)),
        sa.Column("decision", sa.String(40), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("happened_on", sa.Date()),
        sa.Column("method", sa.String(40), nullable=False),
        sa.Column("link_id", sa.Uuid()),
        sa.Column("device_mark", sa.String()),
        sa.Column("flags", JSON, nullable=False),
        sa.Column("withdraws_id", sa.Uuid()),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("signed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["mentor_link.id"], name="fk_signature_link_id_mentor_link"
        ),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_signature_record_id_record"),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revision.id"], name="fk_signature_revision_id_revision"
        ),
        sa.ForeignKeyConstraint(["signer_id"], ["person.id"], name="fk_signature_signer_id_person"),
        sa.ForeignKeyConstraint(
            ["withdraws_id"], ["signature.id"], name="fk_signature_withdraws_id_signature"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_signature"),
        sa.UniqueConstraint("withdraws_id", name="uq_signature_withdraws_id"),
    )
    op.create_index("ix_signature_record_id", "signature", ["record_id"])
    op.create_index("ix_signature_signer_id", "signature", ["signer_id"])


def create_told() -> None:
    op.create_table(
        "told",
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("signature_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["signature_id"], ["signature.id"], name="fk_told_signature_id_signature"
        ),
        sa.PrimaryKeyConstraint("statement_id", name="pk_told"),
    )
    op.create_index("ix_told_signature_id", "told", ["signature_id"])


def create_seal() -> None:
    op.create_table(
        "seal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("subject_sha256", sa.String(), nullable=False),
        sa.Column("previous_sha256", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_seal_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_seal"),
        sa.UniqueConstraint("kind", "subject_id", name="uq_seal_kind_subject_id"),
        sa.UniqueConstraint("person_id", "number", name="uq_seal_person_id_number"),
    )
    op.create_index("ix_seal_sha256", "seal", ["sha256"])


def create_seal_head() -> None:
    op.create_table(
        "seal_head",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_seal_head_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", name="pk_seal_head"),
    )


def create_audit_event() -> None:
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor_kind", sa.String(40), nullable=False),
        sa.Column("actor_id", sa.Uuid()),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid()),
        sa.Column("record_id", sa.Uuid()),
        sa.Column("course_id", sa.Uuid()),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("details", JSON, nullable=False),
        sa.Column("previous_sha256", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_event"),
        sa.UniqueConstraint("scope", "number", name="uq_audit_event_scope_number"),
    )
    op.create_index("ix_audit_event_actor_id", "audit_event", ["actor_id"])
    op.create_index("ix_audit_event_record_id", "audit_event", ["record_id"])
    op.create_index("ix_audit_event_subject_id", "audit_event", ["subject_id"])


def create_audit_head() -> None:
    op.create_table(
        "audit_head",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name="pk_audit_head"),
    )


FUNCTION = """CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM upkeep) THEN RETURN COALESCE(NEW, OLD); END IF;
  RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$"""
POSTGRESQL = (
    "CREATE TRIGGER {table}_is_final BEFORE {update} OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER {table}_is_whole BEFORE TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
)
SQLITE = (
    "CREATE TRIGGER {table}_is_final BEFORE {update} ON {table} "
    "WHEN NOT EXISTS (SELECT 1 FROM upkeep) "
    "BEGIN SELECT RAISE(ABORT, '{table} is only ever added to'); END",
    "CREATE TRIGGER {table}_is_whole BEFORE DELETE ON {table} "
    "WHEN NOT EXISTS (SELECT 1 FROM upkeep) "
    "BEGIN SELECT RAISE(ABORT, '{table} is only ever added to'); END",
)
GRADE = "UPDATE OF id, attempt_id, number, given, maximum, comment, author_id"
CLOSED = {
    "template_version": "UPDATE",
    "revision": "UPDATE",
    "record_move": "UPDATE",
    "signature": "UPDATE",
    "seal": "UPDATE",
    "grade": GRADE,
    "audit_event": "UPDATE",
}


def close_tables() -> None:
    """Let the database refuse to change what is only ever added to."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if not is_sqlite:
        op.execute(FUNCTION)
    for table, update in CLOSED.items():
        for statement in SQLITE if is_sqlite else POSTGRESQL:
            op.execute(statement.format(table=table, update=update))
