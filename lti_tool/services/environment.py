"""What use cases need to know of this installation, carried by the session."""

from dataclasses import dataclass, field
from datetime import UTC, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy.orm import Session

from lti_tool.domain.quiet_hours import QuietHours
from lti_tool.evidence.keeping import Keeping
from lti_tool.plugins import Registry


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The installation as services see it; one per process, set by `create_app`."""

    registry: Registry
    public_url: str
    lrs_is_on: bool
    lrs_sends_launches: bool = False
    secret_key: str = field(default="", repr=False)
    """The installation's secret; personal links are derived from it."""
    mail_is_on: bool = False
    """Whether a mail server is set; without one nothing is queued for it."""
    mail_bundle: timedelta = timedelta(minutes=10)
    """How long the first thing that waits is held back, so that others come along."""
    quiet_hours: QuietHours = field(default_factory=lambda: QuietHours(zone=UTC))
    keeping: Keeping = field(default_factory=Keeping)
    """Where files of evidence go, and how much is taken."""
    is_strict: bool = False
    """In tests: a statement that cannot be made is an error, not a line in the log."""

    @property
    def namespace(self) -> UUID:
        """Namespace of this installation's statement ids."""
        return uuid5(NAMESPACE_URL, self.public_url)


def environment(session: Session) -> Environment:
    """Return the installation that *session* works for.

    Raises:
        KeyError: The session was not opened by the application's database.
    """
    found: Environment = session.info["environment"]
    return found
