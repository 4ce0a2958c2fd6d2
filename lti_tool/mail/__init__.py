"""Messages to people. The only importer of smtplib; see README.md in this folder."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Give the application the page where reminders are switched off."""
    from lti_tool.mail import views

    app.register_blueprint(views.bp)
