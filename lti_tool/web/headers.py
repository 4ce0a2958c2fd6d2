"""Security headers of every answer; who may frame us is the launch's platform alone."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, Response, g

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self'; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action {form}; "
    "frame-ancestors {frame}"
)


_PLACE = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
_USUAL_PORTS = {"http": ":80", "https": ":443"}


@lru_cache(maxsize=1024)
def origin_of(url: str) -> str | None:
    """Return scheme, host and port of *url* as CSP writes an origin, or None without one.

    Whatever could end the directive and begin another is no host.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    place = parts.netloc.lower()
    if parts.scheme not in _USUAL_PORTS or not _PLACE.fullmatch(place):
        return None
    return f"{parts.scheme}://{place.removesuffix(_USUAL_PORTS[parts.scheme])}"


def allow_platform(*urls: str) -> None:
    """Let this answer be framed by, and post forms to, the platform at *urls*."""
    g.platform_origins = sorted({origin for url in urls if (origin := origin_of(url))})


_ALWAYS = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Permissions-Policy", "geolocation=(), payment=()"),
    ("Cross-Origin-Opener-Policy", "same-origin-allow-popups"),
]


def init_app(app: Flask) -> None:
    """Set the headers on every answer."""
    app.wsgi_app = _with_fixed_headers(app.wsgi_app)  # type: ignore[assignment,method-assign]

    @app.after_request
    def secure(response: Response) -> Response:
        origins = g.get("platform_origins", [])
        framers = " ".join(["'self'", *origins]) if origins else "'none'"
        form = " ".join(["'self'", *origins])
        headers = response.headers
        headers.setdefault("Content-Security-Policy", _POLICY.format(form=form, frame=framers))
        if response.mimetype == "text/html":
            headers["Cache-Control"] = "no-store"
        return response


def _with_fixed_headers(application: "WSGIApplication") -> "WSGIApplication":
    """Add what never changes at the very end: Werkzeug's checks of it were 1.4 % of a launch."""

    def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            return start_response(status, headers + _ALWAYS, error)

        return application(environ, start)

    return serve
