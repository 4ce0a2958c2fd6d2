"""Stops of the tour: mentors without an account, by mail and as the course sees them."""

from dataclasses import replace

from sqlalchemy import select

from lti_tool.domain.contacts import Contact, LinkPurpose
from lti_tool.domain.people import Membership, Person
from lti_tool.domain.signing import Signature
from lti_tool.services.contacts import MentorDetails, issue_link, token_of
from lti_tool.services.naming import name_mentor
from tests.journeys.tour import stop

GWEN = MentorDetails(
    name="Gwen Parry", email="gwen@bakery.example", locale="en", organisation="Bakery Rhyl"
)
FREE = replace(GWEN, name="Gwen at home", email="gwen.parry@gmail.com")
IDLE = replace(GWEN, name="Idris Idle", email="idris@bakery.example")


def named(tour, trainee="tomas", details=GWEN, *, by="tilda"):
    """Let somebody name a mentor; return the relation."""
    stage = tour.course.stage
    with stage.app.test_request_context(), stage.database.transaction() as session:
        trainee_id = tour.course.person_id(trainee)
        mine = Membership.person_id == trainee_id
        course_id = session.scalars(select(Membership.course_id).where(mine)).first()
        namer = session.get_one(Person, tour.course.person_id(by))
        return name_mentor(
            session,
            course_id,
            trainee_id=trainee_id,
            details=details,
            by=namer,
            is_tutor=by == "tilda",
        )


def opens(tour, details=GWEN, purpose=LinkPurpose.PAGE, signature_id=None):
    """Open a link as from a mail."""
    stage = tour.course.stage
    with stage.database.transaction() as session:
        contact = session.scalars(select(Contact).where(Contact.email == details.email)).one()
        link = issue_link(session, contact, purpose, signature_id=signature_id)
    token = token_of(link.id, stage.settings.secret_key.get_secret_value())
    path = "m/receipt" if purpose is LinkPurpose.RECEIPT else "m"
    gwen = tour.visitor("gwen")
    gwen.page.goto(f"{stage.tool_url}/{path}/{token}")
    return gwen


@stop("mentor/page.html")
def what_waits_for_a_mentor(tour):
    named(tour)
    gwen = opens(tour)
    for summary in gwen.page.locator("summary").all():
        summary.click()


@stop("mentor/page.html")
def a_mentors_page_after_a_mistake(tour):
    named(tour)
    gwen = opens(tour)
    if not gwen.page.locator("details.card[open]").count():
        gwen.page.locator("details.card summary").first.click()
    gwen.page.wait_for_timeout(3_100)
    gwen.presses("Confirm").sees("1 needs an answer.")


@stop("mentor/page.html")
def a_mentors_page_with_nothing(tour):
    named(tour, details=IDLE, trainee="sigrun")
    opens(tour, IDLE).sees_heading("Nothing waits for you")


@stop("mentor/closed.html")
def a_link_that_does_not_open(tour):
    gwen = tour.visitor("gwen")
    gwen.page.goto(f"{tour.course.stage.tool_url}/m/{'x' * 43}")


@stop("mentor/receipt.html")
def a_receipt(tour):
    named(tour)
    stage = tour.course.stage
    with stage.database.transaction() as session:
        contact = session.scalars(select(Contact).where(Contact.email == GWEN.email)).one()
        mine = Signature.signer_id == contact.person_id
        known = session.scalars(select(Signature.id).where(mine)).first()
    opens(tour, purpose=LinkPurpose.RECEIPT, signature_id=known)


@stop("mentors/name.html")
def naming_a_mentor_as_a_tutor(tour):
    tour.go("tilda", "logbook", "mentors.ask", person_id="tomas")


@stop("mentors/name.html")
def naming_the_own_mentor(tour):
    named(tour, details=FREE, by="tomas")
    tour.go("tomas", "logbook", "mentors.ask_me").sees("Waits for a tutor to agree.")


@stop("mentors/name.html")
def naming_a_mentor_with_a_mistake(tour):
    tilda = tour.go("tilda", "logbook", "mentors.ask", person_id="tomas")
    tilda.presses("Save and send the mail").sees("There is a problem")


@stop("mentors/show.html")
def a_mentor_by_mail(tour):
    relation = named(tour)
    tour.go("tilda", "logbook", "mentors.show", relation_id=str(relation.id))


@stop("mentors/show.html")
def a_mentor_to_agree_to(tour):
    relation = named(tour, details=FREE, by="tomas")
    tour.go("tilda", "logbook", "mentors.show", relation_id=str(relation.id)).sees("Do you agree?")


def lets_mail_go(tour):
    info = tour.course.stage.database.info
    info["environment"] = replace(info["environment"], mail_is_on=True)


@stop("handover/show.html")
def the_phone_in_the_mentors_hands(tour):
    named(tour)
    lets_mail_go(tour)
    tour.go("tomas", "logbook", "handover.show", record_id="submitted")


@stop("handover/show.html")
def the_phone_in_the_mentors_hands_after_a_mistake(tour):
    named(tour)
    lets_mail_go(tour)
    tomas = tour.go("tomas", "logbook", "handover.show", record_id="submitted")
    tomas.presses("Confirm").sees("There is a problem")
