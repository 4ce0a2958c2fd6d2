"""The checklist in the browser of observer, trainee and tutor, through real launches."""

import json
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from activities.checklist.models import KIND, ChecklistObservation, Judgement, Outcome
from lti_tool.domain.grading import Grade
from lti_tool.domain.records import Attempt, Record, RecordState, Revision
from lti_tool.domain.roles import Role
from lti_tool.domain.signing import Decision, Signature
from lti_tool.outbox.models import Delivery
from xapi.profile import violations

CRITERIA = ("clothes", "jewellery", "hands", "wounds", "surfaces", "fridge", "separate", "dates")
CRITICAL = ("hands", "wounds", "separate")
SECRET = "zebra crossing"
TODAY = datetime.now(UTC).date()


@pytest.fixture
def link(world, tomas, meera, tilda):
    """A kitchen checklist: Tomas opened it, Meera is his mentor, Tilda the tutor."""
    placed = world.place("checklist", template="kitchen-hygiene", title="Kitchen")
    for player in (tomas, meera, tilda):
        player.launch(placed)
    world.make(meera, Role.MENTOR)
    world.make(tilda, Role.TUTOR)
    world.mentors(meera, tomas)
    return placed


def said(day=TODAY, **outcomes):
    """What an observer posts: criteria not named stay not seen."""
    form = {"observed_on": day.isoformat(), **{f"o-{c}": "not_seen" for c in CRITERIA}}
    return form | {f"o-{id}": outcome for id, outcome in outcomes.items()}


def all_met(**changes):
    return said(**(dict.fromkeys(CRITERIA, "met") | changes))


def start(player, trainee):
    answer = player.post(
        "checklist.start", {"record_id": str(uuid4())}, person_id=trainee.person.id
    )
    return re.search(r"/observations/([0-9a-f-]{36})", answer.headers["Location"]).group(1)


def seen(player):
    return re.search(r'name="seen" value="([0-9a-f]+)"', player.page.text).group(1)


def signing(player):
    """What the page before signing carries, with an answer to how the signer knows."""
    return {"seen": seen(player), "capacity": "saw_it"}


def sign(player, record_id, form):
    player.post("checklist.keep", form, follow=True, record_id=record_id)
    return player.post("checklist.sign", signing(player), follow=True, record_id=record_id)


def observe(player, trainee, form):
    record_id = start(player, trainee)
    assert sign(player, record_id, form).status_code == 200
    return record_id


def newest_grade(world):
    return max(world.stored(Grade), key=lambda grade: grade.number).given


def told(world):
    return [json.loads(delivery.body) for delivery in world.deliveries("statement")]


def test_a_mentor_observes_and_signs(world, link, tomas, meera):
    record_id = observe(meera, tomas, said(hands="met", fridge="not_yet"))

    assert "Observation signed." in meera.text
    (signature,) = world.stored(Signature)
    assert signature.decision is Decision.OBSERVED
    assert signature.role == "mentor"
    assert signature.revision_sha256 == world.stored(Revision)[0].sha256
    (signed,) = world.stored(ChecklistObservation)
    assert (str(signed.record_id), signed.observed_on) == (record_id, TODAY)
    judged = {row.criterion_id: row.outcome for row in world.stored(Judgement)}
    assert judged == dict.fromkeys(CRITERIA, Outcome.NOT_SEEN) | {
        "hands": Outcome.MET,
        "fridge": Outcome.NOT_YET,
    }


def test_a_tutor_may_observe_too(world, link, tomas, tilda):
    observe(tilda, tomas, said(hands="met"))

    assert world.stored(Signature)[0].role == "tutor"


def test_the_mark_is_the_share_of_points_met(world, link, tomas, meera):
    observe(meera, tomas, said(hands="met", fridge="not_yet", dates="met"))

    (grade,) = world.stored(Grade)
    assert (grade.given, grade.maximum, grade.author_id) == (25, 100, None)


def test_before_anything_is_judged_there_is_no_mark(world, link, tomas, meera):
    start(meera, tomas)

    assert world.stored(Grade) == []
    tomas.get("checklist.home")
    assert "No mark yet: nothing has been observed." in tomas.text


def test_the_page_shows_the_mark_as_an_equation_of_ones_own_numbers(link, tomas, meera):
    observe(meera, tomas, said(hands="met", fridge="not_yet", dates="met"))

    tomas.get("checklist.home")

    assert "2 met ÷ 8 points × 100 = 25" in tomas.text
    assert "The checklist is complete when every point is met." in tomas.text
    assert "2 critical points are still open:" in tomas.text


def test_a_point_that_was_not_seen_again_keeps_its_judgement(world, link, tomas, meera):
    observe(meera, tomas, said(day=TODAY - timedelta(days=1), hands="met"))
    observe(meera, tomas, said(dates="met"))

    assert newest_grade(world) == 25


def test_an_older_day_written_down_later_does_not_replace_a_newer_one(world, link, tomas, meera):
    observe(meera, tomas, said(hands="met"))
    observe(meera, tomas, said(day=TODAY - timedelta(days=3), hands="not_yet"))

    assert [grade.given for grade in world.stored(Grade)] == [12.5]


def test_a_failed_critical_point_is_no_longer_open_once_it_is_met(world, link, tomas, meera):
    yesterday = TODAY - timedelta(days=1)
    observe(meera, tomas, all_met(hands="not_yet") | {"observed_on": yesterday.isoformat()})
    before = world.stored(Attempt)[0].completed_at

    observe(meera, tomas, said(hands="met"))

    assert before is None
    assert world.stored(Attempt)[0].completed_at is not None
    assert world.verbs().count("completed") == 1
    assert newest_grade(world) == 100


def test_a_checklist_may_be_complete_with_its_critical_points_alone(world, tomas, tilda):
    placed = world.place("checklist", template="kitchen-hygiene", settings={"required": "critical"})
    for player in (tomas, tilda):
        player.launch(placed)
    world.make(tilda, Role.TUTOR)

    observe(tilda, tomas, said(**dict.fromkeys(CRITICAL, "met")))

    assert world.stored(Attempt)[0].completed_at is not None


def test_signing_twice_makes_one_signature(world, link, tomas, meera):
    record_id = start(meera, tomas)
    meera.post("checklist.keep", all_met(), follow=True, record_id=record_id)
    form = signing(meera)

    answers = [meera.post("checklist.sign", form, record_id=record_id) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(world.stored(Signature)) == 1
    assert len(world.stored(Grade)) == 1


def test_a_signed_observation_cannot_be_changed(world, link, tomas, meera):
    record_id = observe(meera, tomas, said(hands="met"))

    kept = meera.post("checklist.keep", all_met(), record_id=record_id)
    saved = meera.post("pages.autosave", {"comment": SECRET}, record_id=record_id)

    assert kept.headers["Location"].endswith("/signed")
    assert saved.status_code == 409
    assert len(world.stored(Revision)) == 1
    assert newest_grade(world) == 12.5


def test_what_was_changed_in_another_tab_is_shown_again_before_signing(world, link, tomas, meera):
    record_id = start(meera, tomas)
    meera.post("checklist.keep", said(hands="met"), follow=True, record_id=record_id)
    old = signing(meera)
    meera.post("pages.autosave", said(hands="not_yet"), record_id=record_id)

    answer = meera.post("checklist.sign", old, record_id=record_id)

    assert answer.status_code == 409
    assert "The observation was changed" in meera.text
    assert world.stored(Signature) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"observed_on": "someday"}, "Give the day on which you saw it."),
        ({"observed_on": "2999-01-01"}, "The day cannot lie in the future"),
        ({"o-hands": "not_seen"}, "Say of at least one point whether it was met."),
        ({"o-hands": "brilliant"}, "Choose one of the three."),
    ],
)
def test_what_cannot_be_used_is_said_and_the_typed_text_is_kept(
    link, tomas, meera, changes, message
):
    record_id = start(meera, tomas)
    form = said(hands="met") | {"comment": SECRET, "c-fridge": "seven degrees"} | changes

    answer = meera.post("checklist.keep", form, record_id=record_id)

    assert answer.status_code == 422
    assert message in meera.text
    assert "There is a problem" in meera.text
    meera.get("checklist.observe", record_id=record_id)
    assert SECRET in meera.page.text
    assert "seven degrees" in meera.page.text


def test_an_unready_draft_cannot_be_signed(world, link, tomas, meera):
    record_id = start(meera, tomas)

    answer = meera.post("checklist.sign", {"seen": "0", "capacity": "saw_it"}, record_id=record_id)

    assert answer.status_code == 422
    assert world.stored(Record, kind=KIND)[0].state is RecordState.DRAFT


def test_not_seen_is_chosen_to_begin_with(link, tomas, meera):
    record_id = start(meera, tomas)

    meera.get("checklist.observe", record_id=record_id)

    chosen = re.findall(r'<input type="radio"[^>]*value="(\w+)"[^>]* checked', meera.page.text)
    assert chosen == ["not_seen"] * 8


def test_a_draft_is_its_authors_alone(link, tomas, meera, tilda):
    record_id = start(meera, tomas)
    meera.post("pages.autosave", said(hands="met") | {"comment": SECRET}, record_id=record_id)

    tilda.get("checklist.show_trainee", person_id=tomas.person.id)
    tomas.get("checklist.home")

    assert "have not signed it" not in tilda.text
    assert SECRET not in tilda.page.text + tomas.page.text
    assert tilda.get("checklist.observe", record_id=record_id).status_code == 404
    assert tomas.get("checklist.show", record_id=record_id).status_code == 404
    meera.get("checklist.show_trainee", person_id=tomas.person.id)
    assert "have not signed it" in meera.text


def test_the_trainee_reads_a_signed_observation_with_its_comments(link, tomas, meera):
    form = said(hands="met", fridge="not_yet") | {"c-fridge": "Seven degrees", "comment": "Good"}
    record_id = observe(meera, tomas, form)

    tomas.get("checklist.show", record_id=record_id)

    assert tomas.page.status_code == 200
    assert "Seven degrees" in tomas.text
    assert "Meera" in tomas.text


def test_a_trainee_can_neither_begin_nor_sign_an_observation(world, link, tomas, meera):
    record_id = start(meera, tomas)

    begun = tomas.post("checklist.start", {"record_id": str(uuid4())}, person_id=tomas.person.id)
    signed = tomas.post("checklist.sign", {"seen": "0", "capacity": "saw_it"}, record_id=record_id)

    assert (begun.status_code, signed.status_code) == (403, 403)
    assert len(world.stored(Record, kind=KIND)) == 1


def test_nobody_observes_themselves_even_after_a_change_of_role(world, link, tomas, tilda):
    observe(tilda, tomas, said(hands="met"))
    world.make(tomas, Role.TUTOR)

    answer = tomas.post("checklist.start", {"record_id": str(uuid4())}, person_id=tomas.person.id)

    assert answer.status_code in (403, 404)
    assert len(world.stored(Record, kind=KIND)) == 1


def test_a_mentor_observes_only_own_trainees(world, link, tomas, meera, nils):
    nils.launch(link)
    world.make(nils, Role.MENTOR)
    record_id = observe(meera, tomas, said(hands="met"))

    assert nils.get("checklist.show_trainee", person_id=tomas.person.id).status_code == 404
    begun = nils.post("checklist.start", {"record_id": str(uuid4())}, person_id=tomas.person.id)
    assert begun.status_code == 404
    assert nils.get("checklist.show", record_id=record_id).status_code == 404


def test_a_trainee_of_another_course_reaches_nothing(world, link, tomas, meera, otto):
    record_id = observe(meera, tomas, said(hands="met"))
    otto.launch(world.place("checklist", course=world.cast.other_course))

    assert otto.get("checklist.show", record_id=record_id).status_code == 404
    assert (
        otto.post(
            "checklist.sign", {"seen": "0", "capacity": "saw_it"}, record_id=record_id
        ).status_code
        == 403
    )


def test_the_tutor_sees_outcomes_with_day_and_observer(link, tomas, meera, tilda):
    observe(meera, tomas, said(hands="met", fridge="not_yet"))

    tilda.get("checklist.show_trainee", person_id=tomas.person.id)

    row = re.search(r"Reads the fridge.*?Puts on|Reads the fridge.*?Keeps raw", tilda.text).group()
    assert "Not yet" in row
    assert "Meera" in row
    assert "12.5 of 100" in tilda.text


def test_the_tutors_table_says_where_a_trainee_stands(link, tomas, meera, tilda):
    observe(meera, tomas, said(hands="met", fridge="not_yet"))

    tilda.get("trainees.index")

    assert "1 of 8 points met, one observation" in tilda.text


def test_a_form_opened_twice_makes_one_observation(world, link, tomas, meera):
    form = {"record_id": str(uuid4())}

    for _ in range(2):
        meera.post("checklist.start", form, person_id=tomas.person.id)

    assert len(world.stored(Record, kind=KIND)) == 1


def test_the_lrs_hears_of_judged_lines_with_the_observer_and_never_of_comments(
    world, link, tomas, meera
):
    observe(meera, tomas, said(hands="met", fridge="not_yet") | {"c-hands": SECRET})

    rows = told(world)
    lines = [row for row in rows if row["object"]["definition"]["name"]["en"] == "Checklist item"]
    assert [row["verb"]["display"]["en"] for row in lines] == ["passed", "failed"]
    assert all(
        row["actor"]["account"]["name"] == str(tomas.person.pseudonym)
        and row["context"]["instructor"]["account"]["name"] == str(meera.person.pseudonym)
        for row in lines
    )
    assert SECRET not in json.dumps(rows)
    assert [violations(row) for row in rows] == [[]] * len(rows)


def test_an_observation_that_leaves_points_open_neither_passed_nor_failed(
    world, link, tomas, meera
):
    observe(meera, tomas, said(hands="met", fridge="not_yet"))

    assert [
        row["verb"]["display"]["en"]
        for row in told(world)
        if row["object"]["definition"]["name"]["en"] == "Checklist"
    ] == ["scored"]


@pytest.mark.parametrize(("fridge", "verb"), [("met", "passed"), ("not_yet", "failed")])
def test_an_observation_of_everything_has_an_outcome(world, link, tomas, meera, fridge, verb):
    observe(meera, tomas, all_met(fridge=fridge))

    whole = [
        row
        for row in told(world)
        if row["object"]["definition"]["name"]["en"] == "Checklist"
        and row["verb"]["display"]["en"] in ("passed", "failed")
    ]
    assert [row["verb"]["display"]["en"] for row in whole] == [verb]
    assert [violations(row) for row in whole] == [[]]
    assert list(whole[0]["context"]["extensions"].values()) == [0]


def test_an_observation_that_was_taken_back_counts_no_more_and_stays_in_sight(
    world, link, tomas, meera, tilda
):
    observe(meera, tomas, all_met())
    record_id = observe(meera, tomas, said(hands="not_yet"))
    assert newest_grade(world) == 87.5

    form = {"reason": "It was somebody else at the sink."}
    back = meera.post("checklist.take_back", form, record_id=record_id)

    assert back.status_code == 303
    assert newest_grade(world) == 100
    tomas.get("checklist.show", record_id=record_id)
    assert "taken back on" in tomas.text
    assert "It was somebody else at the sink." in tomas.text
    tilda.get("checklist.show_trainee", person_id=tomas.person.id)
    assert "taken back" in tilda.text


def test_what_the_lrs_was_told_of_an_observation_is_voided_with_it(world, link, tomas, meera):
    record_id = observe(meera, tomas, all_met(fridge="not_yet"))
    with world.database.transaction() as session:
        session.execute(update(Delivery).where(Delivery.kind == "statement").values(tries=1))
    said_of_it = [
        one["id"] for one in told(world) if one["verb"]["display"]["en"] in ("passed", "failed")
    ]
    assert len(said_of_it) == len(CRITERIA) + 1, "each line, and the whole"

    meera.post("checklist.take_back", {"reason": "Not Tomas."}, record_id=record_id)

    voided = [one for one in told(world) if one["verb"]["display"]["en"] == "voided"]
    assert [one["object"]["id"] for one in voided] == said_of_it


GROUND_IS_GONE = "What this grade came from was taken back."


def test_a_grade_whose_only_observation_was_taken_back_says_so_and_is_not_sent_as_nought(
    world, link, tomas, meera, tilda
):
    record_id = observe(meera, tomas, all_met(fridge="not_yet"))
    before = [delivery.id for delivery in world.deliveries("score")]

    meera.post("checklist.take_back", {"reason": "Not Tomas."}, record_id=record_id)

    assert newest_grade(world) == 87.5
    assert [delivery.id for delivery in world.deliveries("score")] == before
    tomas.get("checklist.home")
    assert GROUND_IS_GONE in tomas.text
    assert "until a tutor gives another one" in tomas.text
    tilda.get("checklist.show_trainee", person_id=tomas.person.id)
    assert GROUND_IS_GONE in tilda.text
    assert "until you give another one" in tilda.text
    tilda.get("trainees.index")
    assert GROUND_IS_GONE in tilda.text


def test_a_tutors_grade_and_a_new_observation_both_give_the_mark_its_ground_again(
    world, link, tomas, meera, tilda
):
    record_id = observe(meera, tomas, all_met())
    meera.post("checklist.take_back", {"reason": "Not Tomas."}, record_id=record_id)

    observe(tilda, tomas, all_met())
    tilda.get("checklist.show_trainee", person_id=tomas.person.id)
    assert GROUND_IS_GONE not in tilda.text

    form = {"given": "40", "comment": "", "seen_number": "1"}
    assert tilda.post("trainees.grade", form, person_id=tomas.person.id).status_code == 303
    newest = max(world.stored(Record), key=lambda record: record.created_at)
    tilda.post("checklist.take_back", {"reason": "Wrong day."}, record_id=str(newest.id))
    tilda.get("checklist.show_trainee", person_id=tomas.person.id)
    assert GROUND_IS_GONE not in tilda.text
    assert newest_grade(world) == 40


def test_while_another_observation_stands_the_mark_is_worked_out_from_it(
    world, link, tomas, meera, tilda
):
    observe(tilda, tomas, said(hands="met", fridge="not_yet"))
    record_id = observe(meera, tomas, all_met())

    meera.post("checklist.take_back", {"reason": "Not Tomas."}, record_id=record_id)

    tomas.get("checklist.home")
    assert GROUND_IS_GONE not in tomas.text
    assert newest_grade(world) == 12.5


def test_only_the_observer_takes_an_observation_back_and_only_with_a_reason(
    world, link, tomas, meera, tilda
):
    record_id = observe(meera, tomas, all_met())

    without = meera.post("checklist.take_back", {"reason": " "}, record_id=record_id)
    by_another = tilda.post("checklist.take_back", {"reason": "x y z"}, record_id=record_id)
    by_the_trainee = tomas.post("checklist.take_back", {"reason": "x y z"}, record_id=record_id)

    codes = [answer.status_code for answer in (without, by_another, by_the_trainee)]
    assert codes == [422, 409, 403]
    assert "Write the reason." in without.text
    assert len(world.stored(Signature)) == 1
