"""Every setting of the tool: typed, read once from the environment, typos refused."""

import os
import re
from email.utils import getaddresses, parseaddr
from pathlib import Path
from typing import Any, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "TRELLIS_"
LANGUAGES = ("en", "cy", "fr", "sv", "nb", "is", "fi")
"""The languages every visible string exists in."""

QUIET_HOURS_PATTERN = r"^((([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)?( ?weekends)?)$"
"""``20:00-07:00``, ``weekends``, both with a space between, or nothing."""

_ONE_ADDRESS = re.compile(r"[^\s@<>,;:]+@[^\s@<>,;:]+")
_LONGEST_LOCAL_PART = 20
"""Before the ``@`` of the bounce address: 64 characters less what is added to it."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class SettingsError(Exception):
    """The environment cannot be used; the text says which variable and why."""


class Settings(BaseSettings):
    """Values fixed at start-up; ``lrs_timeout`` is read from ``TRELLIS_LRS_TIMEOUT``.

    Each may come from a file instead: ``TRELLIS_SECRET_KEY_FILE=/run/secrets/key``.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    database_url: str = "sqlite:///var/trellis.db"
    """SQLAlchemy URL: ``sqlite:///var/trellis.db`` or ``postgresql+psycopg://tool@db/tool``."""

    secret_key: SecretStr
    """At least 32 characters; signs states and encrypts our keys. Required."""

    public_url: str = "http://localhost:5000"
    """Where browsers and the platform reach the tool, without a slash at the end."""

    trusted_proxies: int = Field(default=0, ge=0, le=5)
    """How many reverse proxies in front may set X-Forwarded-* headers."""

    allow_private_network: bool = False
    """Let every platform and the LRS live on private addresses (demo, tests, campus)."""

    default_language: str = "en"
    """Language where nobody chose one: en, cy, fr, sv, nb, is or fi."""

    time_zone: str = "Europe/London"
    """Zone in which dates and times are shown."""

    safeguarding_contact: str = ""
    """Whom to tell of harm or danger, shown beside texts, such as ``Sam Lee, 01632 960000``."""

    session_idle_minutes: int = Field(default=60, ge=5)
    """Minutes without a request after which a launch has to be opened again."""

    session_hours: int = Field(default=12, ge=1)
    """Hours after which a launch ends whatever happens."""

    lrs_endpoint: str = ""
    """xAPI base URL such as ``https://lrs.example.org/xapi``; empty: no statements are made."""

    lrs_key: str = ""
    """User name for the LRS (HTTP Basic)."""

    lrs_secret: SecretStr = SecretStr("")
    """Password for the LRS."""

    lrs_version: str = "1.0.3"
    """Value of X-Experience-API-Version."""

    lrs_timeout: float = Field(default=30.0, gt=0)
    """Seconds to wait for the LRS before a delivery counts as failed."""

    lrs_sends_launches: bool = False
    """Also send a statement each time somebody opens an activity."""

    smtp_url: SecretStr = SecretStr("")
    """``smtp://user:password@host:587`` or ``smtps://…``; empty: no mail is sent at all."""

    mail_from: str = ""
    """Sender of all mail: ``Trellis <trellis@college.example>``. Needed with `smtp_url`."""

    mail_reply_to: str = ""
    """Where answers to our mail go, such as the help desk; empty: to the sender."""

    mail_quiet_hours: str = Field(default="20:00-07:00 weekends", pattern=QUIET_HOURS_PATTERN)
    """When no reminders are sent, in `time_zone`; empty: they are sent at any time."""

    mail_bundle_minutes: int = Field(default=10, ge=0, le=1440)
    """Minutes that the first thing that waits is held back, so that others come along."""

    mail_bounce_address: str = ""
    """Where undeliverable mail comes back: ``bounce@college.example``; see config/README.md."""

    platform_timeout: float = Field(default=10.0, gt=0)
    """Seconds to wait for a platform's services."""

    evidence_url: str = ""
    """Where files go: ``file:///var/lib/trellis/evidence`` or ``s3://bucket?endpoint=...``;
    empty: the folder ``evidence`` beside a SQLite database."""

    evidence_key: str = ""
    """Access key of the bucket."""

    evidence_secret: SecretStr = SecretStr("")
    """Secret key of the bucket."""

    evidence_file_mb: int = Field(default=25, ge=1, le=500)
    """Largest file in megabytes."""

    evidence_files: int = Field(default=20, ge=1, le=100)
    """Most files of one record."""

    evidence_quota_mb: int = Field(default=500, ge=1)
    """Most megabytes of one learner."""

    scan_command: str = ""
    """Virus scanner that reads a file on its input: exit code 0 is clean, 1 is blocked."""

    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR. Logs are JSON lines without personal text."""

    log_format: str = Field(default="json", pattern="^(json|console)$")
    """``json`` for machines, ``console`` for a person watching."""

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < 32:
            raise ValueError("needs at least 32 characters")
        return value

    @field_validator("default_language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        if value not in LANGUAGES:
            raise ValueError(f"must be one of {', '.join(LANGUAGES)}")
        return value

    @field_validator("evidence_url")
    @classmethod
    def _known_store(cls, value: str) -> str:
        url = urlsplit(value)
        if value and (url.scheme not in ("file", "s3") or (url.scheme == "file" and url.netloc)):
            raise ValueError("must begin with file:/// or s3://")
        return value

    @model_validator(mode="after")
    def _public_url_is_safe(self) -> Self:
        url = urlsplit(self.public_url)
        if url.scheme not in ("http", "https") or not url.hostname or self.public_url[-1] == "/":
            raise ValueError("TRELLIS_PUBLIC_URL must look like https://tool.example.org")
        if url.scheme == "http" and url.hostname not in _LOOPBACK:
            raise ValueError("TRELLIS_PUBLIC_URL must be https unless it is on this machine")
        return self

    @model_validator(mode="after")
    def _mail_can_be_sent(self) -> Self:
        address = self.smtp_url.get_secret_value()
        if not address:
            return self
        url = urlsplit(address)
        if url.scheme not in ("smtp", "smtps") or not url.hostname or not _is_port(url):
            raise ValueError("TRELLIS_SMTP_URL must look like smtp://user:password@host:587")
        is_plain = url.scheme == "smtp" and "starttls=false" in url.query
        if url.username and is_plain and url.hostname not in _LOOPBACK:
            raise ValueError("TRELLIS_SMTP_URL would send a password in the clear")
        if not parseaddr(self.mail_from)[1]:
            raise ValueError("TRELLIS_MAIL_FROM is needed with TRELLIS_SMTP_URL")
        return self

    @field_validator("mail_from", "mail_reply_to", "mail_bounce_address")
    @classmethod
    def _one_address(cls, value: str) -> str:
        found = getaddresses([value]) if value else []
        if value and (len(found) != 1 or not _ONE_ADDRESS.fullmatch(found[0][1])):
            raise ValueError("must be one mail address, such as trellis@college.example")
        if any(sign in value for sign in "\r\n"):
            raise ValueError("must be one line")
        return value

    @field_validator("mail_bounce_address")
    @classmethod
    def _room_for_a_token(cls, value: str) -> str:
        if len(value.partition("@")[0]) > _LONGEST_LOCAL_PART:
            raise ValueError(f"needs at most {_LONGEST_LOCAL_PART} characters before the @")
        return value

    @property
    def public_host(self) -> str:
        """Host with port, as registration needs it (facts.md 1)."""
        return urlsplit(self.public_url).netloc


def _is_port(url: SplitResult) -> bool:
    try:
        return url.port != 0
    except ValueError:
        return False


def load_settings(**overrides: Any) -> Settings:
    """Read the environment, ``*_FILE`` variables included, and check it.

    Raises:
        SettingsError: A value is missing or wrong, or a TRELLIS_ name is unknown.
    """
    values = _from_environment() | overrides
    try:
        return Settings(**values)
    except ValidationError as error:
        raise SettingsError(_in_words(error)) from None


def _in_words(error: ValidationError) -> str:
    """Name the variables and what is wrong, never the values: some of them are secrets."""
    return "; ".join(
        f"{PREFIX}{str(fault['loc'][0]).upper()}: {_fault(fault)}"
        if fault["loc"]
        else _fault(fault)
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    )


def _fault(fault: Any) -> str:
    if fault["type"] == "missing":
        return "is required and not set; see config/README.md"
    return str(fault["msg"]).removeprefix("Value error, ")


def _from_environment() -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in os.environ.items():
        if not name.startswith(PREFIX):
            continue
        field = name.removeprefix(PREFIX).lower()
        is_file = field.endswith("_file") and field not in Settings.model_fields
        field = field.removesuffix("_file") if is_file else field
        if field not in Settings.model_fields:
            raise SettingsError(f"{name} is not a setting of Trellis; see config/README.md")
        if field in values:
            raise SettingsError(f"{PREFIX}{field.upper()} is set twice, as a value and as a file")
        values[field] = _text_of(name, value) if is_file else value
    return values


def _text_of(name: str, path: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name}: the file cannot be read ({type(error).__name__})") from None
