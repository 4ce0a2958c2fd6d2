"""Security headers of every answer; who may frame us is the launch's platform alone."""

from urllib.parse import urlsplit

from flask import Flask, Response, g

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action {form}; "
    "frame-ancestors {frame}"
)


def origin_of(url: str) -> str:
    """Return scheme, host and port of *url*, as CSP writes an origin."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def allow_platform(*urls: str) -> None:
    """Let this answer be framed by, and post forms to, the platform at *urls*."""
    g.platform_origins = sorted({origin_of(url) for url in urls if url})


def init_app(app: Flask) -> None:
    """Set the headers on every answer."""

    @app.after_request
    def secure(response: Response) -> Response:
        launch = g.get("launch")
        origins = g.get("platform_origins") or ([origin_of(launch.issuer)] if launch else [])
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
