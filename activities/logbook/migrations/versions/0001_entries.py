"""Keep the day, the time and the first line of logbook entries.

Revision ID: logbook_0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "logbook_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "logbook_entry",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("practised_on", sa.Date(), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("submit_statement_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("duration_minutes > 0", name=op.f("ck_logbook_entry_duration_positive")),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name="fk_logbook_entry_record_id_record"
        ),
        sa.PrimaryKeyConstraint("record_id", name="pk_logbook_entry"),
    )


def downgrade() -> None:
    op.drop_table("logbook_entry")
