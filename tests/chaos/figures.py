"""The findings of a run, and the figures that it is told by.

Must never leave out a figure because it is not good.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from tests.chaos.player import Player
from tests.chaos.reaper import Reaper
from tests.chaos.statement import Statement
from tests.chaos.town import Providers
from tests.chaos.verdict import Reckoning, while_paused
from tests.support.simulator import FINE


@dataclass(frozen=True)
class Findings:
    """The keys, what the tickets say, and the lines that the journal does not have."""

    keys: Reckoning
    told: Sequence[Statement]
    unwritten: Sequence[str]

    @cached_property
    def while_paused(self) -> list[str]:
        return [line for one in self.told for line in while_paused(one.story, one.case.time_line, one.case)]

    @cached_property
    def faults(self) -> list[str]:
        """What is wrong with single tickets."""
        return [fault for one in self.told for fault in one.faults()]

    @property
    def wrong(self) -> list[str]:
        """Everything that must not be: nothing."""
        named = {
            "lost": self.keys.lost, "extra": self.keys.extra, "sent again without a cause": self.keys.without_cause,
            "fired while paused": self.while_paused, "ticket": self.faults, "not in the journal": self.unwritten,
        }  # fmt: skip
        return [f"{name}: {one}" for name, found in named.items() for one in found]


def figures_of(
    found: Findings, players: Sequence[Player], reaper: Reaper, world: Providers
) -> Mapping[str, int]:  # fmt: skip
    """Name -> number, in the order in which they are read."""
    stories, keys = [one.story for one in found.told], found.keys
    met = Counter(one.fault for one in world.log.asked if one.fault != FINE)
    return {
        "workers killed": reaper.workers_killed,
        "  of them between send and report": reaper.between_send_and_report,
        "server killed": reaper.servers_killed,
        **{f"fault: {fault}": times for fault, times in sorted(met.items())},
        "news told": sum(len(story.life.script.happenings) for story in stories),
        "rungs that pauses kept from firing": sum(story.held(world.roster) for story in stories),
        "lines of time lines compared": sum(len(story.paper.ours) for story in stories),
        "continued as new": sum(len(one.histories) - 1 for one in found.told),
        "played anew, the server's clock overshot": sum(len(player.abandoned) for player in players),
        "effects wanted": len(keys.wanted),
        "  taken": len(keys.wanted & keys.taken),
        "  fell back": len(keys.fell_back),
        "messages sent instead": len(keys.instead),
        "requests with a key that was known": keys.asked_again,
        "  taken twice, by the same key": sum(keys.repeated.values()),
        "  without a cause": len(keys.without_cause),
        "lost": len(keys.lost),
        "extra": len(keys.extra),
        "fired while paused": len(found.while_paused),
        "faults of tickets": len(found.faults),
        "lines not in the journal": len(found.unwritten),
    }


def table(figures: Mapping[str, object]) -> str:
    return "\n".join(f"  {name:<44}{value!s:>12}" for name, value in figures.items())
