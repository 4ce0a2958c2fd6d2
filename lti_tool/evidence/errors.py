"""Why a file was not taken, in words for the person who chose it."""

from flask_babel import gettext as _

from lti_tool.domain.errors import DomainError, InvalidInput


class FileRefused(InvalidInput):
    """This file cannot be evidence; nothing of it was kept."""


class StoreProblem(DomainError):
    """The place for files does not work just now; what was typed is safe."""

    status = 503


class StoreFull(StoreProblem):
    """There is no room left."""

    status = 507


class NoSuchFile(LookupError):
    """The store holds nothing under this name."""


def store_is_full() -> StoreFull:
    """Return what to raise when the disk or the bucket has no room."""
    return StoreFull(
        _("There is no room for more files just now."),
        next_step=_("Your text is kept. Tell your tutor, and add the file later."),
    )


def store_is_away() -> StoreProblem:
    """Return what to raise when the store does not answer or cannot be written."""
    return StoreProblem(
        _("The file could not be kept just now."),
        next_step=_("Your text is kept. Wait a minute and add the file again."),
    )


def no_store() -> StoreProblem:
    """Return what to raise where an administrator has not said where files go."""
    return StoreProblem(
        _("Files cannot be added here yet."),
        next_step=_("Your text is kept. Your tutor can ask the administrator to switch it on."),
    )


def wrong_kind(what: object) -> FileRefused:
    """Return what to raise for a file that is *what*, such as a web page."""
    return FileRefused(
        _("This is %(what)s. That kind of file cannot be added.", what=what),
        next_step=_("Add a photo, a PDF, a document, a sound or a short video."),
    )


def damaged() -> FileRefused:
    """Return what to raise for a file that cannot be read to its end."""
    return FileRefused(
        _("This file is damaged or not complete."),
        next_step=_("Open it on your device to check it, then add it again."),
    )
