"""The doctor looks at Trellis itself: database, keys, worker, outbox, its public address."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.settings import Settings
from lti_tool.cli.doctor.findings import Finding, broken, note, ok
from lti_tool.cli.installation import Installation
from lti_tool.domain.base import utc_now
from lti_tool.lti.edge import Edge
from lti_tool.lti.http import Garbled, Outgoing, Unreachable
from lti_tool.lti.keys import signing_key
from lti_tool.outbox.heartbeat import is_worker_alive, last_beat
from lti_tool.outbox.models import Delivery, DeliveryState, Destination
from lti_tool.outbox.standing import held_back
from lti_tool.startup import CannotStart, check_database

_KEY_LOST = "Put back the TRELLIS_SECRET_KEY that was in use before, or run: trellis keys rotate"


def check_house(installation: Installation) -> Iterator[Finding]:
    """Yield what there is to say about this installation; stops if the database is unusable."""
    try:
        check_database(installation.any_database, installation.registry)
    except CannotStart as error:
        yield broken("database", "not usable", str(error))
        return
    yield ok("database", "opens, and fits this release")
    yield from _keys(installation.edge)
    with installation.database.reading() as session:
        yield _worker(session)
        yield from _outbox(session)
    yield from _address(installation)


def _keys(edge: Edge) -> Iterator[Finding]:
    try:
        with edge.database.transaction() as session:
            key = signing_key(session, edge.vault)
    except ValueError:
        yield broken("keys", "our signing key cannot be opened with this secret key", _KEY_LOST)
        return
    yield ok("keys", f"we sign with key {key.kid}")


def _worker(session: Session) -> Finding:
    if is_worker_alive(session):
        return ok("worker", "alive")
    beat = last_beat(session)
    since = f"silent since {beat:%Y-%m-%d %H:%M} UTC" if beat else "none has ever run here"
    return broken("worker", since, "Start it and keep it running: trellis worker")


def _outbox(session: Session) -> Iterator[Finding]:
    stuck = list(_stuck(session))
    yield from stuck
    open_now = Destination.open_until > utc_now()
    for row in session.scalars(select(Destination).where(open_now)):
        yield note("outbox", f"{row.name} does not answer; tried again by itself")
    if not stuck:
        yield ok("outbox", "nothing is stuck")


def _stuck(session: Session) -> Iterator[Finding]:
    held = len(held_back(session))
    is_parked = Delivery.state == DeliveryState.PARKED
    parked = (session.scalar(select(func.count()).where(is_parked)) or 0) - held
    if parked:
        yield broken(
            "outbox",
            f"{parked} deliveries wait for a person",
            "See why: trellis outbox list. Then: trellis outbox retry, or drop --reason",
        )
    if held:
        yield broken(
            "outbox",
            f"{held} statements are held back: they say more than they may, and never leave",
            "Tell the author of the activity what trellis outbox list says of them. "
            "Then: trellis outbox drop --reason",
        )


def _address(installation: Installation) -> Iterator[Finding]:
    """Look at ourselves from outside, as browsers and platforms do."""
    url = installation.settings.public_url
    door = Outgoing(timeout=installation.settings.platform_timeout, allow_private=True)
    fix = f"Start the web server, and see that {url} leads to it from outside"
    try:
        alive = door.request("GET", f"{url}/livez")
        published = door.request("GET", f"{url}/.well-known/jwks.json")
        kids = {str(key.get("kid")) for key in published.json().get("keys", [])}
    except Unreachable as error:
        yield broken("address", f"{url} does not answer ({error})", fix)
        return
    except (Garbled, AttributeError):
        yield broken("address", f"something else than Trellis answers at {url}", fix)
        return
    if alive.body != b"ok\n":
        yield broken("address", f"something else than Trellis answers at {url}", fix)
        return
    yield from _published(installation, kids)
    yield from _reach(installation.settings)


def _published(installation: Installation, kids: set[str]) -> Iterator[Finding]:
    url = installation.settings.public_url
    with installation.database.transaction() as session:
        try:
            ours = signing_key(session, installation.edge.vault).kid
        except ValueError:
            return
    if ours in kids:
        yield ok("address", f"{url} answers and publishes our key")
    else:
        yield broken(
            "address",
            f"{url} publishes other keys than ours",
            "The web server uses another database, or a cache in front holds the old key set",
        )


def _reach(settings: Settings) -> Iterator[Finding]:
    url = urlsplit(settings.public_url)
    if url.hostname in ("localhost", "127.0.0.1", "::1"):
        fix = "For a platform elsewhere set TRELLIS_PUBLIC_URL to an https address"
        yield note("address", "only this machine can open it", fix)
    elif not settings.trusted_proxies:
        fix = "If one stands in front of Trellis, set TRELLIS_TRUSTED_PROXIES=1"
        yield note("address", "no reverse proxy is trusted", fix)
