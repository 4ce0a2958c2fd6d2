"""One-line messages that survive a redirect, kept per launch so that tabs do not mix."""

from typing import Any

from flask import Flask, Response, current_app, g, request
from itsdangerous import BadSignature, URLSafeSerializer

KINDS = ("success", "info", "warning")


def notify(message: object, kind: str = "success") -> None:
    """Show *message* (translated text) on the next page of this launch."""
    g.setdefault("new_notices", []).append((kind, str(message)))


def _cookie() -> str:
    launch = g.get("launch")
    return f"n-{launch.id.hex[:12]}" if launch else ""


def _signer() -> URLSafeSerializer:
    key = current_app.extensions["trellis"].settings.secret_key.get_secret_value()
    return URLSafeSerializer(key, salt="notices")


def take_notices() -> list[tuple[str, str]]:
    """Return what is to be shown now; shown once."""
    if "shown_notices" not in g:
        g.shown_notices = _stored() + g.pop("new_notices", [])
    found: list[tuple[str, str]] = g.shown_notices
    return found


def _stored() -> list[tuple[str, str]]:
    raw = request.cookies.get(_cookie()) if _cookie() else None
    if not raw:
        return []
    try:
        pairs = _signer().loads(raw)
    except BadSignature:
        return []
    return [(str(kind), str(text)) for kind, text in pairs]


def init_app(app: Flask) -> None:
    """Carry notices over redirects, in a short-lived signed cookie below the launch's path."""

    @app.after_request
    def carry(response: Response) -> Response:
        name = _cookie()
        if not name:
            return response
        options: dict[str, Any] = {"path": f"/l/{g.launch.id}/", "httponly": True, "secure": True}
        if fresh := g.get("new_notices"):
            response.set_cookie(
                name,
                str(_signer().dumps(fresh[-3:])),
                max_age=60,
                samesite="None",
                partitioned=True,
                **options,
            )
        elif "shown_notices" in g and name in request.cookies:
            response.delete_cookie(name, samesite="None", partitioned=True, **options)
        return response
