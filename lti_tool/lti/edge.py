"""What one process needs at the edge: settings, platforms, keys and doors to the network."""

from typing import cast

from flask import current_app
from werkzeug.local import LocalProxy

from config.settings import Settings
from lti_tool.domain.database import Database
from lti_tool.lti.http import Outgoing
from lti_tool.lti.jwks import PlatformKeys
from lti_tool.lti.platforms import Platforms
from lti_tool.lti.vault import Vault


class Edge:
    """Everything the LTI endpoints and senders share within a process."""

    def __init__(self, settings: Settings, database: Database) -> None:
        """Open nothing yet."""
        self.settings = settings
        self.database = database
        self.vault = Vault(settings)
        self.platforms = Platforms(database)
        timeout = settings.platform_timeout
        open_door = Outgoing(timeout=timeout, allow_private=True)
        self.doors = {
            True: open_door,
            False: open_door
            if settings.allow_private_network
            else Outgoing(timeout=timeout, allow_private=False),
        }
        """Doors to the network, by whether private addresses may be called."""
        self.keys = PlatformKeys(database, self.doors)


def _find_edge() -> Edge:
    edge: Edge = current_app.extensions["trellis_lti"]
    return edge


current_edge = cast(Edge, LocalProxy(_find_edge))
