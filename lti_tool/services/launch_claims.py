"""A checked launch message in our own words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from lti_tool.domain.roles import Hint


@dataclass(frozen=True, kw_only=True)
class LaunchClaims:
    """A checked launch message in our words; `lti_tool.lti.claims` alone knows the URIs.

    Text is plain, trimmed, and None or empty where the platform said nothing.
    """

    platform_id: UUID
    deployment_id: str
    message_type: str
    nonce: str
    sub: str
    hint: Hint
    context_id: str
    resource_link_id: str = ""
    name: str | None = None
    email: str | None = None
    locale: str = "en"
    course_label: str = ""
    course_title: str = ""
    link_title: str = ""
    memberships_url: str | None = None
    lineitems_url: str | None = None
    lineitem_url: str | None = None
    ags_scopes: str = ""
    return_url: str | None = None
    document_target: str = "iframe"
    for_user_sub: str | None = None
    target_link_uri: str = ""
    setup_id: UUID | None = None
    """The activity the link says it opens: looked up, never believed."""
    custom: Mapping[str, str] = field(default_factory=dict)
    deep_linking: Mapping[str, Any] = field(default_factory=dict)
