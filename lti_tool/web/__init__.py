"""Pages for people: the launch session, roles, look-ups, forms, languages and errors."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the host's own pages of a launch."""
    from lti_tool.web import (
        authoring,
        chooser,
        drafts,
        pages,
        people,
        proof,
        public,
        trainees,
        verify,
    )

    parts = (public, drafts, pages, trainees, people, chooser, authoring, proof, verify)
    for part in parts:
        app.register_blueprint(part.bp)
