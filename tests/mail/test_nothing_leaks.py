"""Who gets mail and what it says stands in no queue and in no log."""

import io
import json
import logging
from datetime import timedelta

import pytest
import structlog

from lti_tool.domain.base import Base
from lti_tool.domain.contacts import MentorLink
from lti_tool.services.contacts import token_of
from tests.cast import ONE_ENGINE
from tests.mail.conftest import SECRET
from tests.mail.test_messages import with_code

pytestmark = ONE_ENGINE

NAME, ADDRESS, WORDS = "Quokka Wombat", "wombat@quokka.test", "Zanzibarflour"


@pytest.fixture
def log(monkeypatch):
    """Every line that anything writes, at any level."""
    lines = io.StringIO()
    structlog.configure(
        processors=[structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(lines),
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        cache_logger_on_first_use=False,
    )
    handler, root = logging.StreamHandler(lines), logging.getLogger("lti_tool")
    before, root.level = root.level, logging.DEBUG
    root.addHandler(handler)
    yield lines
    root.removeHandler(handler)
    root.setLevel(before)
    structlog.reset_defaults()


@pytest.fixture
def story(house, post, clock, log):
    """Mail of every outcome, to people with names that stand out."""
    house.change_person(name=NAME)
    house.change(email=ADDRESS, address=ADDRESS)
    house.change_person("tomas", name=NAME)
    house.hand_in(words=WORDS)
    link, code = with_code(house)
    house.queue("code", link_id=link)
    house.send()
    clock.shift(timedelta(minutes=10))
    post.next_answers = [f"451 4.7.1 {ADDRESS} greylisted"]
    house.send()
    clock.shift(timedelta(minutes=10))
    house.send()
    house.queue("link")
    post.unknown[ADDRESS] = f"550 5.1.1 <{ADDRESS}> is unknown here, {NAME}"
    house.send()
    assert len(post.mails) == 2
    with house.database.reading() as session:
        ids = [link.id for link in session.query(MentorLink)]
    return house, code, [token_of(id, SECRET) for id in ids]


def test_the_outbox_holds_no_name_address_token_or_text(story):
    house, code, tokens = story
    rows = json.dumps(
        [{name: str(value) for name, value in vars(row).items()} for row in house.deliveries()]
    )

    assert len(tokens) >= 2
    for secret in (NAME, ADDRESS, WORDS, code, *tokens):
        assert secret not in rows


def test_no_table_holds_a_token_or_a_code(story):
    house, code, tokens = story
    with house.database.reading() as session:
        rows = [
            str(value)
            for table in Base.metadata.sorted_tables
            for row in session.execute(table.select())
            for value in row
        ]

    assert code not in rows
    for token in tokens:
        assert not any(token in value for value in rows)


def test_no_log_holds_a_name_address_token_or_text(story, log):
    _house, code, tokens = story

    for secret in (NAME, ADDRESS, WORDS, *tokens):
        assert secret not in log.getvalue()
    assert f" {code}" not in log.getvalue()
