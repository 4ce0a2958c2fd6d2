"""Place activities in courses, and open them by a launch."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MARK = sa.Numeric(14, 5).with_variant(sa.String(20), "sqlite")


def upgrade() -> None:
    create_template()
    create_template_version()
    create_activity_setup()
    create_resource_link()
    create_launch_session()
    create_handoff()


def create_template() -> None:
    op.create_table(
        "template",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String()),
        sa.Column("course_id", sa.Uuid()),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("default_locale", sa.String(), nullable=False),
        sa.Column("draft", JSON),
        sa.Column("draft_number", sa.Integer(), nullable=False),
        sa.Column("changed_by_id", sa.Uuid()),
        sa.Column("changed_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["person.id"], name="fk_template_changed_by_id_person"
        ),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name="fk_template_course_id_course"),
        sa.PrimaryKeyConstraint("id", name="pk_template"),
    )


def create_template_version() -> None:
    op.create_table(
        "template_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("changes", JSON, nullable=False),
        sa.Column("published_by_id", sa.Uuid()),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["published_by_id"], ["person.id"], name="fk_template_version_published_by_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["template_id"], ["template.id"], name="fk_template_version_template_id_template"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_template_version"),
        sa.UniqueConstraint("template_id", "number", name="uq_template_version_template_id_number"),
    )


def create_activity_setup() -> None:
    op.create_table(
        "activity_setup",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("settings", JSON, nullable=False),
        sa.Column("template_version_id", sa.Uuid(), nullable=False),
        sa.Column("grade_maximum", MARK),
        sa.Column("copied_from_id", sa.Uuid()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("grade_maximum > 0", name=op.f("ck_activity_setup_maximum_positive")),
        sa.ForeignKeyConstraint(
            ["copied_from_id"],
            ["activity_setup.id"],
            name="fk_activity_setup_copied_from_id_activity_setup",
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name="fk_activity_setup_course_id_course"
        ),
        sa.ForeignKeyConstraint(
            ["template_version_id"],
            ["template_version.id"],
            name="fk_activity_setup_template_version_id_template_version",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_activity_setup"),
    )
    op.create_index("ix_activity_setup_course_id", "activity_setup", ["course_id"])


def create_resource_link() -> None:
    op.create_table(
        "resource_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("resource_link_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("setup_id", sa.Uuid()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name="fk_resource_link_course_id_course"
        ),
        sa.ForeignKeyConstraint(
            ["setup_id"], ["activity_setup.id"], name="fk_resource_link_setup_id_activity_setup"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_resource_link"),
        sa.UniqueConstraint(
            "course_id", "resource_link_id", name="uq_resource_link_course_id_resource_link_id"
        ),
    )


def create_launch_session() -> None:
    op.create_table(
        "launch_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("nonce_hash", sa.String()),
        sa.Column("platform_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("resource_link_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("return_url", sa.String()),
        sa.Column("device_mark", sa.String()),
        sa.Column("document_target", sa.String(), nullable=False),
        sa.Column("is_handed_off", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name="fk_launch_session_course_id_course"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_launch_session_person_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name="fk_launch_session_platform_id_platform"
        ),
        sa.ForeignKeyConstraint(
            ["resource_link_id"],
            ["resource_link.id"],
            name="fk_launch_session_resource_link_id_resource_link",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_launch_session"),
        sa.UniqueConstraint("nonce_hash", name="uq_launch_session_nonce_hash"),
    )
    op.create_index("ix_launch_session_expires_at", "launch_session", ["expires_at"])
    op.create_index("ix_launch_session_person_id", "launch_session", ["person_id"])


def create_handoff() -> None:
    op.create_table(
        "handoff",
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("launch_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["launch_id"], ["launch_session.id"], name="fk_handoff_launch_id_launch_session"
        ),
        sa.PrimaryKeyConstraint("code_hash", name="pk_handoff"),
    )
    op.create_index("ix_handoff_expires_at", "handoff", ["expires_at"])
