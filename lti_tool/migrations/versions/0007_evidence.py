"""Keep files with a record, and name who may read of welfare."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_stored_file()
    create_evidence()
    create_upload()
    create_record_reader()
    create_referral()
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE if is_sqlite else POSTGRESQL:
        op.execute(statement)


def create_stored_file() -> None:
    op.create_table(
        "stored_file",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("view_sha256", sa.String()),
        sa.Column("thumbnail_sha256", sa.String()),
        sa.Column("width", sa.Integer()),
        sa.Column("height", sa.Integer()),
        sa.Column("checked_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_stored_file"),
    )


def create_evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("caption", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_evidence_person_id_person"),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_evidence_record_id_record"),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name="fk_evidence_sha256_stored_file"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_evidence"),
    )
    op.create_index("ix_evidence_record_id", "evidence", ["record_id"])
    op.create_index("ix_evidence_sha256", "evidence", ["sha256"])


def create_upload() -> None:
    op.create_table(
        "upload",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("evidence_id", sa.Uuid()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_upload_person_id_person"),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_upload_record_id_record"),
        sa.PrimaryKeyConstraint("id", name="pk_upload"),
    )
    op.create_index("ix_upload_expires_at", "upload", ["expires_at"])
    op.create_index("ix_upload_record_id", "upload", ["record_id"])


def create_record_reader() -> None:
    op.create_table(
        "record_reader",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("named_by_id", sa.Uuid(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("named_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["named_by_id"], ["person.id"], name="fk_record_reader_named_by_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_record_reader_person_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name="fk_record_reader_record_id_record"
        ),
        sa.PrimaryKeyConstraint("record_id", "person_id", name="pk_record_reader"),
    )


def create_referral() -> None:
    op.create_table(
        "referral",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("told", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_referral_by_id_person"),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_referral_record_id_record"),
        sa.PrimaryKeyConstraint("id", name="pk_referral"),
    )
    op.create_index("ix_referral_record_id", "referral", ["record_id"])


POSTGRESQL = (
    "CREATE TRIGGER referral_is_final BEFORE UPDATE OR DELETE ON referral "
    "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER referral_is_whole BEFORE TRUNCATE ON referral "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
)
SQLITE = (
    "CREATE TRIGGER referral_is_final BEFORE UPDATE ON referral "
    "WHEN NOT EXISTS (SELECT 1 FROM upkeep) "
    "BEGIN SELECT RAISE(ABORT, 'referral is only ever added to'); END",
    "CREATE TRIGGER referral_is_whole BEFORE DELETE ON referral "
    "WHEN NOT EXISTS (SELECT 1 FROM upkeep) "
    "BEGIN SELECT RAISE(ABORT, 'referral is only ever added to'); END",
)
