"""Whole stories of mentors by mail, from the list of what must not go wrong.

One mentor with fourteen trainees (case 3), and mail that bounces, is kept back by a filter,
or is read where only plain text is shown (case 45).
"""

import html
import re
from datetime import timedelta

import pytest

from lti_tool.domain.records import Record, RecordState
from lti_tool.services.mailing import Silence
from tests.cast import ONE_ENGINE
from tests.mail.conftest import MONDAY

pytestmark = [ONE_ENGINE, pytest.mark.timeout(180)]

TEN_MINUTES = timedelta(minutes=10)
WEEK = timedelta(days=7)


class Reader:
    """Gwen with a mail program that shows text alone, and a browser without cookies."""

    def __init__(self, house, mail):
        self.house = house
        [self.path, *_] = [link.removeprefix("https://trellis.test") for link in mail.links]
        self.client = house.app.test_client(use_cookies=False)

    def looks(self):
        self.page = self.client.get(self.path, query_string={"lang": "en"})
        assert self.page.status_code == 200
        return self.page.text

    def confirms(self, *ids):
        """Confirm these together, a minute after the page was opened."""
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', self.page.text)
        self.house.clock.shift(timedelta(minutes=1))
        form = {name: html.unescape(value) for name, value in hidden}
        form |= {f"c-{id}": "saw_it" for id in ids} | {"pick": list(ids), "do": "confirm-picked"}
        return self.client.post(self.path, data=form, query_string={"lang": "en"})


def state_of(house, id):
    with house.database.reading() as session:
        return session.get_one(Record, id).state


def fourteen(house):
    """Give Gwen fourteen trainees; return their keys."""
    names = [f"trainee-{number}" for number in range(13)]
    for name in names:
        house.add(name, name.title(), "trainee", sub=name)
    with house.database.transaction() as session:
        for name in names:
            house._relate(session, name, house.ids["gwen"])
    return ["tomas", *names]


def test_fourteen_trainees_of_one_mentor_make_one_mail_one_page_and_one_press(house, post, clock):
    entries = [house.hand_in(name) for name in fourteen(house)]
    clock.shift(TEN_MINUTES)
    house.send()
    [mail] = post.mails
    gwen = Reader(house, mail)
    page = gwen.looks()
    assert all(page.count(f'name="c-{id}"') >= 1 for id in entries)

    *ticked, left = entries
    assert gwen.confirms(*ticked).status_code == 303

    assert {state_of(house, id) for id in ticked} == {RecordState.COUNTERSIGNED}
    assert state_of(house, left) is RecordState.SUBMITTED


def test_of_a_batch_only_what_was_changed_meanwhile_is_left(house, post, clock):
    entries = [house.hand_in(name) for name in fourteen(house)]
    clock.shift(TEN_MINUTES)
    house.send()
    gwen = Reader(house, post.mails[0])
    gwen.looks()
    house.withdraw(entries[3])

    assert gwen.confirms(*entries).status_code == 200

    states = [state_of(house, id) for id in entries]
    assert states.count(RecordState.COUNTERSIGNED) == 13
    assert states[3] is RecordState.DRAFT


def test_fourteen_trainees_who_never_rest_cost_their_mentor_two_mails_a_week(house, post):
    names = fourteen(house)

    def hand_in(now):
        if now.minute == 0 and now.hour in (9, 14):
            for name in names[now.day % 7 :: 7]:
                house.hand_in(name)
        if now.minute == 0 and now.hour == 18:
            house.answer_from_link()

    house.live(MONDAY + 2 * WEEK, each=hand_in)

    moments = [mail["Date"].datetime for mail in post.mails]
    assert len(moments) >= 3
    assert all(third - first >= WEEK for first, third in zip(moments, moments[2:], strict=False))


def test_the_text_part_alone_carries_everything_and_a_link_that_works(house, post, clock):
    entry = house.hand_in()
    clock.shift(TEN_MINUTES)
    house.send()
    [mail] = post.mails

    for said in ("Gwen Jones", "Tomas Trainee", "Bakery 1", "Practice log", "20 November 2026"):
        assert said in mail.text, said
        assert said in mail.words, said
    assert all(len(link) < 200 and link.isascii() for link in mail.links)
    gwen = Reader(house, mail)
    gwen.looks()
    assert gwen.confirms(entry).status_code == 303
    assert state_of(house, entry) is RecordState.COUNTERSIGNED


def test_a_mail_that_bounces_is_shown_to_the_tutor_and_its_entry_still_waits(house, post, clock):
    entry = house.hand_in()
    post.unknown["gwen@bakery.test"] = "550 5.1.1 no such user"
    clock.shift(TEN_MINUTES)
    house.send()

    assert post.mails == []
    assert house.silence() is Silence.BOUNCED
    assert "Check the address" in Silence.BOUNCED.text
    assert state_of(house, entry) is RecordState.SUBMITTED


def test_a_mail_that_a_filter_keeps_is_asked_after_and_at_last_the_tutor_is_told(house, post):
    """Nobody tells us of a quarantine: for us it is a mail without an answer."""
    entry = house.hand_in()

    house.live(MONDAY + 6 * WEEK)

    assert len(post.mails) == 5
    assert house.silence() is Silence.UNANSWERED
    gwen = Reader(house, post.mails[-1])
    gwen.looks()
    assert gwen.confirms(entry).status_code == 303, "let out of the filter, it still works"
