"""Our shortcuts in Jinja, PyJWT and psycopg give what the libraries' own ways give."""

import base64
import html

import jwt
import pytest
from flask import Flask
from flask.templating import Environment
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError, pass_context
from markupsafe import Markup

from lti_tool.domain.database import Database
from lti_tool.lti.tokens import _READER, _QuickJws
from lti_tool.web.jinja import PlainEnvironment, escape_output

TEMPLATE = """
{% macro shout(text, mark='!') %}<b>{{ text }}{{ mark }}{{ caller() if caller }}</b>{% endmacro %}
{{ value }} {{ value | upper }} {{ value ~ '<' }} {{ shout(value) }}
{{ shout(text=value, mark='<') }}
{% call shout(value) %}{{ value }}{% endcall %}
{% for item in [value, 1, none, 2.5] %}{{ shout(item) }}{{ greet(item) }}
{{ look('value') }}{% endfor %}
{% set block %}{{ value }}{% endset %}{{ block }} {{ plain.upper() }} {{ [value] }} {{ missing }}
{% autoescape false %}{{ value }}{{ shout(value) }}{% endautoescape %}
{% block part %}{{ greet(value) }}{{ value | safe }}{% endblock %}
"""


class Odd:
    """Something that is no text, and speaks HTML of its own."""

    def __html__(self):
        return "<i>odd</i>"


@pass_context
def look(context, name):
    return context.get(name)


def rendered(environment, value):
    app = Flask(__name__)
    app.jinja_environment = environment
    app.jinja_env.globals |= {"greet": lambda item: f"<hi {item}>", "look": look}
    with app.app_context():
        return app.jinja_env.from_string(TEMPLATE).render(value=value, plain="<a>")


@pytest.mark.parametrize(
    "value",
    ["plain", "<script>alert('x') & \"y\"</script>", Markup("<em>ours</em>"), None, 7, Odd(), ""],
)
def test_our_environment_renders_what_flasks_own_does(value):
    assert rendered(PlainEnvironment, value) == rendered(Environment, value)


@given(st.text())
def test_text_is_escaped_whole(text):
    escaped = str(escape_output(text))
    assert not set(escaped) & set("<>\"'")
    assert html.unescape(escaped) == html.unescape(html.escape(text))


def test_an_environment_for_plain_text_escapes_nothing(world):
    with world.app.test_request_context():
        environment = world.app.jinja_env
        for is_html, shown in ((True, "a &lt; b"), (False, "a < b"), (True, "a &lt; b")):
            text = environment.overlay(autoescape=is_html)
            template = "{% from 'macros/summary.html' import summary_row %}"
            template += "{{ summary_row(value) }}{{ _('%(name)s, %(role)s', name=value, role='') }}"
            assert text.from_string(template).render(value="a < b").count(shown) == 2


def test_calling_what_is_not_there_still_fails_loudly():
    app = Flask(__name__)
    app.jinja_environment = PlainEnvironment
    with app.app_context(), pytest.raises(UndefinedError):
        app.jinja_env.from_string("{{ nothing() }}").render()


def outcome(reader, segment):
    try:
        return reader._decode_base64url_segment(segment, "payload")
    except jwt.DecodeError:
        return "refused"


@given(st.binary(max_size=40))
def test_what_is_base64url_is_read_as_pyjwt_reads_it(content):
    segment = base64.urlsafe_b64encode(content).rstrip(b"=")
    assert _QuickJws._decode_base64url_segment(segment, "payload") == content


@given(st.text("aZ09-_+/=. \n!é", max_size=8))
def test_what_is_not_base64url_is_refused_as_pyjwt_refuses_it(text):
    segment = text.encode()
    assert outcome(_QuickJws, segment) == outcome(jwt.PyJWS, segment)


def test_tokens_are_read_by_our_reader():
    assert isinstance(_READER._jws, _QuickJws)
    assert _READER._jws.get_algorithm_by_name("RS256")


def test_a_statement_seen_before_has_the_columns_it_had(database_url):
    database = Database(database_url)
    seen = []
    for _time in (1, 2):
        with database.reading_connection() as connection:
            for query in ("SELECT 1 AS one, 'x' AS two", "SELECT 5 AS five"):
                result = connection.exec_driver_sql(query)
                seen.append((list(result.keys()), result.all()))
    database.dispose()
    assert seen == [(["one", "two"], [(1, "x")]), (["five"], [(5,)])] * 2
