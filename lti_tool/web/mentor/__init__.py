"""The page of a mentor without an account: opened from a mail, on a phone, without a login."""

from lti_tool.web.mentor import files, observing, receipts, wishes
from lti_tool.web.mentor.views import bp

__all__ = ["bp", "files", "observing", "receipts", "wishes"]
