"""Learners with sealed records in any database, without pages: for the command line and benches."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import uuid4

from lti_tool.domain.courses import (
    ActivitySetup,
    Course,
    ResourceLink,
    Template,
    TemplateVersion,
)
from lti_tool.domain.grading import Score
from lti_tool.domain.people import Membership, Person
from lti_tool.domain.platforms import Platform
from lti_tool.domain.records import RecordState
from lti_tool.domain.roles import Hint, Role
from lti_tool.domain.signing import Capacity, Decision, Signing
from lti_tool.services.chains import content_hash
from lti_tool.services.records import ensure_attempt, start_record, submit_record
from lti_tool.services.signing import sign_record

FORM = {
    "max_minutes": 600,
    "fields": [{"id": "subject", "label": {"en": "What was it about?"}, "required": True}],
}
WORDING = "I say that this took place as it is written here."


@dataclass
class Library:
    """A course with a logbook, its tutor and mentor, and everybody's records."""

    session: object
    platform: Platform
    course: Course
    link: ResourceLink
    version: TemplateVersion
    mentor: Person
    tutor: Person
    records: list = field(default_factory=list)

    def learner(self, name="Lena Learner", **more):
        return self._person(name, Hint.LEARNER, **more)

    def _person(self, name, hint, role=None, **more):
        values = {"sub": uuid4().hex, "email": f"{name.split()[0].lower()}@example.org"}
        person = Person(platform_id=self.platform.id, name=name, **(values | more))
        self.session.add(person)
        self.session.flush()
        member = Membership(
            course_id=self.course.id, person_id=person.id, launch_hint=hint, role=role
        )
        self.session.add(member)
        self.session.flush()
        return person

    def submitted(self, learner, text="It went well.", **content):
        attempt = ensure_attempt(self.session, self.link.id, learner.id)
        record = start_record(
            self.session,
            attempt,
            "logbook_entry",
            id=uuid4(),
            author=learner,
            template_version=self.version,
        )
        self.hand_in(record, learner, text, **content)
        self.records.append(record)
        return record

    def hand_in(self, record, learner, text, reason=""):
        content = {
            "practised_on": "2026-01-20",
            "duration_minutes": 45,
            "texts": {"subject": text},
        }
        return submit_record(
            self.session,
            record,
            content,
            author=learner,
            happened_on=date(2026, 1, 20),
            reason=reason,
        )

    def confirmed(self, learner, text="It went well.", comment="", **more):
        record = self.submitted(learner, text)
        self.sign(record, comment=comment, **more)
        record.state = RecordState.COUNTERSIGNED
        self.session.flush()
        return record

    def sign(self, record, signer=None, **more):
        from lti_tool.services.revisions import latest_revision

        values = {"wording": WORDING, "locale": "en", "capacity": Capacity.SAW_IT}
        signing = Signing(
            signer=signer or self.mentor,
            role=Role.MENTOR,
            seen_sha256=latest_revision(self.session, record).sha256,
            **(values | more),
        )
        return sign_record(self.session, record, signing, Decision.CONFIRMED)

    def grade(self, learner, given="70", comment="Good."):
        from lti_tool.services.grades import give_grade

        attempt = ensure_attempt(self.session, self.link.id, learner.id)
        score = Score(given=Decimal(given), maximum=Decimal(100))
        return give_grade(self.session, attempt, score, author=self.tutor, comment=comment)


def library(session, issuer="https://vle.example.org"):
    """Return a new course on *session*, which has to be opened by an installation."""
    platform = Platform(
        issuer=issuer,
        client_id=uuid4().hex,
        auth_login_url=f"{issuer}/auth",
        auth_token_url=f"{issuer}/token",
        jwks_url=f"{issuer}/jwks",
    )
    session.add(platform)
    session.flush()
    course = Course(platform_id=platform.id, deployment_id="1", context_id=uuid4().hex)
    template = Template(kind="logbook", title="Meetings")
    session.add_all([course, template])
    session.flush()
    version = TemplateVersion(template_id=template.id, content=FORM, sha256=content_hash(FORM))
    session.add(version)
    session.flush()
    setup = ActivitySetup(
        course_id=course.id,
        kind="logbook",
        title="Meetings",
        template_version_id=version.id,
        grade_maximum=Decimal(100),
    )
    session.add(setup)
    session.flush()
    link = ResourceLink(course_id=course.id, resource_link_id=uuid4().hex, setup_id=setup.id)
    session.add(link)
    session.flush()
    made = Library(session, platform, course, link, version, None, None)
    made.mentor = made._person("Meera Mentor", Hint.MENTOR, Role.MENTOR)
    made.tutor = made._person("Tilda Tutor", Hint.INSTRUCTOR, Role.TUTOR)
    return made
