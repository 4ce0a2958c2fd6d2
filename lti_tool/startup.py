"""What must be true before anything is served: one sentence to the operator if it is not."""

from sqlalchemy.exc import OperationalError

from lti_tool.domain.database import Database
from lti_tool.migrations.runner import State, state_of
from lti_tool.plugins import Registry


class CannotStart(Exception):
    """Trellis would not work like this; the text says what to do."""


def check_database(database: Database, registry: Registry) -> None:
    """Make sure that the database fits this release.

    Raises:
        CannotStart: It is older or newer, or cannot be opened.
    """
    try:
        state = state_of(database, registry)
    except OperationalError as error:
        raise CannotStart(
            "The database cannot be opened. Check TRELLIS_DATABASE_URL; "
            "a new one is made by: trellis db upgrade"
        ) from error
    if state is State.OUTDATED:
        raise CannotStart("The database is not up to date. Run: trellis db upgrade")
    if state is State.NEWER:
        raise CannotStart("The database belongs to a newer release. Install that release again.")
