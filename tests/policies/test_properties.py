"""What holds for every plan and every sequence of news, however late, doubled, reordered or senseless.

Plans are made at random from every kind of rung and clock; a life plays them as the workflow does. The examples are the
same in every run; `RUNG_EXAMPLES=50` looks at fifty times as many.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from policies import event as news
from policies.business_time import WorkingTime
from policies.case import FIRED, Case, evolve
from policies.change import extended, retire, stale, wanted_policy
from policies.clock import Clock, merge_pauses
from policies.cycles import Cycle, cycles_of
from policies.event import Event
from policies.explanation import ahead, explain, readings, stand
from policies.lifecycle import Decision, decide, exhausted, next_rung_above, still_wanted
from policies.plan import ELAPSED, Act, ClockPlan, Effect, LevelPlan, Plan, RungPlan, Target
from policies.ticket import URGENCIES, Ticket

HOUR = 3_600
STEP = HOUR // 2
DAY = 24 * HOUR
OPENED = 1_774_600_000
SPAN = 100
"""Steps of half an hour that a life lasts: instants meet often."""
TARGETS = {"critical": 4 * HOUR, "high": 8 * HOUR, "medium": 24 * HOUR, "low": 72 * HOUR}
CLOCKS = ("first_response", "next_response", "periodic_update", "resolution")
PAUSES = ("customer", "vendor", "outage:INC-7", "outage:INC-8", "approval", "manual:kim")
KINDS = ("customer", "vendor", "outage", "approval", "manual")
ACTS = ("flag", "credit", "comment", "review")
TICKET = Ticket("T-1", tier="gold", urgency="high", assignee="kim")
OFFICES = ((9 * HOUR, 15 * HOUR), (8 * HOUR, 4 * HOUR), (2 * HOUR, HOUR), (HOUR, 0), (HOUR, 0), (0, 0))
"""Open and closed lengths; without a closed one it is always open, without an open one never."""
EVERY_KIND = (*news.SIGNALS, *news.COMMANDS, *news.HUSHES)

TIMES = int(os.environ.get("RUNG_EXAMPLES", "1"))


def examples(count: int) -> settings:
    return settings(
        deadline=None, derandomize=True, database=None, max_examples=count * TIMES,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip


FEW = examples(60)


# --- plans -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """A policy: what a plan is compiled from, for any urgency and any of its two versions."""

    open: int
    closed: int
    clocks: tuple[ClockPlan, ...]
    rungs: tuple[tuple[RungPlan, int], ...]
    """Each with the share of its clock's target at which it stands, 0 = at its own offset."""
    ack_timeout: int
    answer_within: int = 0
    """Open seconds after which a level that does not answer is passed; 0 = never."""

    def plan(self, name: str, ticket: Ticket, opened_at: int, now: int) -> Plan:
        version = int(name.rpartition(".v")[2])
        until = max(opened_at, now) + 92 * DAY
        target = TARGETS[ticket.urgency]
        rungs = tuple(self._rung(rung, share, target) for rung, share in self.rungs)
        elapsed = ClockPlan(ELAPSED, ELAPSED, paused_by=self.clocks[-1].paused_by)
        return Plan(
            policy="random", version=version, ticket=ticket, zone="UTC", opened_at=opened_at, until=until,
            working={"office": self._office(opened_at, until), ELAPSED: WorkingTime.always(opened_at, until)},
            clocks=(*(replace(clock, target=_target_of(clock, target)) for clock in self.clocks), elapsed),
            rungs=rungs if version == 1 else rungs[1:], catch_all=Target("duty-manager", ("email",)),
            levels=tuple(
                LevelPlan(n, f"L{n}", Target(f"role-{n}", ("sms",)), 4, self.answer_within if n < 4 else 0)
                for n in range(1, 5)
            ),
            ack_timeout=self.ack_timeout,
        )  # fmt: skip

    def _office(self, since: int, until: int) -> WorkingTime:
        if not self.open:
            return WorkingTime(since, until)
        length = self.open + self.closed
        starts = range(since - self.open // 2, until, length)
        found = [(max(start, since), min(start + self.open, until)) for start in starts]
        return WorkingTime.of([(a, b) for a, b in found if a < b] if self.closed else [(since, until)], since, until)

    @staticmethod
    def _rung(rung: RungPlan, share: int, target: int) -> RungPlan:
        if not share:
            return rung
        whole = target if rung.clock == "resolution" else target // 4
        return replace(rung, offset=-(-whole * share // 100), breach=share == 100)


def _target_of(clock: ClockPlan, target: int) -> int:
    return target if clock.name == "resolution" else target // 4


@st.composite
def clock_plans(draw: st.DrawFn, name: str) -> ClockPlan:
    return ClockPlan(
        name, "office",
        paused_by=tuple(draw(st.lists(st.sampled_from(KINDS), unique=True))),
        on_retarget=draw(st.sampled_from(["carry_elapsed", "restart"])),
        reopen_grace=draw(st.sampled_from([0, 2 * HOUR])),
        reopen_after=draw(st.sampled_from(["continue", "new_cycle", "frozen"])),
    )  # fmt: skip


@st.composite
def rung_plans(draw: st.DrawFn, number: int) -> tuple[RungPlan, int]:
    on_event = draw(st.integers(0, 4)) == 0
    share = 0 if on_event else draw(st.sampled_from([0, 0, 50, 75, 100, 100]))
    clocks = (*CLOCKS, "resolution", "resolution") if share or on_event else (*CLOCKS, "resolution", ELAPSED)
    clock = draw(st.sampled_from(clocks))
    rung = RungPlan(
        name=f"rung-{number}", clock=clock,
        offset=draw(st.integers(0, 20)) * STEP,
        every=0 if share or on_event else draw(st.sampled_from([0, 0, 2 * HOUR, 5 * HOUR])),
        event=draw(st.sampled_from([news.OPENED, *news.SIGNALS])) if on_event else "",
        times=draw(st.integers(0, 3)), within=draw(st.sampled_from([0, HOUR])),
        level=draw(st.integers(0, 4)), track=draw(st.sampled_from(["ladder", "ladder", "checks", "customer"])),
        until=draw(st.sampled_from(["acknowledged", "responded", "resolved", "resolved", "never"])),
        targets=(Target("lee", ("sms",)),) if draw(st.booleans()) else (),
        acts=tuple(Act(kind, "10%") for kind in draw(st.lists(st.sampled_from(ACTS), max_size=2))),
    )  # fmt: skip
    return rung, share


@st.composite
def policies(draw: st.DrawFn) -> Written:
    opened, closed = draw(st.sampled_from(OFFICES))
    count = draw(st.integers(4, 8))
    return Written(
        opened, closed,
        clocks=tuple(draw(clock_plans(name)) for name in CLOCKS),
        rungs=tuple(draw(rung_plans(number)) for number in range(count)),
        ack_timeout=draw(st.sampled_from([0, HOUR, 4 * HOUR])),
        answer_within=draw(st.sampled_from([0, HOUR])),
    )  # fmt: skip


# --- news --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Arrival:
    """News, when it came, and whether anybody had been at work since the last."""

    at: int
    event: Event
    worker_was_down: bool = False


@st.composite
def events(draw: st.DrawFn, at: int, number: int, kinds: Sequence[str] = EVERY_KIND) -> Event:
    kind = draw(st.sampled_from(kinds))
    to = {news.MIGRATED: ["random.v1", "random.v2"], news.WAIVED: ["", *CLOCKS]}.get(kind, ["kim", "lee"])
    return Event(
        kind, at, f"E-{number}", actor="kim", to=draw(st.sampled_from(to)),
        reason=draw(st.sampled_from(PAUSES)) if kind in (news.PAUSE, news.RESUME) else "",
        urgency=draw(st.sampled_from(URGENCIES)) if kind == news.REPRIORITISED else "",
        level=draw(st.integers(1, 4)) if kind == news.ESCALATED else 0,
        until=at + HOUR if kind == news.SNOOZED else 0,
    )  # fmt: skip


@st.composite
def arrivals(draw: st.DrawFn, kinds: Sequence[str] = EVERY_KIND, late: bool = True, down: bool = True) -> list[Arrival]:
    """In order of arrival; late news happened before it came, never after. Most lives do not end early."""
    found = []
    ends = draw(st.integers(0, 3)) == 0
    kinds = [kind for kind in kinds if ends or kind not in (news.CLOSED, news.MERGED)]
    moments = draw(st.lists(st.integers(0, SPAN), min_size=3, max_size=14))
    for number, steps in enumerate(sorted(moments)):
        came = OPENED + steps * STEP
        lag = draw(st.sampled_from([0, 0, 0, 1, 3, 10, 40])) * STEP if late else 0
        event = draw(events(came - lag, number, kinds))
        found.append(Arrival(came, event, down and draw(st.integers(0, 3)) == 0))
    return found


# --- a life ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One decision: on which plan, from which case, at which instant."""

    plan: Plan
    before: Case
    decision: Decision
    now: int
    asked: Callable[[Plan, Case, int], Decision] = decide

    @property
    def fired(self) -> Iterator[tuple[RungPlan, str]]:
        """Rungs on clocks that fired, with their keys."""
        names = {rung.name: rung for rung in self.plan.rungs if not rung.event}
        gained = self.decision.case.entries - self.before.entries
        for entry in self.decision.case.time_line[-gained:] if gained else ():
            if entry.kind == FIRED and entry.rung in names:
                yield names[entry.rung], entry.key


@dataclass
class Life:
    """A ticket moved as the workflow moves it: decide, wait until due or news, decide again."""

    policy: Written
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.case = Case(TICKET, OPENED, OPENED)
        self.plan = self.policy.plan("random.v1", TICKET, OPENED, OPENED)

    def play(self, coming: Sequence[Arrival], until: int = OPENED + (SPAN + 60) * STEP) -> Life:
        self.step(OPENED)
        for arrival in coming:
            if not arrival.worker_was_down:
                self.run_until(arrival.at)
            self.case = evolve(self.case, arrival.event)
            self.step(arrival.at)
        self.run_until(until)
        return self

    def run_until(self, end: int) -> None:
        while (wake_at := self.steps[-1].decision.wake_at) is not None and wake_at <= end:
            self.step(wake_at)

    def step(self, now: int) -> None:
        reason = stale(self.plan, self.case, now)
        if reason:
            fresh = self.policy.plan(wanted_policy(self.plan, self.case), self.case.ticket, OPENED, now)
            if reason == "horizon":
                fresh = extended(self.plan, fresh)
            else:
                self.keep(retire(self.plan, self.case, now), now, retire)
            self.plan = fresh
        self.keep(decide(self.plan, self.case, now), now)
        assert not stale(self.plan, self.case, now)

    def keep(self, decision: Decision, now: int, asked: Callable[[Plan, Case, int], Decision] = decide) -> None:
        self.steps.append(Step(self.plan, self.case, decision, now, asked))
        self.case = decision.case

    @property
    def effects(self) -> list[Effect]:
        return [effect for step in self.steps for effect in step.decision.effects]


def lives(**kinds: object) -> st.SearchStrategy[Life]:
    return st.builds(lambda policy, coming: Life(policy).play(coming), policies(), arrivals(**kinds))  # type: ignore[arg-type]


# --- the ladder --------------------------------------------------------------------------------------------


@FEW
@given(lives())
def test_nothing_is_done_twice_under_any_sequence_of_news(life: Life) -> None:
    assert [key for key, times in Counter(effect.key for effect in life.effects).items() if times > 1] == []


@FEW
@given(lives())
def test_nothing_fires_on_a_clock_that_is_paused_at_that_instant(life: Life) -> None:
    for step in life.steps:
        cycles = {cycle.name: cycle for cycle in cycles_of(step.plan, step.before)}
        for effect in step.decision.effects:
            cycle = cycles.get(effect.cycle)
            assert cycle is None or cycle.stop is not None or not cycle.clock.paused(step.now), effect


@FEW
@given(lives())
def test_nothing_fires_before_it_is_due(life: Life) -> None:
    assert [e for step in life.steps for e in step.decision.effects if e.due > step.now] == []


@FEW
@given(lives())
def test_of_several_rungs_overdue_at_once_only_the_highest_of_a_track_fires(life: Life) -> None:
    for step in life.steps:
        fired = Counter(rung.track for rung, _ in step.fired)
        assert max(fired.values(), default=0) <= 1, (step.now, list(step.fired))


ONWARD = tuple(k for k in news.SIGNALS if k not in (news.REPRIORITISED, news.REOPENED, news.ACKNOWLEDGED))


@FEW
@given(lives(kinds=ONWARD, late=False))
def test_rungs_of_one_cycle_fire_in_the_order_in_which_they_are_due(life: Life) -> None:
    fired: dict[str, list[int]] = {}
    for step in life.steps:
        pages = {effect.key: effect for effect in step.decision.effects if effect.cycle}
        for rung, key in step.fired:
            if rung.track == "ladder" and key in pages:
                fired.setdefault(pages[key].cycle, []).append(pages[key].due)
    assert [dues for dues in fired.values() if dues != sorted(dues)] == []


@FEW
@given(lives())
def test_deciding_again_at_once_changes_nothing(life: Life) -> None:
    for step in life.steps:
        again = decide(step.plan, step.decision.case, step.now)
        if step.plan is life.plan:
            assert (again.case, again.effects) == (step.decision.case, ())
            assert again.wake_at == step.decision.wake_at
        assert step.decision.wake_at is None or step.decision.wake_at > step.now


@FEW
@given(lives())
def test_what_a_plan_and_a_case_remember_changes_no_decision(life: Life) -> None:
    for step in life.steps:
        assert step.asked(replace(step.plan), replace(step.before), step.now) == step.decision


@FEW
@given(lives(), st.integers(1, 100))
def test_until_the_alarm_there_is_nothing_to_decide(life: Life, share: int) -> None:
    for step in life.steps:
        alarm = step.decision.wake_at or step.now + 400 * DAY
        between = step.now + (alarm - 1 - step.now) * share // 100
        if step.plan is life.plan and not stale(step.plan, step.decision.case, between):
            quiet = decide(step.plan, step.decision.case, between)
            assert (quiet.effects, quiet.case) == ((), step.decision.case), (step.now, between)


@FEW
@given(lives())
def test_a_case_and_its_plan_survive_being_written_down_and_read(life: Life) -> None:
    plans, cases = TypeAdapter(Plan), TypeAdapter(Case)
    assert cases.validate_json(cases.dump_json(life.case)) == life.case
    assert plans.validate_json(plans.dump_json(life.plan)) == life.plan


# --- clocks ------------------------------------------------------------------------------------------------


@FEW
@given(lives(), st.lists(st.integers(-10, 2 * SPAN), min_size=2, max_size=6))
def test_consumed_and_remaining_make_the_target_and_consumed_never_shrinks(life: Life, steps: list[int]) -> None:
    found: dict[tuple[str, int], list[int]] = {}
    for at in sorted(OPENED + step * STEP for step in steps):
        for reading in readings(life.plan, life.case, at):
            found.setdefault((reading.clock, reading.cycle), []).append(reading.consumed)
            assert reading.remaining == max(reading.target - reading.consumed, 0)
            assert reading.consumed >= 0
    settled = {(one.clock) for one in life.case.settled}  # a verdict by an earlier promise, from its end on
    for (clock, _), used in found.items():
        assert clock in settled or all(a <= b for a, b in pairwise(used)), used


SMALL = 120
spans = st.lists(st.tuples(st.integers(-5, SMALL), st.none() | st.integers(-5, SMALL)), max_size=5)


@st.composite
def workings(draw: st.DrawFn) -> WorkingTime:
    """Open and closed stretches of a few seconds, so that they can be counted one by one."""
    stretches = st.tuples(st.integers(1, 12), st.integers(1, 12))
    return WorkingTime(0, SMALL, tuple(length for pair in draw(st.lists(stretches, max_size=5)) for length in pair))


def paused_at(pauses: Sequence[tuple[int, int | None]], second: int) -> bool:
    return any(a <= second and (b is None or second < b) for a, b in pauses)


@examples(400)
@given(workings(), st.integers(0, SMALL), spans, st.integers(0, SMALL), st.none() | st.integers(0, SMALL))
def test_a_clock_counts_every_open_second_that_no_pause_covers(
    working: WorkingTime, start: int, pauses: list[tuple[int, int | None]], at: int, stop: int | None
) -> None:
    clock = Clock(working, start, stop, merge_pauses(pauses))
    end = at if stop is None else min(at, stop)
    ticking = [second for second in range(start, end) if working.is_open(second)]
    covered = sum(paused_at(pauses, second) for second in ticking)
    assert clock.consumed(at) + covered == len(ticking) == working.elapsed(start, end)


@examples(400)
@given(workings(), st.integers(0, SMALL), spans, st.integers(0, 40))
def test_a_clock_is_due_at_the_first_second_at_which_its_target_is_used_up(
    working: WorkingTime, start: int, pauses: list[tuple[int, int | None]], target: int
) -> None:
    clock = Clock(working, start, None, merge_pauses(pauses))
    used, counted = 0, {0: start}
    for second in range(start, SMALL):
        used += working.is_open(second) and not paused_at(pauses, second)
        counted.setdefault(used, second + 1)
    assert clock.due(target) == counted.get(target)


@examples(200)
@given(workings(), st.lists(st.tuples(st.integers(0, SMALL), st.sampled_from(PAUSES[:3]), st.booleans()), max_size=12))
def test_pausing_and_resuming_at_random_never_loses_or_invents_a_second(
    working: WorkingTime, changes: list[tuple[int, str, bool]]
) -> None:
    case, open_names, covered = Case(TICKET, 0, 0), set[str](), 0
    told = sorted(changes, key=lambda change: change[0])
    for number, (at, name, on) in enumerate(told):
        case = evolve(case, Event(news.PAUSE if on else news.RESUME, at, f"E-{number}", reason=name))
    for second in range(SMALL):
        for at, name, on in told:
            if at == second:
                (open_names.add if on else open_names.discard)(name)
        covered += working.is_open(second) and bool(open_names)
    pauses = merge_pauses(span for spans in case.pauses().values() for span in spans)
    assert Clock(working, 0, None, pauses).consumed(SMALL) + covered == working.elapsed(0, SMALL)


# --- news of any kind and in any order ---------------------------------------------------------------------


def essence(cycles: Sequence[Cycle]) -> list[tuple[object, ...]]:
    """What a cycle measures. Its number is a name given by arrival, the horizon a matter of when it was compiled."""
    return [(c.plan, c.start, c.stop, c.ended_by, c.gaps, c.clock.pauses) for c in cycles]


FACTS = tuple(kind for kind in news.SIGNALS if kind not in (news.CLOSED, news.MERGED))


@examples(150)
@given(
    policies(),
    st.lists(st.integers(-5, SPAN), unique=True, max_size=9).flatmap(
        lambda steps: st.tuples(*(events(OPENED + s * STEP, n, FACTS) for n, s in enumerate(sorted(steps))))
    ),
    st.randoms(use_true_random=False),
)
def test_in_which_order_news_arrives_makes_no_difference_to_any_clock(
    policy: Written, facts: tuple[Event, ...], dice: Callable[..., object]
) -> None:
    told, shuffled = Case(TICKET, OPENED, OPENED), Case(TICKET, OPENED, OPENED)
    for event in facts:
        told = evolve(told, event)
    mixed = list(facts)
    dice.shuffle(mixed)  # type: ignore[attr-defined]
    for event in mixed:
        shuffled = evolve(shuffled, event)
    plan = policy.plan("random.v1", told.ticket, OPENED, OPENED)
    assert told.ticket == shuffled.ticket
    assert essence(cycles_of(plan, told)) == essence(cycles_of(plan, shuffled))


@FEW
@given(policies(), arrivals(kinds=FACTS, late=False, down=False))
def test_being_late_makes_no_difference_to_any_clock(policy: Written, coming: list[Arrival]) -> None:
    """Everything at once at the end, after a life of decisions, or each in its time."""
    end = OPENED + SPAN * STEP
    in_time = Life(policy).play(coming)
    late = Life(policy).play([replace(arrival, at=end) for arrival in coming])
    assert essence(cycles_of(in_time.plan, in_time.case)) == essence(cycles_of(late.plan, late.case))


@FEW
@given(lives())
def test_hearing_everything_twice_changes_nothing(life: Life) -> None:
    case = life.case
    for event in life.case.events:
        case = evolve(case, event)
    assert case == life.case


FAR = 1 << 45
instants = st.one_of(st.integers(-FAR, FAR), st.integers(OPENED - DAY, OPENED + 3 * DAY), st.just(OPENED), st.just(0))
texts = st.one_of(st.sampled_from([*PAUSES, *URGENCIES, *CLOCKS, "", "kim", "gold", "random.v2"]), st.text(max_size=8))
anything = st.builds(
    Event, kind=st.one_of(st.sampled_from([news.OPENED, *EVERY_KIND]), st.text(max_size=6)), at=instants,
    event_id=texts, actor=texts, reason=texts, to=texts, urgency=texts, tier=texts,
    level=st.integers(-FAR, FAR), until=instants,
)  # fmt: skip


@examples(140)
@given(policies(), st.lists(anything, max_size=8), st.lists(st.integers(-10, 3 * SPAN), min_size=1, max_size=4))
def test_any_news_at_all_is_taken_and_every_question_has_an_answer(
    policy: Written, senseless: list[Event], steps: list[int]
) -> None:
    case = Case(TICKET, OPENED, OPENED)
    plan = policy.plan("random.v1", TICKET, OPENED, OPENED)
    moments = sorted(OPENED + step * STEP for step in steps)
    for number, event in enumerate(senseless):
        case = evolve(case, event)
        now = moments[number % len(moments)]
        decision = decide(plan, case, now)
        case = decision.case
        assert decision.wake_at is None or decision.wake_at > now
        assert all(isinstance(still_wanted(plan, case, effect, now), str) for effect in decision.effects)
        assert stand(plan, case, now).ticket == case.ticket
        assert len(explain(plan, case, now)) == len(readings(plan, case, now))
        assert isinstance(ahead(plan, case, now), tuple)
        assert isinstance(exhausted(plan, case), bool)
        assert isinstance(next_rung_above(plan, case, 0, now), int | None)
        assert isinstance(wanted_policy(plan, retire(plan, case, now).case), str)
        assert isinstance(case.snoozed(), dict)


@FEW
@given(lives(late=False, down=False, kinds=tuple(k for k in ONWARD if k not in (news.CLOSED, news.MERGED))))
def test_a_breach_that_was_told_in_time_stays_one_in_the_verdict(life: Life) -> None:
    told = {e.cycle for step in life.steps for e in step.decision.effects if e.breach}
    cycles = [c for c in cycles_of(life.plan, life.case) if c.plan.target]
    verdicts = zip(cycles, readings(life.plan, life.case, life.steps[-1].now), strict=True)
    assert [cycle.name for cycle, reading in verdicts if cycle.name in told and not reading.breached] == []


# --- what was found by looking at more examples ------------------------------------------------------------


def simple(rung: RungPlan, share: int, office: tuple[int, int], ack_timeout: int = 0) -> Written:
    """One rung, clocks that everything pauses."""
    clocks = tuple(ClockPlan(name, "office", paused_by=KINDS) for name in CLOCKS)
    return Written(*office, clocks, ((rung, share),), ack_timeout)


def heard(hours: int, kind: str, happened: int | None = None, down: bool = False) -> Arrival:
    at = OPENED + (hours * HOUR if happened is None else happened)
    return Arrival(OPENED + hours * HOUR, Event(kind, at, f"{kind}-{hours}"), down)


def verdict(life: Life) -> tuple[bool, ...]:
    found = readings(life.plan, life.case, life.steps[-1].now)
    return tuple(reading.breached for reading in found if reading.clock == "resolution")


PAGED_AND_CREDITED = RungPlan(
    "breach", "resolution", level=4, targets=(Target("lee", ("sms",)),), acts=(Act("credit", "10%"),)
)


def test_a_promise_used_up_at_closing_time_stays_broken_when_solved_in_the_evening() -> None:
    policy = simple(PAGED_AND_CREDITED, 100, office=(16 * HOUR, 8 * HOUR))  # 8 h left on the first day: the target
    life = Life(policy).play([heard(9, news.RESOLVED)])
    assert [effect.kind for effect in life.effects] == ["page", "credit"]
    assert verdict(life) == (True,)


def test_credit_is_given_exactly_when_the_verdict_is_a_breach() -> None:
    policy = simple(PAGED_AND_CREDITED, 100, office=(16 * HOUR, 8 * HOUR))
    life = Life(policy).play([heard(9, news.RESOLVED, down=True)])
    assert verdict(life) == (any(effect.kind == "credit" for effect in life.effects),)


def test_an_acknowledgement_that_came_and_expired_while_nobody_worked_gives_one_page() -> None:
    first = RungPlan("first", "resolution", offset=300, until="acknowledged", targets=(Target("lee", ("sms",)),))
    policy = simple(first, 0, office=(HOUR, 0), ack_timeout=1_800)
    life = Life(policy).play([heard(1, news.ACKNOWLEDGED, happened=360, down=True)])
    assert len(life.effects) == 1


def test_what_happened_after_the_closing_counts_in_no_order_of_arrival() -> None:
    plan = simple(PAGED_AND_CREDITED, 100, office=(HOUR, 0)).plan("random.v1", TICKET, OPENED, OPENED)
    closed, reopened = heard(5, news.CLOSED).event, heard(6, news.REOPENED).event
    one, other = (Case(TICKET, OPENED, OPENED) for _ in range(2))
    one, other = evolve(evolve(one, closed), reopened), evolve(evolve(other, reopened), closed)
    assert essence(cycles_of(plan, one)) == essence(cycles_of(plan, other))
