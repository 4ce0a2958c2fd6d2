"""Who carries which kind of delivery out of the house."""

from lti_tool.lti.columns import LineItemSender
from lti_tool.lti.edge import Edge
from lti_tool.lti.grades import ScoreSender
from lti_tool.lti.roster import RosterSender
from lti_tool.outbox.sending import Sender


def platform_senders(edge: Edge) -> dict[str, Sender]:
    """Return the senders that talk to platforms, by kind of delivery."""
    return {
        "score": ScoreSender(edge),
        "line_item": LineItemSender(edge),
        "roster": RosterSender(edge),
    }
