"""What a tutor does in the editor of a form."""

import re

from lti_tool.domain.courses import Template, TemplateVersion

KINDS = ("logbook", "checklist", "quiz")


def seen(tilda):
    """The number of the draft on the page that is open now."""
    return re.search(r'name="seen" value="(\d+)"', tilda.page.text).group(1)


def begin(tilda):
    tilda.post("authoring.start", follow=True)
    return tilda


def act(tilda, endpoint, data=None, **values):
    tilda.get("authoring.index")
    return tilda.post(endpoint, {"seen": seen(tilda), **(data or {})}, **values)


def publish(tilda):
    tilda.get("authoring.publish")
    return tilda.post("authoring.publish", {"seen": seen(tilda)})


def draft_of(world):
    return next(t.draft for t in world.stored(Template) if t.draft is not None)


def version_of(world, link):
    setup = world.setup_of(link)
    return world.stored(TemplateVersion, id=setup.template_version_id)[0]


def add_question(tilda, text="What surprised you?"):
    answer = act(tilda, "authoring.add", {"list": "fields"})
    path = answer.location.rsplit("/", 1)[1]
    tilda.get("authoring.edit_part", path=path)
    tilda.post("authoring.edit_part", {"seen": seen(tilda), "v-label-en": text}, path=path)
    return path
