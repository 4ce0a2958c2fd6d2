"""Languages: which one a reader gets, and how a platform's codes map to ours."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel, get_locale

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
    """Return the reader's language: the launch's, else ``?lang=``, else the browser's."""
    settings: Settings = current_app.extensions["trellis"].settings
    if not has_request_context():
        return settings.default_language
    launch = g.get("launch")
    wanted = launch.locale if launch else match_language(request.args.get("lang"))
    if wanted is None:
        offered = request.accept_languages.values()
        wanted = next((found for tag in offered if (found := match_language(tag))), None)
    return wanted or settings.default_language


def pick_text(texts: object, language: str | None = None) -> str:
    """Return the text of a ``{"en": ..., "cy": ...}`` map in the reader's language.

    Falls back to English, then to any; a plain string stands for itself.
    """
    if not isinstance(texts, dict):
        return str(texts or "")
    wanted = language or str(get_locale() or "en")
    return str(texts.get(wanted) or texts.get("en") or next(iter(texts.values()), ""))


def init_app(app: Flask, settings: Settings, translation_folders: list[str]) -> None:
    """Set up Flask-Babel over the host's and the activities' catalogues."""
    app.config["BABEL_DEFAULT_LOCALE"] = settings.default_language
    app.config["BABEL_DEFAULT_TIMEZONE"] = settings.time_zone
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(translation_folders)
    app.config["BABEL_DOMAIN"] = ";".join(["messages"] * len(translation_folders))
    Babel(app, locale_selector=choose_language)
    zone = ZoneInfo(settings.time_zone)
    app.jinja_env.filters["local_time"] = lambda moment: _local(moment, zone)
    app.jinja_env.filters["text_of"] = pick_text

    @app.context_processor
    def languages() -> dict[str, object]:
        locale = get_locale() or Locale("en")
        return {
            "lang": str(locale),
            "text_direction": locale.text_direction,
            "languages": [(code, OWN_NAMES[code]) for code in LANGUAGES],
        }


def _local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return moment.astimezone(zone) if moment else None


def today() -> date:
    """Return today's date in the installation's time zone."""
    settings: Settings = current_app.extensions["trellis"].settings
    return datetime.now(UTC).astimezone(ZoneInfo(settings.time_zone)).date()
