"""Keep signed observations, and what each says of every criterion."""

import sqlalchemy as sa
from alembic import op

revision = "checklist_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "checklist_observation",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("observer_id", sa.Uuid(), nullable=False),
        sa.Column("observed_on", sa.Date(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", name="pk_checklist_observation"),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name="fk_checklist_observation_record_id_record"
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name="fk_checklist_observation_attempt_id_attempt"
        ),
        sa.ForeignKeyConstraint(
            ["observer_id"], ["person.id"], name="fk_checklist_observation_observer_id_person"
        ),
    )
    op.create_index("ix_checklist_observation_attempt_id", "checklist_observation", ["attempt_id"])
    op.create_table(
        "checklist_judgement",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("criterion_id", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", "criterion_id", name="pk_checklist_judgement"),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["checklist_observation.record_id"],
            name="fk_checklist_judgement_record_id_checklist_observation",
        ),
    )


def downgrade() -> None:
    op.drop_table("checklist_judgement")
    op.drop_index("ix_checklist_observation_attempt_id", "checklist_observation")
    op.drop_table("checklist_observation")
