"""The doctor looks at the place for files: can it be written, and does the scanner know a virus?"""

import io
from collections.abc import Iterator
from tempfile import TemporaryFile
from uuid import uuid4

from config.settings import Settings
from lti_tool.cli.doctor.findings import Finding, broken, note, ok
from lti_tool.evidence.errors import NoSuchFile, StoreProblem
from lti_tool.evidence.keeping import Keeping, keeping_of
from lti_tool.evidence.scanning import Verdict, scan
from lti_tool.evidence.store import PIECES

_FIX = "See that TRELLIS_EVIDENCE_URL is right, that there is room, and that we may write there"


def check_files(settings: Settings) -> Iterator[Finding]:
    """Yield whether files can be kept, by keeping one for a moment, and can be scanned."""
    keeping = keeping_of(settings)
    if not keeping.is_on:
        yield broken("files", "no photo or file can be added", f"{keeping.fault}")
        return
    yield _written(keeping)
    if keeping.scan_command:
        yield _scanned(keeping)


def _written(keeping: Keeping) -> Finding:
    key, words = f"{PIECES}doctor-{uuid4().hex}/0", b"trellis doctor"
    try:
        keeping.store.put(key, io.BytesIO(words))
        back = b"".join(keeping.store.read(key, 0, len(words)))
        keeping.store.delete([key])
    except (StoreProblem, NoSuchFile) as error:
        cause = error.__cause__
        why = f" ({type(cause).__name__})" if cause else ""
        return broken("files", f"the store cannot be written{why}", _FIX)
    return ok("files", "can be kept") if back == words else broken("files", "come back wrong", _FIX)


def _scanned(keeping: Keeping) -> Finding:
    with TemporaryFile() as harmless:
        harmless.write(b"trellis doctor")
        verdict = scan(keeping.scan_command, harmless)
    if verdict is Verdict.CLEAN:
        return ok("files", "the scanner answers")
    fix = "Run TRELLIS_SCAN_COMMAND by hand with a text on its input; it has to end with 0"
    if verdict is Verdict.UNKNOWN:
        return broken("files", "the scanner does not answer, so no file is shown", fix)
    return note("files", "the scanner blocks everything", fix)
