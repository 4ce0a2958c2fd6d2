"""An observer at work, by the forms that a browser posts."""

import json
import re
from datetime import UTC, datetime
from uuid import uuid4

from lti_tool.domain.grading import Grade

CRITERIA = ("clothes", "jewellery", "hands", "wounds", "surfaces", "fridge", "separate", "dates")


CRITICAL = ("hands", "wounds", "separate")


SECRET = "zebra crossing"


TODAY = datetime.now(UTC).date()


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
