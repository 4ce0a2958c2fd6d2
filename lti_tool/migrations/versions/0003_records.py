"""Keep work as revisions, and grades that are only ever added."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MARK = sa.Numeric(14, 5).with_variant(sa.String(20), "sqlite")


def upgrade() -> None:
    create_attempt()
    create_record()
    create_revision()
    create_line_item()
    create_grade()


def create_attempt() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resource_link_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("completed_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_attempt_person_id_person"),
        sa.ForeignKeyConstraint(
            ["resource_link_id"],
            ["resource_link.id"],
            name="fk_attempt_resource_link_id_resource_link",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
        sa.UniqueConstraint(
            "resource_link_id", "person_id", name="uq_attempt_resource_link_id_person_id"
        ),
    )
    op.create_index("ix_attempt_person_id", "attempt", ["person_id"])


def create_record() -> None:
    op.create_table(
        "record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("visibility", sa.String(40), nullable=False),
        sa.Column("template_version_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("happened_on", sa.Date()),
        sa.Column("draft", JSON),
        sa.Column("draft_number", sa.Integer(), nullable=False),
        sa.Column("draft_page", sa.String()),
        sa.Column("draft_saved_at", MOMENT),
        sa.Column("submitted_at", MOMENT),
        sa.Column("decided_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name="fk_record_attempt_id_attempt"
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name="fk_record_author_id_person"),
        sa.ForeignKeyConstraint(
            ["template_version_id"],
            ["template_version.id"],
            name="fk_record_template_version_id_template_version",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_record"),
    )
    op.create_index("ix_record_attempt_id_kind", "record", ["attempt_id", "kind"])


def create_revision() -> None:
    op.create_table(
        "revision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("template_version_id", sa.Uuid(), nullable=True),
        sa.Column("template_sha256", sa.String()),
        sa.Column("happened_on", sa.Date()),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("evidence", JSON, nullable=False),
        sa.Column("amends_id", sa.Uuid()),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("erased_at", MOMENT),
        sa.ForeignKeyConstraint(
            ["amends_id"], ["revision.id"], name="fk_revision_amends_id_revision"
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name="fk_revision_author_id_person"),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_revision_record_id_record"),
        sa.ForeignKeyConstraint(
            ["template_version_id"],
            ["template_version.id"],
            name="fk_revision_template_version_id_template_version",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_revision"),
        sa.UniqueConstraint("record_id", "number", name="uq_revision_record_id_number"),
    )


def create_line_item() -> None:
    op.create_table(
        "line_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resource_link_id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("resource_id", sa.String(), nullable=False),
        sa.Column("maximum", MARK, nullable=False),
        sa.Column("url", sa.String()),
        sa.Column("state", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(
            ["resource_link_id"],
            ["resource_link.id"],
            name="fk_line_item_resource_link_id_resource_link",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_line_item"),
        sa.UniqueConstraint("resource_link_id", "tag", name="uq_line_item_resource_link_id_tag"),
    )


def create_grade() -> None:
    op.create_table(
        "grade",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("given", MARK, nullable=False),
        sa.Column("maximum", MARK, nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("author_id", sa.Uuid()),
        sa.Column("score_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_grade_attempt_id_attempt"),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name="fk_grade_author_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_grade"),
    )
    op.create_index("ix_grade_attempt_id_number", "grade", ["attempt_id", "number"], unique=True)
