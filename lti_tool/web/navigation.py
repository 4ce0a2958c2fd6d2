"""What every page of a launch shows around its content: who, where, and where to next."""

from dataclasses import dataclass
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from lti_tool.domain.roles import Role
from lti_tool.web.launch import CurrentLaunch
from lti_tool.web.notices import take_notices


@dataclass(frozen=True, kw_only=True)
class NavItem:
    """One link of the navigation."""

    label: str
    url: str
    is_current: bool


def launch_context() -> dict[str, Any]:
    """Return `launch`, `nav`, `own_role_name` and `notices` for templates."""
    launch: CurrentLaunch | None = g.get("launch")
    if launch is None:
        return {"launch": None, "nav": [], "notices": [], "own_role_name": ""}
    return {
        "launch": launch,
        "nav": _nav(launch),
        "notices": take_notices(),
        "own_role_name": role_name(launch.role),
    }


def role_name(role: Role | None) -> str:
    """Return the reader's word for a role."""
    return str(_ROLE_NAMES[role])


_ROLE_NAMES = {
    Role.TRAINEE: lazy_gettext("trainee"),
    Role.MENTOR: lazy_gettext("mentor"),
    Role.TUTOR: lazy_gettext("tutor"),
    Role.ASSESSOR: lazy_gettext("assessor"),
    None: lazy_gettext("not decided yet"),
}


def _nav(launch: CurrentLaunch) -> list[NavItem]:
    if launch.role is Role.TUTOR and launch.kind:
        targets = [
            (_("Trainees"), "trainees.index"),
            (_("People"), "people.index"),
            (_("Form"), "authoring.index"),
            (_("Settings"), "chooser.settings"),
        ]
    elif launch.role is Role.TUTOR:
        targets = [(_("Set up"), "chooser.choose"), (_("People"), "people.index")]
    elif launch.role is Role.MENTOR and launch.kind:
        targets = [(_("Your trainees"), "trainees.index")]
    else:
        targets = []
    here = request.path
    items = [(label, url_for(endpoint)) for label, endpoint in targets]
    return [NavItem(label=label, url=url, is_current=here.startswith(url)) for label, url in items]
