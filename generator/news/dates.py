"""A date as a feed writes it to a moment in UTC, from what the text itself says and nothing else.

No clock, zone or locale of this machine has a say: an hour that is not said is 00:00, a zone that
is not said is UTC, a year that is not said makes the date unreadable. So do 05/03/2026, which is
May in one country and March in the other, and zones whose name has several meanings.

>>> read_date("jeu., 05 mars 2026 10:00:00 +0100").isoformat()
'2026-03-05T09:00:00+00:00'

The libraries that read dates this freely (dateutil, dateparser, feedparser) take missing parts
from today, the century of a two-digit year from this one and zones from the machine, so that the
same bytes would give other news tomorrow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from generator.news.datewords import FILLERS, HALVES, MONTHS, US_ZONES, WEEKDAYS, ZONES, fold

FIRST_YEAR = 1900
"""A date before it is a clock or a field that was never set: year 1 is Go's and .NET's zero."""
MAX_DATE_CHARS = 120

_HALF = "|".join(re.escape(word) for word in sorted(HALVES, key=len, reverse=True))
_CLOCK = re.compile(
    rf"""(?<![\d+:./-])
    (?:(?P<before>{_HALF})\s*)?
    (?: (?P<hour>\d{{1,2}})\s?[:h]\s?(?P<minute>\d\d)(?:[:m]\s?(?P<second>\d\d)(?:[.,]\d+)?)?s?
      | (?P<uhr>\d{{1,2}})(?:\.(?P<uhr_minute>\d\d))?\s*(?:uhr|uur|h)\b
      | (?:(?<=\d{{4}}\ )|(?<=kl\ )|(?<=kl\.\ )|(?<=klo\ )|(?<=ore\ ))
        (?P<dotted>\d{{1,2}})\.(?P<dotted_minute>\d\d)(?!\.?\d)
      | (?P<bare>\d{{1,2}})(?=\s*(?:{_HALF})(?!\w)) )
    (?!\d)(?:\s*(?P<after>{_HALF})(?!\w))?""",
    re.VERBOSE,
)
_OFFSET = re.compile(
    r"\s*(?P<name>utc|gmt|ut)?\s*(?P<sign>[+-])(?P<hour>\d{1,2})(?::?(?P<minute>\d\d))?(?![\d:])"
)
_ZONE_NAME = re.compile(r"\s*(?P<name>[a-z]{1,5})\b(?![./])")
_BARE_ZONE = re.compile(r"(\d{4}-\d\d-\d\d) ?(z|[+-]\d\d:\d\d)")
# A number, with or without the ending that makes it an ordinal, or a word.
_TOKEN = re.compile(r"(\d+)(?:(?:st|nd|rd|th|er|re|e|o|a)(?![^\W\d_]))?|[^\W\d_]+")
_ISO_TIME = re.compile(r"(?<=\d)t(\d\d?)(?::?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?)?(?!\d)")
_EAST_ASIAN_DAY = re.compile(r"(\d+)\s*[年년]\s*(\d+)\s*[月월]\s*(\d+)\s*[日일]")
_EAST_ASIAN_TIME = re.compile(r"(\d+)\s*[時时點点시]\s*(?:(\d+)\s*[分분])?\s*(?:(\d+)\s*[秒초])?")


class UnreadableDateError(ValueError):
    """Why a text is no date, in words that end a sentence."""


class _Clock(NamedTuple):
    """A time of day and how far east of Greenwich it is told; `zone` is left for US names."""

    time: timedelta = timedelta(0)
    offset: timedelta = timedelta(0)
    us_hours: int | None = None


def read_date(text: str) -> datetime:
    """The moment that `text` tells, in UTC and whole seconds. Raises UnreadableDateError."""
    if len(text) > MAX_DATE_CHARS:
        raise UnreadableDateError("it is too long for a date")
    plain = _prepared(text)
    if not any(char.isdigit() for char in plain):
        raise UnreadableDateError("there is no date in it" if plain else "it is empty")
    if re.fullmatch(r"-?\d{10,20}(\.\d*)?", plain) and not re.fullmatch(
        r"[12]\d{11}(\d\d)?", plain
    ):
        return read_epoch(float(plain))
    try:
        clock, rest = _take_clock(plain)
        day = _day(rest)
        offset = clock.offset
        if clock.us_hours is not None:
            offset = timedelta(hours=clock.us_hours + _is_us_summer(day))
        moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + clock.time - offset
    except UnreadableDateError:
        raise
    except (ValueError, KeyError, OverflowError) as exc:
        raise UnreadableDateError("no calendar has that day") from exc
    return _since_first_year(moment)


def read_epoch(number: float) -> datetime:
    """The moment `number` seconds, or milli-, micro- or nanoseconds, after 1970.

    Raises UnreadableDateError for a number that is none of these.
    """
    for unit in (1, 1_000, 1_000_000, 1_000_000_000):
        if 1e8 <= number / unit < 1e10:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(number / unit))
    raise UnreadableDateError("the number is no count of seconds since 1970")


def _since_first_year(moment: datetime) -> datetime:
    if moment.year < FIRST_YEAR:
        raise UnreadableDateError(f"a year before {FIRST_YEAR} is a field that was never set")
    return moment


def _prepared(text: str) -> str:
    """`text` folded, without comments, East Asian dates and ISO times spelt with signs."""
    plain = fold(re.sub(r"\s+", " ", text)).strip(" .,;")
    plain = re.sub("[\u2010-\u2015\u2212]", "-", plain)
    plain = re.sub(r"\([^()]*\)|\[[^\[\]]*\]| m=[+-][\d.]+$|\betc/", " ", plain)
    plain = _EAST_ASIAN_DAY.sub(r" \1-\2-\3 ", plain)
    plain = _EAST_ASIAN_TIME.sub(lambda m: f" {m[1]}:{m[2] or '00':0>2}:{m[3] or '00':0>2} ", plain)
    plain = _ISO_TIME.sub(lambda m: f" {m[1]}:{m[2] or '00'}:{m[3] or '00'}", plain)
    plain = re.sub(r"(?<!\d)(\d{8})(\d\d)(\d\d)(\d\d)?(?!\d)", _spelt_time, plain)
    return " ".join(plain.split())


def _spelt_time(digits: re.Match[str]) -> str:
    return f"{digits[1]} {digits[2]}:{digits[3]}:{digits[4] or '00'}"


def _take_clock(text: str) -> tuple[_Clock, str]:
    """The time of day with its zone, and `text` without them."""
    bare = _BARE_ZONE.fullmatch(text)
    if bare:
        offset, _ = _take_zone(bare[2])
        return offset, bare[1]
    found = _CLOCK.search(text)
    if found is None:
        return _Clock(), text
    zone, after = _take_zone(text[found.end() :])
    return zone._replace(time=_time_of(found)), f"{text[: found.start()]} {after}"


def _time_of(found: re.Match[str]) -> timedelta:
    hour = int(found["hour"] or found["uhr"] or found["dotted"] or found["bare"])
    minute = int(found["minute"] or found["uhr_minute"] or found["dotted_minute"] or 0)
    second = int(found["second"] or 0)
    half = HALVES.get(found["before"] or found["after"] or "")
    # 13:00 PM is said by programs that know no 12 hours: the half adds nothing then.
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "pm" else 0)
    time = timedelta(hours=hour, minutes=minute, seconds=min(second, 59))
    if minute > 59 or second > 60 or time > timedelta(hours=24):
        raise UnreadableDateError("no clock shows that time")
    return time


def _take_zone(text: str) -> tuple[_Clock, str]:
    """What `text`, which follows a time, says of its zone, and the rest of it."""
    offset = _OFFSET.match(text)
    if offset:
        # What follows an offset says it again, in a name or a number ("+0000 UTC", "-0300 -03").
        again = _ZONE_NAME.match(text, offset.end()) or _OFFSET.match(text, offset.end())
        end = again.end() if again and again["name"] not in MONTHS else offset.end()
        minutes = int(offset["hour"]) * 60 + int(offset["minute"] or 0)
        if minutes > 14 * 60 or int(offset["minute"] or 0) > 59:
            raise UnreadableDateError("no zone is that far from Greenwich")
        east = timedelta(minutes=minutes if offset["sign"] == "+" else -minutes)
        return _Clock(offset=east), text[end:]
    name = _ZONE_NAME.match(text)
    if name is None or name["name"] in MONTHS or name["name"] in WEEKDAYS:
        return _Clock(), text
    word, rest = name["name"], text[name.end() :]
    if word in ZONES:
        return _Clock(offset=timedelta(minutes=ZONES[word])), rest
    if word in US_ZONES:
        return _Clock(us_hours=US_ZONES[word]), rest
    if word in FILLERS:
        return _Clock(), rest
    raise UnreadableDateError(f"the zone {word.upper()} is unknown or has several meanings")


def _is_us_summer(day: date) -> bool:
    """Whether the United States keep summer time on `day` (Energy Policy Act of 2005)."""
    march, november = date(day.year, 3, 8), date(day.year, 11, 1)
    starts = march + timedelta(days=-march.isoweekday() % 7)
    ends = november + timedelta(days=-november.isoweekday() % 7)
    return starts <= day < ends


def _day(text: str) -> date:
    """The day that `text` tells, which holds no time any more. ValueError for an impossible one."""
    text = text.strip(" .,;-/")
    if found := re.fullmatch(r"(\d{4})-?w(\d\d)(?:-?([1-7]))?", text):
        return date.fromisocalendar(int(found[1]), int(found[2]), int(found[3] or 1))
    words = _words(text)
    # A word of any language before a comma, at the start, is the weekday.
    named = re.match(r"([^\W\d_]+)\.?,", text)
    if named and named[1] not in WEEKDAYS and any(word in MONTHS for word in words[1:]):
        text, words = text[named.end() :], words[1:]
    month = _month_of(words)
    weekdays = [WEEKDAYS[word] for word in words if word in WEEKDAYS and word != month]
    for word in words:
        if word != month and word not in WEEKDAYS and word not in FILLERS:
            raise UnreadableDateError(f"the word {word[:20]!r} is not known in a date")
    if month is None:
        numbers = _TOKEN.sub(lambda token: token[1] or "", text).strip(" .,;")
        return _day_in_numbers(numbers, weekdays[0] if weekdays else None)
    kinds = [token[1] or token[0] for token in _TOKEN.finditer(text)]
    return _day_with_month(MONTHS[month], [k for k in kinds if k.isdigit() or k == month])


def _words(text: str) -> list[str]:
    return [token[0] for token in _TOKEN.finditer(text) if token[1] is None]


def _month_of(words: Sequence[str]) -> str | None:
    """The word that names the month, if one does."""
    months = [word for word in words if word in MONTHS]
    if len(months) > 1 and months[0] in WEEKDAYS:  # mar. 10 avril: a Tuesday, not March
        del months[0]
    if len({MONTHS[month] for month in months}) > 1:
        raise UnreadableDateError("it names two months")
    return months[0] if months else None


def _day_with_month(month: int, parts: Sequence[str]) -> date:
    """The day of `parts`: numbers, and the month's name in its place among them."""
    numbers = [part for part in parts if part.isdigit()]
    if len(numbers) == 1 and len(numbers[0]) == 4:
        return date(int(numbers[0]), month, 1)
    if len(numbers) != 2:
        raise UnreadableDateError("it says no year" if len(numbers) < 2 else "it says too much")
    year, day = numbers if len(numbers[0]) == 4 else reversed(numbers)
    if len(day) > 2 or len(year) not in (2, 4):
        raise UnreadableDateError("it says no year")
    return date(_full_year(year), month, int(day))


def _full_year(year: str) -> int:
    """Two digits are 1970 to 2069: there were no feeds before, and no clock is asked."""
    return int(year) if len(year) == 4 else int(year) + (1900 if int(year) >= 70 else 2000)


def _day_in_numbers(text: str, weekday: int | None) -> date:
    """The day of `text`, digits and signs only; `weekday` (Monday is 1) tells two orders apart."""
    if found := re.fullmatch(r"(\d{4})([-/. ] ?)(\d{1,2})\2(\d{1,2})", text):
        return date(int(found[1]), int(found[3]), int(found[4]))
    if found := re.fullmatch(r"(\d{4})(\d\d)(\d\d)", text):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := re.fullmatch(r"(\d{4})-?(\d{3})", text):
        day = date(int(found[1]), 1, 1) + timedelta(days=int(found[2]) - 1)
        if day.year != int(found[1]):
            raise ValueError(text)
        return day
    if found := re.fullmatch(r"([12]\d{3})(?:[-/](\d\d))?", text):
        return date(int(found[1]), int(found[2] or 1), 1)
    if found := re.fullmatch(r"(\d{1,2})([-/.] ?)(\d{1,2})\2(\d{4}|\d\d)", text):
        days = _possible(found[1], found[3], found[4], dotted="." in found[2])
        if len(days) > 1 and weekday is not None:
            days = {day for day in days if day.isoweekday() == weekday}
        if len(days) > 1:
            raise UnreadableDateError("day, month and year may stand in another order")
        return days.pop()  # of none: the KeyError is caught with the calendar's own
    raise UnreadableDateError("it is no date that is known here")


def _possible(first: str, second: str, third: str, *, dotted: bool) -> set[date]:
    """The days that three numbers may mean, the year last unless it has two digits."""
    orders = [(third, second, first), (third, first, second)]
    if len(third) == 2:
        orders.append((first, second, third))
    days: list[date] = []
    for year, month, day in orders:
        with suppress(ValueError):
            days.append(date(_full_year(year), int(month), int(day)))
    # Where dates have dots, the day comes first: in all of CLDR no locale has it otherwise.
    return set(days[:1] if dotted and len(third) == 4 else days)
