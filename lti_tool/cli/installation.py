"""What every command works on: settings, activities and the database."""

from functools import cached_property

import click

from config.settings import Settings
from lti_tool.app import open_database
from lti_tool.domain.database import Database
from lti_tool.lti.edge import Edge
from lti_tool.plugins import Registry, discover
from lti_tool.startup import CannotStart, check_database


class Installation:
    """This installation of Trellis; opens things only when they are asked for."""

    def __init__(self, settings: Settings) -> None:
        """Keep the settings."""
        self.settings = settings

    @cached_property
    def registry(self) -> Registry:
        """The installed activities."""
        return discover()

    @cached_property
    def any_database(self) -> Database:
        """The database in whatever state it is; for `trellis db` and `trellis doctor`."""
        return open_database(self.settings, self.registry)

    @cached_property
    def database(self) -> Database:
        """The database, made sure to fit this release."""
        try:
            check_database(self.any_database, self.registry)
        except CannotStart as error:
            raise click.ClickException(str(error)) from error
        return self.any_database

    @cached_property
    def edge(self) -> Edge:
        """Keys, platforms and doors to the network."""
        return Edge(self.settings, self.database)

    def close(self) -> None:
        """Close the database if it was opened."""
        if "any_database" in self.__dict__:
            self.any_database.dispose()


pass_installation = click.make_pass_decorator(Installation)
