"""What must be true before anything is served: one sentence to the operator if it is not."""

from importlib.util import find_spec
from pathlib import Path

from sqlalchemy.exc import OperationalError

from lti_tool.domain.database import Database
from lti_tool.migrations.runner import State, state_of
from lti_tool.plugins import Registry

PACKAGES = ("config", "xapi", "lti_tool", "activities")


class CannotStart(Exception):
    """Trellis would not work like this; the text says what to do."""


def check_packages() -> None:
    """Make sure that the four packages are ours: other distributions use such names too.

    Raises:
        CannotStart: One is missing, or lies in another folder than the rest.
    """
    here = Path(__file__).resolve().parent.parent
    for name in PACKAGES:
        spec = find_spec(name)
        places = [
            Path(place).resolve() for place in (spec and spec.submodule_search_locations) or ()
        ]
        if here / name not in places[:1]:
            raise CannotStart(
                f"The package {name!r} is not the one of Trellis (expected in {here}); "
                "install Trellis into an environment of its own."
            )


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
