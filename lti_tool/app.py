"""Where everything meets: settings, database, activities, pages and the LTI edge."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask, g, request
from flask_babel import gettext as _
from werkzeug.middleware.proxy_fix import ProxyFix

from config.settings import Settings
from lti_tool.domain.database import Database
from lti_tool.domain.errors import DomainError, NotFound
from lti_tool.domain.quiet_hours import QuietHours
from lti_tool.evidence.keeping import keeping_of
from lti_tool.lti import init_app as init_lti
from lti_tool.mail import init_app as init_mail
from lti_tool.plugins import Registry, discover
from lti_tool.services.environment import Environment
from lti_tool.web import errors, headers, i18n, notices, readings
from lti_tool.web import init_app as init_pages
from lti_tool.web.drafts import draft_fields, kept_texts
from lti_tool.web.files import allow_files
from lti_tool.web.jinja import PlainEnvironment
from lti_tool.web.launch import csrf_token, is_csrf_safe, load_launch
from lti_tool.web.navigation import launch_context
from lti_tool.web.pages import add_launch_to_urls
from lti_tool.web.requests import CleanRequest

MAX_BODY = 2 * 1024 * 1024
"""Largest request body in bytes; views that take files have a limit of their own."""


@dataclass(frozen=True, kw_only=True)
class Trellis:
    """What one process of the tool holds; found as ``app.extensions["trellis"]``."""

    settings: Settings
    database: Database
    registry: Registry


class PlainFlask(Flask):
    """Flask without asynchronous views: looking for one at every hook was 1 % of a launch."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return *func*, which is synchronous like all of ours."""
        return func


def create_app(
    settings: Settings, *, registry: Registry | None = None, is_strict: bool = False
) -> Flask:
    """Return the web application; opens no connection before the first request.

    *registry* replaces the installed activities and *is_strict* turns log lines about
    unusable statements into errors; both are for tests.
    """
    app = PlainFlask("lti_tool", root_path=str(files("lti_tool")))
    app.request_class, app.jinja_environment = CleanRequest, PlainEnvironment
    known = registry or discover()
    database = open_database(settings, known, is_strict=is_strict)
    app.extensions["trellis"] = Trellis(settings=settings, database=database, registry=known)
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY, MAX_FORM_MEMORY_SIZE=MAX_BODY, MAX_FORM_PARTS=2_000
    )
    _serve_behind_proxies(app, settings)
    folders = [str(files("lti_tool") / "translations"), *_translation_folders(known)]
    i18n.init_app(app, settings, folders)
    for part in (errors, headers, notices, readings):
        part.init_app(app)
    _tie_requests_to_launches(app)
    _keep_activities_apart(app, known)
    _give_templates_their_context(app)
    init_pages(app)
    init_lti(app)
    init_mail(app)
    for plugin in known:
        app.register_blueprint(plugin.blueprint, url_prefix=f"/l/<uuid:launch_id>/{plugin.key}")
    return app


def open_database(settings: Settings, registry: Registry, *, is_strict: bool = False) -> Database:
    """Return the database of this installation, for web, worker and command line alike."""
    world = Environment(
        registry=registry,
        public_url=settings.public_url,
        lrs_is_on=bool(settings.lrs_endpoint),
        lrs_sends_launches=settings.lrs_sends_launches,
        secret_key=settings.secret_key.get_secret_value(),
        mail_is_on=bool(settings.smtp_url.get_secret_value()),
        mail_bundle=timedelta(minutes=settings.mail_bundle_minutes),
        quiet_hours=QuietHours.parse(settings.mail_quiet_hours, settings.time_zone),
        keeping=keeping_of(settings),
        is_strict=is_strict,
    )
    return Database(settings.database_url, info={"environment": world})


def _translation_folders(registry: Registry) -> list[str]:
    folders = [Path(str(files(plugin.package))) / "translations" for plugin in registry]
    return [str(folder) for folder in folders if folder.is_dir()]


def _serve_behind_proxies(app: Flask, settings: Settings) -> None:
    n = settings.trusted_proxies
    if n:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]


def _tie_requests_to_launches(app: Flask) -> None:
    @app.url_value_preprocessor
    def find_launch(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        if values and isinstance(values.get("launch_id"), UUID):
            g.launch_id = values.pop("launch_id")
            load_launch(g.launch_id)

    app.before_request(allow_files)  # before the form is read for its token

    @app.before_request
    def refuse_foreign_forms() -> None:
        if g.get("launch") is not None and not is_csrf_safe():
            raise DomainError(
                _("This form did not come from a page of this activity."),
                next_step=_("Go back, reload the page and send it again."),
            )

    @app.url_defaults
    def fill_launch(endpoint: str, values: dict[str, Any]) -> None:
        if app.url_map.is_endpoint_expecting(endpoint, "launch_id"):
            add_launch_to_urls(endpoint, values)


def _keep_activities_apart(app: Flask, registry: Registry) -> None:
    """A link opens one activity: the pages of the others do not exist in its launches."""

    @app.before_request
    def refuse_other_activities() -> None:
        launch, kind = g.get("launch"), request.blueprint
        if launch is not None and kind in registry and kind != launch.kind:
            raise NotFound(_("This page does not exist, or is not yours to see."))


def _give_templates_their_context(app: Flask) -> None:
    @app.context_processor
    def context() -> dict[str, Any]:
        return {"current_path": request.path, **launch_context()}

    settings: Settings = app.extensions["trellis"].settings
    static = urlsplit(settings.public_url).path.rstrip("/") + (app.static_url_path or "")

    def asset(name: str) -> str:
        """Address of a static file; a page has 13, and asking the request made them 1 %."""
        return f"{static}/{name}"

    # Globals, because imported macros do not see what the context processor gives.
    app.jinja_env.globals |= {
        "csrf_token": csrf_token,
        "asset": asset,
        "draft_fields": draft_fields,
        "kept_texts": kept_texts,
        "safeguarding_contact": settings.safeguarding_contact,
    }
