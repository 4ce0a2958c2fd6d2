"""The application for a WSGI server: ``gunicorn lti_tool.wsgi:app``."""

from config.settings import load_settings
from lti_tool.app import configure_logging, create_app

settings = load_settings()
configure_logging(settings)
app = create_app(settings)
