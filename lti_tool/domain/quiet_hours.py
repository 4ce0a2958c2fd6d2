"""When people are left in peace: quiet hours and weekends, by the clock on their wall."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

SATURDAY: Final = 5


@dataclass(frozen=True, kw_only=True)
class QuietHours:
    """Times of the day, and days, at which nobody gets a reminder."""

    zone: tzinfo
    begin: time | None = None
    """None, as `end`: no hour is quiet."""
    end: time | None = None
    """Earlier than `begin` when they go over midnight."""
    has_weekends: bool = False
    """Saturday and Sunday are quiet, too."""

    @classmethod
    def parse(cls, text: str, time_zone: str) -> "QuietHours":
        """Return what *text* says, such as ``20:00-07:00 weekends``; empty is never quiet.

        Raises:
            ValueError: It cannot be read.
        """
        words = text.split()
        weekends = "weekends" in words
        hours = [word for word in words if word != "weekends"]
        if not hours:
            return cls(zone=ZoneInfo(time_zone), has_weekends=weekends)
        begin, _, end = hours[0].partition("-")
        return cls(
            zone=ZoneInfo(time_zone),
            begin=time.fromisoformat(begin),
            end=time.fromisoformat(end),
            has_weekends=weekends,
        )

    def next_allowed(self, moment: datetime) -> datetime:
        """Return *moment*, or the end of the quiet time that it falls into."""
        local = moment.astimezone(self.zone)
        while (end := self._end_of_quiet(local)) is not None:
            local = end
        return moment if local == moment else local.astimezone(moment.tzinfo)

    def _end_of_quiet(self, local: datetime) -> datetime | None:
        """Return when the quiet that holds at *local* ends; None if it is not quiet.

        Adding days to a local time keeps the hands of the clock, over a change of time too.
        """
        if self.has_weekends and local.weekday() >= SATURDAY:
            return _midnight(local + timedelta(days=7 - local.weekday()))
        if self.begin is None or self.end is None or self.begin == self.end:
            return None
        now, over_night = local.time(), self.begin > self.end
        if over_night and now >= self.begin:
            return self._at_end(local + timedelta(days=1))
        if now < self.end and (over_night or now >= self.begin):
            return self._at_end(local)
        return None

    def _at_end(self, day: datetime) -> datetime:
        return datetime.combine(day.date(), self.end or time(), self.zone)


def _midnight(day: datetime) -> datetime:
    return datetime.combine(day.date(), time(), day.tzinfo)
