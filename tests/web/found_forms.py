"""Every form that the pages really show, found by following links, ready to be spoiled."""

import html
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from werkzeug.exceptions import HTTPException

from config.settings import LANGUAGES

TYPED = "Typed by hand, with spaces, about"
"""Stands in every box in which somebody would write a text."""
LISTS = ("text", "q", "o", "c", "t", "s", "w", "n")
"""Prefixes of fields of which a template asks any number, each read alike."""
LANGUAGE = re.compile(f"-({'|'.join(LANGUAGES)})$")
"""End of a field that asks for one text in one more language."""


@dataclass(frozen=True)
class Form:
    """One form as a browser would send it: fields in order, and what kind of box each is."""

    action: str
    fields: tuple[tuple[str, str], ...]
    kinds: dict[str, str] = field(default_factory=dict)
    player: object = None
    endpoint: str = ""
    language: str = ""
    """That of the page it stood on, where the answer is sure to be in it too."""

    def with_values(self, *pairs, without=()):
        """The fields with some put in the place of those of that name, and some left out."""
        names = {name for name, _ in pairs} | set(without)
        kept = [pair for pair in self.fields if pair[0] not in names]
        return [*kept, *pairs]

    @property
    def token(self):
        return dict(self.fields).get("csrf_token", "")

    @property
    def boxes(self):
        """The fields that take a text."""
        return [name for name in self.names if self.kinds[name] in ("text", "textarea")]

    @property
    def typed(self):
        """What a person wrote into it, by field; what is chosen or hidden is left out."""
        boxes = ("text", "textarea")
        return {n: text for n, text in self.fields if self.kinds[n] in boxes and " " in text}

    @property
    def names(self):
        """The fields worth spoiling: of a list of like ones the first."""
        first = {}
        for name, _ in self.fields:
            prefix, dash, _rest = name.partition("-")
            group = prefix if dash and prefix in LISTS else LANGUAGE.sub("", name)
            like = (group, self.kinds[name])
            first.setdefault(like, name)
        return [name for name in first.values() if name != "csrf_token"]

    @property
    def weight(self):
        """How many of the fields say something; of like forms the fullest is tried."""
        return sum(bool(value) for _, value in self.fields)

    def send(self, pairs, **kwargs):
        """Post *pairs* of text or bytes as a browser does, and return the answer."""
        if "file" in self.kinds.values():
            return self._send_parts(pairs, **kwargs)
        kind = "application/x-www-form-urlencoded"
        return self.send_body(urlencode(pairs), content_type=kind, **kwargs)

    def _send_parts(self, pairs, **kwargs):
        """Post as a browser does where there is a box for files: here one left alone."""
        lines = []
        for name, value in pairs:
            is_file = self.kinds.get(name) == "file"
            about = '; filename=""' if is_file else ""
            said = name.replace("\0", "%00")
            lines += [
                f'--x\r\nContent-Disposition: form-data; name="{said}"{about}\r\n\r\n'.encode()
            ]
            lines += [value if isinstance(value, bytes) else value.encode(), b"\r\n"]
        kind = "multipart/form-data; boundary=x"
        return self.send_body(b"".join([*lines, b"--x--\r\n"]), content_type=kind, **kwargs)

    def send_body(self, body, method="POST", **kwargs):
        headers = {"Accept-Language": "cy"} | kwargs.pop("headers", {})
        return self.player.client.open(
            self.action, method=method, data=body, headers=headers, **kwargs
        )


class _Forms(HTMLParser):
    """Reads forms with their fields out of a page."""

    def __init__(self):
        super().__init__()
        self.forms, self.open, self.area, self.select = [], None, None, None

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == "form":
            self.open = {"fields": [], "kinds": {}, "others": [], "spare": [], **a}
            self.forms.append(self.open)
        elif self.open is not None:
            handle = getattr(self, f"_{tag}", None)
            if handle:
                handle(a)

    def _put(self, name, value, kind):
        if name:
            self.open["fields"].append((name, value))
            self.open["kinds"][name] = kind

    def _input(self, a):
        kind = a.get("type", "text")
        if kind in ("radio", "checkbox") and "checked" not in a:
            self.open["spare"].append((a.get("name"), a.get("value", ""), kind))
            return
        self._put(a.get("name"), a.get("value", ""), kind)

    def _textarea(self, a):
        self.area = (a.get("name"), [])

    def _select(self, a):
        self.select = (a.get("name"), [])

    def _option(self, a):
        if self.select is not None:
            self.select[1].append((a.get("value", ""), "selected" in a))

    def _button(self, a):
        if a.get("formaction"):
            self.open["others"].append(a["formaction"])
        elif not dict(self.open["fields"]).get(a.get("name")):
            self.open["fields"] = [f for f in self.open["fields"] if f[0] != a.get("name")]
            self._put(a.get("name"), a.get("value", ""), "button")

    def handle_data(self, data):
        if self.area is not None:
            self.area[1].append(data)

    def handle_endtag(self, tag):
        if tag == "form" and self.open is not None:
            for name, value, kind in self.open["spare"]:
                if name not in self.open["kinds"]:
                    self._put(name, value, kind)
            self.open = None
        elif tag == "textarea" and self.area is not None:
            # A browser drops the first line break; our macros write none.
            self._put(self.area[0], "".join(self.area[1]), "textarea")
            self.area = None
        elif tag == "select" and self.select is not None:
            name, options = self.select
            chosen = [value for value, is_selected in options if is_selected]
            filled = [value for value, _ in options if value]
            self._put(name, (chosen or filled or [""])[0], "select")
            self.select = None


def forms_in(page, here=""):
    """Return every posting form of a page's HTML; *here* is the page's own address."""
    reader = _Forms()
    reader.feed(page)
    for found in reader.forms:
        if found.get("method") == "post":
            form = Form(
                found.get("action") or here,
                tuple(found["fields"]),
                found["kinds"],
                language=_language_of(page),
            )
            yield form
            yield from (replace(form, action=other) for other in found["others"])
            if found.get("data-autosave-url"):
                yield replace(form, action=found["data-autosave-url"])


def _language_of(page):
    found = re.search(r'<html lang="([a-z]{2})"', page)
    return found.group(1) if found else ""


def crawl(player, more=()):
    """Yield every address that links lead to, from the start and from *more*.

    With it come the address that it led on to, and the HTML that is shown there.
    """
    queue, done = [player.url("pages.home"), *more], set()
    while queue:
        path = queue.pop()
        if path in done or not path.startswith(f"/l/{player.launch_id}/"):
            continue
        done.add(path)
        page = player.client.get(path, follow_redirects=True)
        if page.status_code >= 400:
            continue
        if page.mimetype != "text/html":
            yield path, path, ""
            continue
        yield path, page.request.path, page.text
        queue += [html.unescape(link) for link in re.findall(r'href="([^"#]*)', page.text)]


def endpoint_of(app, path, method="POST"):
    """Return the endpoint that an address leads to, or '' for one that is not ours."""
    try:
        return app.url_map.bind("").match(urlsplit(path).path, method)[0]
    except HTTPException:
        return ""


def filled_in(form):
    """Return the form with something sensible in every box that was empty."""
    fields = []
    for name, value in form.fields:
        kind = form.kinds[name]
        usual = {"textarea": f"{TYPED} {name}", "date": "2026-11-20"}.get(kind, "")
        if kind in ("text", "email"):
            usual = _usual_line(name) if kind == "text" else "carys@bakery.example"
        fields.append((name, value if value.strip() else usual))
    return replace(form, fields=tuple(fields))


def _usual_line(name):
    if name == "observed_on":
        return "2026-11-20"
    if name.endswith("title") or name in ("name", "organisation", "told", "why", "q-summarise"):
        return f"{TYPED} {name}"
    return "30" if name.startswith(("duration", "given")) else ""


def query_names(world):
    """The names that addresses and GET forms of ours have, and those the code asks for."""
    root = Path(world.app.root_path).parent
    code = "".join(
        path.read_text("utf-8")
        for package in ("lti_tool", "activities")
        for path in (root / package).rglob("*.py")
    )
    asked = set(re.findall(r'request\.(?:args|values)(?:\.get\(|\[)"(\w+)"', code))
    assert {"q", "page", "openid_configuration"} <= asked
    return sorted(asked | {"choice", "a0-choice", "unknown", "\u00e9"})
