"""Who somebody is in a course, and how that is decided.

A platform's roles are only a hint: Moodle sends a workplace mentor and a non-editing
teacher as Instructor, and lists the same people as Learner (facts.md 7). What can be
relied on is what proves the right to edit the course.
"""

import enum


class Role(enum.StrEnum):
    """What a person may be in one course."""

    TRAINEE = "trainee"
    MENTOR = "mentor"
    TUTOR = "tutor"
    ASSESSOR = "assessor"


class Hint(enum.StrEnum):
    """What a platform said of somebody, boiled down to what we can use."""

    LEARNER = "learner"
    INSTRUCTOR = "instructor"
    MENTOR = "mentor"
    ADMINISTRATOR = "administrator"
    NONE = "none"


def effective_role(
    *,
    set_role: Role | None,
    launch_hint: Hint,
    may_edit: bool,
    instructors_are_tutors: bool,
) -> Role | None:
    """Return the role that counts, or None while nobody has said who an Instructor is.

    What a tutor set wins over everything. *may_edit* is the proof from the platform: a
    deep-linking request, Instructor in the roster, or an administrator's launch.
    """
    if set_role is not None:
        return set_role
    if may_edit or launch_hint is Hint.ADMINISTRATOR:
        return Role.TUTOR
    if launch_hint is Hint.INSTRUCTOR and instructors_are_tutors:
        return Role.TUTOR
    return {Hint.LEARNER: Role.TRAINEE, Hint.MENTOR: Role.MENTOR}.get(launch_hint)
