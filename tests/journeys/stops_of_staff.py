"""Stops of the tour: what mentors and tutors see, and who may be one."""

from tests.journeys.tour import stop

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
    meera.fills("When did you see it?", "2026-01-20").presses("Check and sign")
    meera.sees("You sign these words")


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


@stop("proof/timeline.html")
def the_history_of_an_entry(tour):
    tour.go("tilda", "logbook", "proof.timeline", record_id="confirmed").sees("Audit trail")


@stop("proof/download.html")
def the_records_of_a_trainee_to_download(tour):
    tour.go("tilda", "logbook", "proof.download", person_id="tomas")


@stop("notes/about.html")
def notes_about_a_trainee(tour):
    tour.go("meera", "logbook", "notes.about", person_id="tomas").sees("A note for me alone")


@stop("notes/show.html")
def a_welfare_note(tour):
    tour.go("tilda", "logbook", "notes.show", record_id="welfare note").sees("Who can read it")


@stop("notes/show.html")
def a_welfare_note_with_an_error(tour):
    tilda = tour.go("tilda", "logbook", "notes.show", record_id="welfare note")
    tilda.there.get_by_text("Name one more reader").click()
    tilda.presses("Name this person").sees("There is a problem")


@stop("notes/reclassify.html")
def an_entry_to_make_a_welfare_record(tour):
    tour.go("tilda", "logbook", "notes.reclassify", record_id="submitted")


@stop("logbook/show_entry.html")
def an_entry_whose_signature_was_taken_back(tour):
    tour.go("tomas", "logbook", "logbook.show_entry", record_id="taken back").sees("taken back")


@stop("logbook/edit.html")
def an_entry_that_was_opened_again(tour):
    tour.go("tomas", "logbook", "logbook.edit", record_id="opened again").sees("Why do you change")


@stop("logbook/show_entry.html")
def steps_that_need_a_reason(tour):
    tilda = tour.go("tilda", "logbook", "logbook.show_entry", record_id="confirmed")
    tilda.there.locator("summary", has_text="Open again").click()
    tilda.presses("Open again").sees("There is a problem")


@stop("errors/two_drafts.html")
def two_texts_of_one_draft(tour):
    tomas = tour.go("tomas", "logbook", "logbook.edit", record_id="draft")
    tomas.page.evaluate(
        "document.querySelector('form[data-autosave-url]').elements.draft_seen.value = '0'"
    )
    tomas.fills("Time spent", "50").presses("Save and go on later").sees("You have two texts")
