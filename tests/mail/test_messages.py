"""What a mail looks like: two bodies, one language, headers nobody can inject into."""

import email.policy
import re
import uuid
from datetime import timedelta
from uuid import uuid4

import pytest

from activities.logbook import service
from config.settings import LANGUAGES
from lti_tool.domain.base import utc_now
from lti_tool.domain.contacts import Contact, LinkPurpose
from lti_tool.domain.people import Person
from lti_tool.domain.records import Record, Visibility
from lti_tool.domain.roles import Role
from lti_tool.domain.signing import Capacity, Method, Signature, Signing
from lti_tool.outbox.models import DeliveryState
from lti_tool.services.contacts import issue_link
from lti_tool.services.mail_tokens import code_of, hashed_code
from lti_tool.services.moves import reopen
from lti_tool.services.records import submit_record
from lti_tool.services.revisions import latest_revision
from lti_tool.services.taking_back import take_back
from tests.cast import ONE_ENGINE

pytestmark = ONE_ENGINE

NASTY = [
    "Gwen\r\nBcc: everybody@college.test",
    "Gwen\nSubject: Win a prize\n\nClick here",
    "Gwen\u2028Bcc: x@college.test",
    'Gwen "The Baker" <other@college.test>, Otto',
    "Gwen\x00\x07 Jones",
    "غوين جونز",
    "Gwên Þórðardóttir 🥐",
    "=?utf-8?q?Bcc=3A?= x@college.test",
    "x" * 5000,
    "<script>alert(1)</script> {{ 7 * 7 }} %(name)s",
]


MONTHS = {
    "en": "November",
    "cy": "Tachwedd",
    "fr": "novembre",
    "sv": "november",
    "nb": "november",
    "is": "nóvember",
    "fi": "marraskuuta",
}


def digest(house, post, clock):
    house.hand_in()
    clock.shift(timedelta(minutes=10))
    house.send()
    return post.mails[-1]


def test_a_mail_has_a_text_that_can_be_read_alone(house, post, clock):
    mail = digest(house, post, clock)

    parts = [part.get_content_type() for part in mail.message.walk()]
    assert parts == ["multipart/alternative", "text/plain", "text/html"]
    assert "<" not in mail.text
    assert "&" not in mail.text
    assert max(len(line) for line in mail.text.splitlines() if "://" not in line) <= 76
    assert "Tomas Trainee, in Bakery 1" in mail.text
    assert len(mail.links) == 2


def test_text_and_page_say_the_same(house, post, clock):
    mail = digest(house, post, clock)

    assert set(mail.links) == set(re.findall(r'href="([^"]+)"', mail.html))
    text = re.findall(r"\w+", re.sub(r"https?://\S+", " ", mail.text))
    assert re.findall(r"\w+", mail.words)[-len(text) :] == text


def test_nothing_in_a_mail_is_loaded_from_anywhere(house, post, clock):
    html = digest(house, post, clock).html

    assert not re.search(r"<(img|link|script|iframe|style)\b|url\(|@import", html)


def test_headers_say_what_it_is(house, post, clock):
    mail = digest(house, post, clock)

    assert mail["From"] == "Trellis <trellis@college.test>"
    assert mail["To"] == "Gwen Jones <gwen@bakery.test>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "en"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Reply-To"] is None
    raw = mail.raw.decode("ascii")
    assert re.search(r"^List-Unsubscribe: <https://trellis\.test/\S+>\r$", raw, re.MULTILINE)
    assert mail["Message-ID"] == f"<{house.deliveries()[0].id}@college.test>"


def test_answers_go_where_the_setting_says(make_house, post, clock):
    house = make_house(mail_reply_to="Help desk <help@college.test>").furnish()

    assert digest(house, post, clock)["Reply-To"] == "Help desk <help@college.test>"


def test_what_is_sent_at_once_cannot_be_unsubscribed(house, post):
    house.queue("named", relation_id=house.ids["relation of tomas"])
    house.send()

    assert post.mails[0]["List-Unsubscribe"] is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_speaks_the_recipients_language(house, post, clock, language):
    house.change_person(locale="fr", chosen_locale=language)

    mail = digest(house, post, clock)

    assert mail["Content-Language"] == language
    assert f'<html lang="{language}"' in mail.html
    assert MONTHS[language] in mail.text
    assert MONTHS[language] in mail.words


@pytest.mark.parametrize(
    ("locale", "chosen", "spoken"),
    [("fi", None, "fi"), ("fi", "is", "is"), (None, None, "en"), ("xx", None, "en")],
)
def test_the_chosen_language_wins_and_english_is_what_is_left(
    house, post, clock, locale, chosen, spoken
):
    house.change_person(locale=locale, chosen_locale=chosen)

    assert digest(house, post, clock)["Content-Language"] == spoken


def test_two_languages_in_one_batch_do_not_mix(house, post, clock):
    house.add_mentor("aino", "Aino", "aino@bakery.test", "fi", "tomas")
    house.change_person(locale="cy")
    house.hand_in()
    clock.shift(timedelta(minutes=10))
    house.send()

    by_address = {mail.recipient: mail for mail in post.mails}
    assert "Tachwedd" in by_address["gwen@bakery.test"].text
    assert "marraskuuta" in by_address["aino@bakery.test"].text
    assert "Tachwedd" not in by_address["aino@bakery.test"].text


@pytest.mark.parametrize("name", NASTY, ids=range(len(NASTY)))
def test_no_name_gets_into_the_headers_or_becomes_markup(house, post, clock, name):
    house.change_person(name=name)
    house.change_person("tomas", name=name)

    mail = digest(house, post, clock)

    headers = [key.lower() for key in mail.message]
    assert headers.count("subject") == headers.count("to") == 1
    assert "bcc" not in headers
    assert [a.addr_spec for a in mail["To"].addresses] == ["gwen@bakery.test"]
    assert mail.recipient == "gwen@bakery.test"
    assert "<script>" not in mail.html
    assert "49" not in re.sub(r"https?://\S+", "", mail.text)
    assert max(map(len, mail.raw.splitlines())) <= 998


@pytest.mark.parametrize("name", [NASTY[5], NASTY[6]])
def test_names_in_any_letters_arrive_whole(house, post, clock, name):
    house.change_person(name=name)
    house.change_person("tomas", name=name)

    mail = digest(house, post, clock)

    assert mail["To"].addresses[0].display_name == name
    assert name in mail.text
    assert name in mail.words


def test_a_domain_beyond_ascii_is_written_in_its_own_way(house, post, clock):
    house.change(email="gwen@bäckerei.test", address="gwen@bäckerei.test")

    assert digest(house, post, clock).recipient == "gwen@xn--bckerei-5wa.test"


def test_an_address_beyond_ascii_needs_a_server_that_knows_it(house, post, clock):
    house.change(email="gwên@bakery.test", address="gwên@bakery.test")

    house.hand_in()
    clock.shift(timedelta(minutes=10))
    house.send()

    [row] = house.deliveries(reason="address")
    assert row.state is DeliveryState.PARKED


@pytest.mark.parametrize("address", ["nobody", "a b@c.test", "a@b.test\r\nRCPT TO:<x@y.test>", ""])
def test_an_address_that_is_none_is_parked(house, post, clock, address):
    house.change(email=address, address=address)

    house.hand_in()
    clock.shift(timedelta(minutes=10))
    house.send()

    assert post.mails == []
    assert [row.reason for row in house.deliveries()] == ["address"]


def signed(house, entry_id, who="gwen", comment="", link=None):
    """Let a mentor confirm an entry, as her page does."""
    with house.app.test_request_context(), house.database.transaction() as session:
        record = session.get_one(Record, entry_id)
        person = session.get_one(Person, house.ids[who])
        signing = Signing(
            signer=person,
            role=Role.MENTOR,
            locale="en",
            seen_sha256=latest_revision(session, record).sha256,
            wording="I confirm that this took place.",
            capacity=Capacity.SAW_IT,
            comment=comment,
            method=Method.MAIL_LINK,
            link_id=link,
        )
        service.countersign(session, record, signing)
        return session.query(Signature).filter_by(record_id=record.id).one().id


def test_a_receipt_says_what_was_signed_and_how_to_say_it_was_not_me(house, post):
    signature = signed(house, house.hand_in(), comment="Well done <b>!")
    house.queue("receipt", signature_id=signature)
    house.send()

    [mail] = post.mails
    for body in (mail.text, mail.words):
        assert "I confirm that this took place." in body
        assert "Well done <b>!" in body
        assert "Tomas Trainee" in body
        assert "Practice log" in body
    assert mail.links[0].startswith("https://trellis.test/m/receipt/")


def test_a_receipt_is_in_the_recipients_language_too(house, post):
    signature = signed(house, house.hand_in())
    house.change_person(locale="cy")
    house.queue("receipt", signature_id=signature)
    house.send()

    assert "Gweithgaredd" in post.mails[0].text
    assert "Gweithgaredd" in post.mails[0].words


def test_one_receipt_for_all_that_was_signed_with_one_press(house, post, clock):
    with house.database.transaction() as session:
        contact = session.get_one(Contact, house.ids["gwen"])
        link = issue_link(session, contact, LinkPurpose.PAGE).id
    ids = [signed(house, house.hand_in(), link=link) for _ in range(3)]
    house.queue("receipt", signature_id=ids[0])
    house.send()

    [mail] = post.mails
    assert mail["Subject"].startswith("Your 3")
    assert mail.text.count("I confirm that this took place.") == 3


def test_nobody_gets_the_receipt_of_somebody_else(house, post):
    house.add_mentor("aino", "Aino", "aino@bakery.test", "fi", "tomas")
    signature = signed(house, house.hand_in())
    house.queue("receipt", who="aino", signature_id=signature)
    house.send()

    assert post.mails == []
    assert [row.state for row in house.deliveries(reason="not_theirs")] == ["superseded"]


def test_what_became_private_is_not_told_any_more(house, post):
    entry = house.hand_in()
    signature = signed(house, entry)
    with house.database.transaction() as session:
        session.get_one(Record, entry).visibility = Visibility.WELFARE
    house.queue("receipt", signature_id=signature)
    house.queue("changed", record_id=entry)
    house.send()

    assert post.mails == []
    assert len(house.deliveries(reason="private")) == 2


def with_code(house, minutes=10):
    from lti_tool.domain.base import utc_now

    with house.database.transaction() as session:
        contact = session.get_one(Contact, house.ids["gwen"])
        link = issue_link(session, contact, LinkPurpose.PAGE)
        link.code_expires_at = utc_now() + timedelta(minutes=minutes)
        secret = house.settings.secret_key.get_secret_value()
        code = code_of(link.id, link.code_expires_at, secret)
        link.code_hash = hashed_code(link.id, code, secret)
        return link.id, code


def test_a_code_is_worked_out_when_the_mail_leaves(house, post):
    link, code = with_code(house)
    house.queue("code", link_id=link)
    house.send()

    assert code in post.mails[0].text
    assert code in post.mails[0].words
    assert code not in post.mails[0]["Subject"]


def test_only_the_newest_code_is_sent(house, post):
    for _ in range(3):
        link, code = with_code(house)
        house.queue("code", link_id=link)
    house.send()

    assert len(post.mails) == 1
    assert code in post.mails[0].text


def test_a_code_that_has_run_out_is_not_sent(house, post, clock):
    link, _code = with_code(house)
    house.queue("code", link_id=link)
    clock.shift(timedelta(minutes=11))
    house.send()

    assert post.mails == []


def test_who_was_named_is_told_once_a_tutor_agreed(house, post):
    house.queue("named", relation_id=house.ids["relation of tomas"])
    house.send()

    [mail] = post.mails
    assert "Tilda Tutor" in mail.text
    assert "Tomas Trainee" in mail.text
    assert mail.links[0].startswith("https://trellis.test/m/")


def test_a_new_link_goes_to_the_same_mailbox(house, post):
    house.queue("link")
    house.send()

    assert post.mails[0].recipient == "gwen@bakery.test"
    assert len(post.mails[0].links) == 1


def test_who_signed_is_told_why_it_was_opened_again_and_that_it_was_corrected(house, post):
    entry = house.hand_in()
    signed(house, entry)
    with house.app.test_request_context(), house.database.transaction() as session:
        tilda, tomas = (session.get_one(Person, house.ids[who]) for who in ("tilda", "tomas"))
        record = session.get_one(Record, entry)
        reopen(session, record, by=tilda, role=Role.TUTOR, reason="Wrong\nday & <hour>.")
        submit_record(
            session,
            record,
            latest_revision(session, record).content,
            author=tomas,
            happened_on=record.happened_on,
            reason="It was Tuesday.",
        )
    house.send()

    assert [mail.recipient for mail in post.mails] == ["gwen@bakery.test"] * 2
    assert "> Wrong\n> day & <hour>." in post.mails[0].text
    assert "day & <hour>." in post.mails[0].words
    assert "new version" in post.mails[1].text


def test_a_trainee_hears_of_a_signature_that_was_taken_back(house, post):
    entry = house.hand_in()
    signature_id = signed(house, entry)
    with house.app.test_request_context(), house.database.transaction() as session:
        gwen, record = session.get_one(Person, house.ids["gwen"]), session.get_one(Record, entry)
        signing = Signing(
            signer=gwen, role=Role.MENTOR, locale="cy", seen_sha256="", comment="Not me."
        )
        signature = session.get_one(Signature, signature_id)
        take_back(session, record, signature, signing)
    house.send()

    [mail] = post.mails
    assert mail.recipient == "tomas@college.test"
    assert "Not me." in mail.text


@pytest.mark.parametrize(
    ("template", "ids"),
    [
        ("receipt", {"signature_id": uuid4()}),
        ("reopened", {"move_id": uuid4()}),
        ("changed", {}),
        ("named", {"relation_id": uuid4()}),
        ("no such mail", {}),
    ],
)
def test_a_mail_about_nothing_is_laid_aside_quietly(house, post, template, ids):
    house.queue(template, **ids)
    house.send()

    assert post.mails == []
    assert house.deliveries()[0].state is DeliveryState.SUPERSEDED


def test_a_person_without_an_address_gets_no_mail(house):
    house.change_person("tomas", email=None)

    assert house.queue("changed", who="tomas", record_id=uuid4()) is None


def test_a_person_who_was_erased_gets_no_mail(house, post, clock):
    house.hand_in()
    house.change_person(erased_at=utc_now(), name=None)
    clock.shift(timedelta(minutes=10))
    house.send()

    assert post.mails == []
    assert house.queue("link") is None


def test_a_mail_can_be_read_by_a_strict_parser(house, post, clock):
    mail = digest(house, post, clock)

    strict = email.message_from_bytes(mail.raw, policy=email.policy.strict)
    assert strict.defects == []
    assert uuid.UUID(strict["Message-ID"][1:].split("@")[0])
