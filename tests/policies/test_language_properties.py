"""What holds for every policy that uses the newer half of the language, as written, and every sequence of news.

Documents are made at random and compiled; a life plays them as the workflow does. Same examples in every run,
`RUNG_EXAMPLES=50` looks at fifty times as many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from policies import event as news
from policies.business_time import WEEKDAYS, Calendar, WorkingTime, subtract
from policies.case import Case, evolve
from policies.compiler import Policy, compile_plan
from policies.cycles import cycles_of
from policies.document import CalendarDocument, PolicyDocument, windows_of
from policies.event import Event
from policies.explanation import ahead, explain, readings, stand
from policies.lifecycle import decide, occurrences
from policies.plan import Effect, Plan, RegionPlan
from policies.ticket import GRADES, TIERS, URGENCIES, Ticket
from tests.policies.test_properties import Arrival, Life, Step, essence, examples

HOUR, DAY = 3_600, 86_400
SEOUL = ZoneInfo("Asia/Seoul")
MONDAY = int(datetime(2026, 10, 19, 0, 0, tzinfo=UTC).timestamp())
"""09:00 in Seoul; a week before Europe's clocks change, two before America's."""
SPAN = 12 * DAY
LONG = 60 * DAY
MOST_STEPS = 5_000
CALENDARS = {
    f"{name}.v1": CalendarDocument.model_validate(
        {"calendar": name, "version": 1, "zone": zone, "business_day": "8h",
         "windows": [{"days": ["mon", "tue", "wed", "thu", "fri"], "hours": hours},
                     {"days": ["mon", "sat"], "hours": ["18:00-22:00"], "only_for": ["critical"]}],
         "holidays": holidays}
    )
    for name, zone, hours, holidays in (
        ("seoul", "Asia/Seoul", ["09:00-12:00", "13:00-18:00"], ["2026-10-21"]),
        ("europe", "Europe/Berlin", ["09:00-17:30"], ["2026-10-22", "2026-10-23"]),
        ("america", "America/New_York", ["09:00-18:00"], ["2026-11-26"]),
    )
}  # fmt: skip
PAUSES = ("customer", "vendor", "vendor:acme", "outage:INC-7", "manual:kim")
KINDS = ("customer", "vendor", "outage", "approval", "manual")
TURNS = ("opened", "assigned", "transferred", "contacted", "replied", "acknowledged", "reopened", "pause", "pause:vendor",
         "resume:vendor", "resume:manual", "assessed")  # fmt: skip
TELL = {"who": "lee", "via": ["sms"]}
FACTS = (news.PAUSE, news.PAUSE, news.RESUME, news.RESUME, news.TRANSFERRED, news.TRANSFERRED, news.ASSESSED, news.ASSIGNED,
         news.REPLIED, news.CONTACTED, news.ACKNOWLEDGED, news.REPRIORITISED, news.RESOLVED, news.REOPENED)  # fmt: skip
factors = st.integers(1, 400).map(lambda percent: f"{percent}%")
sometimes = st.integers(0, 3).map(lambda number: number == 0)


# --- documents ---------------------------------------------------------------------------------------------


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any] | None:
    facts: dict[str, st.SearchStrategy[Any]] = {
        "urgency": st.lists(st.sampled_from(URGENCIES), min_size=1), "tier": st.lists(st.sampled_from(TIERS), min_size=1),
        "impact": st.lists(st.sampled_from(GRADES), min_size=1), "priority": st.just(["P1", "P2"]),
        "risk_from": st.integers(1, 100), "complexity_from": st.integers(1, 10), "predicted_from": st.just("80%"),
    }  # fmt: skip
    names = draw(st.lists(st.sampled_from(sorted(facts)), unique=True, max_size=2))
    return {name: draw(facts[name]) for name in names} or None


@st.composite
def clock_documents(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "paused_by": draw(st.lists(st.sampled_from(KINDS), unique=True)),
        "calendar": draw(st.sampled_from(["", "regions", "europe.v1"])),
        "reopen": {"grace": draw(st.sampled_from(["0h", "2h"])), "then": draw(st.sampled_from(["continue", "new_cycle"]))},
        "on_retarget": draw(st.sampled_from(["carry_elapsed", "restart"])),
    }  # fmt: skip


@st.composite
def own_clocks(draw: st.DrawFn) -> dict[str, Any]:
    return draw(clock_documents()) | {
        "starts": draw(st.lists(st.sampled_from(TURNS), unique=True, max_size=3)),
        "stops": draw(st.lists(st.sampled_from(TURNS), unique=True, max_size=3)),
        "promise": draw(st.sampled_from(["ola", "uc"])),
        "target": draw(st.sampled_from(["1h", "4h", {"high": "2h", "low": "30h"}])),
    }


@st.composite
def rung_documents(draw: st.DrawFn, number: int) -> dict[str, Any]:
    clock = draw(st.sampled_from(["resolution", "first_response", "own", "other"]))
    when = draw(
        st.sampled_from([
            {"share": "50%", "clock": clock}, {"share": "100%", "clock": clock}, {"after": "3h", "counted": "elapsed"},
            {"after": "1h", "every": "20h"}, {"on": "assessed"}, {"on": "assessed", "times": 0}, {"on": "transferred"},
        ])
    )  # fmt: skip
    return {
        "rung": f"rung-{number}", "when": when, "level": draw(st.integers(0, 3)), "notify": [TELL],
        "track": draw(st.sampled_from(["ladder", "ladder", "checks"])),
        "until": draw(st.sampled_from(["acknowledged", "resolved"])), "only_for": draw(conditions()),
        "can_wait": draw(sometimes),
    }  # fmt: skip


@st.composite
def adjustments(draw: st.DrawFn, number: int) -> dict[str, Any]:
    start = date(2026, 10, 17) + timedelta(days=draw(st.integers(0, 12)))
    return {
        "adjustment": f"change-{number}", "start": start, "end": start + timedelta(days=draw(st.integers(0, 4))),
        "factor": draw(st.none() | factors), "urgency": draw(st.none() | st.sampled_from(URGENCIES)),
        "closed": draw(sometimes), "clocks": draw(st.sampled_from([[], ["resolution"], ["own"]])),
        "only_for": draw(conditions()),
    }  # fmt: skip


@st.composite
def documents(draw: st.DrawFn, /, **fixed: Any) -> PolicyDocument:
    regions = [
        {"region": name, "calendar": f"{name}.v1", "team": f"{name}-desk", "who": "lee", "via": ["email"]}
        for name in draw(st.permutations(["seoul", "europe", "america"]))[: draw(st.integers(2, 3))]
    ]
    rows = [{"priority": draw(st.sampled_from(["P1", "P2", "P3"])), "only_for": draw(conditions())} for _ in range(2)]
    written: dict[str, Any] = {
        "language": "policy/1", "policy": "random", "version": 1, "calendar": "seoul.v1",
        "catch_all": TELL | {"remind_every": "5bd"}, "acknowledgement_expires": draw(st.sampled_from([None, "2h"])),
        "targets": {
            "combine": draw(st.sampled_from(["strictest", "loosest", "by_priority"])),
            "by_tier": {tier: {"first_response": "1h", "resolution": "8h"} for tier in TIERS},
            "by_priority": {"P1": {"resolution": "2h"}, "P2": {"resolution": "30h"}},
            "weights": [
                {"factor": draw(factors), "only_for": draw(conditions()) or {}} for _ in range(draw(st.integers(0, 3)))
            ],
        },
        "clocks": {
            "first_response": draw(clock_documents()), "resolution": draw(clock_documents()),
            "own": draw(own_clocks()), "other": draw(own_clocks()),
        },
        "levels": [
            {"level": n, "title": f"L{n}", "who": f"role-{n}", "via": ["sms"], "may_escalate_to": 4,
             "responds_within": draw(st.sampled_from([None, "15m", "3h"]))}
            for n in range(1, 5)
        ],
        "rungs": [draw(rung_documents(number)) for number in range(draw(st.integers(1, 4)))],
        "priority": rows if draw(st.booleans()) else [],
        "cadences": [{"cadence": "news", "every": draw(st.sampled_from(["9h", {"P1": "7h", "P2": "20h"}])),
                      "counted": draw(st.sampled_from(["business", "elapsed"])), "notify": [TELL]}],
        "follow_the_sun": {"regions": regions, "only_for": draw(st.sampled_from([None, {"urgency": ["high", "low"]}]))},
        "adjustments": [draw(adjustments(number)) for number in range(draw(st.integers(0, 2)))],
        "quiet_hours": draw(st.sampled_from([[], ["22:00-07:00"], ["12:00-13:30", "23:00-05:00"]])),
    }  # fmt: skip
    return PolicyDocument.model_validate(written | fixed)


# --- lives -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Compiled:
    """A document in the place of the plan maker that a life asks."""

    document: PolicyDocument

    def plan(self, name: str, ticket: Ticket, opened_at: int, now: int) -> Plan:
        return compile_plan(Policy(self.document, CALENDARS), ticket, opened_at, now)


@dataclass
class Lived(Life):
    """Opened at `opened`, as `ticket`."""

    ticket: Ticket = field(default_factory=lambda: Ticket("T-1"))
    opened: int = MONDAY

    def __post_init__(self) -> None:
        self.case = Case(self.ticket, self.opened, self.opened)
        self.plan = self.policy.plan("random.v1", self.ticket, self.opened, self.opened)

    def lived(self, coming: list[Arrival], span: int = SPAN) -> Lived:
        self.step(self.opened)
        for arrival in coming:
            if not arrival.worker_was_down:
                self.run_until(arrival.at)
            self.case = evolve(self.case, arrival.event)
            self.step(arrival.at)
        self.run_until(self.opened + span)
        return self

    def keep(self, *decided: Any) -> None:
        super().keep(*decided)
        assert len(self.steps) < MOST_STEPS


@st.composite
def events(draw: st.DrawFn, at: int, number: int, kinds: tuple[str, ...] = FACTS) -> Event:
    kind = draw(st.sampled_from(kinds))
    assessed = kind == news.ASSESSED
    return Event(
        kind, at, f"E-{number}", actor="kim",
        to=draw(st.sampled_from(["", "network", "seoul-desk"])) if kind in (news.TRANSFERRED, news.ASSIGNED) else "",
        reason=draw(st.sampled_from(PAUSES)) if kind in (news.PAUSE, news.RESUME) else "",
        urgency=draw(st.sampled_from(URGENCIES)) if kind == news.REPRIORITISED else "",
        impact=draw(st.sampled_from(GRADES)) if assessed else "",
        risk=draw(st.integers(-1, 100)) if assessed else -1,
        complexity=draw(st.integers(-1, 10)) if assessed else -1,
        predicted=draw(st.sampled_from([-1, 0, HOUR, 30 * HOUR])) if assessed else -1,
    )  # fmt: skip


@st.composite
def arrivals(draw: st.DrawFn, opened: int, kinds: tuple[str, ...] = FACTS, late: bool = True) -> list[Arrival]:
    found = []
    for number, quarters in enumerate(sorted(draw(st.lists(st.integers(0, 9 * 96), max_size=10)))):
        came = opened + quarters * 900
        lag = draw(st.sampled_from([0, 0, 0, 900, 9 * HOUR])) if late else 0
        event = draw(events(max(came - lag, opened), number, kinds))
        found.append(Arrival(came, event, late and draw(sometimes)))
    return found


@st.composite
def tickets(draw: st.DrawFn) -> Ticket:
    return Ticket(
        "T-1", tier=draw(st.sampled_from(TIERS)), urgency=draw(st.sampled_from(URGENCIES)), assignee="kim",
        region=draw(st.sampled_from(["", "seoul", "europe", "america", "mars"])), team="seoul-desk",
        impact=draw(st.sampled_from(["", *GRADES])), risk=draw(st.sampled_from([0, 50, 90])),
    )  # fmt: skip


@st.composite
def lives(
    draw: st.DrawFn, /, kinds: tuple[str, ...] = FACTS, late: bool = True, span: int = SPAN, **fixed: Any
) -> Lived:  # fmt: skip
    opened = MONDAY + draw(st.integers(0, 14 * 96)) * 900
    life = Lived(Compiled(draw(documents(**fixed))), ticket=draw(tickets()), opened=opened)  # type: ignore[arg-type]
    return life.lived(draw(arrivals(opened, kinds, late)), span)


# --- every policy ------------------------------------------------------------------------------------------


@examples(12)
@given(lives(span=LONG))
def test_every_policy_compiles_and_lives_for_sixty_days(life: Lived) -> None:
    now = life.opened + LONG
    assert len(explain(life.plan, life.case, now)) == len(readings(life.plan, life.case, now))
    assert isinstance(ahead(life.plan, life.case, now), tuple)
    again = [key for key, times in Counter(effect.key for effect in life.effects).items() if times > 1]
    assert again == []


@examples(30)
@given(lives(quiet_hours=["22:00-07:00"]))
def test_nothing_that_can_wait_stands_in_the_quiet_hours_and_the_rest_does_not_wait(life: Lived) -> None:
    for step in life.steps:
        for o in occurrences(step.plan, step.before, step.now):
            if o.due is None or not o.rung.can_wait:
                assert o.waited == 0
                continue
            hour = datetime.fromtimestamp(o.due, SEOUL).hour
            assert 7 <= hour < 22
            if o.waited:
                assert f"{datetime.fromtimestamp(o.due, SEOUL):%H:%M:%S}" == "07:00:00"
                assert o.waited <= 9 * HOUR


@examples(12)
@given(lives(), st.lists(st.integers(-3 * DAY, 3 * DAY), min_size=1, max_size=4))
def test_what_a_plan_remembers_changes_no_answer_whenever_it_is_asked(life: Lived, shifts: list[int]) -> None:
    for step in life.steps[:60]:
        warm = replace(step.plan)
        assert step.asked(warm, step.before, step.now) == step.decision
        for shift in shifts:
            case, now = step.decision.case, step.now + shift
            assert occurrences(warm, case, now) == occurrences(replace(warm), replace(case), now)
            looked = decide(warm, case, now)
            assert looked == decide(replace(warm), replace(case), now)
            assert decide(warm, looked.case, now) == decide(replace(warm), replace(looked.case), now)


ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "America/St_Johns")
NIGHTS = (("22:00", "07:00"), ("23:00", "02:30"), ("01:30", "02:15"), ("00:00", "03:00"), ("02:00", "02:30"))


@examples(40)
@given(st.sampled_from(ZONES), st.sampled_from(NIGHTS), st.integers(0, 400 * 96), st.integers(0, 899))
def test_the_end_of_quiet_hours_is_their_time_on_the_wall_in_every_night_of_the_year(
    zone: str, night: tuple[str, str], quarters: int, seconds: int
) -> None:
    at = MONDAY + quarters * 900 + seconds
    start, end = night
    windows = [f"{start}-24:00", f"00:00-{end}"] if start > end else [f"{start}-{end}"]
    daily = Calendar(zone, dict.fromkeys(WEEKDAYS, windows_of(windows)))
    around = (at - 2 * DAY, at + 2 * DAY)
    awake = WorkingTime.of(subtract([around], daily.intervals(*around)), *around)
    found = awake.next_open(at)
    assert found is not None

    def quiet(instant: int) -> bool:
        wall = f"{datetime.fromtimestamp(instant, ZoneInfo(zone)):%H:%M}"
        return start <= wall < end if start < end else wall >= start or wall < end

    changes = {datetime.fromtimestamp(at + hours * HOUR, ZoneInfo(zone)).utcoffset() for hours in range(-14, 15)}
    if len(changes) == 1:  # else a time of night is there twice or not at all
        assert quiet(at) == (found > at)
        assert not quiet(found)
        assert found == at or quiet(found - 1)
    assert found - at <= 10 * HOUR


@examples(30)
@given(documents(), tickets(), st.data())
def test_in_which_order_news_arrives_makes_no_difference_to_clocks_with_rules_of_their_own(
    document: PolicyDocument, ticket: Ticket, data: st.DataObject
) -> None:
    moments = data.draw(st.lists(st.integers(0, 400), unique=True, max_size=10))
    told = [data.draw(events(MONDAY + step * 900, number)) for number, step in enumerate(sorted(moments))]
    one, other = (Case(ticket, MONDAY, MONDAY) for _ in range(2))
    for event in told:
        one = evolve(one, event)
    for event in data.draw(st.permutations(told)):
        other = evolve(other, event)
    assert one.ticket == other.ticket
    plan = Compiled(document).plan("random.v1", one.ticket, MONDAY, MONDAY)
    assert essence(cycles_of(plan, one)) == essence(cycles_of(plan, other))


# --- hand-overs --------------------------------------------------------------------------------------------


def handed_over(life: Lived) -> Iterator[tuple[Step, Effect, RegionPlan, str]]:
    """(decision, message, who takes it, the record of it in words)"""
    for step in life.steps:
        told = {e.key: e for e in step.decision.effects if e.rung.startswith("handover-") and e.kind == "inform"}
        records = {e.key.rpartition("/")[0]: e.value for e in step.decision.effects if e.kind == "comment"}
        for key, effect in told.items():
            to = effect.rung.removeprefix("handover-")
            yield step, effect, next(one for one in step.plan.regions if one.region == to), records[key]


@examples(25)
@given(lives())
def test_no_hand_over_happens_while_paused_or_solved_or_before_its_time(life: Lived) -> None:
    for step, effect, _to, _said in handed_over(life):
        running = [c for c in cycles_of(step.plan, step.before) if c.plan.name == "resolution" and c.stop is None]
        assert len(running) == 1
        assert not running[0].clock.paused(step.now)
        assert effect.due <= step.now


@examples(25)
@given(lives())
def test_each_hand_over_goes_on_from_the_one_before(life: Lived) -> None:
    found = [(to, said) for _, _, to, said in handed_over(life)]
    for (had, _), (to, said) in pairwise(found):
        assert said == f"Handed over from {had.region} ({had.team}) to {to.region} ({to.team})"
        assert to != had


@examples(25)
@given(lives())
def test_who_takes_it_is_there_or_is_there_first(life: Lived) -> None:
    for step, effect, to, _said in handed_over(life):
        opening = [step.plan.working[one.working].next_open(effect.due) for one in step.plan.regions]
        assert step.plan.working[to.working].next_open(effect.due) == min(at for at in opening if at is not None)


# --- targets and promises ----------------------------------------------------------------------------------


@examples(30)
@given(st.lists(factors, max_size=5), st.data())
def test_targets_by_weights_are_exact_in_whatever_order_they_are_written(
    weights: list[str], data: st.DataObject
) -> None:
    targets = []
    for order in (weights, data.draw(st.permutations(weights))):
        by_tier = {tier: {"resolution": "7h13m7s"} for tier in TIERS}
        rows = [{"factor": factor, "only_for": {}} for factor in order]
        document = data.draw(documents(targets={"by_tier": by_tier, "weights": rows}, adjustments=[]))
        plan = Compiled(document).plan("random.v1", Ticket("T-1", tier="gold", urgency="high"), MONDAY, MONDAY)
        targets.append(plan.clock("resolution").target)
    above = 7 * HOUR + 13 * 60 + 7
    for factor in weights:
        above *= int(factor[:-1])
    assert targets == [above // 100 ** len(weights)] * 2


FAR = {tier: {"first_response": "9000h", "resolution": "9000h"} for tier in TIERS}


@examples(25)
@given(lives(targets={"by_tier": FAR}, adjustments=[]))
def test_a_promise_within_the_house_or_of_a_vendor_never_makes_the_ticket_breached(life: Lived) -> None:
    for step in life.steps:
        assert stand(step.plan, step.decision.case, step.now, step.decision).sla != "breached"


def test_and_such_promises_are_broken_in_those_lives() -> None:
    own = {"paused_by": [], "promise": "ola", "starts": ["opened"], "target": "1h"}
    broken: list[bool] = []

    @examples(5)
    @given(lives(targets={"by_tier": FAR}, adjustments=[], clocks={"resolution": {"paused_by": []}, "own": own}))
    def look(life: Lived) -> None:
        found = readings(life.plan, life.case, life.opened + SPAN)
        broken.extend(reading.breached for reading in found if reading.clock == "own")

    look()
    assert any(broken)


@examples(25)
@given(lives(kinds=(news.ASSESSED,)))
def test_an_assessment_never_restarts_a_clock_that_others_do_not_start(life: Lived) -> None:
    for clock in life.plan.clocks:
        found = [cycle for cycle in cycles_of(life.plan, life.case) if cycle.plan == clock]
        if news.ASSESSED not in (*clock.starts, *clock.stops):
            assert len(found) <= 1
            assert all(cycle.stop is None for cycle in found)


@examples(25)
@given(lives(kinds=tuple(kind for kind in FACTS if kind != news.ASSESSED), late=False))
def test_assessing_in_between_leaves_every_start_where_it_was(life: Lived) -> None:
    risky = Event(news.ASSESSED, life.opened + 5 * HOUR, "E-risk", risk=33)
    with_it = evolve(life.case, risky)
    clocks = [one for one in life.plan.clocks if news.ASSESSED not in (*one.starts, *one.stops)]
    plan = replace(life.plan, clocks=tuple(clocks))
    assert essence(cycles_of(plan, with_it)) == essence(cycles_of(plan, life.case))
