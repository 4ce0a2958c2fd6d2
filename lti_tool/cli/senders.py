"""All senders of this installation, for the worker."""

from lti_tool.app import create_app
from lti_tool.lrs.sender import StatementSender, lrs_client
from lti_tool.lti.edge import Edge
from lti_tool.lti.senders import platform_senders
from lti_tool.mail.sender import MailSender
from lti_tool.outbox.sending import Sender


def all_senders(edge: Edge) -> dict[str, Sender]:
    """Return who carries what: scores, columns and rosters to platforms, statements to the LRS.

    Mail goes to people if a mail server is set; its texts need the application's templates.
    """
    senders = platform_senders(edge)
    client = lrs_client(edge.settings)
    if client is not None:
        senders["statement"] = StatementSender(client)
    if edge.settings.smtp_url.get_secret_value():
        senders["mail"] = MailSender(create_app(edge.settings), edge.database)
    return senders
