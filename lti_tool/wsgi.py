"""The application for a WSGI server: ``gunicorn lti_tool.wsgi:app``."""

import gc
import sys

from flask import Flask

from config.settings import SettingsError, load_settings
from lti_tool.app import create_app
from lti_tool.logs import configure_logging
from lti_tool.startup import CannotStart, check_database

_NO_USE_IN_TRYING_AGAIN = 4
"""Exit status at which gunicorn stops instead of starting its workers again and again."""


def _checked_app() -> Flask:
    settings = load_settings()
    configure_logging(settings)
    made = create_app(settings)
    trellis = made.extensions["trellis"]
    check_database(trellis.database, trellis.registry)
    trellis.database.dispose()
    gc.collect()
    gc.freeze()  # looking through all of this again stopped one launch in 800 for 80 ms
    return made


try:
    app = _checked_app()
except (CannotStart, SettingsError) as error:
    sys.stderr.write(f"Trellis cannot start. {error}\n")
    sys.exit(_NO_USE_IN_TRYING_AGAIN)
