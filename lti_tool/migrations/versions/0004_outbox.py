"""Queue what leaves the tool, and know whether somebody carries it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    create_delivery()
    index_delivery()
    create_destination()
    create_worker_beat()


def create_delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("payload", JSON),
        sa.Column("body", sa.Text()),
        sa.Column("replaces", sa.Boolean(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("lease_until", MOMENT),
        sa.Column("lease_owner", sa.String()),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_status", sa.Integer()),
        sa.Column("last_error", sa.Text()),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint("seq", name="uq_delivery_seq"),
        postgresql_with={"autovacuum_vacuum_scale_factor": "0.01"},
    )


def index_delivery() -> None:
    op.create_index(
        "ix_delivery_open",
        "delivery",
        ["kind", "destination", "seq"],
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_delivery_parked",
        "delivery",
        ["seq"],
        sqlite_where=sa.text("state = 'parked'"),
        postgresql_where=sa.text("state = 'parked'"),
    )
    op.create_index("ix_delivery_subject_seq", "delivery", ["subject", "seq"])
    op.create_index(
        "ix_delivery_unsettled",
        "delivery",
        ["key", "seq"],
        sqlite_where=sa.text("state IN ('queued', 'parked')"),
        postgresql_where=sa.text("state IN ('queued', 'parked')"),
    )


def create_destination() -> None:
    op.create_table(
        "destination",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("open_until", MOMENT),
        sa.Column("allowance", sa.Integer()),
        sa.Column("last_error", sa.Text()),
        sa.Column("down_since", MOMENT),
        sa.PrimaryKeyConstraint("name", name="pk_destination"),
    )


def create_worker_beat() -> None:
    op.create_table(
        "worker_beat",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("beat_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_worker_beat"),
    )
    op.create_index("ix_worker_beat_beat_at", "worker_beat", ["beat_at"])
