"""Keep each try at a quiz, and each answer with its points."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "quiz_0001"
down_revision = None
branch_labels = None
depends_on = None

POINTS = sa.Numeric(14, 5).with_variant(sa.String(20), "sqlite")
MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "quiz_try",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("raw", POINTS),
        sa.Column("maximum", POINTS),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("submitted_at", MOMENT),
        sa.PrimaryKeyConstraint("record_id", name="pk_quiz_try"),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_quiz_try_record_id_record"),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name="fk_quiz_try_attempt_id_attempt"
        ),
        sa.UniqueConstraint("attempt_id", "number", name="uq_quiz_try_attempt_id_number"),
    )
    op.create_table(
        "quiz_response",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("response", JSON),
        sa.Column("points", POINTS),
        sa.PrimaryKeyConstraint("record_id", "question_id", name="pk_quiz_response"),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name="fk_quiz_response_record_id_record"
        ),
    )


def downgrade() -> None:
    op.drop_table("quiz_response")
    op.drop_table("quiz_try")
