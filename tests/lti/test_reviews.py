"""A click on a cell of the platform's gradebook opens that trainee's record, for who may see it."""

import pytest

from lti_tool.domain.roles import Role


@pytest.fixture
def review(world, link):
    """Click on somebody's cell as *player*."""

    def click(player, about):
        return player.launch(link, about=about)

    return click


@pytest.fixture
def sigrun(world, link):
    player = world.player(world.cast.sigrun)
    player.launch(link)
    return player


def test_a_tutor_gets_that_trainees_record(world, tutor, trainee, review):
    answer = review(tutor, world.cast.tomas)

    assert answer.status_code == 200
    assert answer.request.path.endswith(f"/logbook/trainees/{trainee.person.id}")
    assert "Tomas Trainee" in answer.text


def test_a_review_works_without_a_line_item_claim(world, tutor, trainee, link, review):
    """With two columns the message names none (facts.md 10)."""
    world.sandbox.add_item(world.cast.course, world.tool, "Second", 10, link)

    assert review(tutor, world.cast.tomas).request.path.endswith(str(trainee.person.id))


def test_a_mentor_gets_the_record_of_an_own_trainee(world, tutor, trainee, meera, link, review):
    meera.launch(link)
    world.make(meera, Role.MENTOR)
    world.mentors(meera, trainee)

    assert review(meera, world.cast.tomas).request.path.endswith(str(trainee.person.id))


def test_a_mentor_gets_nothing_of_another_trainee(world, tutor, trainee, meera, link, review):
    meera.launch(link)
    world.make(meera, Role.MENTOR)

    answer = review(meera, world.cast.tomas)

    assert answer.status_code == 404
    assert "Tomas" not in answer.text


def test_a_trainee_who_names_somebody_else_gets_the_own_page(world, trainee, sigrun, review):
    answer = review(trainee, world.cast.sigrun)

    assert answer.status_code == 200
    assert answer.request.path.endswith("/logbook/")
    assert "Sigr" not in answer.text


def test_a_trainee_gets_the_own_page_from_the_own_cell(world, trainee, review):
    answer = review(trainee, world.cast.tomas)

    assert answer.status_code == 200
    assert "Tomas Trainee" in answer.text


def test_who_is_not_decided_on_is_told_so_kindly(world, tutor, trainee, nils, review):
    answer = review(nils, world.cast.tomas)

    assert answer.status_code == 200
    assert answer.request.path.endswith("/undecided")
    assert "Tomas" not in answer.text


@pytest.mark.parametrize("who", ["olga", "ada", "tilda"])
def test_somebody_who_is_no_trainee_here_has_no_record(world, tutor, trainee, review, who):
    answer = review(tutor, getattr(world.cast, who))

    assert answer.status_code == 200
    assert answer.request.path.endswith("/trainees")


@pytest.mark.parametrize("odd", ["", "999", "x" * 300, None, 99, ["6"], "6' OR 1=1"])
def test_an_odd_name_of_the_person_opens_the_table(world, tutor, trainee, link, odd):
    def bend(claims):
        claims["https://purl.imsglobal.org/spec/lti/claim/for_user"] = {"user_id": odd}

    answer = tutor.launch(link, edit=bend, about=world.cast.tomas)

    assert answer.status_code == 200
    assert answer.request.path.endswith("/trainees")


def test_a_trainee_of_another_course_is_not_shown(world, tutor, otto, review):
    there = world.place("logbook", course=world.cast.other_course)
    otto.launch(there)

    answer = review(tutor, world.cast.otto)

    assert answer.request.path.endswith("/trainees")
    assert "Otto" not in answer.text


def test_the_same_id_on_another_site_is_another_person(world, tutor, trainee, neighbour):
    there = neighbour.place("logbook")
    tilda = neighbour.player(neighbour.cast.tilda)
    tilda.launch(there)
    neighbour.make(tilda, Role.TUTOR)

    answer = tilda.launch(there, about=neighbour.cast.tomas)

    assert str(trainee.person.id) not in answer.request.path
    assert "Tomas" not in answer.text


def test_a_review_of_a_link_that_was_not_set_up_opens_the_chooser(world, tutor, trainee):
    empty = world.sandbox.add_link(world.cast.course, world.tool, "Empty", score_maximum=10)

    answer = tutor.launch(empty, about=world.cast.tomas)

    assert answer.request.path.endswith("/set-up")
