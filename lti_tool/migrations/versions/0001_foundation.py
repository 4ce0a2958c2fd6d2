"""Trust platforms, and know their courses, people and who mentors whom."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    create_platform()
    create_deployment()
    create_tool_key()
    create_service_token()
    create_invitation()
    create_used_nonce()
    create_person()
    create_course()
    create_membership()
    create_relation()


def create_platform() -> None:
    op.create_table(
        "platform",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("auth_login_url", sa.String(), nullable=False),
        sa.Column("auth_token_url", sa.String(), nullable=False),
        sa.Column("jwks_url", sa.String(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("allows_private_network", sa.Boolean(), nullable=False),
        sa.Column("instructors_are_tutors", sa.Boolean(), nullable=False),
        sa.Column("jwks", JSON),
        sa.Column("jwks_fetched_at", MOMENT),
        sa.Column("retention_years", sa.Integer()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_platform"),
        sa.UniqueConstraint("issuer", "client_id", name="uq_platform_issuer_client_id"),
    )


def create_deployment() -> None:
    op.create_table(
        "deployment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("platform_id", sa.Uuid(), nullable=False),
        sa.Column("deployment_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name="fk_deployment_platform_id_platform"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_deployment"),
        sa.UniqueConstraint(
            "platform_id", "deployment_id", name="uq_deployment_platform_id_deployment_id"
        ),
    )


def create_tool_key() -> None:
    op.create_table(
        "tool_key",
        sa.Column("kid", sa.String(), nullable=False),
        sa.Column("private_key", sa.String(), nullable=False),
        sa.Column("public_jwk", JSON, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("retired_at", MOMENT),
        sa.PrimaryKeyConstraint("kid", name="pk_tool_key"),
    )


def create_service_token() -> None:
    op.create_table(
        "service_token",
        sa.Column("platform_id", sa.Uuid(), nullable=False),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name="fk_service_token_platform_id_platform"
        ),
        sa.PrimaryKeyConstraint("platform_id", "scopes", name="pk_service_token"),
    )


def create_invitation() -> None:
    op.create_table(
        "invitation",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("allows_private_network", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.Column("platform_id", sa.Uuid()),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name="fk_invitation_platform_id_platform"
        ),
        sa.PrimaryKeyConstraint("token_hash", name="pk_invitation"),
    )


def create_used_nonce() -> None:
    op.create_table(
        "used_nonce",
        sa.Column("nonce_hash", sa.String(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("nonce_hash", name="pk_used_nonce"),
    )
    op.create_index("ix_used_nonce_expires_at", "used_nonce", ["expires_at"])


def create_person() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("platform_id", sa.Uuid(), nullable=False),
        sa.Column("sub", sa.String()),
        sa.Column("name", sa.String()),
        sa.Column("email", sa.String()),
        sa.Column("locale", sa.String()),
        sa.Column("chosen_locale", sa.String()),
        sa.Column("pseudonym", sa.Uuid(), nullable=False),
        sa.Column("legal_hold", sa.String()),
        sa.Column("erased_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name="fk_person_platform_id_platform"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("platform_id", "sub", name="uq_person_platform_id_sub"),
        sa.UniqueConstraint("pseudonym", name="uq_person_pseudonym"),
    )


def create_course() -> None:
    op.create_table(
        "course",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("platform_id", sa.Uuid(), nullable=False),
        sa.Column("deployment_id", sa.String(), nullable=False),
        sa.Column("context_id", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("memberships_url", sa.String()),
        sa.Column("lineitems_url", sa.String()),
        sa.Column("ags_scopes", sa.String(), nullable=False),
        sa.Column("instructors_are_tutors", sa.Boolean()),
        sa.Column("roster_queued_at", MOMENT),
        sa.Column("roster_synced_at", MOMENT),
        sa.Column("roster_error", sa.String()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name="fk_course_platform_id_platform"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_course"),
        sa.UniqueConstraint(
            "platform_id",
            "deployment_id",
            "context_id",
            name="uq_course_platform_id_deployment_id_context_id",
        ),
    )


def create_membership() -> None:
    op.create_table(
        "membership",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("launch_hint", sa.String(40), nullable=False),
        sa.Column("roster_hint", sa.String(40), nullable=False),
        sa.Column("may_edit", sa.Boolean(), nullable=False),
        sa.Column("role", sa.String(40)),
        sa.Column("first_launch_at", MOMENT),
        sa.Column("last_launch_at", MOMENT),
        sa.Column("in_roster", sa.Boolean(), nullable=False),
        sa.Column("roster_seen_at", MOMENT),
        sa.Column("left_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name="fk_membership_course_id_course"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_membership_person_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_membership"),
        sa.UniqueConstraint("course_id", "person_id", name="uq_membership_course_id_person_id"),
    )
    op.create_index("ix_membership_person_id", "membership", ["person_id"])


def create_relation() -> None:
    op.create_table(
        "relation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("trainee_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date()),
        sa.Column("set_by_id", sa.Uuid()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_relation_course_id_course"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_relation_person_id_person"),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name="fk_relation_set_by_id_person"),
        sa.ForeignKeyConstraint(
            ["trainee_id"], ["person.id"], name="fk_relation_trainee_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_relation"),
    )
    op.create_index("ix_relation_course_id_person_id", "relation", ["course_id", "person_id"])
    op.create_index("ix_relation_course_id_trainee_id", "relation", ["course_id", "trainee_id"])
