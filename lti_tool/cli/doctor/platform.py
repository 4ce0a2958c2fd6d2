"""The doctor looks at one registration: keys, clocks, and tokens for every service we use."""

from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from lti_tool.cli.doctor.findings import Finding, broken, note, ok
from lti_tool.domain.base import utc_now
from lti_tool.lti.connector import PlatformConnector, TokenRefused
from lti_tool.lti.edge import Edge
from lti_tool.lti.http import Answer, Garbled, Unreachable
from lti_tool.lti.jwks import MIN_BITS, parse
from lti_tool.lti.platforms import Registered

CLOCK_NOTE_SECONDS = 5
CLOCK_LIMIT_SECONDS = 30
"""Moodle's messages live for 60 seconds, and the way here takes some of them."""

_AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
_NRPS = "https://purl.imsglobal.org/spec/lti-nrps/scope/"
NEEDED = {
    f"{_AGS}lineitem": "make gradebook columns",
    f"{_AGS}score": "send grades",
    f"{_AGS}result.readonly": "see which grade arrived",
    f"{_NRPS}contextmembership.readonly": "read the list of people in a course",
}
"""Scopes that something here needs, with what for."""

_PRIVATE = "InvalidIPAddress"
"""Name of the error with which our own guard refuses an address."""


def check_platform(edge: Edge, platform: Registered) -> Iterator[Finding]:
    """Yield what there is to say about *platform*; asks it for its keys and for tokens."""
    yield _deployments(platform)
    try:
        answer = edge.doors[platform.allows_private_network].request("GET", platform.jwks_url)
    except Unreachable as error:
        yield _unreachable(platform.jwks_url, str(error))
        return
    yield _keys(platform, answer)
    yield from _clock(answer)
    yield from _tokens(edge, platform)


def _deployments(platform: Registered) -> Finding:
    if platform.deployments:
        return ok("deployment", ", ".join(sorted(platform.deployments)))
    return broken(
        "deployment",
        "none is known, so every launch is refused",
        "Register again, or: trellis platform add ... --deployment-id ID (Moodle: tool details)",
    )


def _unreachable(url: str, why: str) -> Finding:
    if why == _PRIVATE:
        return broken(
            "network",
            f"{url} is at a private address, which we do not call",
            "If that is right, register again with --allow-private-network",
        )
    return broken(
        "network",
        f"{url} cannot be reached ({why})",
        "Open that address from this machine; look at firewall, DNS and certificate",
    )


def _keys(platform: Registered, answer: Answer) -> Finding:
    fix = "Compare the public keyset URL with the platform's tool details"
    if not answer.is_ok:
        return broken("keys", f"{platform.jwks_url} answers HTTP {answer.status}", fix)
    try:
        document = answer.json()
    except Garbled:
        document = None
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        return broken("keys", f"{platform.jwks_url} is not a key set", fix)
    usable = parse(document)
    if not usable:
        wanted = f"no RSA key of {MIN_BITS} bits or more for signing"
        return broken("keys", wanted, "The platform has to make a stronger key")
    return ok("keys", f"{len(usable)} usable")


def _clock(answer: Answer) -> Iterator[Finding]:
    try:
        there = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return
    if there.tzinfo is None:
        return
    ahead = round((there - utc_now()).total_seconds())
    how = f"the platform's is {abs(ahead)} s {'ahead' if ahead > 0 else 'behind'}"
    fix = "Set the clocks of both machines by a time service (NTP)"
    if abs(ahead) > CLOCK_LIMIT_SECONDS:
        yield broken("clock", f"{how}: launches and tokens are refused", fix)
    elif abs(ahead) > CLOCK_NOTE_SECONDS:
        yield note("clock", how, fix)
    else:
        yield ok("clock", "same time")


def _tokens(edge: Edge, platform: Registered) -> Iterator[Finding]:
    try:
        connector = PlatformConnector(edge, platform)
    except ValueError:
        return  # Our own key cannot be opened, which was said already.
    for scope, purpose in NEEDED.items():
        name = scope.rpartition("/")[2]
        try:
            granted = scope in connector.ask_for_token(scope).scopes
        except TokenRefused as error:
            yield _refused(edge, name, purpose, error.status)
            continue
        except Unreachable as error:
            yield _unreachable(platform.auth_token_url, str(error))
            return
        yield ok("token", name) if granted else _refused(edge, name, purpose, 200)


def _refused(edge: Edge, name: str, purpose: str, status: int) -> Finding:
    """Say what to look at; Moodle answers 400 whether scope, key or clock is the reason."""
    keyset = f"{edge.settings.public_url}/.well-known/jwks.json"
    return broken(
        "token",
        f"no access to {name} (HTTP {status}): we cannot {purpose}",
        "In the platform's tool settings switch on grade sync with column management, and "
        f"names and roles. If all tokens fail, its server cannot read {keyset}",
    )
