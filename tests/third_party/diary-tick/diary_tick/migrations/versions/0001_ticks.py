"""Keep the days that were ticked."""

import sqlalchemy as sa
from alembic import op

revision = "diary_tick_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    attempt = "fk_diary_tick_attempt_id_attempt"
    op.create_table(
        "diary_tick",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("written_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=attempt),
        sa.PrimaryKeyConstraint("attempt_id", "written_on", name="pk_diary_tick"),
    )


def downgrade() -> None:
    op.drop_table("diary_tick")
