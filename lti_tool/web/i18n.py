"""Languages: which one a reader gets, and how a platform's codes map to ours."""

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel, format_decimal, get_locale, get_translations, gettext
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

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


def duration_text(minutes: int) -> str:
    """Return a length of time as people write it: "45 min", "5 h 20 min"."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return str(gettext("%(minutes)s min", minutes=rest))
    if not rest:
        return str(gettext("%(hours)s h", hours=hours))
    return str(gettext("%(hours)s h %(minutes)s min", hours=hours, minutes=rest))


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
    app.extensions["trellis_texts"] = {}
    app.jinja_env.install_gettext_callables(str, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals |= {"gettext": _gettext, "_": _gettext}
    zone = ZoneInfo(settings.time_zone)
    app.jinja_env.filters["local_time"] = lambda moment: _local(moment, zone)
    app.jinja_env.filters["text_of"] = pick_text
    app.jinja_env.filters["mark_text"] = mark_text

    @app.context_processor
    def languages() -> dict[str, object]:
        locale = get_locale() or Locale("en")
        return {
            "lang": locale.language,
            "text_direction": locale.text_direction,
            "languages": [(code, OWN_NAMES[code]) for code in LANGUAGES],
        }


class _Texts(dict[str, Markup]):
    """What templates say in one language, looked up in its catalogue once per process."""

    def __init__(self, catalogue: Any) -> None:
        """Begin with nothing."""
        self.catalogue = catalogue

    def __missing__(self, text: str) -> Markup:
        found = self[text] = Markup(self.catalogue.ugettext(text))  # noqa: S704 - no user's text
        return found


def _texts() -> _Texts:
    """The texts in the reader's language."""
    found: _Texts | None = g.get("texts")
    if found is None:
        known: dict[str, _Texts] = current_app.extensions["trellis_texts"]
        language = str(get_locale())
        found = g.texts = known.get(language) or known.setdefault(
            language, _Texts(get_translations())
        )
    return found


@pass_eval_context
def _gettext(context: EvalContext, text: str, /, **values: object) -> str:
    """Translate for a template; Jinja's own three calls for it were 9 % of a launch."""
    said = _texts()[text] if context.autoescape else str(_texts()[text])
    return said % values if values or "%" in said else said


def _ngettext(one: str, many: str, number: int) -> str:
    return str(_texts().catalogue.ungettext(one, many, number))


def _local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return moment.astimezone(zone) if moment else None


def mark_text(mark: Decimal) -> str:
    """Return a mark for reading, with at most two decimals as the gradebook shows it.

    What is stored and sent keeps all of its own.
    """
    rounded = mark.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return str(format_decimal(rounded, "#,##0.##"))


def today() -> date:
    """Return today's date in the installation's time zone."""
    settings: Settings = current_app.extensions["trellis"].settings
    return datetime.now(UTC).astimezone(ZoneInfo(settings.time_zone)).date()
