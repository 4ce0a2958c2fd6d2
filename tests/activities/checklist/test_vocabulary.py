"""The checklist's words for the LRS: all of them stand in the published profile."""

from activities.checklist import plugin
from xapi.profile import undescribed


def test_the_published_profile_describes_every_event():
    assert undescribed(plugin.vocabulary) == []
