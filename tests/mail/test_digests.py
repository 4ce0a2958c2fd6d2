"""When a mentor is told of what waits: once for all of it, and never too often."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from activities.logbook import service
from lti_tool.domain.contacts import LinkPurpose, MentorLink
from lti_tool.domain.people import Person, Relation
from lti_tool.domain.records import Record, Visibility
from lti_tool.outbox.models import DeliveryState
from lti_tool.services.mailing import Silence, plan_digest, silence_of
from tests.cast import ONE_ENGINE
from tests.mail.conftest import MONDAY

pytestmark = pytest.mark.timeout(180)

TEN_MINUTES = timedelta(minutes=10)
LONDON = ZoneInfo("Europe/London")


def sent_at(post):
    return [mail["Date"].datetime for mail in post.mails]


def test_the_first_mail_waits_ten_minutes_for_what_else_comes(house, post, clock):
    house.hand_in()
    clock.shift(TEN_MINUTES - timedelta(seconds=1))
    house.send()
    assert post.mails == []

    clock.shift(timedelta(seconds=1))
    house.send()

    assert [mail.recipient for mail in post.mails] == ["gwen@bakery.test"]


def test_fourteen_things_of_six_trainees_make_one_mail(house, post, clock):
    names = [f"Trainee {letter}" for letter in "ABCDE"]
    for name in names:
        house.add(name, name, "trainee", sub=name)
    with house.database.transaction() as session:
        for name in names:
            house._relate(session, name, house.ids["gwen"])
    for number in range(14):
        house.hand_in(["tomas", *names][number % 6])
        clock.shift(timedelta(seconds=20))

    clock.shift(TEN_MINUTES)
    house.send()

    [mail] = post.mails
    assert "14" in mail["Subject"]
    for body in (mail.text, mail.words):
        assert body.count("Practice log:") == 14
        assert all(name in body for name in [*names, "Tomas Trainee"])


def test_trainees_who_hand_in_at_the_same_moment_make_one_mail(house, post, clock):
    people = [f"trainee-{number}" for number in range(6)]
    for name in people:
        house.add(name, name, "trainee", sub=name)
    with house.database.transaction() as session:
        for name in people:
            house._relate(session, name, house.ids["gwen"])
    together = threading.Barrier(len(people))

    def hand_in(name):
        together.wait()
        house.hand_in(name)

    threads = [threading.Thread(target=hand_in, args=[name]) for name in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(house.deliveries()) == 1


def test_what_waits_no_longer_is_not_told(house, post, clock):
    entry = house.hand_in()
    house.withdraw(entry)

    clock.shift(TEN_MINUTES)
    house.send()

    assert post.mails == []
    [only] = house.deliveries()
    assert (only.state, only.reason) == (DeliveryState.SUPERSEDED, "nothing_waits")


def show(house, record_id, visibility):
    """Let the author choose who sees an entry."""
    with house.app.test_request_context(), house.database.transaction() as session:
        record = session.get_one(Record, record_id)
        author = session.get_one(Person, record.author_id)
        service.show_entry_to(session, record, visibility, author=author)


def test_what_is_shown_to_the_mentor_only_later_is_told_of_then(house, post, clock):
    entry = house.hand_in()
    show(house, entry, Visibility.LEARNER_TUTOR)
    clock.shift(TEN_MINUTES)
    house.send()
    assert post.mails == []

    show(house, entry, Visibility.SHARED)
    clock.shift(TEN_MINUTES)
    house.send()

    [mail] = post.mails
    assert "Tomas Trainee" in mail.text


def test_what_is_handed_in_later_is_told_of_again(house, post, clock):
    house.withdraw(house.hand_in())
    clock.shift(TEN_MINUTES)
    house.send()

    house.hand_in()
    clock.shift(TEN_MINUTES)
    house.send()

    assert len(post.mails) == 1


@ONE_ENGINE
def test_at_most_two_mails_in_any_seven_days_of_a_busy_month(house, post):
    def keep_handing_in(now):
        if now.minute == 0 and now.hour in (9, 13, 16):
            house.hand_in()

    house.live(MONDAY + timedelta(days=31), each=keep_handing_in)

    moments = sent_at(post)
    assert len(moments) >= 4
    assert all(
        third - first >= timedelta(days=7)
        for first, third in zip(moments, moments[2:], strict=False)
    )


@ONE_ENGINE
def test_a_mentor_who_answers_hears_of_new_things_twice_a_week(house, post):
    def work(now):
        if now.minute == 0 and now.hour == 9:
            house.hand_in()
        if now.minute == 0 and now.hour == 18:
            house.answer_from_link()

    house.live(MONDAY + timedelta(days=28), each=work)

    weeks = Counter((moment - MONDAY).days // 7 for moment in sent_at(post))
    assert max(weeks.values()) == 2
    assert len(post.mails) in (7, 8)


@ONE_ENGINE
def test_a_reminder_goes_each_week_and_ends_after_four_without_an_answer(house, post):
    house.hand_in()
    house.live(MONDAY + timedelta(days=70), step=timedelta(hours=1))

    moments = sent_at(post)
    assert len(moments) == 5
    waits = [later - earlier for earlier, later in pairwise(moments)]
    assert all(timedelta(days=7) <= wait <= timedelta(days=8) for wait in waits)
    assert house.silence() is Silence.UNANSWERED


@ONE_ENGINE
def test_after_an_answer_reminders_begin_anew(house, post):
    house.hand_in()
    house.live(MONDAY + timedelta(days=40), step=timedelta(hours=1))
    assert house.silence() is Silence.UNANSWERED

    house.answer_from_link()
    assert house.silence() is None
    house.hand_in()
    house.live(MONDAY + timedelta(days=42), step=timedelta(hours=1))

    assert len(post.mails) == 6


@ONE_ENGINE
@pytest.mark.parametrize(
    ("handed_in", "told"),
    [
        ("2026-11-23T19:45", "2026-11-23T19:55"),
        ("2026-11-23T19:55", "2026-11-24T07:00"),
        ("2026-11-24T03:00", "2026-11-24T07:00"),
        ("2026-11-27T21:00", "2026-11-30T07:00"),
        ("2026-11-28T12:00", "2026-11-30T07:00"),
        ("2026-11-29T23:30", "2026-11-30T07:00"),
        # Clocks go forward in the night to Sunday 28 March 2027, and back on 31 October.
        ("2027-03-26T19:55", "2027-03-29T07:00"),
        ("2027-03-29T06:30", "2027-03-29T07:00"),
        ("2027-10-29T22:00", "2027-11-01T07:00"),
    ],
)
def test_nobody_is_mailed_at_night_or_at_weekends(house, post, clock, handed_in, told):
    clock.move_to(datetime.fromisoformat(handed_in).replace(tzinfo=LONDON))

    house.hand_in()

    due = house.deliveries()[0].due_at
    assert due.astimezone(LONDON).replace(tzinfo=None) == datetime.fromisoformat(told)


@ONE_ENGINE
@pytest.mark.parametrize("sunday", ["2027-03-28", "2027-10-31"])
def test_quiet_hours_follow_the_clock_on_the_wall_where_weekends_are_not_quiet(
    make_house, clock, sunday
):
    house = make_house(mail_quiet_hours="20:00-07:00").furnish()
    night = datetime.fromisoformat(f"{sunday}T00:30").replace(tzinfo=LONDON)
    clock.move_to(night)

    house.hand_in()

    due = house.deliveries()[0].due_at
    assert due.astimezone(LONDON).isoformat()[:16] == f"{sunday}T07:00"
    # One hour is missing, or is there twice.
    assert due - night in (timedelta(hours=5.5), timedelta(hours=7.5))


@ONE_ENGINE
def test_a_mail_server_that_comes_back_at_night_wakes_nobody(house, post, clock):
    house.hand_in()
    post.sender_answer = "451 4.3.2 not now"
    clock.shift(TEN_MINUTES)
    house.send()
    post.sender_answer = None

    clock.move_to(MONDAY.replace(hour=23))
    house.send()
    assert post.mails == []

    house.live(MONDAY + timedelta(days=1))
    assert [moment.hour for moment in sent_at(post)] == [7]


@ONE_ENGINE
def test_a_clock_that_is_set_back_sends_no_reminder_early_and_does_not_spin(house, post, clock):
    """What was queued "in the future" counts as due; a reminder is then planned anew."""
    house.hand_in()
    clock.shift(TEN_MINUTES)
    house.send()

    clock.move_to(MONDAY - timedelta(hours=1))
    house.send()

    assert len(post.mails) == 1
    [waiting] = house.deliveries(state=DeliveryState.QUEUED)
    assert waiting.due_at >= MONDAY + timedelta(days=7)


@ONE_ENGINE
def test_remind_me_on_friday(house, post, clock):
    house.hand_in()
    clock.shift(TEN_MINUTES)
    house.send()
    friday = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)

    assert house.snooze(friday) == friday

    house.live(friday - timedelta(hours=8), step=timedelta(hours=7))
    clock.move_to(friday)
    house.send()
    assert sent_at(post) == [MONDAY + TEN_MINUTES, friday]


@ONE_ENGINE
def test_new_things_do_not_break_a_promise_to_wait_until_friday(house, post, clock):
    house.hand_in()
    friday = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
    house.snooze(friday)
    house.hand_in()

    house.live(friday)

    assert sent_at(post) == [friday]


@ONE_ENGINE
def test_a_third_reminder_in_a_week_is_put_off_and_the_mentor_is_told_until_when(
    house, post, clock
):
    house.hand_in()
    clock.shift(TEN_MINUTES)
    house.send()
    house.answer_from_link()
    clock.shift(timedelta(days=1))
    house.hand_in()
    clock.shift(TEN_MINUTES)
    house.send()
    assert len(post.mails) == 2

    planned = house.snooze(datetime(2026, 11, 27, 8, 0, tzinfo=UTC))

    assert planned >= MONDAY + timedelta(days=7)


@ONE_ENGINE
@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"approved_at": None}, Silence.NOT_APPROVED),
        ({"bounced_at": MONDAY, "bounce_code": "5.1.1"}, Silence.BOUNCED),
        ({"reminders_off_at": MONDAY}, Silence.REMINDERS_OFF),
        ({"reminders_sent": 4, "last_mailed_at": MONDAY}, Silence.UNANSWERED),
    ],
)
def test_nothing_is_sent_where_something_is_in_the_way_and_a_tutor_can_read_why(
    house, post, clock, change, why
):
    house.hand_in()
    house.change(**change)
    house.hand_in()

    clock.shift(timedelta(days=1))
    house.send()

    assert post.mails == []
    assert [row.reason for row in house.deliveries()] == [why.value]
    assert house.silence() is why
    with house.app.test_request_context():
        assert len(why.text) > 20


@ONE_ENGINE
def test_without_a_mail_server_nothing_is_queued_and_that_is_said(make_house):
    house = make_house(smtp_url="", mail_from="").furnish()

    house.hand_in()

    assert house.deliveries() == []
    assert house.queue("named", relation_id=house.ids["relation of tomas"]) is None
    assert house.silence() is Silence.OFF


@ONE_ENGINE
def test_only_mentors_without_an_account_get_digests(house):
    house.add("meera", "Meera Mentor", "mentor", sub="9", email="meera@college.test")
    with house.database.transaction() as session:
        house._relate(session, "tomas", house.ids["meera"])

    house.hand_in()

    assert [row.payload["person"] for row in house.deliveries()] == [str(house.ids["gwen"])]


@ONE_ENGINE
def test_a_mentor_whose_time_is_over_hears_nothing(house):
    with house.database.transaction() as session:
        relation = session.get_one(Relation, house.ids["relation of tomas"])
        relation.to_on = MONDAY.date() - timedelta(days=1)

    house.hand_in()

    assert house.deliveries() == []


@ONE_ENGINE
def test_the_link_in_a_mail_that_is_tried_again_is_the_first_ones(house, post, clock):
    house.hand_in()
    post.next_answers = ["451 4.7.1 come back"]
    for _ in range(2):
        clock.shift(TEN_MINUTES)
        house.send()

    assert len(post.mails) == 1
    with house.database.reading() as session:
        links = session.query(MentorLink).all()
    assert [link.purpose for link in links] == [LinkPurpose.PAGE]


def test_what_comes_while_the_mail_is_being_sent_is_told_of_too(house, post, clock):
    """The mail was written before that was handed in, so another one is queued."""
    house.hand_in()
    clock.shift(TEN_MINUTES)
    answer = post.handle_DATA

    async def hand_in_meanwhile(server, session, envelope):
        clock.shift(timedelta(seconds=1))
        house.hand_in(words="Meanwhile.")
        return await answer(server, session, envelope)

    post.handle_DATA = hand_in_meanwhile
    house.send()
    post.handle_DATA = answer
    house.live(MONDAY + timedelta(hours=2), step=timedelta(minutes=30))

    assert [mail["Subject"][0] for mail in post.mails] == ["O", "2"]


def test_planning_for_somebody_unknown_does_nothing(house):
    with house.database.transaction() as session:
        assert plan_digest(session, uuid4()) is None
        assert session.get(Person, house.ids["gwen"]) is not None
        assert silence_of(session, house.contact()) is None
