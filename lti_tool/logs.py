"""Logs for machines: one line each on standard output, never personal text."""

import logging
import sys
from typing import Any, TextIO

import structlog

from config.settings import Settings

OURS = ("lti_tool", "xapi")
"""Loggers of the standard library that our packages use; others speak up only on errors."""


class StandardOutput(logging.StreamHandler[TextIO]):
    """Writes to whatever standard output is at that moment."""

    def __init__(self) -> None:
        """Keep no stream."""
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        """Standard output, now."""
        return sys.stdout


def configure_logging(settings: Settings) -> None:
    """Log structured lines to standard output; never bodies, tokens, names or e-mails."""
    level = logging.getLevelNamesMapping()[settings.log_level]
    shared: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Any = structlog.processors.JSONRenderer()
    if settings.log_format == "console":
        renderer = structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
    _configure_standard_library(shared, renderer, level)


def _configure_standard_library(shared: list[Any], renderer: Any, level: int) -> None:
    handler = StandardOutput()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.ERROR, force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
