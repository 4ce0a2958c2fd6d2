"""Clauses: points of a form that are agreed to with a tick, and signed word for word.

What a trainee ticked is kept in the words that were on their screen, so that a revision's hash
covers them. Whoever confirms signs all clauses in the language of their own page.
"""

from flask_babel.speaklater import LazyString

from lti_tool.sdk import Json, lazy_gettext, pick_text
from lti_tool.sdk import gettext as _

AGREEING = lazy_gettext("I agree with my name to these points.")
"""What stands below the clauses that somebody signs."""
CONFIRMING = lazy_gettext("I confirm with my name that this took place as it is written here.")
"""What a mentor or tutor signs who confirms an entry of a form without clauses."""


def is_clause(field: Json) -> bool:
    """Say whether a part of a form is agreed to instead of answered."""
    return bool(field.get("clause"))


def answer_words(field: Json, text: str) -> str:
    """Return an answer as it is shown: of a clause, in which words it was agreed to."""
    if not text or not is_clause(field):
        return text
    if text == pick_text(field["label"]):
        return str(_("Agreed"))
    return str(_("Agreed, in these words: %(words)s", words=text))


def words_to_sign(template: Json) -> LazyString:
    """Return what is signed by who confirms, whole, in the language it is read in."""
    return LazyString(_words, template)


def _words(template: Json) -> str:
    clauses = [pick_text(field["label"]) for field in template["fields"] if is_clause(field)]
    if not clauses:
        return str(CONFIRMING)
    lines = [f"{number}. {clause}" for number, clause in enumerate(clauses, 1)]
    return "\n".join([*lines, str(AGREEING)])
