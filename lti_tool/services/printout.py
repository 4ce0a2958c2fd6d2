"""Records on paper: a tagged PDF (PDF/UA) in the reader's language, each signature in its own.

What people wrote is handed over as data and is never markup. Characters that no font here
has are printed as empty boxes, for which the standard's stricter level is given up.
"""

import json
import re
import unicodedata
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from typing import Any, Final, cast
from uuid import UUID

import segno
import typst
from babel import Locale
from flask_babel import format_date, format_datetime
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti_tool.domain.base import Json
from lti_tool.domain.people import Person
from lti_tool.domain.records import Record, Revision
from lti_tool.domain.signing import SealKind
from lti_tool.services.bundle import Chosen
from lti_tool.services.describing import describe, wording_here
from lti_tool.services.environment import environment
from lti_tool.services.proof_words import CAPACITIES, DECISIONS, METHODS, MOVES, ROLES

_LONG_RUN: Final = re.compile(r"\S{31,}")
_BREAK_HERE: Final = "\u200b"
_RIGHT_TO_LEFT: Final = ("R", "AL")
_SOURCE: Final = files("lti_tool") / "printing" / "record.typ"


def pdf_of(session: Session, chosen: Chosen, *, language: str) -> bytes:
    """Return the chosen records as PDF, with a code and its square of dots at every step."""
    page = _Page(session, chosen, language)
    return render(page.data())


def render(data: Json) -> bytes:
    """Return *data* as PDF/UA; without its stamp where a character cannot be shown at all."""
    inputs = {"data": json.dumps(data)}
    source = _SOURCE.read_bytes()
    try:
        made = typst.compile(source, sys_inputs=inputs, format="pdf", pdf_standards=["ua-1"])
    except typst.TypstError:
        made = typst.compile(source, sys_inputs=inputs, format="pdf")
    return made


def text_value(text: str, lang: str) -> Json:
    """Return a text as the page takes it, with its language and the direction it is read in."""
    strong = (unicodedata.bidirectional(letter) for letter in text)
    first = next((one for one in strong if one in ("L", *_RIGHT_TO_LEFT)), "L")
    return {
        "text": _LONG_RUN.sub(_with_breaks, text),
        "lang": lang,
        "rtl": first in _RIGHT_TO_LEFT,
    }


def _with_breaks(found: re.Match[str]) -> str:
    """Let a very long word go on in the next line."""
    run = found[0]
    return _BREAK_HERE.join(run[start : start + 15] for start in range(0, len(run), 15))


@dataclass
class _Page:
    session: Session
    chosen: Chosen
    language: str

    def __post_init__(self) -> None:
        self.seals = {(s.kind, s.subject_id): s for s in self.chosen.papers.seals}
        self.versions: dict[UUID, int] = {}

    def data(self) -> Json:
        learner = self.chosen.learner
        name = learner.name or learner.short_code
        today = format_date(None, "long")
        records = [self.record(record) for record in self.chosen.records.values()]
        return {
            "title": _("Records of practice of %(name)s", name=name),
            "author": "Trellis",
            "lang": self.language,
            "intro": [self.value(_("Printed on %(day)s.", day=today))],
            "check": _("Check here whether this is still valid:"),
            "records": [*records, *(self.grades(*one) for one in self.chosen.grades.items())],
        }

    def value(self, text: str, lang: str | None = None) -> Json:
        return text_value(text, lang or self.language)

    def line(self, label: str, text: object, lang: str | None = None) -> Json:
        return {"label": label, "value": self.value(str(text) or "–", lang)}

    def record(self, record: Record) -> Json:
        activity, course = self.chosen.attempts[record.attempt_id]
        day = format_date(record.happened_on, "long") if record.happened_on else ""
        facts = self.chosen.facts_of(record.id)
        self.versions = {
            id: row.number for (kind, id), row in facts.items() if kind is SealKind.REVISION
        }
        return {
            "title": ", ".join(filter(None, [activity, course, day])),
            "intro": [],
            "steps": self.steps(facts),
        }

    def grades(self, attempt_id: UUID, facts: dict[Any, Any]) -> Json:
        activity, course = self.chosen.attempts[attempt_id]
        return {
            "title": ", ".join(filter(None, [_("Grades"), activity, course])),
            "intro": [],
            "steps": self.steps(facts),
        }

    def steps(self, facts: dict[Any, Any]) -> list[Json]:
        """Every step with its address; the square of dots stands at the last one."""
        made = [self.step(key, row) for key, row in facts.items()]
        for step in made[-1:]:
            step["qr"] = qr_code(step["code"]) if step["code"] else None
        return made

    def step(self, key: Any, row: Any) -> Json:
        seal = self.seals.get(key)
        title, lines = self._parts(key[0], row)
        address = f"{environment(self.session).public_url}/verify/{seal.sha256}" if seal else None
        return {
            "title": title,
            "when": format_datetime(seal.created_at, "long") if seal else "",
            "lines": lines,
            "code": address,
            "shown": _BREAK_HERE.join(re.findall(r".{1,24}", address)) if address else "",
            "qr": None,
            "alt": _("Square of dots with the address to check this"),
        }

    def _parts(self, kind: SealKind, row: Any) -> tuple[str, list[Json]]:
        if kind is SealKind.REVISION:
            return _("Version %(number)s handed in", number=row.number), self._version(row)
        if kind is SealKind.SIGNATURE:
            return str(DECISIONS[row.decision]), self._signature(row)
        if kind is SealKind.MOVE:
            why = [self.line(_("Reason"), row.reason)] if row.reason else []
            return str(MOVES[row.kind]), why
        said = [self.line(_("Feedback"), row.comment)] if row.comment else []
        points = {"given": f"{row.given:f}", "maximum": f"{row.maximum:f}"}
        return _("Grade: %(given)s of %(maximum)s", **points), said

    def _version(self, row: Any) -> list[Json]:
        if row.erased_at is not None:
            day = format_date(row.erased_at, "long")
            return [self.line(_("Erased"), _("The words were erased on %(day)s.", day=day))]
        lines = [self.line(label, text) for label, text in describe(self.session, _revision(row))]
        return [*([self.line(_("Reason"), row.reason)] if row.reason else []), *lines]

    def _signature(self, row: Any) -> list[Json]:
        signed = f"{row.signer_name}, {ROLES[row.role]}"
        version = self.versions.get(row.revision_id)
        lines = [self.line(_("Signed as"), signed), self.line(_("On version"), version)]
        now = self.session.get_one(Person, row.signer_id).name
        if now and now != row.signer_name:
            lines.insert(1, self.line(_("Name today"), now))
        lines += self._wording(row)
        if row.capacity:
            lines.append(self.line(_("How they know"), CAPACITIES[row.capacity]))
        lines.append(self.line(_("How we know who signed"), METHODS[row.method]))
        return lines + ([self.line(_("Comment"), row.comment)] if row.comment else [])

    def _wording(self, row: Any) -> list[Json]:
        """The very words that were signed, and where they are foreign here, how they read here."""
        if not row.wording:
            return []
        lang = row.locale.replace("_", "-").split("-")[0]
        here = wording_here(self.session, row)
        if here is None:
            return [self.line(_("Words that were signed"), row.wording, lang)]
        name = Locale.parse(lang).get_language_name(self.language) or lang
        signed = _("Words that were signed, in this language: %(language)s", language=name)
        return [self.line(signed, row.wording, lang), self.line(_("The same, to read here"), here)]


def _revision(row: Any) -> Revision:
    """A row of `proof_rows` reads as the revision that it is."""
    return cast(Revision, row)


def qr_code(address: str) -> str:
    """Return a square of dots with *address*, as SVG.

    Readers take any of the eight patterns; looking for the best takes eight times as long.
    """
    drawn = BytesIO()
    segno.make(address, error="m", mask=0).save(drawn, kind="svg", border=2, xmldecl=False)
    return drawn.getvalue().decode()
