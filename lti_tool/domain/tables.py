"""Imports every table of the domain, so that the metadata is whole."""

from lti_tool.domain import (
    append_only,
    audit,
    contacts,
    courses,
    evidence,
    grading,
    people,
    platforms,
    records,
    sessions,
    signing,
)

__all__ = [
    "append_only",
    "audit",
    "contacts",
    "courses",
    "evidence",
    "grading",
    "people",
    "platforms",
    "records",
    "sessions",
    "signing",
]
