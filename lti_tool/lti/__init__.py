"""The platform-facing edge. The only importer of PyLTI1p3; owns no tables."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Give the application its LTI endpoints."""
    from lti_tool.lti import deep_linking, registration, views
    from lti_tool.lti.edge import Edge

    trellis = app.extensions["trellis"]
    app.extensions["trellis_lti"] = Edge(trellis.settings, trellis.database)
    for part in (views, deep_linking, registration):
        app.register_blueprint(part.bp)
