"""Pages for machines, without a launch: health, version, our xAPI profile."""

import shutil
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

from flask import Blueprint, Response, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import make_url, select
from sqlalchemy.exc import SQLAlchemyError

from lti_tool.domain.base import utc_now
from lti_tool.outbox.models import WorkerBeat
from lti_tool.web.storage import database
from xapi.profile import PROFILE_DOCUMENT

bp = Blueprint("public", __name__)
BEAT_AGE = timedelta(seconds=60)
LEAST_FREE_SHARE = 0.05


@bp.get("/livez")
def live() -> ResponseReturnValue:
    """Say that the process answers; looks at nothing else."""
    return "ok\n", 200, {"Content-Type": "text/plain"}


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """Say whether work can be done: 503 without a database or disk; a missing worker is noted."""
    checks = {"database": _database_answers(), "disk": _disk_has_room()}
    is_ready = all(checks.values())
    notes = {"worker": _worker_is_alive() if checks["database"] else False}
    return jsonify(ready=is_ready, **checks, **notes), 200 if is_ready else 503


def _database_answers() -> bool:
    try:
        with database().reading() as session:
            session.execute(select(1))
    except SQLAlchemyError:
        return False
    return True


def _disk_has_room() -> bool:
    """Whether a SQLite database has room to grow; elsewhere the server looks after itself."""
    url = make_url(current_app.extensions["trellis"].settings.database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return True
    usage = shutil.disk_usage(Path(url.database).resolve().parent)
    return usage.free / usage.total > LEAST_FREE_SHARE


def _worker_is_alive() -> bool:
    with database().reading() as session:
        beats = session.scalars(select(WorkerBeat.beat_at))
        return any(utc_now() - beat < BEAT_AGE for beat in beats)


@bp.get("/version")
def show_version() -> ResponseReturnValue:
    """Say which release runs."""
    return jsonify(version=version("trellis-wbl"))


@bp.get("/xapi/profile")
def profile() -> Response:
    """Publish our xAPI profile, machine-readable (JSON-LD)."""
    return Response(PROFILE_DOCUMENT, content_type="application/ld+json; charset=utf-8")
