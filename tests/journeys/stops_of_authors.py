"""Stops of the tour: the pages on which a tutor writes the form of an activity."""

from tests.journeys.tour import stop


def begun(tour, kind):
    """Open the draft of a form, begun at the first stop that needs it."""
    tilda = tour.go("tilda", kind, "authoring.index")
    if tilda.there.get_by_role("button", name="Write a new version").count():
        tilda.presses("Write a new version")
    tilda.sees("You are writing the next version.")
    return tilda


@stop("authoring/index.html")
def the_form_of_a_checklist(tour):
    tour.go("tilda", "checklist", "authoring.index").sees("This is what new work is written on")


@stop("authoring/index.html")
def the_form_of_a_logbook_being_written(tour):
    begun(tour, "logbook")


@stop("authoring/index.html")
def the_form_of_a_quiz_being_written(tour):
    begun(tour, "quiz")


@stop("authoring/part.html")
def a_question_being_written(tour):
    begun(tour, "logbook").follows("Change (Question 1)").sees("Other languages")


@stop("authoring/part.html")
def a_question_without_words(tour):
    tilda = begun(tour, "logbook").follows("Change (Question 1)")
    tilda.sees("Other languages").fills("Question", "").presses("Save").sees("There is a problem")


@stop("authoring/part.html")
def the_introduction_of_a_form(tour):
    begun(tour, "quiz").follows("Introduction and more").sees("Other languages")


@stop("authoring/publish.html")
def publishing_a_form(tour):
    begun(tour, "logbook").follows("Publish").sees_heading("Whom it concerns")


@stop("authoring/preview.html")
def a_logbook_as_a_trainee_would_see_it(tour):
    tour.go("tilda", "logbook", "authoring.preview", audience="trainee").sees("This is a preview")


@stop("authoring/preview.html")
def a_checklist_as_a_mentor_would_see_it(tour):
    tour.go("tilda", "checklist", "authoring.preview", audience="mentor").sees("This is a preview")


@stop("authoring/preview.html")
def a_quiz_on_paper(tour):
    tour.go("tilda", "quiz", "authoring.preview", audience="print").sees("This is a preview")


@stop("authoring/drafts.html")
def no_drafts_on_an_older_version(tour):
    tour.go("tilda", "checklist", "authoring.move_drafts").sees("There is none.")
