"""Timeouts and retries by name, used nowhere as literals."""

from datetime import timedelta

from temporalio.common import RetryPolicy

NEAR = timedelta(seconds=2)
"""A local activity: compiling a plan, reading the roster, a journal write. It blocks messages while it runs.

Both attempts together stay below the eight seconds after which the engine answers a task in two parts.
"""
NEAR_RETRY = RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_attempts=2)

PATIENT = timedelta(seconds=30)
"""One attempt of near work that failed as a local activity and is now tried until it works."""
PATIENT_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))

ATTEMPT = timedelta(seconds=30)
"""One attempt at a provider."""
FALL_BACK_AFTER = timedelta(minutes=3)
"""How long one channel is tried for a page before the next one, or the next person (semantics 3.11)."""
PAGE_WITHIN = timedelta(hours=2)
"""After that a page that nobody could be reached with is undelivered: it would only be noise."""
ACT_WITHIN = timedelta(days=2)
"""Flags, credits, reviews stay worth doing."""
WORLD_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2.0, maximum_interval=timedelta(minutes=5)
)
URGENCY_PRIORITY = {"critical": 1, "high": 2, "medium": 3, "low": 4}
"""Urgency -> Temporal priority key; a page for a critical ticket overtakes the queue."""

REMINDER_PRIORITY = 5
"""A reminder waits for every page."""

LOOK = timedelta(minutes=3)
"""One look of the audit at everything, and waking what it may."""
TOLD_WITHIN = timedelta(minutes=4)
"""The operator and the dead man's switch; what cannot be told now is for the next round."""
AUDIT_RETRY = RetryPolicy(initial_interval=timedelta(seconds=2), maximum_attempts=3)
AUDIT_WITHIN = timedelta(minutes=15)
"""A round that nobody takes up, or that hangs, makes room for the next one."""
SETTLED = timedelta(seconds=10)
"""What a poked ticket gets before the audit looks again."""

RECOGNISED_WITHIN = timedelta(minutes=15)
"""A word of a major incident; after that everybody knows, and the counting must be able to go on as a new run."""

DECLARED_WITHIN = timedelta(minutes=5)
"""How long a window of maintenance is tried at a stretch; in between a stop is heard, and it may be over."""
TRIED_AGAIN = timedelta(minutes=5)

PUSH = timedelta(hours=6)
"""One part of the tickets, however many they are."""
PUSH_BEAT = timedelta(seconds=30)
"""A telling that is not heard of for so long goes on elsewhere, at the page where it was."""

JOURNALED = timedelta(seconds=15)
"""What tickets that were just told of an outage get to write their cards; one that ends in it is nobody's news."""
REVIEWED = timedelta(hours=12)
"""How long it is tried to schedule the review of an outage: an invitation should come before what it invites to."""
MAIL_CUSTOMERS = timedelta(hours=6)
"""All of an outage's customers, however often the mail server is away."""
MAIL_RETRY = RetryPolicy(initial_interval=timedelta(seconds=5), maximum_interval=timedelta(minutes=10))
"""Each attempt asks the tickets anew."""
COURTESY = timedelta(minutes=30)
"""How long one way is tried to tell somebody of an outage; an old courtesy is noise."""
