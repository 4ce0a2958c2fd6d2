"""What came of it: scores from Decimal to JSON numbers, and ISO 8601 durations."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TypedDict

from xapi.errors import StatementError

SCALED_STEP = Decimal("0.0001")
LARGEST = 10**9

Number = int | float


class Score(TypedDict):
    """A score as JSON numbers, with its bounds."""

    scaled: Number
    raw: Number
    min: Number
    max: Number


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a statement says came of it. Only members its event allows may be set."""

    score: Score | None = None
    """Made by `score`; None means that there is no mark, which is not 0."""
    success: bool | None = None
    """Only where the event itself does not say: an answer that is right or wrong."""
    duration: str | None = None
    """Made by `duration`."""
    response: tuple[str, ...] = ()
    """Ids of the chosen options (``id[.]id`` for a matched pair) or one number, never text."""


def score(raw: Decimal, *, maximum: Decimal, minimum: Decimal = Decimal(0)) -> Score:
    """Return *raw* points between *minimum* and *maximum*; `scaled` has four decimals.

    Raises:
        StatementError: A value is not finite, the bounds are not in order, or *raw* lies
            outside them (extra credit cannot be said in xAPI).
    """
    if not all(value.is_finite() and abs(value) <= LARGEST for value in (raw, minimum, maximum)):
        raise StatementError(f"a score must be a number between -{LARGEST} and {LARGEST}")
    least, given, most = number(minimum), number(raw), number(maximum)
    if not least < most or not least <= given <= most:
        raise StatementError("a score must lie between its minimum and a higher maximum")
    scaled = ((raw - minimum) / (maximum - minimum)).quantize(SCALED_STEP)
    return {"scaled": number(scaled), "raw": given, "min": least, "max": most}


def number(value: Decimal) -> Number:
    """Return *value* as the number JSON will show: 8 rather than 8.0."""
    return int(value) if value == value.to_integral_value() else float(value)


def duration(*, minutes: int = 0, seconds: int = 0) -> str:
    """Return an ISO 8601 duration in hours, minutes and seconds, such as ``PT1H30M``.

    Equal lengths give equal text, because an LRS compares durations as text.

    Raises:
        StatementError: The sum is below zero.
    """
    total = minutes * 60 + seconds
    if total < 0:
        raise StatementError("a duration cannot be negative")
    parts = zip((total // 3600, total // 60 % 60, total % 60), "HMS", strict=True)
    return "PT" + ("".join(f"{count}{unit}" for count, unit in parts if count) or "0S")
