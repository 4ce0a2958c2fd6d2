"""The quiz's pages: start, answer, check, submit, read the result."""

from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from activities.quiz.answers import Reading, read_answers
from activities.quiz.content import Quiz
from activities.quiz.forms import answer_form
from activities.quiz.grading import rules_of, submitted_tries
from activities.quiz.models import KIND, QuizTry
from activities.quiz.overview import TryView, read_views, try_views
from activities.quiz.rules import Rules
from activities.quiz.service import (
    answers_hash,
    keep_answers,
    open_try,
    quiz_of,
    start_try,
    submit_try,
)
from lti_tool.sdk import (
    Attempt,
    InvalidInput,
    Record,
    RecordState,
    Role,
    StaleEdit,
    current_person,
    current_template,
    find_attempt_or_404,
    find_record_or_404,
    find_trainee_or_404,
    gettext,
    grade_panel,
    latest_grade,
    my_attempt,
    notify,
    pick_text,
    reading,
    role_required,
    transaction,
)

bp = Blueprint("quiz", __name__, template_folder="templates")


@bp.get("/")
@role_required(Role.TRAINEE)
def home() -> ResponseReturnValue:
    """Show the trainee what the quiz is, the tries so far and the one thing to do next."""
    with transaction() as session:
        attempt = my_attempt(session)
        rules = rules_of(session, attempt)
        tries = submitted_tries(session, attempt)
        return render_template(
            "quiz/home.html",
            introduction=pick_text(Quiz.parse(current_template(session).content).introduction),
            rules=rules,
            tries=try_views(session, attempt, tries),
            going_on=open_try(session, attempt),
            may_start=rules.allows_another(len(tries)),
            new_id=uuid4(),
            grade=latest_grade(session, attempt),
        )


@bp.post("/tries")
@role_required(Role.TRAINEE)
def start() -> ResponseReturnValue:
    """Begin a try, or go on with the one that is under way."""
    with transaction() as session:
        begun = start_try(
            session,
            my_attempt(session),
            id=_posted_id(),
            author=current_person(session),
            template=current_template(session),
        )
    return redirect(url_for(".answer", record_id=begun.record_id), code=303)


@bp.get("/tries/<uuid:record_id>")
@role_required(Role.TRAINEE)
def answer(record_id: UUID) -> ResponseReturnValue:
    """Show the questions with what was answered so far."""
    with reading() as session:
        record = find_record_or_404(session, record_id, kind=KIND)
        if record.state is not RecordState.DRAFT:
            return redirect(url_for(".result", record_id=record_id), code=303)
        return _questions(session, record)


@bp.post("/tries/<uuid:record_id>")
@role_required(Role.TRAINEE)
def keep(record_id: UUID) -> ResponseReturnValue:
    """Keep the answers, then show them all for checking."""
    with transaction() as session:
        record = find_record_or_404(session, record_id, kind=KIND)
        if record.state is not RecordState.DRAFT:
            return redirect(url_for(".result", record_id=record_id), code=303)
        found = keep_answers(session, record, _posted_answers())
        if found.problems:
            return _questions(session, record, found), 422
    return redirect(url_for(".check", record_id=record_id), code=303)


@bp.get("/tries/<uuid:record_id>/check")
@role_required(Role.TRAINEE)
def check(record_id: UUID) -> ResponseReturnValue:
    """Show all answers before they are handed in, and which questions have none."""
    with reading() as session:
        record = find_record_or_404(session, record_id, kind=KIND)
        if record.state is not RecordState.DRAFT:
            return redirect(url_for(".result", record_id=record_id), code=303)
        quiz = quiz_of(session, record)
        found = read_answers(quiz, record.draft)
        if found.problems:
            return redirect(url_for(".answer", record_id=record_id), code=303)
        return _check_page(record, quiz, found)


@bp.post("/tries/<uuid:record_id>/submit")
@role_required(Role.TRAINEE)
def submit(record_id: UUID) -> ResponseReturnValue:
    """Hand in the try as it was checked, then show the result."""
    try:
        with transaction() as session:
            record = find_record_or_404(session, record_id, kind=KIND)
            seen = request.form.get("seen", "")
            submit_try(session, record, author=current_person(session), seen=seen)
    except (InvalidInput, StaleEdit) as error:
        return _again(record_id, error)
    return redirect(url_for(".result", record_id=record_id), code=303)


@bp.get("/tries/<uuid:record_id>/result")
@role_required(Role.TRAINEE)
def result(record_id: UUID) -> ResponseReturnValue:
    """Show a submitted try: points, answers and, if the tutor allows it, feedback."""
    with reading() as session:
        record = find_record_or_404(session, record_id, kind=KIND)
        if record.state is RecordState.DRAFT:
            return redirect(url_for(".answer", record_id=record_id), code=303)
        attempt = session.get_one(Attempt, record.attempt_id)
        rules, tries = rules_of(session, attempt), submitted_tries(session, attempt)
        shown = next(one for one in tries if one.record_id == record_id)
        return render_template(
            "quiz/result.html",
            record=record,
            view=_one_view(session, attempt, tries, shown),
            shows_feedback=rules.shows_feedback,
            rules=rules,
            tries_left=_tries_left(rules, tries),
        )


@bp.get("/trainees/<uuid:person_id>")
@role_required(Role.TUTOR, Role.ASSESSOR, Role.MENTOR)
def show_trainee(person_id: UUID) -> ResponseReturnValue:
    """Show all submitted tries of a trainee, beside the grade."""
    with transaction() as session:
        attempt = find_attempt_or_404(session, person_id)
        return render_template(
            "quiz/trainee.html",
            person=find_trainee_or_404(session, person_id),
            tries=try_views(session, attempt, submitted_tries(session, attempt)),
            going_on=open_try(session, attempt),
            rules=rules_of(session, attempt),
            panel=grade_panel(session, attempt),
        )


def _questions(session: Session, record: Record, found: Reading | None = None) -> str:
    """Return the page of questions; *found* brings the messages after a failed check."""
    quiz = quiz_of(session, record)
    problems = (found or read_answers(quiz, record.draft)).problems
    form = answer_form(quiz, record.draft, problems)
    return render_template(
        "quiz/answer.html",
        form=form,
        form_errors=form.errors,
        kinds=[(form[f"q-{question.id}"], question) for question in quiz.questions],
        record=record,
        one=session.get_one(QuizTry, record.id),
        introduction=pick_text(quiz.introduction),
    )


def _check_page(record: Record, quiz: Quiz, found: Reading) -> str:
    return render_template(
        "quiz/check.html",
        record=record,
        answers=read_views(quiz, found),
        missing=len(found.unanswered),
        seen=answers_hash(found),
    )


def _again(record_id: UUID, error: InvalidInput | StaleEdit) -> ResponseReturnValue:
    """Show the answers as they are now, with what stood in the way."""
    with reading() as session:
        record = find_record_or_404(session, record_id, kind=KIND)
        quiz = quiz_of(session, record)
        found = read_answers(quiz, record.draft)
        if found.problems:
            return _questions(session, record, found), error.status
        notify(error.message, "warning")
        return _check_page(record, quiz, found), error.status


def _posted_answers() -> dict[str, Any]:
    values = request.form.to_dict(flat=False)
    return {name: found for name, found in values.items() if name.startswith("q-")}


def _posted_id() -> UUID:
    try:
        return UUID(request.form.get("record_id", ""))
    except ValueError:
        raise InvalidInput(
            gettext("This page is out of date."),
            next_step=gettext("Open the activity again from your course."),
        ) from None


def _one_view(session: Session, attempt: Attempt, tries: list[QuizTry], shown: QuizTry) -> TryView:
    """Return one try; the others are needed to say whether it counts."""
    views = try_views(session, attempt, tries)
    return next(view for view in views if view.one is shown)


def _tries_left(rules: Rules, tries: list[QuizTry]) -> int | None:
    """Return how many tries are left, or None where there is no limit."""
    return max(0, rules.max_tries - len(tries)) if rules.max_tries else None
