"""The mentor's page: what it shows, what each button does, and what programs cannot do."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lti_tool.domain.base import Base, utc_now
from lti_tool.domain.contacts import Contact, MentorLink
from lti_tool.domain.people import Membership, Person, Relation
from lti_tool.domain.records import Move, MoveKind, Record, RecordState
from lti_tool.domain.roles import Role
from lti_tool.domain.signing import Capacity, Decision, Method, Signature
from tests.cast import ONE_ENGINE

CONFIRMED, RETURNED = RecordState.COUNTERSIGNED, RecordState.RETURNED


def signatures(bakery, **where):
    return bakery.world.stored(Signature, **where)


def everything(bakery):
    """All rows of all tables, to see that nothing changed at all."""
    with bakery.database.reading() as session:
        return [
            (table.name, [tuple(row) for row in session.execute(table.select())])
            for table in Base.metadata.sorted_tables
        ]


def test_the_page_shows_all_of_what_waits(bakery, tomas, gwen):
    bakery.entry(tomas, "Við bökuðum brauð.\nSecond line.")

    page = gwen.looks(lang="en")

    assert page.status_code == 200
    for words in (
        "You are Gwen Parry , Bakery Rhyl",
        "One thing waits for you",
        "Tomas Trainee",
        "20 January 2026",
        "45 min",
        "Við bökuðum brauð. Second line.",
        "I confirm with my name that this took place as it is written here.",
    ):
        assert words in gwen.text
    assert 'lang="is">Við bökuðum' in page.text


def test_the_page_speaks_the_mentors_language_and_offers_the_others(bakery, tomas, gwen):
    bakery.entry(tomas)

    assert '<html lang="cy"' in gwen.looks().text
    assert '<html lang="fi"' in gwen.looks(lang="fi").text


def test_a_confirmation_binds_what_was_seen_and_said(bakery, tomas, gwen):
    record_id = bakery.entry(tomas)

    answer = gwen.confirms(record_id, **{f"t-{record_id}": "Good bread."})

    assert answer.status_code == 303
    (signature,) = signatures(bakery)
    assert bakery.record(record_id).state is CONFIRMED
    assert signature.signer_id == bakery.contact().person_id
    assert signature.role is Role.MENTOR
    assert signature.decision is Decision.CONFIRMED
    assert signature.capacity is Capacity.SAW_IT
    assert signature.method is Method.MAIL_LINK
    assert signature.locale == "cy"
    assert signature.wording
    assert signature.comment == "Good bread."
    assert signature.link_id is not None
    assert signature.signer_name == "Gwen Parry"
    assert "confirmed" in bakery.world.verbs() or "approved" in bakery.world.verbs()


def test_words_in_another_language_than_those_on_the_screen_are_not_signed(bakery, tomas, gwen):
    """As when another tab, or a form made by hand, says another language."""
    record_id = bakery.entry(tomas)
    gwen.looks(lang="en")

    assert gwen.confirms(record_id, lang="fr").status_code == 409

    assert signatures(bakery) == []
    assert bakery.record(record_id).state is RecordState.SUBMITTED


def test_to_confirm_one_has_to_say_how_one_knows(bakery, tomas, gwen):
    record_id = bakery.entry(tomas)

    answer = gwen.confirms(record_id, capacity=None, **{f"t-{record_id}": "Kept text."})

    assert answer.status_code == 422
    assert "Kept text." in answer.text
    assert signatures(bakery) == []


def test_sending_back_needs_a_reason(bakery, tomas, gwen):
    record_id = bakery.entry(tomas)

    assert gwen.presses(f"return {record_id}").status_code == 422
    assert bakery.record(record_id).state is RecordState.SUBMITTED

    answer = gwen.presses(f"return {record_id}", **{f"t-{record_id}": "Which bread?"})

    assert answer.status_code == 303
    assert bakery.record(record_id).state is RETURNED
    assert signatures(bakery)[0].comment == "Which bread?"


@pytest.mark.parametrize("act", ["confirm", "return", "not-mine"])
def test_a_comment_that_is_too_long_is_shortened_by_its_writer_only(bakery, tomas, gwen, act):
    record_id = bakery.entry(tomas)
    text = "Bread and butter. " * 600 + "The end."
    typed = {f"t-{record_id}": text, f"c-{record_id}": "saw_it", f"n-{record_id}": "yes"}

    answer = gwen.presses(f"{act} {record_id}", lang="en", **typed)

    assert answer.status_code == 422
    assert "Make this text shorter." in answer.text
    assert text in answer.text
    assert bakery.record(record_id).state is RecordState.SUBMITTED
    assert signatures(bakery) == []
    assert bakery.world.stored(Move) == []


def test_not_mine_is_asked_about_once_then_it_is_gone_from_the_page(bakery, tomas, gwen):
    record_id = bakery.entry(tomas)

    assert gwen.presses(f"not-mine {record_id}").status_code == 422
    assert bakery.world.stored(Move) == []
    assert gwen.presses(f"not-mine {record_id}").status_code == 303

    (move,) = bakery.world.stored(Move)
    assert move.kind is MoveKind.NOT_MINE
    assert bakery.record(record_id).state is RecordState.SUBMITTED
    assert bakery.tasks() == []


def test_several_are_confirmed_together_and_a_changed_one_is_left(bakery, tomas, gwen):
    ids = [bakery.entry(tomas, f"Day {number}.") for number in range(4)]
    gwen.looks(lang="en")
    bakery.resubmit(tomas, ids[2])

    capacities = {f"c-{id}": "saw_result" for id in ids}
    answer = gwen.presses("confirm-picked", pick=ids, lang="en", **capacities)

    assert answer.status_code == 200
    assert "3 confirmed, 1 was changed meanwhile." in gwen.text
    states = [bakery.record(id).state for id in ids]
    assert states == [CONFIRMED, CONFIRMED, RecordState.SUBMITTED, CONFIRMED]
    assert len(signatures(bakery)) == 3


def test_pressing_twice_signs_once(bakery, tomas, gwen):
    record_id = bakery.entry(tomas)
    form = gwen.form(**{f"c-{record_id}": "saw_it"}) | {"do": f"confirm {record_id}"}

    codes = [gwen.client.post(gwen.path, data=form).status_code for _ in range(2)]

    assert codes == [303, 303]
    assert len(signatures(bakery)) == 1


def test_what_the_trainee_took_back_is_not_signed(bakery, tomas, gwen):
    record_id = bakery.entry(tomas)
    gwen.looks()
    bakery.resubmit(tomas, record_id)

    answer = gwen.confirms(record_id)

    assert answer.status_code == 409
    assert "We baked bread." in answer.text
    assert signatures(bakery) == []


def test_a_record_of_somebody_else_in_the_form_is_not_found(bakery, tomas, gwen, world):
    sigrun = world.player(world.cast.sigrun)
    sigrun.launch(bakery.link)
    foreign = bakery.entry(sigrun)
    own = bakery.entry(tomas)
    seen = {f"s-{foreign}": "0" * 64, f"w-{foreign}": "0", f"c-{foreign}": "saw_it"}

    assert gwen.presses(f"confirm {foreign}", **seen).status_code == 404
    capacity = {f"c-{own}": "saw_it"}
    gwen.looks(lang="en")
    answer = gwen.presses("confirm-picked", pick=[own, foreign], lang="en", **seen, **capacity)

    assert "1 confirmed, 1 was not found." in gwen.text
    assert answer.status_code == 200
    assert bakery.record(foreign).state is RecordState.SUBMITTED
    assert [one.record_id for one in signatures(bakery)] == [own]


def test_one_mentor_sees_nothing_of_anothers_trainees(bakery, tomas, gwen, world):
    sigrun = world.player(world.cast.sigrun)
    sigrun.launch(bakery.link)
    bakery.entry(sigrun, "CANARY of Sigrun")

    page = gwen.looks()

    assert "CANARY" not in page.text
    assert "Sigrún" not in page.text


@pytest.mark.parametrize("act", ["", "confirm", "confirm-picked", "confirm nonsense", "eat"])
def test_a_press_without_a_choice_does_nothing(bakery, tomas, gwen, act):
    bakery.entry(tomas)

    assert gwen.presses(act).status_code == 422
    assert signatures(bakery) == []


def test_a_press_within_three_seconds_is_asked_for_again(bakery, tomas, gwen):
    record_id = bakery.entry(tomas)

    answer = gwen.confirms(record_id, stamp=gwen.stamp(0), **{f"t-{record_id}": "I type fast."})

    assert answer.status_code == 422
    assert "I type fast." in answer.text
    assert signatures(bakery) == []


def test_a_form_of_another_link_or_another_site_is_refused(bakery, tomas, gwen):
    record_id = bakery.entry(tomas)
    typed = gwen.form(**{f"c-{record_id}": "saw_it"}) | {"do": f"confirm {record_id}"}
    stamp, gwen.token = gwen.stamp(), bakery.token()

    other = gwen.client.post(gwen.path, data=typed | {"stamp": stamp})
    none = gwen.client.post(gwen.path, data=typed | {"stamp": ""})
    cross = {"Sec-Fetch-Site": "cross-site"}
    foreign = gwen.client.post(gwen.path, data=typed | {"stamp": gwen.stamp()}, headers=cross)

    assert [other.status_code, none.status_code, foreign.status_code] == [422, 422, 422]
    assert signatures(bakery) == []


def test_programs_that_only_look_change_nothing(bakery, tomas, gwen):
    bakery.entry(tomas)
    before = everything(bakery)

    for _ in range(5):
        assert gwen.looks().status_code == 200
    assert gwen.client.head(gwen.path).status_code == 200
    assert gwen.client.options(gwen.path).status_code == 200

    assert everything(bakery) == before


def test_acting_is_kept_but_looking_is_not(bakery, tomas, gwen):
    record_id = bakery.entry(tomas)
    gwen.looks()
    assert bakery.contact().verified_at is None

    gwen.confirms(record_id)

    assert bakery.contact().verified_at is not None
    assert [link.used_at is not None for link in bakery.world.stored(MentorLink)] == [True]


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (MentorLink, {"expires_at": utc_now() - timedelta(minutes=1)}),
        (MentorLink, {"revoked_at": utc_now()}),
        (Contact, {"approved_at": None}),
    ],
)
def test_a_dead_link_looks_like_one_that_never_was(bakery, tomas, gwen, model, values):
    bakery.entry(tomas)
    bakery.set(model, {}, **values)

    dead = gwen.looks(lang="en")
    gwen.token = "x" * 43
    unknown = gwen.looks(lang="en")

    assert dead.status_code == unknown.status_code == 404
    assert "Tomas" not in dead.text

    def alike(page):
        return page.text.split("<main")[1].split('name="stamp"')[0].split("action=")[0]

    assert alike(dead) == alike(unknown)


def test_nothing_of_the_page_may_be_kept_framed_or_found(bakery, tomas, gwen):
    headers = gwen.looks().headers

    assert headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "noindex" in headers["X-Robots-Tag"]
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Set-Cookie" not in headers


def test_the_token_stands_in_no_title_and_no_link_elsewhere(bakery, tomas, gwen):
    bakery.entry(tomas)
    page = gwen.looks().text

    assert gwen.token not in page.split("<title>")[1].split("</title>")[0]
    assert "http://" not in page
    assert "https://" not in page


def test_the_token_is_nowhere_in_the_database(bakery, tomas, gwen):
    assert gwen.token not in repr(everything(bakery))


def test_the_token_is_nowhere_in_the_logs(bakery, tomas, gwen, capfd):
    record_id = bakery.entry(tomas)
    gwen.confirms(record_id)
    gwen.looks("/nothing-here")
    gwen.presses("confirm x")

    out, err = capfd.readouterr()
    assert gwen.token not in out + err


@ONE_ENGINE
def test_a_page_with_fourteen_cards_stays_under_a_hundred_kilobytes(bakery, tomas, gwen):
    text = "We baked rye bread, and I weighed the flour myself. " * 8
    for _ in range(14):
        bakery.entry(tomas, text)

    page = gwen.looks()
    parts = [page, *(gwen.client.get(path) for path in assets(page.text))]
    sizes = [len(part.data) for part in parts]
    for part in parts:
        part.close()

    print(f"\nmentor page, 14 cards: {sizes} = {sum(sizes)} bytes")  # noqa: T201
    assert len(parts) == 3
    assert sum(sizes) < 100_000


def assets(html):
    import re

    return re.findall(r'(?:href|src)="(/static/[^"]+)"', html)


def test_a_mentor_who_is_replaced_sees_nothing_more_but_signatures_stay(bakery, tomas, gwen):
    """Edge case 1: pending requests go to the next mentor, old signatures stay."""
    old, new = bakery.entry(tomas), bakery.entry(tomas)
    gwen.confirms(old)
    today = utc_now().date()
    bakery.set(Relation, {}, to_on=today - timedelta(days=1))

    assert "Tomas" not in gwen.looks().text
    assert gwen.presses(f"confirm {new}", **{f"c-{new}": "saw_it"}).status_code in (404, 422)
    assert [one.record_id for one in signatures(bakery)] == [old]


def test_self_signing_is_flagged_and_not_refused(bakery, tomas, gwen):
    bakery.set(Person, {"sub": tomas.sub}, email="gwen+x@bakery.example")
    bakery.set(Contact, {}, is_free_mail=True)
    record_id = bakery.entry(tomas)

    answer = gwen.confirms(record_id, stamp=gwen.stamp(5))

    assert answer.status_code == 303
    flags = signatures(bakery)[0].flags
    assert flags == ["same_device", "same_address", "free_mail", "quick"]


def test_an_honest_signature_has_no_flags(bakery, tomas, gwen):
    record_id = bakery.entry(tomas)
    gwen.looks()
    phone = {"User-Agent": "Gwen's phone"}
    form = gwen.form(**{f"c-{record_id}": "told"}) | {"do": f"confirm {record_id}"}

    gwen.client.post(gwen.path, data=form, headers=phone)

    assert signatures(bakery)[0].flags == []


def test_an_address_that_became_the_trainees_is_flagged(bakery, tomas, gwen):
    record_id = bakery.entry(tomas)
    bakery.set(Person, {"sub": tomas.sub}, email="gwen@bakery.example")

    gwen.confirms(record_id)

    assert "same_address" in signatures(bakery)[0].flags


def test_a_shared_computer_keeps_nothing_of_the_mentor(bakery, tomas, gwen):
    """Edge case 47: no cookie, no store, nothing that the next person at this screen has."""
    record_id = bakery.entry(tomas)

    answers = [gwen.looks(), gwen.confirms(record_id)]

    for answer in answers:
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_mentor_of_two_courses_has_one_page(bakery, tomas, gwen, world):
    counts = select(func.count()).select_from(Membership)
    with bakery.database.reading() as session:
        before = session.scalar(counts)
    bakery.entry(tomas)
    second = world.place("logbook", title="Second logbook")
    tomas.launch(second)
    bakery.entry(tomas, "From the second.", link=second)

    gwen.looks(lang="en")

    assert "2 things wait for you" in gwen.text
    assert "From the second." in gwen.text
    with bakery.database.reading() as session:
        assert session.scalar(counts) == before


def test_remind_me_on_friday_changes_only_the_reminder(bakery, tomas, gwen):
    bakery.entry(tomas)

    assert gwen.presses("", path="/later").status_code == 303

    until = bakery.contact().snoozed_until
    assert until.weekday() == 4
    assert until > utc_now()


def test_no_more_reminders_and_again(bakery, tomas, gwen):
    gwen.presses("", path="/reminders", reminders="off")
    assert bakery.contact().reminders_off_at is not None
    gwen.looks()
    gwen.presses("", path="/reminders", reminders="on")
    assert bakery.contact().reminders_off_at is None


def test_a_colleague_is_proposed_for_a_trainee_of_ones_own(bakery, tomas, gwen):
    relation = bakery.relation(tomas)
    typed = {"name": "Rhys", "email": "rhys@bakery.example", "language": "cy"}

    wrong = gwen.presses("", path="/colleague", trainee=str(tomas.person.id), **typed)
    bad = gwen.presses("", path="/colleague", trainee=str(relation.id), **typed | {"email": "r"})
    right = gwen.presses("", path="/colleague", trainee=str(relation.id), **typed)

    assert [wrong.status_code, bad.status_code, right.status_code] == [404, 422, 303]
    assert bakery.relation(tomas, "rhys@bakery.example").state.value == "proposed"


def test_a_record_that_left_the_mentors_sight_is_not_signed(bakery, tomas, gwen):
    record_id = bakery.entry(tomas)
    gwen.looks()
    bakery.set(Record, {"id": record_id}, visibility="learner_tutor")

    assert gwen.confirms(record_id).status_code == 404
    assert signatures(bakery) == []
