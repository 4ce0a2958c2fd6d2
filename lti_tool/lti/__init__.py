"""The platform-facing edge. The only importer of PyLTI1p3; owns no tables."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Give the application its LTI endpoints."""
    from lti_tool.lti.edge import Edge
    from lti_tool.lti.views import bp

    trellis = app.extensions["trellis"]
    app.extensions["trellis_lti"] = Edge(trellis.settings, trellis.database)
    app.register_blueprint(bp)
