"""Stops of the tour: the platform's doors, what a mail leads to, and what went wrong."""

from zipfile import ZipFile

from sqlalchemy import select

from lti_tool.domain.base import utc_now
from lti_tool.domain.people import Person
from lti_tool.domain.signing import Seal, SealKind
from lti_tool.services.contacts import MentorDetails, find_or_add_contact
from lti_tool.services.mail_tokens import UNSUBSCRIBE, signed_id
from tests.journeys.tour import NOBODYS, stop


@stop("lti/picker.html")
def the_dialog(tour):
    tour.dialog()


@stop("lti/picker.html")
def the_dialog_without_a_choice(tour):
    tour.dialog().presses("Continue").sees("There is a problem")


@stop("lti/picker.html")
def the_dialog_with_several_activities_and_an_error(tour):
    tilda = tour.dialog().chooses("Kind of activity", "quiz:mentoring-basics")
    tilda.presses("Continue").presses("Add one more activity")
    tilda.there.get_by_label("Kind of activity").nth(1).select_option("logbook:work-meetings")
    tilda.presses("Continue").fills("Highest grade", "1000").presses("Add all to the course")
    tilda.sees("There is a problem")


@stop("lti/return.html")
def the_way_back_from_the_dialog(tour):
    tilda = tour.visitor("tilda")
    tilda.page.route("**/post-form.js", lambda route: route.abort())
    tour.dialog().presses("Cancel").sees("If nothing happens, press the button.")
    tilda.page.unroute("**/post-form.js")


@stop("lti/handoff.html")
def the_hop_to_a_new_tab(tour):
    """As where no cookie comes back: taken away between the hops, which are made by hand."""
    otto, elsewhere = tour.visitor("otto"), tour.course.stage.cast.other_course
    otto.page.route("**/autosubmit.js", lambda route: route.abort())
    otto.goes_to(f"/activity/{tour.course.links['elsewhere'].id}/open", elsewhere)
    otto.presses("Continue").page.wait_for_url("**/mod/lti/auth.php*")
    otto.context.clear_cookies()
    otto.presses("Continue").sees_heading("Open in a new tab")
    otto.page.unroute("**/autosubmit.js")


@stop("lti/register.html")
def a_platform_that_asks_to_register(tour):
    tour.asks_to_register()


@stop("lti/registered.html")
def a_registered_platform(tour):
    tour.asks_to_register().presses("Register this site").sees("Two steps are left")


@stop("errors/problem.html")
def a_registration_without_an_address(tour):
    ada = tour.asks_to_register()
    ada.page.goto(ada.page.url.split("?")[0])


@stop("errors/problem.html")
def a_launch_that_is_refused(tour):
    tour.visitor("ada").page.goto(f"{tour.course.stage.tool_url}/lti/login")


# ---- what a mail leads to ----


def opens_the_switch_for_reminders(tour, *, off_since):
    stage = tour.course.stage
    with stage.database.transaction() as session:
        tilda = session.get_one(Person, tour.course.person_id("tilda"))
        details = MentorDetails(name="Gwen", email="gwen.reminders@bakery.example", locale="en")
        contact = find_or_add_contact(session, details, by=tilda)
        contact.reminders_off_at = off_since
        secret = stage.settings.secret_key.get_secret_value()
        token = signed_id(contact.person_id, UNSUBSCRIBE, secret)
    gwen = tour.visitor("ada")
    gwen.page.goto(f"{stage.tool_url}/mail/reminders/{token}")
    return gwen


@stop("mail/reminders.html")
def reminders_that_can_be_stopped(tour):
    opens_the_switch_for_reminders(tour, off_since=None)


@stop("mail/reminders.html")
def reminders_that_were_stopped(tour):
    opens_the_switch_for_reminders(tour, off_since=utc_now())


# ---- what went wrong ----


@stop("errors/problem.html")
def a_page_that_does_not_exist(tour):
    tour.go("tomas", "logbook", "logbook.show_entry", record_id=NOBODYS)


@stop("errors/problem.html")
def a_page_for_somebody_else(tour):
    tour.go("tomas", "logbook", "people.index")


@stop("errors/problem.html")
def a_session_that_is_over(tour):
    otto = tour.visitor("otto")
    otto.page.goto(f"{tour.course.stage.tool_url}/l/{NOBODYS}/")


# ---- anybody, without a login ----


@stop("verify/ask.html")
def a_code_to_check(tour):
    otto = tour.visitor("otto")
    otto.page.goto(f"{tour.course.stage.tool_url}/verify")


@stop("verify/ask.html")
def something_that_is_no_code(tour):
    otto = tour.visitor("otto")
    otto.page.goto(f"{tour.course.stage.tool_url}/verify?code=hello")


@stop("verify/bundle.html")
def a_download_that_is_whole(tour):
    tomas = tour.go("tomas", "logbook", "proof.download", person_id="tomas")
    with tomas.page.expect_download() as download:
        tomas.there.locator("main button.btn-primary").click()
    with ZipFile(download.value.path()) as archive:
        records = archive.read("records.json")
    tomas.page.goto(f"{tour.course.stage.tool_url}/verify")
    file = {"name": "records.json", "mimeType": "application/json", "buffer": records}
    tomas.page.locator("#bundle").set_input_files(file)
    tomas.presses("Check the file").sees_heading("Nothing was changed")


@stop("verify/code.html")
def what_stands_under_a_code(tour):
    otto = tour.visitor("otto")
    with tour.course.stage.database.reading() as session:
        query = select(Seal.sha256).where(Seal.kind == SealKind.SIGNATURE)
        code = session.scalars(query).first()
    otto.page.goto(f"{tour.course.stage.tool_url}/verify/{code}")


@stop("verify/code.html")
def a_code_that_nobody_knows(tour):
    otto = tour.visitor("otto")
    otto.page.goto(f"{tour.course.stage.tool_url}/verify/{'0' * 64}")
