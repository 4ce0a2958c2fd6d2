"""The catalogues of the host and of every activity: extract, update, compile, check.

``python -m tests.catalogues update`` takes new strings in and drops those that are gone;
``... compile`` writes the .mo files; ``... todo fi`` lists what is missing in a language.
English is the language of the source and needs no catalogue.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
LANGUAGES = ("cy", "fr", "sv", "nb", "is", "fi")
FOLDERS = ("lti_tool", "activities/logbook", "activities/quiz", "activities/checklist")
METHODS = [("**/sandbox/**", "ignore"), ("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "lazy_gettext": None,
    "_l": None,
    "ngettext": (1, 2),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


@dataclass(frozen=True)
class Domain:
    """One folder of catalogues, and the sources they belong to."""

    folder: str

    @property
    def source(self):
        return ROOT / self.folder

    def path(self, language):
        return self.source / "translations" / language / "LC_MESSAGES" / "messages.po"

    def template(self):
        """Return the catalogue of what the sources say now."""
        found = Catalog(project="Trellis", charset="utf-8")
        methods = METHODS if self.folder == "lti_tool" else METHODS[1:]
        for name, _line, message, comments, context in extract_from_dir(
            str(self.source), method_map=methods, keywords=KEYWORDS
        ):
            found.add(
                message, None, [(f"{self.folder}/{name}", None)], (), comments, context=context
            )
        return found

    def read(self, language):
        path = self.path(language)
        if not path.exists():
            return Catalog(locale=language, charset="utf-8")
        with path.open("rb") as file:
            return read_po(file, locale=language)


DOMAINS = tuple(Domain(folder) for folder in FOLDERS)


def update():
    """Take new strings into every catalogue; translations that still fit are kept."""
    for domain in DOMAINS:
        template = domain.template()
        for language in LANGUAGES:
            catalogue = domain.read(language)
            catalogue.update(template, no_fuzzy_matching=True, update_header_comment=False)
            catalogue.obsolete.clear()
            _write(domain.path(language), catalogue)


def _write(path, catalogue):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=100, omit_header=False, no_location=True, sort_output=True)


def compile_all():
    """Write the .mo file beside every .po file."""
    for domain in DOMAINS:
        for language in LANGUAGES:
            with domain.path(language).with_suffix(".mo").open("wb") as file:
                write_mo(file, domain.read(language))


def missing(domain, language):
    """Return the strings of a domain that a language does not have."""
    catalogue = domain.read(language)
    return [m.id for m in domain.template() if m.id and not _is_complete(catalogue, m)]


def _is_complete(catalogue, message):
    found = catalogue.get(message.id, message.context)
    if found is None or found.fuzzy:
        return False
    texts = found.string if isinstance(found.string, tuple) else (found.string,)
    wanted = catalogue.num_plurals if isinstance(message.id, tuple) else 1
    return len(texts) == wanted and all(text.strip() for text in texts)


def wrong_placeholders(domain, language):
    """Return the translations that lose or invent a placeholder."""
    return [m.id for m in domain.read(language) if m.id and not _placeholders_fit(m)]


def _placeholders_fit(message):
    ids = message.id if isinstance(message.id, tuple) else (message.id,)
    texts = message.string if isinstance(message.string, tuple) else (message.string,)
    known = {name for text in ids for name in PLACEHOLDER.findall(text)}
    used = [set(PLACEHOLDER.findall(text)) for text in texts if text]
    if isinstance(message.id, tuple):  # a form for one may leave the number out
        optional = {"num", "n", "count", "number"}
        return all(names <= known and known - names <= optional for names in used)
    return all(names == known for names in used)


def main(command, *arguments):
    if command == "update":
        update()
        compile_all()
    elif command == "compile":
        compile_all()
    elif command == "todo":
        for domain in DOMAINS:
            for text in missing(domain, arguments[0]):
                sys.stdout.write(f"{domain.folder}: {text!r}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
