"""Who did it: a pseudonym on an account, and nothing else that could name a person."""

import re
from typing import Literal, TypedDict

from xapi.errors import StatementError

NAME = re.compile(r"[^\s@/\\]{1,255}")
HOME_PAGE = re.compile(r"https?://[^\s@<>\"{}|\\^`]+")


class Account(TypedDict):
    """The identifier: a name that means nothing outside `homePage`."""

    homePage: str
    name: str


class Agent(TypedDict):
    """An xAPI Agent; this package knows no other way to identify one."""

    objectType: Literal["Agent"]
    account: Account


def account_actor(home_page: str, name: str) -> Agent:
    """Return the Agent called *name* at *home_page*.

    Args:
        home_page: Where the name is valid, such as ``https://tool.example.org/xapi/actors``;
            must stay the same for ever, or one person becomes two.
        name: An opaque pseudonym, best a random UUID. Never a person's name or e-mail.

    Raises:
        StatementError: *home_page* is no web address, or *name* looks like an e-mail address,
            a path or words.
    """
    if not HOME_PAGE.fullmatch(home_page):
        raise StatementError("an actor's home page must be an absolute http(s) address")
    if not NAME.fullmatch(name):
        raise StatementError("an actor's name must be an opaque pseudonym of 1 to 255 characters")
    return {"objectType": "Agent", "account": {"homePage": home_page, "name": name}}
