"""Everything of one trainee to take away: one zip, for people and for machines."""

import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from typing import IO

from flask import render_template
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti_tool.domain.base import Json
from lti_tool.domain.people import Person
from lti_tool.domain.records import Record
from lti_tool.domain.roles import Role
from lti_tool.services.bundle import Chosen, Part, Reader, bundle_of, choose, files_of
from lti_tool.services.chains import canonical_json
from lti_tool.services.directory import about_person
from lti_tool.services.environment import environment
from lti_tool.services.evidence import kept_originals
from lti_tool.services.printout import pdf_of
from lti_tool.services.proof_words import METHODS
from lti_tool.web.i18n import language_now

OpenFile = Callable[[str], Iterable[bytes] | None]
"""Gives the bytes of a hash in parts, or None if the store does not have it."""
IN_MEMORY = 4 * 1024 * 1024
"""Bytes of a zip above which it is written to the disk first."""
_PART = 256 * 1024


def zip_of(
    session: Session, learner: Person, reader: Reader, open_file: OpenFile | None = None
) -> IO[bytes]:
    """Return a zip, at its beginning, with what *reader* may take away; the caller closes it.

    *open_file* is where files come from, the installation's store if nothing is said.

    Entries are only stored, not packed, so that the page inside can read them by itself.
    """
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - goes to the caller
    chosen = choose(session, learner, reader)
    private = _private(session, learner, reader)
    bundle = bundle_of(session, chosen, reader)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("records.json", canonical_json(bundle))
        archive.writestr("record.pdf", pdf_of(session, chosen, language=language_now()))
        archive.writestr("README.html", _readme(session, learner, reader, bundle, private))
        archive.writestr("verify.html", offline_page(session))
        if private is not None:
            archive.writestr("private.json", canonical_json(private))
        if reader.person_id == learner.id:
            about = about_person(session, learner)
            archive.writestr("about.json", canonical_json(about))
        is_staff = reader.role in (Role.TUTOR, Role.ASSESSOR)
        kept = kept_originals(session, person_id=reader.person_id, is_staff=is_staff)
        for one in files_of(chosen):
            _add_file(archive, one, open_file or kept)
    file.seek(0)
    return file


def in_parts(file: IO[bytes]) -> Iterator[bytes]:
    """Yield what is in *file* and close it."""
    with file:
        while part := file.read(_PART):
            yield part


def file_name(learner: Person) -> str:
    """Return a name for the download without anything personal."""
    return f"trellis-{learner.short_code}.zip"


def _add_file(archive: zipfile.ZipFile, one: Json, open_file: OpenFile) -> None:
    parts = open_file(one["sha256"])
    if parts is None:
        return
    with archive.open(one["path"], "w", force_zip64=False) as entry:
        for part in parts:
            entry.write(part)


def _private(session: Session, learner: Person, reader: Reader) -> Json | None:
    """What only the learner sees, and what is not handed in yet; None for anybody else."""
    if reader.person_id != learner.id:
        return None
    own = choose(session, learner, reader, Part.OWN)
    drafts = _drafts(choose(session, learner, reader), own)
    if not own.records and not drafts:
        return None
    return bundle_of(session, own, reader) | {"drafts": drafts}


def _drafts(*chosen: Chosen) -> list[Json]:
    rows: list[Record] = [record for one in chosen for record in one.records.values()]
    return [
        {"record": str(record.id), "kind": record.kind, "typed": record.draft}
        for record in rows
        if record.draft
    ]


def offline_page(session: Session) -> str:
    """Return the page that checks a bundle without the internet."""
    words = {
        "whole": _("Nothing was changed"),
        "broken": _("Something was changed"),
        "unreadable": _("This file cannot be read as a download of Trellis."),
        "link": _("The chain is broken at link"),
        "valid": _("Valid: word for word what was handed in and signed."),
        "superseded": _("Valid, and changed later."),
        "erased": _("Words were erased by right; the rest is as it was left."),
        "changed": _("Changed: this is not what was handed in and signed."),
        "revision": _("Version"),
        "signature": _("Signature"),
        "move": _("Step"),
        "grade": _("Grade"),
        **{method.value: str(text) for method, text in METHODS.items()},
    }
    return render_template("bundle/verify.html", words=words, verify_url=_verify_url(session))


def _verify_url(session: Session) -> str:
    return f"{environment(session).public_url}/verify"


def _readme(
    session: Session, learner: Person, reader: Reader, bundle: Json, private: Json | None
) -> str:
    others = {name for id, name in bundle["people"].items() if id != str(learner.id)}
    return render_template(
        "bundle/readme.html",
        name=learner.name or learner.short_code,
        files=bundle["files"],
        third_parties=sorted(others),
        has_private=private is not None,
        is_own=reader.person_id == learner.id,
        verify_url=_verify_url(session),
    )
