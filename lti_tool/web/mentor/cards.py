"""What waits for a mentor, as cards: grouped by trainee, oldest first."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy.orm import Session

from lti_tool.domain.people import Person
from lti_tool.domain.records import Record
from lti_tool.plugins import Card
from lti_tool.services.evidence import ShownFile, files_of_revision
from lti_tool.services.mentor_signing import said_hash
from lti_tool.services.mentor_tasks import Task, tasks_of
from lti_tool.services.revisions import latest_revision
from lti_tool.web.mentor.posted import MOST_CARDS, Posted, Typed


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing to decide on, with what was typed into its card already."""

    task: Task
    card: Card
    files: list[ShownFile]
    """What it was handed in with."""
    typed: Typed
    said: str
    problem: str | None = None
    is_asked: bool = False
    """Whether "not mine" is to be pressed once more, to be sure."""

    @property
    def is_open(self) -> bool:
        """Whether the card is shown opened: something was typed or went wrong."""
        typed = self.typed
        return bool(self.problem or typed.capacity or typed.comment or typed.is_picked)


@dataclass(frozen=True, kw_only=True)
class Group:
    """All that waits of one trainee."""

    trainee: Person
    organisation: str
    items: list[Item] = field(default_factory=list)

    @property
    def label(self) -> str:
        """The trainee's name, or the short code where the site withholds it."""
        return self.trainee.name or self.trainee.short_code


@dataclass(frozen=True, kw_only=True)
class Cards:
    """Everything that waits for one mentor."""

    groups: list[Group]
    elsewhere: list[Task]
    """What is done on the activity's own pages."""
    left_out: int
    """How many more wait than the page shows."""

    @property
    def count(self) -> int:
        """How many cards there are."""
        return sum(len(group.items) for group in self.groups)


def cards_of(
    session: Session,
    person_id: UUID,
    *,
    posted: Posted | None = None,
    problems: Mapping[UUID, str] | None = None,
    asked: UUID | None = None,
) -> Cards:
    """Return what waits, with what was *posted* and what was wrong with it, by record id."""
    tasks = tasks_of(session, person_id)
    here = [task for task in tasks if task.record_id and task.plugin.signing]
    groups: dict[UUID, Group] = {}
    for task in here[:MOST_CARDS]:
        new = Group(trainee=task.trainee, organisation=task.organisation)
        item = _item(session, task, posted or Posted())
        problem = (problems or {}).get(item.card.record_id)
        item = replace(item, problem=problem, is_asked=item.card.record_id == asked)
        groups.setdefault(task.trainee.id, new).items.append(item)
    return Cards(
        groups=list(groups.values()),
        elsewhere=[task for task in tasks if task not in here],
        left_out=max(len(here) - MOST_CARDS, 0),
    )


def _item(session: Session, task: Task, posted: Posted) -> Item:
    assert task.record_id is not None  # noqa: S101 - `cards_of` keeps only those
    assert task.plugin.signing is not None  # noqa: S101 - the same
    record = session.get_one(Record, task.record_id)
    card = task.plugin.signing.card(session, record)
    revision = latest_revision(session, record)
    typed = posted.typed.get(record.id, Typed())
    if typed.seen_sha256 not in ("", card.seen_sha256):
        # It is another text now: what was written stays, the decision has to be taken anew.
        typed = Typed(comment=typed.comment)
    return Item(
        task=task,
        card=card,
        files=files_of_revision(session, revision) if revision else [],
        typed=typed,
        said=said_hash(card.wording),
    )
