"""Pages for people: the launch session, roles, look-ups, forms, languages and errors."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the host's own pages of a launch."""
    from lti_tool.web import authoring, chooser, pages, people, public, trainees

    for part in (public, pages, trainees, people, chooser, authoring):
        app.register_blueprint(part.bp)
