"""Mail addresses: which can be used, when two are one mailbox, which anybody can have."""

import re
import unicodedata
from functools import cache
from importlib.resources import files

LONGEST = 254
"""Most characters of an address (RFC 5321, 4.5.3.1.3, without the angle brackets)."""

_SHAPE = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]+@(?:[\w-]+\.)+[\w-]{2,}", re.UNICODE)
_DOTS_DO_NOT_COUNT = ("gmail.com", "googlemail.com")


def folded(email: str) -> str:
    """Return *email* as it is compared: composed, trimmed, in small letters."""
    return unicodedata.normalize("NFKC", email).strip().casefold()


def is_address(email: str) -> bool:
    """Say whether a mail could be sent to *email*; whether it arrives, only a mail tells."""
    address = folded(email)
    return len(address) <= LONGEST and _SHAPE.fullmatch(address) is not None


def is_free_mail(email: str) -> bool:
    """Say whether anybody can have an address of this domain."""
    return folded(email).rpartition("@")[2] in _free_mail_domains()


def same_mailbox(one: str | None, other: str | None) -> bool:
    """Say whether two addresses end up in one mailbox; ``tom+boss@`` is ``tom@``."""
    return bool(one and other) and _mailbox(one or "") == _mailbox(other or "")


def _mailbox(email: str) -> str:
    local, _, domain = folded(email).rpartition("@")
    local = local.partition("+")[0]
    if domain in _DOTS_DO_NOT_COUNT:
        local, domain = local.replace(".", ""), _DOTS_DO_NOT_COUNT[0]
    return f"{local}@{domain}"


@cache
def _free_mail_domains() -> frozenset[str]:
    text = files("config").joinpath("free_mail_domains.txt").read_text("utf-8")
    lines = (line.strip() for line in text.splitlines())
    return frozenset(line for line in lines if line and not line.startswith("#"))
