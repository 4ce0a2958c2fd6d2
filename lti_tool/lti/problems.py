"""What can be wrong with a launch, in words for the person who sees it."""

from flask_babel import gettext as _

from lti_tool.domain.errors import DomainError


class LaunchRefused(DomainError):
    """A launch that cannot be trusted or used; `code` is for the log and for operators."""

    def __init__(self, code: str, message: object, *, next_step: object = None) -> None:
        """Keep the machine *code* beside the words."""
        super().__init__(message, next_step=next_step or reopen())
        self.code = code


def reopen() -> object:
    """Return the advice that helps in most cases."""
    return _("Go back to your course and open the activity again.")


def ask_administrator() -> object:
    """Return the advice where only the platform's administrator can help."""
    return _("Tell your course tutor or administrator what this page says.")


def unknown_platform() -> LaunchRefused:
    """The message names a platform, or a client of it, that is not registered here."""
    return LaunchRefused(
        "unknown_platform",
        _("This site is not registered with Trellis, or its registration was switched off."),
        next_step=ask_administrator(),
    )


def unknown_deployment() -> LaunchRefused:
    """The deployment id was never told to us."""
    return LaunchRefused(
        "unknown_deployment",
        _("This site uses Trellis in a place that has not been registered (deployment)."),
        next_step=ask_administrator(),
    )


def bad_request(code: str) -> LaunchRefused:
    """Something the message needs is missing."""
    return LaunchRefused(code, _("The course sent an incomplete message."))


def untrusted(code: str) -> LaunchRefused:
    """The message is not what the platform signed for us, now."""
    return LaunchRefused(code, _("We could not be sure that this message comes from your course."))


def expired() -> LaunchRefused:
    """The message is older than its minute, or the clocks differ."""
    return LaunchRefused("expired", _("This link from your course is too old to be used."))


def replayed() -> LaunchRefused:
    """The message was used before: a reload, or somebody's copy."""
    return LaunchRefused("replayed", _("This link from your course has been used already."))


def keys_unavailable() -> LaunchRefused:
    """The platform's keys cannot be fetched."""
    return LaunchRefused(
        "platform_unreachable",
        _("We cannot reach your course site to check who you are."),
        next_step=_("Wait a minute, then open the activity again from your course."),
    )
