"""Every page of Trellis in every state that looks different, and the way to each."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from flask import template_rendered, url_for
from playwright.sync_api import Browser, BrowserContext, Page

from lti_tool.services.registrations import invite
from tests.journeys.furnished import Furnished
from tests.journeys.visitor import Visitor

SMALL = {"width": 320, "height": 640}
NOBODYS = "00000000-0000-4000-8000-000000000000"
STOPS: dict[str, "Stop"] = {}


@dataclass(frozen=True)
class Stop:
    """One page: how to get there, and the template that has to be seen there."""

    template: str
    open: Callable[["Tour"], object]


def stop(template):
    """Put a function on the tour; its name says what is to be seen."""

    def add(function):
        STOPS[function.__name__.replace("_", " ")] = Stop(template, function)
        return function

    return add


@dataclass
class Tour:
    """Everybody at a browser of their own with the smallest screen, signed in once per link."""

    course: Furnished
    browser: Browser
    visitors: dict[str, Visitor] = field(default_factory=dict)
    launches: dict[tuple[str, str], str] = field(default_factory=dict)
    rendered: list[str] = field(default_factory=list)
    page: Page | None = None

    def __post_init__(self):
        self.app = self.course.stage.app
        template_rendered.connect(self._notice, self.app)

    def _notice(self, _app, template, **_more):
        self.rendered.append(template.name)

    def close(self):
        template_rendered.disconnect(self._notice, self.app)
        for visitor in self.visitors.values():
            visitor.context.close()

    def visit(self, name):
        """Go to a stop and return the browser's page, loaded."""
        self.rendered.clear()
        STOPS[name].open(self)
        self.page.wait_for_load_state()
        assert STOPS[name].template in self.rendered
        assert self.page.locator("main#main").count() == 1
        return self.page

    def visitor(self, who) -> Visitor:
        if who not in self.visitors:
            self.visitors[who] = Visitor(self.course.stage, who, self._context())
        visitor = self.visitors[who]
        self.page, visitor.is_framed = visitor.page, False
        return visitor

    def _context(self) -> BrowserContext:
        context = self.browser.new_context(viewport=SMALL)
        context.set_default_timeout(15_000)
        return context

    def launch(self, who, link):
        """Open an activity as somebody, without a frame, and remember the launch."""
        courses, place = self.course.stage.sandbox.tables.courses, self.course.links[link]
        visitor = self.visitor(who).opens_alone(place, course=courses[place.course_id])
        self.launches[who, link] = visitor.page.url.split("/l/")[1].split("/")[0]
        return visitor

    def go(self, who, link, endpoint, **values):
        """Open one page of an activity, launching it the first time."""
        visitor = self.visitor(who)
        if (who, link) not in self.launches:
            self.launch(who, link)
        values = {name: self._id(value) for name, value in values.items()}
        with self.app.test_request_context():
            path = url_for(endpoint, launch_id=self.launches[who, link], **values)
        visitor.page.goto(self.course.stage.tool_url + path)
        return visitor

    def _id(self, value):
        """Return the id of a record or of somebody that goes by this name."""
        if value in self.course.records:
            return self.course.records[value]
        return self.course.person_id(value) if hasattr(self.course.stage.cast, value) else value

    def dialog(self):
        """Open the dialog of "Select content" as a page of its own."""
        visitor = self.visitor("tilda")
        return visitor.goes_to(f"/add/{self.course.stage.tool.id}/open").arrives()

    def asks_to_register(self):
        """Open the page at which a platform registers."""
        stage, ada = self.course.stage, self.visitor("ada")
        with stage.database.transaction() as session:
            token = invite(session, lifetime=timedelta(hours=1), allows_private_network=True)
        address = f"{stage.tool_url}/lti/register/{token}"
        ada.page.goto(stage.sandbox.registration_url(address))
        return ada


# ---- a trainee ----


@stop("logbook/home.html")
def a_trainees_empty_logbook(tour):
    tour.go("sigrun", "logbook", "logbook.home")


@stop("logbook/home.html")
def a_trainees_logbook(tour):
    tour.go("tomas", "logbook", "logbook.home").sees("Sent back")


@stop("logbook/edit.html")
def a_draft(tour):
    tour.go("tomas", "logbook", "logbook.edit", record_id="draft")


@stop("logbook/edit.html")
def a_draft_with_errors(tour):
    tour.go("tomas", "logbook", "logbook.edit", record_id="draft").fills("Date", "2200-01-01")
    tour.visitor("tomas").fills("Time spent", "long").presses("Submit").sees("There is a problem")


@stop("logbook/edit.html")
def the_question_before_a_draft_is_deleted(tour):
    tour.go("tomas", "logbook", "logbook.edit", record_id="draft").presses("Delete this draft")


@stop("logbook/edit.html")
def an_entry_sent_back(tour):
    tour.go("tomas", "logbook", "logbook.edit", record_id="returned").sees("What to change")


@stop("logbook/show_entry.html")
def a_submitted_entry(tour):
    tour.go("tomas", "logbook", "logbook.show_entry", record_id="submitted")


@stop("logbook/show_entry.html")
def a_confirmed_entry(tour):
    tour.go("tomas", "logbook", "logbook.show_entry", record_id="confirmed")


@stop("quiz/home.html")
def a_quiz_before_the_start(tour):
    tour.go("sigrun", "quiz", "quiz.home")


@stop("quiz/home.html")
def a_quiz_with_a_try(tour):
    tour.go("tomas", "quiz", "quiz.home").sees("Your tries")


@stop("quiz/answer.html")
def the_questions(tour):
    tour.go("tomas", "quiz", "quiz.answer", record_id="next try")


@stop("quiz/answer.html")
def questions_to_rate_oneself(tour):
    tour.go("tomas", "rating", "quiz.answer", record_id="next rated")


@stop("quiz/answer.html")
def the_questions_with_an_error(tour):
    tomas = tour.go("tomas", "quiz", "quiz.answer", record_id="next try")
    tomas.fills("4. You plan", "three").presses("Check your answers").sees("There is a problem")


@stop("quiz/check.html")
def the_answers_to_check(tour):
    tour.go("tomas", "rating", "quiz.check", record_id="next rated")


@stop("quiz/result.html")
def a_result(tour):
    tour.go("tomas", "quiz", "quiz.result", record_id="try")


@stop("quiz/result.html")
def a_result_with_ratings(tour):
    tour.go("tomas", "rating", "quiz.result", record_id="rated")


@stop("checklist/home.html")
def an_empty_checklist(tour):
    tour.go("sigrun", "checklist", "checklist.home")


@stop("checklist/home.html")
def a_checklist(tour):
    tour.go("tomas", "checklist", "checklist.home").sees("Observations of you")


@stop("checklist/signed.html")
def a_signed_observation(tour):
    tour.go("tomas", "checklist", "checklist.show", record_id="signed")


@stop("pages/not_set_up.html")
def a_link_that_is_not_set_up(tour):
    tour.go("tomas", "unset", "pages.not_set_up")


# ---- a mentor, and somebody who may be one ----


@stop("pages/undecided.html")
def somebody_of_whom_nobody_has_decided(tour):
    tour.go("nils", "logbook", "pages.undecided")


@stop("trainees/index.html")
def a_mentor_without_trainees(tour):
    tour.go("ada", "logbook", "trainees.index")


@stop("trainees/index.html")
def a_mentors_trainees(tour):
    tour.go("meera", "logbook", "trainees.index").sees("Waiting for you")


@stop("logbook/show_trainee.html")
def a_logbook_as_its_mentor_sees_it(tour):
    tour.go("meera", "logbook", "logbook.show_trainee", person_id="tomas")


@stop("logbook/show_entry.html")
def an_entry_to_decide_on(tour):
    tour.go("meera", "logbook", "logbook.show_entry", record_id="submitted")


@stop("logbook/show_entry.html")
def a_decision_that_lacks_a_comment(tour):
    meera = tour.go("meera", "logbook", "logbook.show_entry", record_id="submitted")
    meera.presses("Send back").sees("There is a problem")


@stop("checklist/trainee.html")
def a_checklist_as_a_mentor_sees_it(tour):
    tour.go("meera", "checklist", "checklist.show_trainee", person_id="tomas")


@stop("checklist/observe.html")
def an_observation_being_written(tour):
    tour.go("meera", "checklist", "checklist.observe", record_id="unsigned")


@stop("checklist/observe.html")
def an_observation_with_an_error(tour):
    meera = tour.go("meera", "checklist", "checklist.observe", record_id="unsigned")
    meera.fills("When did you see it?", "2200-01-01").presses("Check and sign")
    meera.sees("There is a problem")
    meera.fills("When did you see it?", "2026-01-20").sees("Saved as draft")


@stop("checklist/check.html")
def an_observation_to_sign(tour):
    meera = tour.go("meera", "checklist", "checklist.observe", record_id="unsigned")
    meera.fills("When did you see it?", "2026-01-20").presses("Check and sign").sees("By signing")


@stop("quiz/trainee.html")
def a_quiz_as_a_mentor_sees_it(tour):
    tour.go("meera", "rating", "quiz.show_trainee", person_id="tomas")


# ---- a tutor ----


@stop("trainees/index.html")
def the_trainees_with_their_grades(tour):
    tour.go("tilda", "logbook", "trainees.index").sees("Refused").sees("Waiting to be sent")


@stop("trainees/index.html")
def a_course_without_trainees(tour):
    tour.go("olga", "elsewhere", "trainees.index")


@stop("logbook/grade_trainee.html")
def a_logbook_beside_its_grade(tour):
    tour.go("tilda", "logbook", "logbook.show_trainee", person_id="tomas")


@stop("logbook/grade_trainee.html")
def a_grade_that_was_refused(tour):
    tour.go("tilda", "logbook", "logbook.show_trainee", person_id="omar").sees("Retry")


@stop("trainees/grade.html")
def a_grade_that_is_too_high(tour):
    tilda = tour.go("tilda", "logbook", "logbook.show_trainee", person_id="tomas")
    tilda.fills("Grade", "1000").presses("Save and send grade").sees("There is a problem")


@stop("checklist/trainee.html")
def a_checklist_beside_its_grade(tour):
    tour.go("tilda", "checklist", "checklist.show_trainee", person_id="tomas")


@stop("quiz/trainee.html")
def a_quiz_beside_its_grade(tour):
    tour.go("tilda", "quiz", "quiz.show_trainee", person_id="tomas")


@stop("people/index.html")
def the_people(tour):
    tilda = tour.go("tilda", "logbook", "people.index").sees("Somebody to decide on")
    tilda.page.evaluate("for (const it of document.querySelectorAll('details')) it.open = true")


@stop("people/index.html")
def nobody_found_among_the_people(tour):
    tour.go("tilda", "logbook", "people.index", q="nobody").sees("Nobody found")


@stop("chooser/settings.html")
def the_settings(tour):
    tour.go("tilda", "quiz", "chooser.settings")


@stop("chooser/settings.html")
def settings_with_errors(tour):
    tilda = tour.go("tilda", "quiz", "chooser.settings")
    tilda.fills("How many tries", "1000").presses("Save").sees("There is a problem")


@stop("chooser/choose.html")
def a_link_to_set_up(tour):
    tour.go("tilda", "unset", "chooser.choose")


@stop("chooser/details.html")
def an_activity_to_name(tour):
    tour.go("tilda", "unset", "chooser.choose", choice="quiz:mentoring-basics")


@stop("chooser/details.html")
def an_activity_to_name_with_errors(tour):
    tilda = tour.go("tilda", "unset", "chooser.choose", choice="quiz:mentoring-basics")
    tilda.fills("Highest grade", "1000").presses("Create the activity").sees("There is a problem")


# ---- the platform's doors ----


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
