"""The logbook: dated entries of practice at work that a mentor confirms one by one."""

from activities.logbook.content import KIND
from activities.logbook.deciding import bp
from activities.logbook.describing import describe
from activities.logbook.erasing import erase
from activities.logbook.forms import LogbookSettingsForm
from activities.logbook.gallery import gallery
from activities.logbook.grading import grade_attempt, is_complete
from activities.logbook.overview import standings, waiting
from activities.logbook.signing import desk
from activities.logbook.template import TEMPLATE
from lti_tool.sdk import ActivityPlugin, Vocabulary, lazy_gettext

plugin = ActivityPlugin(
    key="logbook",
    title=lazy_gettext("Logbook"),
    description=lazy_gettext(
        "Trainees write dated entries about their practice. Their mentor confirms each one."
    ),
    package=__name__,
    blueprint=bp,
    gallery=gallery,
    settings_form=LogbookSettingsForm,
    template=TEMPLATE,
    hides=frozenset({KIND}),
    vocabulary=Vocabulary.load(__name__),
    standing=standings,
    grade=grade_attempt,
    is_complete=is_complete,
    describe=describe,
    erase=erase,
    waiting=waiting,
    signing=desk,
)
