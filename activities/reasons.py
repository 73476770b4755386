"""Why somebody is told, in their own language: from the facts of the rung, or from the author's sentence.

English readers get the policy author's words. Others get a translation of that sentence where their phrases have
one, else what the facts say, else the sentence as it stands. Must never say more than the facts do.
"""

from __future__ import annotations

from activities.phrases import FALLBACK
from activities.reader import Reader
from policies.plan import ELAPSED, Effect, Reason


def why(effect: Effect, reader: Reader) -> str:
    """One sentence without its full stop, with what put it off."""
    if reader.phrases.language == FALLBACK:
        return effect.why
    waited = effect.reason.waited
    author = effect.why.partition(" (waited ")[0] if waited else effect.why
    said = reader.phrases.sentence(author) or worded(effect, reader) or author
    return reader.phrases("reasons.waited", why=said, duration=reader.duration(waited)) if waited else said


def worded(effect: Effect, reader: Reader) -> str:
    """What the facts alone say; nothing when they do not suffice."""
    reason, phrases = effect.reason, reader.phrases
    if reason.kind == "share":
        return _share(reason, reader)
    if reason.kind == "after":
        return _after(reason, effect.until == "acknowledged", reader)
    if reason.kind == "event":
        return _event(reason, reader)
    if reason.kind in ("every", "unanswered"):
        return phrases(f"reasons.{reason.kind}", of=reason.of, duration=reader.duration(reason.seconds))
    if reason.kind == "escalated":
        name = "escalated_because" if reason.text else "escalated"
        return phrases(f"reasons.{name}", level=reason.level, of=reason.of or _somebody(reader), text=reason.text)
    if reason.kind == "approval":
        return phrases(f"reasons.approval_{reason.to}", credit=reason.of, duration=reader.duration(reason.seconds))
    if reason.kind in ("reminder", "handover", "waived"):
        return phrases(f"reasons.{reason.kind}", of=reason.of or _somebody(reader), to=reason.to, text=reason.text)
    return ""


def _share(reason: Reason, reader: Reader) -> str:
    clock = reader.phrases.named("clocks", reason.clock)
    if reason.percent >= 100:
        return reader.phrases("reasons.broken", clock=clock)
    if not reason.percent:
        return reader.phrases("reasons.started", clock=clock)
    return reader.phrases("reasons.share", clock=clock, percent=reason.percent)


def _after(reason: Reason, unacknowledged: bool, reader: Reader) -> str:
    duration = reader.duration(reason.seconds)
    if unacknowledged:
        return reader.phrases("reasons.unacknowledged", duration=duration)
    if reason.clock in (ELAPSED, "resolution"):
        return reader.phrases("reasons.open_for", duration=duration)
    return reader.phrases("reasons.after", duration=duration, clock=reader.phrases.named("clocks", reason.clock))


def _event(reason: Reason, reader: Reader) -> str:
    """An event that says little of itself (an assessment) is told in the author's words."""
    key = f"events.{reason.event}"
    return reader.phrases(key, times=reason.times) if key in reader.phrases.english else ""


def _somebody(reader: Reader) -> str:
    return reader.phrases("reasons.somebody")
