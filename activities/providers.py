"""Several providers of one channel as one notifier: when one is down the next is asked, by recent health.

A message goes to another provider only when it is certain that the one before has not taken it, or when that one, asked
again under the same key, still gives no answer. Must never ask a second one because the first was slow.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping

from activities.ports import Busy, Contact, Down, Message, Notifier, Receipt, Refused, Unreachable
from policies.provider_health import LAST, Tried, by_health


class Providers:
    """A notifier made of several, by name, the preferred one first. What it learns of their health is not shared."""

    def __init__(self, by_name: Mapping[str, Notifier], clock: Callable[[], float] = time.time) -> None:
        self.by_name, self.clock = by_name, clock
        self.channel = next(iter(by_name.values())).channel
        self._tried: dict[str, deque[Tried]] = {name: deque(maxlen=LAST) for name in by_name}

    async def send(self, message: Message, to: Contact) -> Receipt:
        """The first who takes it. Raises what tells most: ask again, before it cannot be."""
        errors: list[Refused | Busy | Unreachable] = []
        for name in self._order(message.via):
            try:
                receipt = await self.by_name[name].send(message, to)
            except (Refused, Busy, Unreachable) as error:
                self._note(name, well=isinstance(error, Refused))
                if isinstance(error, Unreachable):
                    error.provider = name
                errors.append(error)
                if _may_have_it(error) and name != message.via:
                    break
            else:
                self._note(name, well=True)
                return receipt
        raise _worst(errors)

    def _order(self, via: str) -> list[str]:
        """Who may have the message already, then the others by health."""
        names = by_health(self._tried, self.clock())
        return sorted(names, key=lambda name: name != via)

    def _note(self, name: str, well: bool) -> None:
        self._tried[name].append(Tried(self.clock(), well))


def _may_have_it(error: Exception) -> bool:
    return isinstance(error, Unreachable) and not isinstance(error, Down)


def _worst(errors: list[Refused | Busy | Unreachable]) -> Exception:
    """Unknown before patience before never: as long as one may still take it, it is tried again."""
    unknown = [error for error in errors if _may_have_it(error)]
    waiting = [error for error in errors if isinstance(error, Busy)]
    passing = [error for error in errors if isinstance(error, Down)]
    if not (unknown or waiting or passing):
        return Refused("; ".join(dict.fromkeys(str(error) for error in errors)))
    if waiting and not (unknown or passing):
        return min(waiting, key=lambda error: error.retry_after)
    return (unknown or passing)[0]
