"""From a mentor's page to an activity's own pages, as if the mentor had come from the course."""

from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lti_tool.domain.errors import NotFound
from lti_tool.services.mentor_launches import open_for_mentor
from lti_tool.web.device import this_device
from lti_tool.web.i18n import language_now
from lti_tool.web.launch import set_launch_cookie
from lti_tool.web.mentor.deciding import note_act
from lti_tool.web.mentor.views import bp, opened_link
from lti_tool.web.storage import transaction


@bp.post("/<token>/open")
def open_activity() -> ResponseReturnValue:
    """Open one activity in this browser, by a first-party cookie of this launch only."""
    try:
        link_id = UUID(request.form.get("activity", ""))
    except ValueError:
        raise NotFound(_("This page does not exist, or is not yours to see.")) from None
    with transaction() as session:
        launch_id, secret = open_for_mentor(
            session,
            opened_link(),
            link_id,
            locale=language_now(),
            device_mark=this_device(),
        )
    note_act(opened_link())
    response = redirect(url_for("trainees.index", launch_id=launch_id), code=303)
    set_launch_cookie(response, launch_id, secret, partitioned=False)
    return response
