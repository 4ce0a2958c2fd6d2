"""Know mentors without an account, and send them personal links."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_contact()
    create_mentor_link()
    create_rate_window()
    let_links_open_launches()


def create_contact() -> None:
    op.create_table(
        "contact",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("platform_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("is_free_mail", sa.Boolean(), nullable=False),
        sa.Column("named_by_id", sa.Uuid(), nullable=False),
        sa.Column("approved_by_id", sa.Uuid()),
        sa.Column("approved_at", MOMENT),
        sa.Column("verified_at", MOMENT),
        sa.Column("bounced_at", MOMENT),
        sa.Column("bounce_code", sa.String()),
        sa.Column("snoozed_until", MOMENT),
        sa.Column("reminders_off_at", MOMENT),
        sa.Column("reminders_sent", sa.Integer(), nullable=False),
        sa.Column("last_mailed_at", MOMENT),
        sa.Column("mailed_before_at", MOMENT),
        sa.Column("last_digest_id", sa.Uuid()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["person.id"], name="fk_contact_approved_by_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["named_by_id"], ["person.id"], name="fk_contact_named_by_id_person"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_contact_person_id_person"),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name="fk_contact_platform_id_platform"
        ),
        sa.PrimaryKeyConstraint("person_id", name="pk_contact"),
        sa.UniqueConstraint("platform_id", "address", name="uq_contact_platform_id_address"),
    )


def create_mentor_link() -> None:
    op.create_table(
        "mentor_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("signature_id", sa.Uuid()),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String()),
        sa.Column("code_expires_at", MOMENT),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("proved_until", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT),
        sa.Column("used_at", MOMENT),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_mentor_link_person_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_mentor_link"),
        sa.UniqueConstraint("token_hash", name="uq_mentor_link_token_hash"),
    )
    op.create_index("ix_mentor_link_person_id", "mentor_link", ["person_id"])


def create_rate_window() -> None:
    op.create_table(
        "rate_window",
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name="pk_rate_window"),
    )
    op.create_index("ix_rate_window_expires_at", "rate_window", ["expires_at"])


def let_links_open_launches() -> None:
    with op.batch_alter_table("launch_session") as table:
        table.add_column(sa.Column("mentor_link_id", sa.Uuid()))
        name = "fk_launch_session_mentor_link_id_mentor_link"
        table.create_foreign_key(name, "mentor_link", ["mentor_link_id"], ["id"])
