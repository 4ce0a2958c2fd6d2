"""All senders of this installation, for the worker."""

from lti_tool.lrs.sender import StatementSender, lrs_client
from lti_tool.lti.edge import Edge
from lti_tool.lti.senders import platform_senders
from lti_tool.outbox.sending import Sender


def all_senders(edge: Edge) -> dict[str, Sender]:
    """Return who carries what: scores, columns and rosters to platforms, statements to the LRS."""
    senders = platform_senders(edge)
    client = lrs_client(edge.settings)
    if client is not None:
        senders["statement"] = StatementSender(client)
    return senders
