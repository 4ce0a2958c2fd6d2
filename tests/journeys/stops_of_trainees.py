"""Stops of the tour: what a trainee sees."""

from tests.journeys.tour import stop


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


@stop("proof/timeline.html")
def the_history_of_my_entry(tour):
    tour.go("tomas", "logbook", "proof.timeline", record_id="returned").sees("Sent back")


@stop("proof/download.html")
def everything_of_mine_to_download(tour):
    tour.go("tomas", "logbook", "proof.download", person_id="tomas")
