"""Trellis: work-based learning inside the VLE, as an LTI 1.3 Advantage tool."""

from lti_tool.packages import check_packages

check_packages()
