"""Judgement: what becomes of the rungs that are ripe, and what is to be done.

Fired, superseded, skipped or unnecessary: everything is recorded with its reason, nothing that a person should have
heard vanishes (semantics 3.5, 3.6). Must never look at anything but its arguments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from policies import event as news
from policies import people
from policies.approval import Asked
from policies.case import FIRED, LATE_AFTER, SKIPPED, SUPERSEDED, UNNECESSARY, Case, Record, amended, noted, paged_at
from policies.duration import say_duration
from policies.occurrence import Occurrence
from policies.plan import COMMAND, CUSTOMER, LADDER, OFFICE, Act, ApprovalPlan, Effect, Plan, Reason, Target

FOLDED_FROM = 20
"""More superseded repeats of one rung than this are told in one line."""


def judge(plan: Plan, case: Case, ripe: Sequence[Occurrence], now: int) -> tuple[Case, tuple[Effect, ...]]:
    """Sort the ripe into fired, superseded, skipped and unnecessary; all of them are recorded."""
    effects: list[Effect] = []
    fit: list[Occurrence] = []
    for o in sorted(ripe, key=lambda o: (o.due or 0, o.rung.level)):
        reason = _skip_reason(case, o, now)
        needless = _needless(case, o)
        if reason and (needless or not o.rung.breach or _told_before(case, o)):
            case = _recorded(case, o, SKIPPED, now, reason)
        elif needless:
            case = _recorded(case, o, UNNECESSARY, now, needless)
            case, done = _acts(plan, case, o, now) if o.rung.breach else (case, [])
            effects += done
        else:
            fit.append(o)
    case, done = _fire_highest(plan, case, fit, now)
    return case, (*effects, *done)


def _fire_highest(plan: Plan, case: Case, fit: Sequence[Occurrence], now: int) -> tuple[Case, list[Effect]]:
    """Of each group the highest fires; of the others only the silent actions happen (semantics 3.5)."""
    reached = case.level
    highest = {_group(o): o for o in sorted(fit, key=_height)}
    tops = [o for o in highest.values() if not (_put_off(o) and o.rung.level < reached)]
    passed: dict[str, list[Occurrence]] = {}
    for o in fit:
        if o not in tops:
            top = highest[_group(o)]
            why = f"level {reached} is reached already" if o is top else f"{top.rung.name} is higher"
            passed.setdefault(why, []).append(o)
    # TRAP: the passed ones first: of a repeating rung the record of the last occurrence must win
    for why, ones in passed.items():
        case = _superseded(case, ones, now, why)
    effects: list[Effect] = []
    for o in (one for ones in passed.values() for one in ones):
        case, done = _acts(plan, case, o, now)
        effects += done
    for o in tops:
        case, done = _fire(plan, case, o, now)
        effects += done
    return case, effects


def _put_off(o: Occurrence) -> bool:
    """Whether it stands later than it would have: what has been said by a higher level meanwhile is stale."""
    return o.held or (o.waited > 0 and o.rung.track == LADDER)


def _superseded(case: Case, ones: Sequence[Occurrence], now: int, reason: str) -> Case:
    """A line each; of a rung that repeated itself often, one line for all."""
    by_rung: dict[str, list[Occurrence]] = {}
    for o in ones:
        by_rung.setdefault(o.record, []).append(o)
    for same in by_rung.values():
        if len(same) <= FOLDED_FROM:
            for o in same:
                case = _recorded(case, o, SUPERSEDED, now, reason)
            continue
        last = same[-1]
        case = amended(case, records={**case.records, last.record: _record(case, last, SUPERSEDED, now)})
        text = f"{_title(same[0])} to {_title(last)} superseded: {reason}"
        case = noted(case, last.due or now, SUPERSEDED, text, last.rung.name, last.key)
    return case


def _told_before(case: Case, o: Occurrence) -> bool:
    """Whether this breach was told under an earlier plan: one breach, one page, one credit."""
    return o.cycle is not None and any(
        b.told and (b.clock, b.cycle) == (o.cycle.plan.name, o.cycle.number) for b in case.breaches
    )


def _group(o: Occurrence) -> str:
    """Rungs on clocks compete within their track; what an event or a command calls for always happens."""
    return o.rung.track if o.cycle is not None else o.record


def _height(o: Occurrence) -> tuple[int, int, int]:
    return (o.rung.level, o.due or 0, o.rung.offset)


def _skip_reason(case: Case, o: Occurrence, now: int) -> str:
    due = o.due or 0
    if o.cycle is None:
        if o.rung.event == news.ASSESSED and due < case.retargeted_at:
            return "already past when the target changed"
        late = now - due
        said = say_duration(late // 60 * 60 or late)
        return f"{said} late" if o.rung.within and late > o.rung.within else ""
    if due < case.begun_at:
        return "before this workflow took the ticket up"
    past = o.checkpoint and due < case.retargeted_at
    return "already past when the target changed" if past else ""


def _needless(case: Case, o: Occurrence) -> str:
    if o.rung.until == "never":
        return ""
    if case.resolved_at is not None or (o.cycle is not None and o.cycle.stop is not None):
        return o.cycle.ended_by if o.cycle is not None and o.cycle.ended_by else "resolved"
    since = o.cycle.start if o.cycle is not None else case.opened_at
    began = o.cycle.number - 1 if o.cycle is not None else 0  # the reply that opened a cycle is not its answer
    replies = (e for e in case.events if e.kind == news.REPLIED and e.at >= since and e.serial != began)
    if o.rung.until == "responded" and any(replies):
        return "responded"
    return ""


def _recorded(case: Case, o: Occurrence, outcome: str, now: int, reason: str) -> Case:
    records = {**case.records, o.record: _record(case, o, outcome, now)}
    text = f"{_title(o)} {outcome}: {reason}"
    return noted(case, o.due or now, outcome, text, o.rung.name, o.key, records=records)


def _record(case: Case, o: Occurrence, outcome: str, now: int) -> Record:
    """What stays known of it. A level that is paged again and again was first paged when it was first paged."""
    before = case.records.get(o.record)
    due = o.due or (now if outcome == FIRED else 0)
    level = o.rung.level if outcome == FIRED else 0
    if not o.rung.every:
        return Record(outcome, due, now, o.index, level, o.place)
    since = (before.since if before else 0) or (paged_at(due, now) if outcome == FIRED else 0)
    return Record(outcome, due, now, o.index, level, o.place, since)


def _fire(plan: Plan, case: Case, o: Occurrence, now: int) -> tuple[Case, list[Effect]]:
    if _staff(o) and (muted := case.muted_by(now)):
        return _fire_muted(plan, case, o, now, muted)
    due = o.due or now
    records = {**case.records, o.record: _record(case, o, FIRED, now)}
    ladder = o.rung.track in (LADDER, COMMAND) and o.rung.level > case.level
    skipped = _inform_passed(plan, case, o, now)
    level = o.rung.level if ladder else case.level
    pages = [_page(plan, case, o, now)] if o.rung.targets else []
    case, acts = _acts(plan, case, o, now)
    effects = [*pages, *skipped, *acts]
    text = _told(o, effects)
    return noted(case, due, FIRED, text, o.rung.name, o.key, records=records, level=level), effects


def _staff(o: Occurrence) -> tuple[Target, ...]:
    """Whom of ours an outage may spare: not those whom a person called by hand."""
    return () if o.rung.track == COMMAND else tuple(t for t in o.rung.targets if t.who != people.CUSTOMER)


def _fire_muted(plan: Plan, case: Case, o: Occurrence, now: int, muted: str) -> tuple[Case, list[Effect]]:
    """The rung stands as fired and its silent acts happen; staff is not told, so no level is reached by it.

    Customers hear what they were promised to hear.
    """
    before = case.records.get(o.record)  # of one that repeats: whom it has paged already is waited for
    level, since = (before.level, before.since) if before else (0, 0)
    record = replace(_record(case, o, FIRED, now), level=level, since=since)
    customers = tuple(target for target in o.rung.targets if target.who == people.CUSTOMER)
    told = [_effect(case, o, "inform", now, targets=customers)] if customers else []
    case, acts = _acts(plan, case, o, now)
    effects = [*told, *acts]
    case = noted(case, o.due or now, FIRED, _told(o, effects), o.rung.name, o.key,
                 records={**case.records, o.record: record})  # fmt: skip
    for target in _staff(o):
        text = f"not sent to {target.who}: muted by {muted}"
        case = noted(case, now, "not_sent", text, o.rung.name, o.key)
    return case, effects


def _page(plan: Plan, case: Case, o: Occurrence, now: int) -> Effect:
    """A page goes on to the rungs above and then to the catch-all; a customer's message goes to nobody else."""
    kind = "page" if o.rung.track in (LADDER, COMMAND) else "inform"
    if o.rung.track == CUSTOMER:
        return _effect(case, o, kind, now, targets=o.rung.targets)
    onward = plan.above(o.rung.level) if o.rung.track == LADDER else ()
    if o.reason is not None and o.reason.kind == "approval":  # whoever is above is entitled, too
        onward = tuple(level.target for level in plan.levels if level.level > o.reason.level)
    return _effect(case, o, kind, now, targets=o.rung.targets, fallback=(*onward, plan.catch_all))


def _inform_passed(plan: Plan, case: Case, o: Occurrence, now: int) -> list[Effect]:
    if not o.record.startswith("escalate@"):
        return []
    passed = [level for level in plan.levels if case.level < level.level < o.rung.level]
    return [
        replace(
            _effect(case, o, "inform", now, targets=(level.target,), fallback=(plan.catch_all,)),
            key=f"{o.key}.L{level.level}",
            level=level.level,
        )
        for level in passed
    ]


def _acts(plan: Plan, case: Case, o: Occurrence, now: int) -> tuple[Case, list[Effect]]:
    """The silent actions, each with a key of its own; a waived clock owes no credit, and some credits are asked for."""
    waived = case.waived(o.rung.clock)
    effects: list[Effect] = []
    kinds: list[str] = []
    for act in o.rung.acts:
        if act.kind == "credit" and waived:
            continue
        same = kinds.count(act.kind)
        kinds.append(act.kind)
        key = o.key if o.own_key else f"{o.key}/{act.kind}" + (f".{same + 1}" if same else "")
        if act.approval is not None:
            case = amended(case, asked=(*case.asked, _asked(plan, o, act, act.approval, key, now)))
            continue
        effects.append(_effect(case, o, act.kind, now, act=act, key=key, at=_starts_at(plan, act, now)))
    return case, effects


def _asked(plan: Plan, o: Occurrence, act: Act, approval: ApprovalPlan, key: str, now: int) -> Asked:
    """A credit to be asked for now: the deadline counts open time of the rung's clock, which no pause stops."""
    working = plan.working[plan.clock(o.rung.clock).working]
    due = working.add(now, approval.within) or now + approval.within
    return Asked(
        key=key, name=key.removeprefix(f"{plan.ticket.key}/").replace("/credit", ""), rung=o.rung.name,
        clock=o.rung.clock, value=act.value, level=approval.level, at=now, due=due, within=approval.within,
        otherwise=approval.otherwise, why=_why(o),
    )  # fmt: skip


def _starts_at(plan: Plan, act: Act, now: int) -> int:
    """A review starts, an action item is due `after` open seconds from now (elapsed ones past what is known)."""
    if act.kind not in ("review", "action"):
        return 0
    working = plan.working[plan.clock("resolution").working]
    if act.kind == "action":
        working = plan.working.get(OFFICE, working)
    return working.add(now, act.after) or now + act.after


def _effect(
    case: Case, o: Occurrence, kind: str, now: int, act: Act | None = None, targets: tuple[Target, ...] = (),
    fallback: tuple[Target, ...] = (), key: str = "", at: int = 0,
) -> Effect:  # fmt: skip
    due = o.due or now
    # a promise that was made when the target changed cannot be later than that
    late = now - max(due, case.retargeted_at)
    return Effect(
        key=key or o.key, kind=kind, rung=o.rung.name, cycle=o.cycle.name if o.cycle else "", due=due,
        level=o.rung.level, until=o.rung.until, clock=o.rung.clock if o.cycle else "", why=_why(o),
        value=act.value if act else "", targets=targets, fallback=fallback,
        late=late if late >= LATE_AFTER else 0, breach=o.rung.breach, at=at, reason=_reason(o),
        item=act.item if act else None,
    )  # fmt: skip


def _why(o: Occurrence) -> str:
    """The reason that people are told, with what put it off."""
    why = o.rung.why or o.rung.name
    return f"{why} (waited {say_duration(o.waited)} for the end of the quiet hours)" if o.waited else why


def _reason(o: Occurrence) -> Reason:
    """Why it fires, as facts; its sentence is the policy author's own."""
    reason = o.reason or _of_the_rung(o)
    return replace(reason, waited=o.waited) if o.waited else reason


def _of_the_rung(o: Occurrence) -> Reason:
    rung = o.rung
    if rung.event:
        return Reason("event", event=rung.event, times=rung.times)
    offset = max(o.place, rung.offset)
    if rung.reminder or rung.every:
        return Reason("reminder" if rung.reminder else "every", rung.clock, seconds=rung.every)
    target = o.cycle.plan.target if o.cycle else 0
    if not target:
        return Reason("after", rung.clock, seconds=offset)
    return Reason("share", rung.clock, (offset * 100 + target // 2) // target, offset)


def _title(o: Occurrence) -> str:
    return f"{o.rung.name}#{o.index + 1}" if o.rung.every else o.rung.name


def _told(o: Occurrence, effects: Sequence[Effect]) -> str:
    """`resolution-75 L2: sms+email team-lead; flag "SLA caution"`."""
    said = [*(say_effect(effect) for effect in effects), *([o.note] if o.note else [])]
    level = f" L{o.rung.level}" if o.rung.level else ""
    late = max((effect.late for effect in effects), default=0) // 60 * 60
    waited = f" (waited {say_duration(o.waited)}: quiet hours)" if o.waited else ""
    return f"{_title(o)}{level}: {'; '.join(said) or 'noted'}{waited}" + (
        f" ({say_duration(late)} late)" if late else ""
    )


def say_effect(effect: Effect) -> str:
    """One effect in the words of a time line."""
    if effect.kind in ("page", "inform"):
        told = "; ".join(f"{'+'.join(target.via)} {target.who}" for target in effect.targets)
        return told if effect.kind == "page" or not effect.key.endswith(f".L{effect.level}") else f"inform {told}"
    if effect.item is not None:
        return f'action "{effect.value}" for {effect.item.owner.who}'
    return f'{effect.kind} "{effect.value}"' if effect.value else effect.kind
