"""Security headers of every answer; who may frame us is the launch's platform alone."""

import re
from functools import lru_cache
from urllib.parse import urlsplit

from flask import Flask, Response, g

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
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


def init_app(app: Flask) -> None:
    """Set the headers on every answer."""

    @app.after_request
    def secure(response: Response) -> Response:
        origins = g.get("platform_origins", [])
        framers = " ".join(["'self'", *origins]) if origins else "'none'"
        form = " ".join(["'self'", *origins])
        headers = response.headers
        headers.setdefault("Content-Security-Policy", _POLICY.format(form=form, frame=framers))
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "geolocation=(), payment=()"
        headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
        if response.mimetype == "text/html":
            headers["Cache-Control"] = "no-store"
        return response
