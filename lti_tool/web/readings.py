"""Puts on record who opened a welfare record: the one thing that looking at a page changes.

A GET changes nothing anywhere else. Here the reading itself is the fact to keep: a welfare
record is seen by people who were named for it one by one, and whoever answers for that has
to be able to say who did look. So the first look of a person at a record on a day (UTC) adds
one line to the audit trail; every further look costs one read of an index. The line is
written before the page leaves: no line, no page. Whoever wrote the record is not noted.
"""

from flask import Flask, Response, g

from lti_tool.domain.people import Person
from lti_tool.domain.records import Record, Visibility
from lti_tool.services.readings import not_on_record, put_on_record
from lti_tool.web.launch import current_launch
from lti_tool.web.storage import reading, transaction


def note_reading(record: Record) -> None:
    """Remember, until this request is answered, that the reader is shown *record*."""
    if record.visibility is Visibility.WELFARE and record.author_id != current_launch.person_id:
        g.setdefault("welfare_read", set()).add(record.id)


def init_app(app: Flask) -> None:
    """Let *app* put on record what `note_reading` remembered, when a view is through."""

    @app.after_request
    def keep(response: Response) -> Response:
        seen = g.pop("welfare_read", None)
        if seen:
            person_id = current_launch.person_id
            with reading() as session:
                seen = not_on_record(session, person_id, seen)
            if seen:
                with transaction() as session:
                    put_on_record(session, session.get_one(Person, person_id), seen)
        return response
