"""Languages: which one a reader gets, and how a platform's codes map to ours."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel, get_locale, get_translations

from config.settings import LANGUAGES, Settings

OWN_NAMES = {
    "en": "English",
    "cy": "Cymraeg",
    "fr": "Français",
    "sv": "Svenska",
    "nb": "Norsk bokmål",
    "is": "Íslenska",
    "fi": "Suomi",
}
_ALIASES = {"no": "nb", "nn": "nb"}


def match_language(code: str | None) -> str | None:
    """Return our language for a platform's code, or None.

    Moodle sends its own: ``en_us``, ``no``, ``fr_wp``, ``sv_fi``. Never hand such a code to
    Babel, which fails on unknown ones.
    """
    if not code:
        return None
    stem = code.replace("-", "_").split("_")[0].lower()
    stem = _ALIASES.get(stem, stem)
    return stem if stem in LANGUAGES else None


def choose_language() -> str:
    """Return the reader's language: the launch's, else ``?lang=``, else the browser's.

    English comes as British, so that dates read "22 November 2026".
    """
    settings: Settings = current_app.extensions["trellis"].settings
    wanted = _wanted_language() if has_request_context() else None
    language = wanted or settings.default_language
    return "en_GB" if language == "en" else language


def _wanted_language() -> str | None:
    launch = g.get("launch")
    if launch is not None:
        return match_language(launch.locale)
    asked = g.get("language") or match_language(request.args.get("lang"))
    if asked is not None:
        return str(asked)
    offered = request.accept_languages.values()
    return next((found for tag in offered if (found := match_language(tag))), None)


def speak(language: str) -> None:
    """Answer this request in *language*, where there is no launch that says so.

    Call it before the first text is translated.
    """
    g.language = match_language(language)


def pick_text(texts: object, language: str | None = None) -> str:
    """Return the text of a ``{"en": ..., "cy": ...}`` map in the reader's language.

    Falls back to English, then to any; a plain string stands for itself.
    """
    if not isinstance(texts, dict):
        return str(texts or "")
    wanted = language or language_now()
    return str(texts.get(wanted) or texts.get("en") or next(iter(texts.values()), ""))


def language_now() -> str:
    """Return the code of the language that is being written, one of ours."""
    locale = get_locale()
    return locale.language if locale else "en"


def init_app(app: Flask, settings: Settings, translation_folders: list[str]) -> None:
    """Set up Flask-Babel over the host's and the activities' catalogues."""
    app.config["BABEL_DEFAULT_LOCALE"] = settings.default_language
    app.config["BABEL_DEFAULT_TIMEZONE"] = settings.time_zone
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(translation_folders)
    app.config["BABEL_DOMAIN"] = ";".join(["messages"] * len(translation_folders))
    Babel(app, locale_selector=choose_language)
    app.jinja_env.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    zone = ZoneInfo(settings.time_zone)
    app.jinja_env.filters["local_time"] = lambda moment: _local(moment, zone)
    app.jinja_env.filters["text_of"] = pick_text

    @app.context_processor
    def languages() -> dict[str, object]:
        locale = get_locale() or Locale("en")
        return {
            "lang": locale.language,
            "text_direction": locale.text_direction,
            "languages": [(code, OWN_NAMES[code]) for code in LANGUAGES],
        }


def _catalogue() -> Any:
    """The reader's catalogue, looked up once per request: a page asks it 30 times and more."""
    if "catalogue" not in g:
        g.catalogue = get_translations()
    return g.catalogue


def _gettext(text: str) -> str:
    return str(_catalogue().ugettext(text))


def _ngettext(one: str, many: str, number: int) -> str:
    return str(_catalogue().ungettext(one, many, number))


def _local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return moment.astimezone(zone) if moment else None


def today() -> date:
    """Return today's date in the installation's time zone."""
    settings: Settings = current_app.extensions["trellis"].settings
    return datetime.now(UTC).astimezone(ZoneInfo(settings.time_zone)).date()
