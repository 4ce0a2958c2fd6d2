"""Whether the four packages are ours: other distributions are called config or xapi, too."""

from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("config", "xapi", "lti_tool", "activities")


class ForeignPackage(ImportError):
    """Python would take somebody else's package for one of ours."""


def check_packages() -> None:
    """Make sure that all four packages lie in one folder, without importing the others.

    Raises:
        ForeignPackage: One is missing, or lies elsewhere; the text says what to do.
    """
    here = Path(__file__).resolve().parent.parent
    for name in PACKAGES:
        spec = find_spec(name)
        places = (spec and spec.submodule_search_locations) or []
        if here / name not in [Path(place).resolve() for place in places][:1]:
            raise ForeignPackage(
                f"The package {name!r} is not the one of Trellis, which is in {here}. "
                "Install Trellis into an environment of its own."
            )
