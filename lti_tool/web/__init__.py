"""Pages for people: the launch session, roles, look-ups, forms, languages and errors."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the host's own pages of a launch."""
    from lti_tool.web import (
        authoring,  # noqa: F401 - its pages are part of the same blueprint
        authoring_publishing,
        chooser,
        drafts,
        evidence,
        handover,
        mentor,
        mentors,
        notes,
        pages,
        people,
        proof,
        public,
        trainees,
        uploads,
        verify,
    )

    launched = (
        pages,
        trainees,
        notes,
        people,
        mentors,
        chooser,
        authoring_publishing,
        proof,
        handover,
    )
    for part in (public, drafts, *launched, verify, mentor, evidence, uploads):
        app.register_blueprint(part.bp)
