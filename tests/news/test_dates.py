"""Dates as feeds write them, read from what they say and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from generator.news.dates import UnreadableDateError, read_date
from generator.news.datewords import MONTHS, WEEKDAYS

SAID = {
    # RFC 822 and its children, well and badly spelt
    "Mon, 09 Nov 2026 08:30:15 GMT": "2026-11-09T08:30:15",
    "Mon,09 Nov 2026 08:30:15 GMT": "2026-11-09T08:30:15",
    "9 Nov 26 08:30 UT": "2026-11-09T08:30:00",
    "9 Nov 70": "1970-11-09T00:00:00",
    "Monday, 09-Nov-26 08:30:15 GMT": "2026-11-09T08:30:15",
    "Mon Nov  9 08:30:15 2026": "2026-11-09T08:30:15",
    "Mon Nov 09 08:30:15 +0000 2026": "2026-11-09T08:30:15",
    "Mon Nov 09 2026 08:30:15 GMT+0100 (Central European Standard Time)": "2026-11-09T07:30:15",
    "Mon, 09 Nov 2026 08:30:60 GMT": "2026-11-09T08:30:59",
    # zones
    "9 Nov 2026 08:30 +0530": "2026-11-09T03:00:00",
    "9 Nov 2026 08:30 -05:00": "2026-11-09T13:30:00",
    "9 Nov 2026 08:30 \u221205:00": "2026-11-09T13:30:00",
    "9 Nov 2026 08:30 +1": "2026-11-09T07:30:00",
    "9 Nov 2026 08:30 GMT-3": "2026-11-09T11:30:00",
    "9 Nov 2026 08:30 UTC+05:45": "2026-11-09T02:45:00",
    "9 Nov 2026 08:30 Z": "2026-11-09T08:30:00",
    "9 Nov 2026 08:30 EST": "2026-11-09T13:30:00",
    "9 Jul 2026 08:30 EDT": "2026-07-09T12:30:00",
    "9 Jul 2026 08:30 PDT": "2026-07-09T15:30:00",
    "9 Jul 2026 08:30 BST": "2026-07-09T07:30:00",
    "9 Jul 2026 08:30 MESZ": "2026-07-09T06:30:00",
    "9 Nov 2026 08:30 AEDT": "2026-11-08T21:30:00",
    "9 Nov 2026 08:30 JST": "2026-11-08T23:30:00",
    "9 Nov 2026 08:30 +0530 IST": "2026-11-09T03:00:00",
    "7 Mar 2026 22:00 ET": "2026-03-08T03:00:00",
    "8 Mar 2026 22:00 ET": "2026-03-09T02:00:00",
    "31 Oct 2026 12:00 PT": "2026-10-31T19:00:00",
    "1 Nov 2026 12:00 PT": "2026-11-01T20:00:00",
    # ISO 8601 and what programming languages print
    "2026-11-09T08:30:15.250Z": "2026-11-09T08:30:15",
    "2026-11-09T08:30+01:00[Europe/Paris]": "2026-11-09T07:30:00",
    "2026-11-09T08Z": "2026-11-09T08:00:00",
    "2026-11-09T24:00Z": "2026-11-10T00:00:00",
    "20261109T083015Z": "2026-11-09T08:30:15",
    "20261109083015": "2026-11-09T08:30:15",
    "2026-11-09+01:00": "2026-11-08T23:00:00",
    "2026-313": "2026-11-09T00:00:00",
    "2026W461": "2026-11-09T00:00:00",
    "2026-W46": "2026-11-09T00:00:00",
    "2026-11": "2026-11-01T00:00:00",
    "2026": "2026-01-01T00:00:00",
    "2026-11-09 08:30:15 -0300 -03": "2026-11-09T11:30:15",
    "2026-11-09 08:30:15.123456 +0100 CET m=+0.002": "2026-11-09T07:30:15",
    "1794213015": "2026-11-09T08:30:15",
    "1794213015000": "2026-11-09T08:30:15",
    # orders
    "November 9, 2026": "2026-11-09T00:00:00",
    "November 9th, 2026 at 8:30 PM": "2026-11-09T20:30:00",
    "the 9th of November, 2026": "2026-11-09T00:00:00",
    "2026 Nov 9": "2026-11-09T00:00:00",
    "09Nov2026": "2026-11-09T00:00:00",
    "2026/11/09 12:15 a.m.": "2026-11-09T00:15:00",
    "9.11.2026 12:15 pm": "2026-11-09T12:15:00",
    "08:30, 9. 11. 2026": "2026-11-09T08:30:00",
    "29/11/2026": "2026-11-29T00:00:00",
    "11/29/2026": "2026-11-29T00:00:00",
    "11-29-26": "2026-11-29T00:00:00",
    "11/11/2026": "2026-11-11T00:00:00",
    "Mon 09/11/2026": "2026-11-09T00:00:00",
    # languages
    "lun., 09 nov. 2026 08:30:15 +0100": "2026-11-09T07:30:15",
    "mar. 10 mars 2026 à 21h05": "2026-03-10T21:05:00",
    "mar 10 mar 2026": "2026-03-10T00:00:00",
    "1er août 2026": "2026-08-01T00:00:00",
    "Montag, 9. November 2026 um 8:30 Uhr": "2026-11-09T08:30:00",
    "9. Dez 2026, 20 Uhr": "2026-12-09T20:00:00",
    "lunes, 9 de noviembre de 2026, 8:30": "2026-11-09T08:30:00",
    "lunedì 9 novembre 2026 alle ore 8.30": "2026-11-09T08:30:00",
    "segunda-feira, 9 de novembro de 2026 às 8h30": "2026-11-09T08:30:00",
    "maandag 9 november 2026 8:30 uur": "2026-11-09T08:30:00",
    "9 ноября 2026 г. в 8:30": "2026-11-09T08:30:00",
    "Пн, 09 ноя 2026 08:30:15 +0300": "2026-11-09T05:30:15",
    "Ноябрь 9, 2026": "2026-11-09T00:00:00",
    "Paz, 05 Tem 2026": "2026-07-05T00:00:00",
    "2026年11月9日": "2026-11-09T00:00:00",
    "2026年11月9日(月) 午後8時30分": "2026-11-09T20:30:00",
    "2026年11月9日 星期一 下午8:30": "2026-11-09T20:30:00",
    "2026년 11월 9일 월요일 오전 8:30": "2026-11-09T08:30:00",
    "２０２６年１１月９日　８時３０分": "2026-11-09T08:30:00",
}

UNSAID = {
    "": "is empty",
    "soon": "no date in it",
    "08:30": "no date",
    "March 5": "no year",
    "3月5日": "not known",
    "9 Nov 2026 08:30 IST": "several meanings",
    "9 Nov 2026 08:30 XYZ": "several meanings",
    "05/03/2026": "another order",
    "05-03-2026 9:05 PM": "another order",
    "05.03.26": "another order",
    "25/12/26": "another order",
    "30 Feb 2026": "no calendar",
    "2026-366": "no calendar",
    "2025-W53-1": "no calendar",
    "9 Nov 2026 25:00": "no clock",
    "9 Nov 2026 08:30 +2500": "that far",
    "1 Jan 99999": "no year",
    "0001-01-01T00:00:00Z": "never set",
    "1899-12-31": "never set",
    "10 May 10 Apr 2026": "two months",
    "in 3 days": "not known",
    "version 2026 of it": "not known",
    "1794213015" * 3: "no count|no date",
    "9 Nov 2026 " * 99: "too long",
}


@pytest.mark.parametrize(("text", "moment"), SAID.items())
def test_a_date_is_what_it_says(text: str, moment: str) -> None:
    """In UTC; an hour that is not said is midnight, a zone that is not said is UTC."""
    assert read_date(text).isoformat() == f"{moment}+00:00"
    assert read_date(f"\n {text.upper()}  ").isoformat() == f"{moment}+00:00"


@pytest.mark.parametrize(("text", "why"), UNSAID.items())
def test_what_is_not_said_is_not_guessed(text: str, why: str) -> None:
    """The reason is in the error, for the author."""
    with pytest.raises(UnreadableDateError, match=why):
        read_date(text)


def test_the_same_words_are_the_same_moment_on_every_machine() -> None:
    """Whatever its clock, zone and locale: asked of another process in each."""
    program = """
import json, sys, time
time.time = time.time_ns = lambda: float(sys.argv[1])
time.gmtime = time.localtime = None
from generator.news.dates import read_date
print([read_date(text).isoformat() for text in json.load(sys.stdin)])
"""
    answers = {
        subprocess.run(
            [sys.executable, "-c", program, clock_s],
            input=json.dumps(list(SAID)),
            env={"TZ": zone, "LC_ALL": locale, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for zone, locale, clock_s in (
            ("UTC", "C", "0"),
            ("Pacific/Kiritimati", "de_DE.UTF-8", "1794213015"),
            ("EST5EDT", "ja_JP.UTF-8", "4102444800"),
        )
    }
    assert answers == {f"{[f'{moment}+00:00' for moment in SAID.values()]}\n"}


def test_no_word_is_both_a_weekday_and_another_month() -> None:
    """But for mar, a Tuesday in three languages, which its place tells from March."""
    assert {word for word in WEEKDAYS if word in MONTHS} == {"mar"}
