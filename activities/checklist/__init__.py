"""The checklist: criteria that a mentor or tutor watches for, observed again and again."""

from activities.checklist.correcting import bp
from activities.checklist.describing import describe
from activities.checklist.erasing import erase
from activities.checklist.forms import ChecklistSettingsForm
from activities.checklist.gallery import gallery
from activities.checklist.grading import grade_attempt, is_complete
from activities.checklist.models import KIND
from activities.checklist.overview import standing
from activities.checklist.template import TEMPLATE
from lti_tool.sdk import ActivityPlugin, Vocabulary, lazy_gettext

plugin = ActivityPlugin(
    key="checklist",
    title=lazy_gettext("Checklist"),
    description=lazy_gettext(
        "A mentor or tutor watches a trainee at work and says which points are met."
    ),
    package=__name__,
    blueprint=bp,
    gallery=gallery,
    settings_form=ChecklistSettingsForm,
    template=TEMPLATE,
    hides=frozenset({KIND}),
    vocabulary=Vocabulary.load(__name__),
    standing=standing,
    grade=grade_attempt,
    is_complete=is_complete,
    describe=describe,
    erase=erase,
    mentors_begin=True,
    grades_by_rule=True,
)
