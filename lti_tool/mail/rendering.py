"""Turn a letter into text and HTML in the reader's language, outside any request."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from flask import Flask
from flask_babel import get_locale
from jinja2 import Environment
from markupsafe import Markup

from lti_tool.web.i18n import language_now, speak


class Rendered(NamedTuple):
    """Both bodies of a mail."""

    text: str
    html: str


class Scribe:
    """Renders the templates of mails with the application's filters and translations."""

    def __init__(self, app: Flask) -> None:
        """Take the environment of *app*, once escaping for HTML and once not at all."""
        self._app = app
        self._html: Environment = app.jinja_env.overlay(autoescape=True)
        # Plain text goes into no page: there an escaped name would be a wrong one.
        self._text: Environment = app.jinja_env.overlay(autoescape=False)

    @contextmanager
    def speaking(self, language: str) -> Iterator[None]:
        """Let everything inside be said in *language*, one of ours; addresses are public."""
        public_url = self._app.extensions["trellis"].settings.public_url
        with self._app.test_request_context(base_url=public_url):
            speak(language)
            yield

    def render(self, template: str, subject: str, values: Mapping[str, Any]) -> Rendered:
        """Return both bodies of a mail; call it while `speaking`."""
        name = f"mail/{template}.html"
        text = self._text.get_template(name).render(values, parts="mail/_text.html")
        inner = self._html.get_template(name).render(values, parts="mail/_html.html")
        locale = get_locale()
        html = self._html.get_template("mail/_frame.html").render(
            subject=subject,
            body=Markup(inner),  # noqa: S704 - just made by the escaping environment
            lang=language_now(),
            text_direction=locale.text_direction if locale else "ltr",
        )
        return Rendered(_tidy(text), html)


def _tidy(text: str) -> str:
    """Return *text* with at most one empty line at a time."""
    lines: list[str] = []
    for line in (line.rstrip() for line in text.strip().splitlines()):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines) + "\n"
