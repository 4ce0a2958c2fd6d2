"""Put a logbook behind each of the bench platform's links, so that launches do their real work.

The bench's platform sends 20 courses ``ctx-0`` to ``ctx-19`` with one link each, without
custom parameters; a tutor would have set each link up once.
"""

import sys
from decimal import Decimal

from flask import Flask
from sqlalchemy import select

from config.settings import load_settings
from lti_tool.app import create_app
from lti_tool.domain.courses import Course, ResourceLink
from lti_tool.domain.platforms import Platform
from lti_tool.services.setups import create_setup, place_setup

COURSES = 20


def main():
    app: Flask = create_app(load_settings())
    database = app.extensions["trellis"].database
    with app.test_request_context(), database.transaction() as session:
        platform = session.scalars(select(Platform)).one()
        for number in range(COURSES):
            furnish(session, platform, number)


def furnish(session, platform, number):
    base = f"{platform.issuer}/contexts/{number}"
    course = Course(
        platform_id=platform.id,
        deployment_id="1",
        context_id=f"ctx-{number}",
        label=f"C{number}",
        title=f"Course {number}",
        memberships_url=f"{base}/memberships",
        lineitems_url=f"{base}/lineitems",
    )
    session.add(course)
    session.flush()
    link = ResourceLink(
        course_id=course.id, resource_link_id=f"rl-{number}-1", title="Bench activity"
    )
    session.add(link)
    session.flush()
    setup = create_setup(
        session,
        course,
        kind="logbook",
        title="Bench activity",
        template_key=sys.argv[1] if len(sys.argv) > 1 else _first_template(),
        settings={},
        grade_maximum=Decimal(100),
    )
    place_setup(session, link, setup, line_item_url=f"{base}/lineitems/1/lineitem")


def _first_template():
    from activities.logbook import plugin

    return plugin.gallery()[0].key


if __name__ == "__main__":
    main()
