"""A small VLE that behaves as a real Moodle was measured to; see README.md in this folder."""

from lti_tool.sandbox.app import create_sandbox_app
from lti_tool.sandbox.demo import Cast, seed
from lti_tool.sandbox.faults import Faults
from lti_tool.sandbox.hops import launch, send_login
from lti_tool.sandbox.lrs import LrsAccess
from lti_tool.sandbox.mailbox import Mailbox
from lti_tool.sandbox.model import CourseRole
from lti_tool.sandbox.platform import Sandbox
from lti_tool.sandbox.serving import Server, serve

__all__ = [
    "Cast",
    "CourseRole",
    "Faults",
    "LrsAccess",
    "Mailbox",
    "Sandbox",
    "Server",
    "create_sandbox_app",
    "launch",
    "seed",
    "send_login",
    "serve",
]
