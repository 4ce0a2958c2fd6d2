"""What an answer to bad input has to be: a page that says what to do, with nothing lost."""

import html
import re
from dataclasses import replace

from tests.web.bad_values import BAD
from tests.web.sweep_scene import DRAFTS


def is_helpful(answer):
    """Say whether a page has a heading, says what is wrong, and names its language.

    What only scripts ask for is answered with JSON, in their words.
    """
    if answer.mimetype == "application/json":
        return bool(answer.json.get("error"))
    page = answer.text
    says = 'class="error-summary"' in page or 'class="notice' in page or page.count("<p") > 1
    heading = re.search(r"<h1[^>]*>\s*\w", page)
    return bool(heading and says and language_of(answer))


def language_of(answer):
    """Return the language that a page says it is in."""
    found = re.search(r'<html lang="([a-z]{2})"', answer.text)
    return found.group(1) if found else ""


def complaint(scene, form, answer):
    """Say what is wrong with an answer, or None; only texts of *form* need to be kept."""
    if answer.status_code >= 500:
        return "a failure"
    if answer.status_code < 400:
        return follow(form, answer)
    if "Traceback" in answer.text:
        return "a trace"
    if not is_helpful(answer):
        return "no help"
    if changed := scene.changes(besides=DRAFTS):
        return f"half written: {changed}"
    return lost(form, answer) or foreign(form, answer)


def follow(form, answer):
    """Open the page that an accepted form leads to, where it is one of ours."""
    target = answer.headers.get("Location", "")
    if not target.startswith("/"):
        return None
    page = form.player.client.get(target, follow_redirects=True)
    return "a failure afterwards" if page.status_code >= 500 else None


def lost(form, answer):
    """Say which typed texts are gone; scripts keep theirs, and what was too large came not in."""
    if answer.mimetype == "application/json" or answer.status_code == 413:
        return None
    shown = html.unescape(answer.text)
    gone = [name for name, text in form.typed.items() if text not in shown]
    return f"lost: {gone}" if gone else None


def foreign(form, answer):
    """Say if a form that stood on a page was answered in another language."""
    if answer.mimetype == "application/json" or not form.language:
        return None
    spoken = language_of(answer)
    return None if spoken == form.language else f"{form.language} answered in {spoken}"


def judged(scene, form, send, keeps=True):
    """Send a form in some way; return what is wrong with the answer, if anything is."""
    with scene.untouched_afterwards(form.player):
        answer = send(form)
        # What came in another shape cannot be shown again field by field.
        kept = form if keeps else replace(form, kinds=dict.fromkeys(form.kinds, ""))
        said = complaint(scene, kept, answer)
    return [(form.endpoint, answer.status_code, said)] if said else []


def spoiled(scene, form, labels):
    """Put bad values into fields, by name; what was typed into the others must be kept."""
    pairs = [(name, BAD[label]) for name, label in labels.items()]
    kept = replace(form, kinds=form.kinds | dict.fromkeys(labels, "spoiled"))
    found = judged(scene, kept, lambda form: form.send(form.with_values(*pairs)))
    return [(labels, *one) for one in found]


def in_words(complaints):
    """Return all complaints, one in a line."""
    return "\n".join(map(str, complaints))
