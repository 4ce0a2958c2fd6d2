"""The templates that ship with the logbook can be used in every language."""

import pytest

from activities.logbook.gallery import gallery
from config.settings import LANGUAGES
from lti_tool.plugins import GalleryTemplate

every_template = pytest.mark.parametrize("template", gallery(), ids=lambda t: t.key)


@every_template
def test_every_text_exists_in_every_language(template: GalleryTemplate) -> None:
    content = template.content
    texts = [content["intro"]]
    texts += [
        field[part] for field in content["fields"] for part in ("label", "hint") if part in field
    ]
    assert [sorted(text) for text in texts] == [sorted(LANGUAGES)] * len(texts)
    assert all(text.strip() for translations in texts for text in translations.values())


@every_template
def test_fields_have_ids_of_their_own_and_the_first_must_be_filled_in(
    template: GalleryTemplate,
) -> None:
    fields = template.content["fields"]
    assert len({field["id"] for field in fields}) == len(fields)
    assert fields[0]["required"]
