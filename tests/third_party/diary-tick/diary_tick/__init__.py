"""Diary tick: one tick for each day on which the trainee wrote a diary on paper."""

from diary_tick.rules import DiarySettingsForm, grade, is_complete, standing
from diary_tick.views import bp
from lti_tool.sdk import ActivityPlugin, GalleryTemplate, Vocabulary

plugin = ActivityPlugin(
    key="diary_tick",
    title="Diary tick",
    description="Trainees tick each day on which they wrote their diary.",
    package=__name__,
    blueprint=bp,
    gallery=lambda: [GalleryTemplate(key="plain", title="Plain diary", content={})],
    settings_form=DiarySettingsForm,
    vocabulary=Vocabulary.load(__name__),
    standing=standing,
    grade=grade,
    is_complete=is_complete,
    grades_by_rule=True,
)
