"""What the sandbox's gradebook holds, and what was asked of it."""


def column_of(world, link):
    """The only gradebook column of a link."""
    (item,) = world.sandbox.tables.items_of(link)
    return item


def cell(world, link, person):
    return world.sandbox.cell(column_of(world, link), person)


def made(world):
    """How often a column was asked to be made."""
    return sum(
        c.method == "POST" and c.path.split("?")[0].endswith("/lineitems") for c in calls(world)
    )


def scores(world):
    """Every score that was posted, with the answer it got."""
    return [(c.score, c.status) for c in calls(world) if c.path.split("?")[0].endswith("/scores")]


def tokens(world):
    return sum(c.path.endswith("/token.php") for c in calls(world))


def calls(world):
    return list(world.sandbox.calls)


def standing(tutor, trainee):
    """What the trainee's page says of the score, as text."""
    tutor.get("logbook.show_trainee", person_id=trainee.person.id)
    return tutor.text


def give(tutor, trainee, given, comment="Well done.", **form):
    """Grade as a tutor does on the page."""
    page = tutor.get("logbook.show_trainee", person_id=trainee.person.id).text
    seen = page.split('name="seen_number"')[1].split('value="')[1].split('"')[0]
    values = {"given": given, "comment": comment, "seen_number": seen} | form
    answer = tutor.post("trainees.grade", values, person_id=trainee.person.id)
    assert answer.status_code == 303, answer.text
    return answer
