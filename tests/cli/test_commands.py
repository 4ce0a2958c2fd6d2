"""What operators type, and what it does, on both databases."""

import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from lti_tool.domain.base import utc_now
from lti_tool.domain.platforms import Deployment, Invitation, Platform
from lti_tool.outbox.models import HELD_BACK, Delivery, DeliveryState, WorkerBeat
from lti_tool.outbox.queue import enqueue

VLE = "https://vle.example.org"
ADD = [
    *("platform", "add", "--issuer", VLE, "--client-id", "abc"),
    *("--auth-login-url", f"{VLE}/auth", "--auth-token-url", f"{VLE}/token"),
    *("--jwks-url", f"{VLE}/jwks", "--deployment-id", "1"),
]


def rows(database, model):
    with database.reading() as session:
        return list(session.scalars(select(model)))


def queue(database, key="score:1", **changes):
    """Put a delivery into the outbox that nobody can carry, and return its id."""
    with database.transaction() as session:
        enqueue(
            session,
            "mail",
            destination="smtp",
            key=key,
            subject="x",
            payload={"a": 1},
        )
        session.flush()
        made = session.scalars(select(Delivery).where(Delivery.key == key)).one()
        for name, value in changes.items():
            setattr(made, name, value)
        return made.id


PARKED = {"state": DeliveryState.PARKED, "reason": "not_gradable"}


def test_a_new_database_is_made_and_checked(trellis, url):
    assert trellis("db", "check").exit_code == 1
    assert trellis("db", "upgrade").output == "The database is up to date.\n"
    assert trellis("db", "upgrade").exit_code == 0
    assert trellis("db", "check").output == "The database is up to date.\n"


@pytest.mark.parametrize("words", [["platform", "list"], ["worker", "--once"], ["keys", "list"]])
def test_without_tables_every_command_says_what_to_run(trellis, url, words):
    done = trellis(*words)
    assert done.exit_code == 1
    assert "trellis db upgrade" in done.output
    assert done.output.count("\n") == 1


def test_a_platform_is_added_listed_shown_and_brought_up_to_date(trellis, database):
    added = trellis(*ADD)
    assert added.exit_code == 0
    assert "trellis doctor" in added.output

    again = trellis(*ADD[:-4], "--jwks-url", f"{VLE}/keys", "--deployment-id", "2")

    assert again.exit_code == 0
    [platform] = rows(database, Platform)
    assert platform.jwks_url == f"{VLE}/keys"
    assert {one.deployment_id for one in rows(database, Deployment)} == {"1", "2"}
    assert f"{platform.id}  active" in trellis("platform", "list").output
    for name in (VLE, "abc", str(platform.id), str(platform.id)[:8]):
        assert f"{VLE}/keys" in trellis("platform", "show", name).output


def test_what_to_type_into_a_platform_is_printed(trellis, settings, database):
    settings.setenv("TRELLIS_PUBLIC_URL", "https://tool.example.org")
    said = trellis("platform", "addresses").output
    assert "Initiate login URL     https://tool.example.org/lti/login\n" in said
    assert "Public keyset URL      https://tool.example.org/.well-known/jwks.json\n" in said
    assert "trellis_context_history=$Context.id.history\n" in said


def test_what_to_choose_in_a_platform_is_printed_in_the_order_of_its_form(trellis, database):
    said = trellis("platform", "addresses").output.splitlines()

    labels = [line[:22].strip() for line in said]
    assert labels[:5] == [
        *("Tool name", "Tool URL", "LTI version", "Public key type", "Public keyset URL"),
    ]
    assert labels.index("Supports Deep Linking") < labels.index("Content Selection URL")
    chosen = dict(zip(labels, (line[23:] for line in said), strict=True))
    assert chosen["Assignment and Grades"].endswith("column management")
    assert chosen["Configuration usage"].startswith("Show in activity chooser")


def test_a_platform_that_is_switched_off_comes_back_by_being_added_again(trellis, database):
    trellis(*ADD)

    assert trellis("platform", "disable", VLE).exit_code == 0
    assert "disabled" in trellis("platform", "list").output
    assert not rows(database, Platform)[0].is_active

    trellis(*ADD)
    assert rows(database, Platform)[0].is_active


def test_a_name_that_fits_no_platform_or_several_is_refused(trellis, database):
    trellis(*ADD)
    trellis(*ADD[:4], "--client-id", "other", *ADD[6:])
    assert "0 platforms match" in trellis("platform", "show", "nobody").output
    assert "2 platforms match" in trellis("platform", "disable", VLE).output
    assert trellis("platform", "disable", VLE).exit_code == 1
    assert all(platform.is_active for platform in rows(database, Platform))


def test_an_address_that_is_none_is_refused_with_usage(trellis, database):
    done = trellis(*ADD[:-4], "--jwks-url", "javascript:alert(1)", "--deployment-id", "1")
    assert done.exit_code == 2
    assert "is not a web address" in done.output
    assert rows(database, Platform) == []


def test_an_invitation_is_shown_once_and_only_its_hash_is_kept(trellis, database):
    options = ["--hours", 2, "--note", "for college", "--allow-private-network"]
    done = trellis("platform", "invite", *options)

    token = re.fullmatch(r"http://localhost:5000/lti/register/([\w-]{40,})\n", done.output)[1]
    [kept] = rows(database, Invitation)
    assert token not in kept.token_hash
    assert kept.note == "for college"
    assert kept.allows_private_network
    assert timedelta(hours=1.9) < kept.expires_at - utc_now() <= timedelta(hours=2)


def test_one_switch_makes_all_instructors_of_a_platform_tutors(trellis, database):
    trellis(*ADD)
    assert trellis("platform", "instructors", VLE, "--are-tutors").exit_code == 0
    assert rows(database, Platform)[0].instructors_are_tutors
    assert trellis("platform", "instructors", VLE, "--are-undecided").exit_code == 0
    assert not rows(database, Platform)[0].instructors_are_tutors


def test_keys_rotate_and_old_and_new_are_published_side_by_side(trellis, database, url, settings):
    first = re.search(r"New key (\w+)", trellis("keys", "rotate").output)[1]
    second = re.search(r"New key (\w+)", trellis("keys", "rotate").output)[1]

    listed = trellis("keys", "list").output
    assert re.search(rf"{second}\s+active", listed)
    assert re.search(rf"{first}\s+retiring", listed)
    published = _our_jwks(url)
    assert {key["kid"] for key in published["keys"]} == {first, second}
    assert all(set(key).isdisjoint({"d", "p", "q"}) for key in published["keys"])


def _our_jwks(url):
    from config.settings import load_settings
    from lti_tool.app import create_app

    app = create_app(load_settings(database_url=url))
    answer = app.test_client().get("/.well-known/jwks.json")
    app.extensions["trellis"].database.dispose()
    return json.loads(answer.text)


def test_what_waits_is_listed_with_its_reason_and_what_was_sent_is_not(trellis, database):
    waiting = queue(database, "a")
    stuck = queue(database, "b", **PARKED)
    sent = queue(database, "c", state=DeliveryState.SENT)

    listed = trellis("outbox", "list").output

    assert str(waiting) in listed
    assert re.search(rf"{stuck}.*parked.*not_gradable", listed)
    assert str(sent) not in listed
    assert str(sent) in trellis("outbox", "list", "--state", "sent").output
    assert str(stuck) not in trellis("outbox", "list", "--state", "queued").output


def test_a_parked_delivery_is_tried_again(trellis, database):
    stuck, other = queue(database, "a", **PARKED), queue(database, "b", **PARKED)

    done = trellis("outbox", "retry", stuck)

    assert (done.exit_code, done.output) == (0, "1 of 1 queued again.\n")
    states = {one.id: one.state for one in rows(database, Delivery)}
    assert states == {stuck: DeliveryState.QUEUED, other: DeliveryState.PARKED}
    assert trellis("outbox", "retry", "--all").output == "1 of 1 queued again.\n"


def test_a_delivery_is_given_up_only_with_a_reason_and_stays_listed(trellis, database):
    stuck = queue(database, **PARKED)
    assert trellis("outbox", "drop", stuck).exit_code == 2
    assert rows(database, Delivery)[0].state is DeliveryState.PARKED

    done = trellis("outbox", "drop", stuck, "--reason", "left the college")

    assert (done.exit_code, done.output) == (0, "1 of 1 dropped.\n")
    assert re.search(
        rf"{stuck}.*dropped.*left the college",
        trellis("outbox", "list", "--state", "dropped").output,
    )


def test_an_unknown_delivery_is_counted_as_not_done_with_exit_code_1(trellis, database):
    done = trellis("outbox", "drop", uuid4(), "--reason", "x")
    assert (done.exit_code, done.output) == (1, "0 of 1 dropped.\n")
    done = trellis("outbox", "retry", uuid4())
    assert (done.exit_code, done.output) == (1, "0 of 1 queued again.\n")


def test_retry_without_ids_says_what_is_missing(trellis, database):
    assert trellis("outbox", "retry").exit_code == 2


HELD = {
    "kind": "statement",
    "destination": HELD_BACK,
    "state": DeliveryState.PARKED,
    "reason": "rejected",
    "last_error": "actor.name: must not be",
}


def test_a_statement_that_is_held_back_is_listed_with_the_place_that_says_too_much(
    trellis, database
):
    held = queue(database, **HELD)

    listed = trellis("outbox", "list").output

    assert re.search(rf"{held}.*parked.*held back, never leaves.*actor.name: must not be", listed)


def test_retry_of_a_statement_that_is_held_back_explains_that_it_never_leaves(trellis, database):
    held, stuck = queue(database, "a", **HELD), queue(database, "b", **PARKED)

    done = trellis("outbox", "retry", held, stuck)

    assert done.exit_code == 1
    assert "1 of 2 queued again." in done.output
    assert re.search(rf"{held} never leaves.*trellis outbox drop {held}", done.output)
    states = {one.id: one.state for one in rows(database, Delivery)}
    assert states == {held: DeliveryState.PARKED, stuck: DeliveryState.QUEUED}


def test_retry_of_all_counts_only_what_may_leave_and_names_the_rest(trellis, database):
    held = queue(database, "a", **HELD)
    queue(database, "b", **PARKED)

    done = trellis("outbox", "retry", "--all")

    assert done.exit_code == 0
    assert "1 of 1 queued again." in done.output
    assert f"{held} never leaves" in done.output


def test_a_statement_that_is_held_back_can_be_given_up(trellis, database):
    held = queue(database, **HELD)
    assert trellis("outbox", "drop", held, "--reason", "reported").exit_code == 0
    assert rows(database, Delivery)[0].state is DeliveryState.DROPPED


def test_a_single_run_of_the_worker_exits_0_when_nothing_is_left_over(trellis, database):
    done = trellis("worker", "--once")
    assert (done.exit_code, done.output) == (0, "0 sent, 0 not yet\n")
    assert rows(database, WorkerBeat) == []


def test_a_single_run_of_the_worker_exits_1_when_something_is_left_over(
    trellis, database, settings
):
    settings.setenv("TRELLIS_LRS_ENDPOINT", "http://127.0.0.1:9/xAPI")
    with database.transaction() as session:
        enqueue(session, "statement", destination="lrs", key="s", subject="x", body='{"id": "x"}')

    done = trellis("worker", "--once")

    assert (done.exit_code, done.output) == (1, "0 sent, 1 not yet\n")
