"""Imports every table of the domain, so that the metadata is whole."""

from lti_tool.domain import courses, grading, people, platforms, records, sessions

__all__ = ["courses", "grading", "people", "platforms", "records", "sessions"]
