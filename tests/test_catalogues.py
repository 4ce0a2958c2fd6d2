"""Every visible string exists in all seven languages, whole and with its placeholders."""

import gettext

import pytest

from tests.catalogues import DOMAINS, LANGUAGES, missing, wrong_placeholders

EVERY = [pytest.param(d, code, id=f"{d.folder}-{code}") for d in DOMAINS for code in LANGUAGES]


@pytest.mark.parametrize(("domain", "language"), EVERY)
def test_no_string_is_missing(domain, language):
    assert missing(domain, language) == []


@pytest.mark.parametrize(("domain", "language"), EVERY)
def test_every_translation_keeps_its_placeholders(domain, language):
    assert wrong_placeholders(domain, language) == []


@pytest.mark.parametrize(("domain", "language"), EVERY)
def test_the_compiled_catalogue_is_the_one_that_was_translated(domain, language):
    path = domain.path(language).with_suffix(".mo")
    with path.open("rb") as file:
        compiled = gettext.GNUTranslations(file)

    for message in domain.read(language):
        if message.id and isinstance(message.id, str):
            assert compiled.gettext(message.id) == message.string


@pytest.mark.parametrize(("domain", "language"), EVERY)
def test_every_number_has_a_form(domain, language):
    with domain.path(language).with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)

    for message in domain.read(language):
        if isinstance(message.id, tuple):
            one, many = message.id
            assert all(compiled.ngettext(one, many, number) for number in range(201))
