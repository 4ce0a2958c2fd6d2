"""Where files go and how much is taken: what an administrator decides."""

from dataclasses import dataclass, field

from config.settings import Settings
from lti_tool.evidence.errors import no_store
from lti_tool.evidence.store import Store, open_store

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """The store and the limits of this installation."""

    place: Store | None = None
    fault: str = ""
    """Why there is no store, for the administrator."""
    file_bytes: int = 25 * MEGABYTE
    """Largest file."""
    files: int = 20
    """Most files of one record."""
    quota_bytes: int = 500 * MEGABYTE
    """Most bytes of one learner."""
    scan_command: str = field(default="", repr=False)

    @property
    def is_on(self) -> bool:
        """Files can be added here."""
        return self.place is not None

    @property
    def store(self) -> Store:
        """The store.

        Raises:
            StoreProblem: There is none.
        """
        if self.place is None:
            raise no_store()
        return self.place


NEEDS_URL = "PostgreSQL needs TRELLIS_EVIDENCE_URL to say where files are kept"


def keeping_of(settings: Settings) -> Keeping:
    """Return what the settings say; a store that cannot be used is left out, with the reason."""
    fault = ""
    try:
        place = open_store(settings)
    except ValueError as error:
        place, fault = None, str(error)
    return Keeping(
        place=place,
        fault=fault or ("" if place else NEEDS_URL),
        file_bytes=settings.evidence_file_mb * MEGABYTE,
        files=settings.evidence_files,
        quota_bytes=settings.evidence_quota_mb * MEGABYTE,
        scan_command=settings.scan_command,
    )
