"""Calendars of other tools as turns on call: repeats with exceptions, whole days, names; and what a bad one does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pytest

from activities.adapters import feeds as reading
from activities.adapters.feeds import Feeds
from activities.adapters.ics import Span, names_of, turns
from activities.adapters.people_yaml import YamlDirectory
from activities.ports import Refused
from policies.on_call import Feed
from policies.people import address
from policies.plan import Target
from policies.ticket import Ticket

PEOPLE = {
    "kim": ("Kim Min-su", "kim@rung.example"),
    "lee": ("Lee Ji-hun", "lee@rung.example"),
    "noh": ("Noh Ara", "noh@rung.example"),
}
NOW = int(datetime(2026, 3, 20, 12, tzinfo=UTC).timestamp())


def calendar(*events: str, head: str = "") -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", *filter(None, [head])]
    for number, event in enumerate(events):
        body = dedent(event).strip().splitlines()
        uid = [] if any(line.startswith("UID") for line in body) else [f"UID:{number}"]
        lines += ["BEGIN:VEVENT", *uid, *body, "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def second(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def read(text: bytes, zone: str = "", since: str = "2026-01-01", until: str = "2027-01-01", **said: str) -> list[str]:
    """`2026-03-02T09:00/17:00 kim`, in UTC."""
    span = Span(second(f"{since}T00:00Z"), second(f"{until}T00:00Z"))
    found, strange = turns(text, names_of(PEOPLE, said), zone, span)
    told = [f"{stamp(turn.start)}/{stamp(turn.end)} {turn.person}" for turn in found]
    return [*told, *(f"strange: {word}" for word in strange)]


def stamp(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%m-%dT%H:%M}"


def test_a_weekly_event_keeps_its_wall_time_over_the_change_and_its_exceptions_count() -> None:
    text = calendar(
        """
        UID:week
        SUMMARY:kim
        DTSTART;TZID=Europe/Berlin:20260316T090000
        DTEND;TZID=Europe/Berlin:20260316T170000
        RRULE:FREQ=WEEKLY;COUNT=4
        EXDATE;TZID=Europe/Berlin:20260323T090000
        """,
        """
        UID:week
        RECURRENCE-ID;TZID=Europe/Berlin:20260406T090000
        SUMMARY:lee
        DTSTART;TZID=Europe/Berlin:20260407T100000
        DTEND;TZID=Europe/Berlin:20260407T120000
        """,
    )
    assert read(text) == [
        "03-16T08:00/03-16T16:00 kim",
        "03-30T07:00/03-30T15:00 kim",  # the 23rd is taken out, and the clock has gone forward
        "04-07T08:00/04-07T10:00 lee",  # the 6th was moved, and is somebody else's
    ]


def test_a_night_shift_ends_at_its_wall_time_on_the_night_of_the_change() -> None:
    text = calendar(
        """
        SUMMARY:kim
        DTSTART;TZID=Europe/Berlin:20260327T200000
        DTEND;TZID=Europe/Berlin:20260328T080000
        RRULE:FREQ=DAILY;COUNT=3
        """
    )
    assert read(text) == [
        "03-27T19:00/03-28T07:00 kim", "03-28T19:00/03-29T06:00 kim", "03-29T18:00/03-30T06:00 kim",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("head", "zone", "wanted"),
    [
        ("", "", "03-28T00:00/03-30T00:00 kim"),
        ("X-WR-TIMEZONE:Asia/Seoul", "", "03-27T15:00/03-29T15:00 kim"),
        ("X-WR-TIMEZONE:Nowhere/Else", "", "03-28T00:00/03-30T00:00 kim"),
        ("X-WR-TIMEZONE:Asia/Seoul", "Europe/Berlin", "03-27T23:00/03-29T22:00 kim"),  # 47 hours
    ],
)
def test_whole_days_are_those_of_the_calendar_or_of_the_zone_that_is_given(head: str, zone: str, wanted: str) -> None:
    event = "SUMMARY:kim\nDTSTART;VALUE=DATE:20260328\nDTEND;VALUE=DATE:20260330"
    assert read(calendar(event, head=head), zone) == [wanted]


def test_whole_days_repeat_with_their_exceptions() -> None:
    event = """
        SUMMARY:kim
        DTSTART;VALUE=DATE:20260302
        RRULE:FREQ=DAILY;COUNT=3
        EXDATE;VALUE=DATE:20260303
        RDATE;VALUE=DATE:20260310
        """
    assert read(calendar(event)) == [
        "03-02T00:00/03-03T00:00 kim", "03-04T00:00/03-05T00:00 kim", "03-10T00:00/03-11T00:00 kim",
    ]  # fmt: skip


def test_times_without_a_zone_are_those_of_the_calendar_too() -> None:
    event = "SUMMARY:kim\nDTSTART:20260302T090000\nDURATION:PT8H"
    assert read(calendar(event), "Asia/Seoul") == ["03-02T00:00/03-02T08:00 kim"]


@pytest.mark.parametrize(
    ("said", "who"),
    [
        ("SUMMARY:kim", "kim"),
        ("SUMMARY:KIM MIN-SU", "kim"),
        ("SUMMARY:On Call - Kim Min-su - Platform", "kim"),
        ("SUMMARY:[L1] Kim Min-su", "kim"),
        ("SUMMARY:Platform: kim@rung.example (primary)", "kim"),
        ("SUMMARY:kim\\, lee", "kim lee"),
        ("SUMMARY:Kim Min-su & Noh Ara", "kim noh"),
        ("SUMMARY:On-call\nATTENDEE;CN=Somebody:mailto:LEE@rung.example", "lee"),
        ("SUMMARY:kim\nATTENDEE:mailto:lee@rung.example", "lee"),
        ("SUMMARY:kim\nATTENDEE:mailto:stranger@rung.example", "kim"),
        ("SUMMARY:kim\nATTENDEE;PARTSTAT=DECLINED:mailto:lee@rung.example", "kim"),
        ("SUMMARY:Minsu (out of office)", "kim"),  # by the map
        ("SUMMARY:kimchi", "strange: kimchi"),
        ("DESCRIPTION:kim", "strange: (without a summary)"),
    ],
)
def test_an_entry_names_its_people_plainly(said: str, who: str) -> None:
    text = calendar(f"{said}\nDTSTART:20260302T090000Z\nDTEND:20260302T170000Z")
    told = read(text, minsu="kim")
    assert " ".join(line if line.startswith("strange") else line.split()[-1] for line in told) == who


def test_a_cancelled_entry_and_an_empty_one_are_none() -> None:
    times = "DTSTART:20260302T090000Z\nDTEND:20260302T170000Z"
    assert read(calendar(f"SUMMARY:kim\nSTATUS:CANCELLED\n{times}")) == []
    assert read(calendar("SUMMARY:kim\nDTSTART:20260302T090000Z\nDTEND:20260302T090000Z")) == []


def test_two_people_of_one_name_are_told_apart_by_id_only() -> None:
    twins = {"kim": ("Kim", "kim@rung.example"), "kim2": ("Kim", "kim2@rung.example")}
    assert names_of(twins, {}) == {"kim": "kim", "kim2": "kim2", "kim@rung.example": "kim", "kim2@rung.example": "kim2"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"<html>sign in</html>", "is no iCalendar text"),
        (b"", "is no iCalendar text"),
        (b"\xff\xfe", "is no iCalendar text"),
        (b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", "has no VCALENDAR"),
        (calendar("SUMMARY:kim\nDTSTART:20260302T090000Z\nRRULE:FREQ=SECONDLY"), "repeats by the minute"),
        (calendar("SUMMARY:kim\nDTSTART:20260302T090000Z\nRRULE:FREQ=DAILY;BYMINUTE=0,1,2"), "repeats by the minute"),
    ],
)
def test_a_text_that_is_no_rota_is_refused(text: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        read(text)


# --- files, servers, and the last good version -------------------------------------------------------------

FILE = """
    people:
      kim: {name: Kim Min-su, email: kim@rung.example}
      lee: {name: Lee Ji-hun, email: lee@rung.example}
    teams:
      support: {on_call: ["schedule:support"]}
    schedules:
      support:
        layers:
          - {name: base, members: [lee], starts: 2027-01-01}
          - {name: feed, ics: "ADDRESS"}
"""
KIM = calendar("SUMMARY:kim\nDTSTART:20260320T000000Z\nDTEND:20260321T000000Z")
LEE = KIM.replace(b"SUMMARY:kim", b"SUMMARY:lee")


class Watch:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> int:
        return self.at


def directory(folder: Path, where: str, watch: Watch, patience: float = 5.0) -> YamlDirectory:
    (folder / "people.yaml").write_text(dedent(FILE).replace("ADDRESS", where), encoding="utf-8")
    return YamlDirectory(folder / "people.yaml", {}, Feeds(watch, patience))


async def told(known: YamlDirectory) -> str:
    found = address(await known.roster(), Ticket("1", team="support"), [Target("on-call", ("email",))], [], NOW)
    return " ".join(one.person for one in found.deliveries) or found.not_sent[0].reason


async def test_a_feed_in_a_file_is_read_beside_people_yaml_and_anew_after_a_minute(tmp_path: Path) -> None:
    (tmp_path / "rota.ics").write_bytes(KIM)
    watch = Watch()
    known = directory(tmp_path, "rota.ics", watch)
    assert await told(known) == "kim"
    (tmp_path / "rota.ics").write_bytes(LEE)
    assert await told(known) == "kim"
    watch.at += reading.FRESH
    assert await told(known) == "lee"


async def test_a_feed_that_breaks_keeps_its_last_good_version_and_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "rota.ics").write_bytes(KIM)
    watch = Watch()
    known = directory(tmp_path, "rota.ics", watch)
    assert await told(known) == "kim"
    for broken in (b"<html>sign in</html>", b"<html>sign in</html>", None, None):
        watch.at += reading.FRESH
        if broken is None:
            (tmp_path / "rota.ics").unlink(missing_ok=True)
        else:
            (tmp_path / "rota.ics").write_bytes(broken)
        assert await told(known) == "kim"
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.ERROR]
    assert "rota.ics is no iCalendar text" in caplog.records[0].getMessage()
    assert "rota.ics cannot be read (No such file or directory)" in caplog.records[1].getMessage()
    (tmp_path / "rota.ics").write_bytes(LEE)
    watch.at += reading.FRESH
    assert await told(known) == "lee"


async def test_a_feed_that_was_never_good_is_silent_with_its_reason_and_hides_nobody_else(tmp_path: Path) -> None:
    known = directory(tmp_path, "rota.ics", Watch())
    assert await told(known) == (
        "nobody is on call by schedule:support (feed cannot be read (No such file or directory); base has not begun)"
    )
    later = second("2027-02-01T00:00Z")
    assert (await known.roster()).schedules["support"].who(later).people == ("lee",)


async def test_entries_that_name_nobody_are_kept_for_the_check(tmp_path: Path) -> None:
    (tmp_path / "rota.ics").write_bytes(calendar("SUMMARY:Pat\nDTSTART:20260320T000000Z\nDTEND:20260321T000000Z"))
    feed = (await directory(tmp_path, "rota.ics", Watch()).roster()).schedules["support"].layers[1]
    assert isinstance(feed, Feed)
    assert (feed.strange, feed.people, feed.name) == (("Pat",), (), "feed")


@asynccontextmanager
async def serving(answer: bytes, gate: asyncio.Event | None = None) -> AsyncIterator[str]:
    """A server that gives every question the same raw answer, once the gate is open."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if gate:
            await gate.wait()
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/secret-token/rota.ics"


def http(body: bytes, status: str = "200 OK", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{more}\r\n".encode() + body


async def test_a_feed_is_read_over_http(tmp_path: Path) -> None:
    async with serving(http(KIM)) as url:
        assert await told(directory(tmp_path, url, Watch())) == "kim"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (http(b"", "404 Not Found"), "answered 404"),
        (http(b"", "302 Found", "Location: http://elsewhere.example/\r\n"), "redirects are not followed"),
        (http(b"x" * (reading.LARGEST + 1)), "is larger than 2 MB"),
        (b"nonsense\r\n\r\n", "cannot be reached"),
        (http(b"<html>"), "is no iCalendar text"),
    ],
    ids=["404", "redirect", "endless", "no HTTP", "a page"],
)
async def test_a_server_that_answers_badly_is_a_reason_without_the_address(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, answer: bytes, why: str
) -> None:
    async with serving(answer) as url:
        reason = await told(directory(tmp_path, url, Watch()))
    assert why in reason
    assert "secret-token" not in reason + caplog.text


async def test_a_rung_goes_by_the_last_good_version_while_the_server_takes_its_time(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with serving(http(KIM), gate) as url:
        watch = Watch()
        known = directory(tmp_path, url, watch, patience=0)
        assert "feed has not answered yet" in await told(known)
        gate.set()
        assert (await known.roster(patience=5)).schedules["support"].who(NOW).people == ("kim",)
        gate.clear()
        watch.at += reading.FRESH
        assert await told(known) == "kim"
        gate.set()
