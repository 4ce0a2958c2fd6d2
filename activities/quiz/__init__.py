"""The quiz: questions marked by themselves, self-ratings that never become a mark, tries."""

from activities.quiz.describing import describe
from activities.quiz.erasing import erase
from activities.quiz.forms import QuizSettingsForm
from activities.quiz.gallery import gallery
from activities.quiz.grading import grade_attempt, is_complete
from activities.quiz.overview import standing
from activities.quiz.template import TEMPLATE
from activities.quiz.views import bp
from lti_tool.sdk import ActivityPlugin, Vocabulary, lazy_gettext

plugin = ActivityPlugin(
    key="quiz",
    title=lazy_gettext("Quiz"),
    description=lazy_gettext(
        "Trainees answer questions and rate themselves. Right answers are marked at once; "
        "ratings never become a mark."
    ),
    package=__name__,
    blueprint=bp,
    gallery=gallery,
    settings_form=QuizSettingsForm,
    template=TEMPLATE,
    vocabulary=Vocabulary.load(__name__),
    standing=standing,
    grade=grade_attempt,
    is_complete=is_complete,
    describe=describe,
    erase=erase,
    grades_by_rule=True,
)
