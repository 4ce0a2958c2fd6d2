"""Pages for people: the launch session, roles, look-ups, forms, languages and errors."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the host's own pages of a launch."""
    from lti_tool.web import authoring, chooser, pages, people, proof, public, trainees, verify

    for part in (public, pages, trainees, people, chooser, authoring, proof, verify):
        app.register_blueprint(part.bp)
