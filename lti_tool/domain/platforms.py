"""The platforms we trust, our own keys, and what protects the launch."""

import enum
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.domain.base import Base, Json, text_enum, utc_now


class Platform(Base):
    """One registration: an issuer and the client id it gave us. URLs are the platform's."""

    __tablename__ = "platform"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    issuer: Mapped[str]
    client_id: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    auth_login_url: Mapped[str]
    auth_token_url: Mapped[str]
    jwks_url: Mapped[str]
    product: Mapped[str] = mapped_column(default="")
    """Product family code, such as ``moodle``; empty until a platform said it."""
    is_active: Mapped[bool] = mapped_column(default=True)
    allows_private_network: Mapped[bool] = mapped_column(default=False)
    """Its service URLs may resolve to private addresses; set on the command line only."""
    instructors_are_tutors: Mapped[bool] = mapped_column(default=False)
    jwks: Mapped[Json | None]
    """The last key set the platform served; used for 24 h when it cannot be reached."""
    jwks_fetched_at: Mapped[datetime | None]
    retention_years: Mapped[int | None]
    """Records are kept this many years after a learner left the course; None for ever."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Deployment(Base):
    """One installation of the tool inside a platform. Unknown ones are refused."""

    __tablename__ = "deployment"
    __table_args__ = (UniqueConstraint("platform_id", "deployment_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platform.id"))
    deployment_id: Mapped[str]


class KeyState(enum.StrEnum):
    """Where one of our signing keys is in its life."""

    ACTIVE = "active"
    RETIRING = "retiring"
    """Still published, so that what it signed can be checked; signs nothing new."""
    RETIRED = "retired"


class ToolKey(Base):
    """One of our own RSA key pairs; the private part is encrypted with the tool's secret."""

    __tablename__ = "tool_key"

    kid: Mapped[str] = mapped_column(primary_key=True)
    private_key: Mapped[str]
    public_jwk: Mapped[Json]
    state: Mapped[KeyState] = mapped_column(text_enum(KeyState), default=KeyState.ACTIVE)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    retired_at: Mapped[datetime | None]


class ServiceToken(Base):
    """An access token for a platform's services, encrypted, shared by all processes."""

    __tablename__ = "service_token"

    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platform.id"), primary_key=True)
    scopes: Mapped[str] = mapped_column(primary_key=True)
    token: Mapped[str]
    expires_at: Mapped[datetime]


class Invitation(Base):
    """Leave to register one platform: single use, expiring, stored as a hash only."""

    __tablename__ = "invitation"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    note: Mapped[str] = mapped_column(default="")
    allows_private_network: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    platform_id: Mapped[UUID | None] = mapped_column(ForeignKey("platform.id"))


class UsedNonce(Base):
    """A nonce that a deep-linking request has used up; a launch keeps its own in its session."""

    __tablename__ = "used_nonce"

    nonce_hash: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
