"""The doctor looks at the Learning Record Store."""

from config.settings import Settings
from lti_tool.cli.doctor.findings import Finding, broken, note, ok
from lti_tool.lrs.sender import lrs_client
from xapi.errors import LrsError, LrsMisconfigured
from xapi.lrs import LrsClient

_SETTINGS = "Compare TRELLIS_LRS_ENDPOINT, TRELLIS_LRS_KEY and TRELLIS_LRS_SECRET with the LRS"


def check_lrs(settings: Settings) -> Finding:
    """Return whether statements can be delivered; sends none."""
    try:
        client = lrs_client(settings)
        return _asked(client) if client else ok("lrs", "none is set, so no statements are made")
    except LrsMisconfigured as error:
        return broken("lrs", str(error), _SETTINGS)
    except LrsError as error:
        return broken(
            "lrs", str(error), f"See that {settings.lrs_endpoint} can be reached from here"
        )


def _asked(client: LrsClient) -> Finding:
    about = client.about()
    if about.speaks(client.version) is False:
        spoken = ", ".join(about.versions)
        return broken(
            "lrs", f"speaks xAPI {spoken} only", "Set TRELLIS_LRS_VERSION to one of these"
        )
    if not client.check_key():
        return note("lrs", "takes statements, but the key may not read them back")
    return ok("lrs", "answers and knows our key")
