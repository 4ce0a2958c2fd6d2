"""What nobody should ever send, and somebody will: values, whole bodies, and files."""

import io
import json
from uuid import uuid4

from lti_tool.app import MAX_BODY
from lti_tool.services.uploads import PIECE

BAD = {
    "NUL": "Rye\0 bread",
    "only a NUL": "\0",
    "no UTF-8": b"Rye \xff\xfe\xc0\x80 bread",
    "half a surrogate pair": b"Rye \xed\xa0\x80 bread",
    "control characters": "Rye\x01\x1b[31m\x7f\u0085 bread",
    "a number beyond 64 bits": "99999999999999999999",
    "a number beyond 32 bits": "2147483648",
    "nothing": "",
    "white space": " \t\r\n\u00a0",
    "half a mebibyte": "word " * 104_857,
    "no such choice": "bogus-choice",
    "an id of nothing": "6f7a3c52-0000-4000-8000-000000000000",
    "below zero": "-1",
    "five thousand digits": "9" * 5000,
    "NaN": "NaN",
    "Infinity": "-Infinity",
    "too big for a decimal": "1e999",
    "no month": "0000-00-00",
    "the last day": "9999-12-31",
    "the first day": "0001-01-01",
    "other digits": "\u0663\u00b2\u00bd",
    "right to left, and emoji": "\u202egnol\u202c \U0001f469\u200d\U0001f373\U0001f347",
    "HTML": "</textarea><script>alert(1)</script>{{ 7*7 }} %s %(x)s",
    "half an address": "https://[",
    "an address with a script": "javascript:alert(1)",
    "half a command": "confirm \ud7ff 12345678-1234",
    "lines": "a\r\nSet-Cookie: b=c\r\n\r\n<p>",
}
"""Values for a single field. Text or bytes, which go out as a browser would send them."""

PROSE = (
    "NUL",
    "only a NUL",
    "no UTF-8",
    "half a surrogate pair",
    "control characters",
    "nothing",
    "white space",
    "half a mebibyte",
    "right to left, and emoji",
    "HTML",
    "lines",
)
"""Those that make a difference where any text may stand."""
CHOICES = (
    "NUL",
    "no UTF-8",
    "a number beyond 64 bits",
    "nothing",
    "half a mebibyte",
    "no such choice",
    "an id of nothing",
    "below zero",
    "other digits",
    "half a command",
)
"""Those that make a difference where only what the page offers may stand."""


def labels_for(kind):
    """Return what is worth trying in a field of an HTML type; lines may be numbers or days."""
    if kind == "textarea":
        return PROSE
    return CHOICES if kind in ("select", "radio", "checkbox", "button") else tuple(BAD)


def send_parts(form, fields):
    return form.send_body(fields, content_type="multipart/form-data")


def send_fields(form, pairs, headers):
    return form.send(pairs, headers=headers)


def as_json(form):
    return form.send_body(json.dumps(dict(form.fields)), content_type="application/json")


def as_json_that_is_none(form):
    return form.send_body(b'{"a": [', content_type="application/json")


def as_multipart_without_a_boundary(form):
    return form.send_body(b"--x\r\n\r\n", content_type="multipart/form-data")


def as_multipart_cut_short(form):
    body = b'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\nabc'
    return form.send_body(body, content_type="multipart/form-data; boundary=x")


def as_multipart_with_a_file(form):
    fields = dict(form.fields) | {"upload": (io.BytesIO(b"\xff\xd8\0"), "../../a\0.jpg")}
    return form.send_body(fields, content_type="multipart/form-data")


def as_multipart_of_too_many_parts(form):
    fields = {"csrf_token": form.token, "record_id": ["x"] * 2_100}
    return form.send_body(fields, content_type="multipart/form-data")


def in_another_alphabet(form):
    kind = "application/x-www-form-urlencoded; charset=utf-16"
    return form.send_body("a=b".encode("utf-16"), content_type=kind)


def with_no_body(form):
    return form.send_body(b"", content_type="")


def over_the_limit(form):
    return form.send([*form.fields, ("comment", "x" * MAX_BODY)])


def with_the_token_alone(form):
    return form.send([(n, v) for n, v in form.fields if n in ("csrf_token", "stamp")])


def with_a_hundred_ids(form):
    name = (form.names or ["record_id"])[0]
    return form.send([*form.fields, *[(name, str(uuid4())) for _ in range(100)]])


def with_a_hundred_fields(form):
    return form.send([*form.fields, *[(f"text-{n}", "x") for n in range(100)]])


def with_every_field_twice(form):
    return form.send([*form.fields, *form.fields])


def with_fields_nobody_asked_for(form):
    more = [("role", "tutor"), ("person_id", str(uuid4())), ("__class__", "x"), ("\0", "\0")]
    return form.send([*form.fields, *more, ("", ""), ("a" * 5_000, "b")])


UNREADABLE = (
    as_json,
    as_json_that_is_none,
    as_multipart_without_a_boundary,
    as_multipart_cut_short,
    as_multipart_of_too_many_parts,
    in_another_alphabet,
    with_no_body,
)
"""Bodies that hold no form at all: the same code reads them for every page."""
MISSHAPEN = (
    as_multipart_with_a_file,
    with_the_token_alone,
    with_a_hundred_ids,
    with_a_hundred_fields,
    with_every_field_twice,
    with_fields_nobody_asked_for,
)
"""Forms with more or less in them than the page has."""


def with_a_wrong_token(form):
    return form.send(form.with_values(("csrf_token", "0" * 64)))


def without_a_token(form):
    return form.send(form.with_values(without=["csrf_token"]))


def with_the_token_of_nobody(form):
    return form.send(form.with_values(("csrf_token", "\u00e9\0\u202e")))


def from_another_site(form):
    return form.send(form.fields, headers={"Sec-Fetch-Site": "cross-site"})


FORGED = (with_a_wrong_token, without_a_token, with_the_token_of_nobody, from_another_site)
"""What another site could have a browser send."""

FILES = {
    "nothing": ("a.json", b""),
    "no JSON": ("a.json", b"PK\x03\x04\xff\xfe"),
    "half of it": ("a.json", b'{"a": ['),
    "deep": ("a.json", b"[" * 100_000),
    "a list": ("a.json", b"[1, 2, 3]"),
    "a number": ("a.json", b"1e999"),
    "NaN": ("a.json", b'{"versions": NaN}'),
    "a huge number": ("a.json", b'{"format": ' + b"9" * 5_000 + b"}"),
    "nulls": (
        "a.json",
        b'{"versions": [null], "draft": null, "records": [null], "seals": null}',
    ),
    "NUL": ("a.json", b'{"kind": "a\\u0000", "draft": {"intro": "\\u0000"}}'),
    "half a pair": ("a.json", b'{"kind": "\\ud800", "draft": {"title": "\\ud800"}}'),
    "text": ("a.json", b'"text"'),
    "half a photo": ("a.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0"),
    "a photo of a billion dots": (
        "a.png",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\2\0\0\0\0\0\0\0",
    ),
    "half a PDF": ("a.pdf", b"%PDF-1.7\n1 0 obj<<"),
    "half an archive": ("a.docx", b"PK\x05\x06" + b"\xff" * 18),
    "a drawing with a script": ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>"),
    "a name that climbs": ("../../../etc/passwd\0.txt", b"text"),
    "a name of no letters": ("\u202e\x01\x7f", b"text"),
    "an endless name": ("n" * 5_000 + ".txt", b"text"),
    "no name": ("", b"text"),
}
"""Name and bytes of files, for every field that takes one."""

PIECES = {
    "no offset": (None, b"x"),
    "an offset in words": ("nine", b"x"),
    "an offset below zero": ("-1", b"x"),
    "an endless offset": ("9" * 5_000, b"x"),
    "an offset beyond 64 bits": ("999999999999999", b"x"),
    "other digits": ("\u00b2", b"x"),
    "the wrong length": ("0", b"x"),
    "nothing": ("0", b""),
    "a later piece": (str(PIECE), b"x" * (2_000_000 - PIECE)),
    "too much": ("0", b"x" * (PIECE + 1)),
}
"""Offset and bytes of what comes as a piece of a file of two million bytes."""

NO_QUERIES = ("%", "%ff%fe", "=&=&;", "q", "[]", "q[]=1&q[a]=2", "%00=%00", "\u00e9")
"""What stands behind a question mark and is no query."""

ADDRESSES = (
    "/verify/%s",
    "/m/%s",
    "/m/receipt/%s",
    "/m/%s/later",
    "/m/%s/files/%s",
    "/mail/reminders/%s",
    "/lti/register/%s",
    "/drafts/%s",
    "/l/%s/",
    "/static/%s",
)
"""Addresses that anybody can ask for, with a part that is made up."""
ODD_PARTS = (
    "x",
    "%00",
    "%ff%fe",
    "%F0%9F%8D%9E",
    "..%2f..%2fetc",
    "a" * 5_000,
    "%0d%0aX:y",
    "\u00e9",
)
"""What could stand there."""
ODD_ENDS = ("\r\nX: y", "\x01\x85", "/../../..//elsewhere.example", "/no/such/page")
"""What could stand behind the address of a page of ours."""

HEADERS = (
    {
        "Referer": "https://[",
        "Origin": "https://[",
        "Accept-Language": "\u00ff;q=nan,,cy;q=-1,*;q=1e999",
        "Accept": "*/*;q=nan, ;;",
        "User-Agent": "\u00ff" * 900,
        "Range": "bytes=9-1",
    },
    {
        "Range": "bytes=-0,99999999999999999999-",
        "If-Modified-Since": "yesterday",
        "If-None-Match": '"',
        "If-Range": "Mon, 99 Foo 0000",
        "Content-Length": "nine",
        "Cookie": "a=\u00ff; =; t-x; __Host-t-=%00",
    },
)
"""What no browser says about itself."""
