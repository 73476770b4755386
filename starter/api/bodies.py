"""What a call says: the same words as the options of `rung outage`, as JSON. What is unknown is refused.

Checked here is only the shape; what it means is read where the command line reads it. Must never read on behind its
bound: a caller's bytes are a caller's.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from policies.suggestion import did_you_mean
from starter.answering import Unfit
from starter.api.problems import Problem
from starter.declaring import Written
from starter.reading import legible, once
from starter.webhooks.bodies import read_at_most

MOST_BYTES = 64 * 1024
MOST_ASKED = 1_000
"""Tickets that a rehearsal may wake."""


def _readable(text: str) -> str:
    if not legible(text):
        raise ValueError("is not readable text; write it in UTF-8, without NUL")
    return text


Text = Annotated[str, AfterValidator(_readable)]


class Body(BaseModel):
    """Nothing is turned into something else, and a misspelt key is no key."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Covered(Body):
    """Each kind that is given must fit by one of its values; nothing at all = every ticket, which needs `all`."""

    services: list[Text] = []
    regions: list[Text] = []
    tenants: list[Text] = []
    tiers: list[Text] = []
    tags: list[Text] = []


class Rehearsal(Body):
    """What a declaration would do."""

    scope: Covered = Covered()
    all: bool = False
    effect: Text = "pause_clock"
    urgency: Text = ""
    occurred_at: Text = ""
    expected_end: Text = ""
    limit: int = Field(default=200, ge=1, le=MOST_ASKED)

    def written(self) -> Written:
        return Written(
            "REHEARSAL", **self.scope.model_dump(), everything=self.all, effect=self.effect, urgency=self.urgency,
            occurred_at=self.occurred_at, expected_end=self.expected_end,
        )  # fmt: skip


class Declaration(Body):
    """One outage, or maintenance with `from` and `to`."""

    id: Text
    scope: Covered = Covered()
    all: bool = False
    ahead: bool = False
    effect: Text = "pause_clock"
    urgency: Text = ""
    reason: Text = ""
    owner: Text = ""
    by: Text = ""
    occurred_at: Text = ""
    begins: Text = Field(default="", alias="from")
    ends: Text = Field(default="", alias="to")
    expected_end: Text = ""
    approved_by: Text = ""
    priority: Text = ""
    stakeholders: list[Text] = []
    tell_customers: bool = False

    def written(self, caller: str) -> Written:
        given = self.model_dump(exclude={"scope", "all", "ahead", "by"})
        return Written(**given, **self.scope.model_dump(), everything=self.all, by=said_by(self.by, caller))


class Ending(Body):
    """It is over."""

    occurred_at: Text = ""
    by: Text = ""
    ahead: bool = False


class Extension(Body):
    """It takes longer."""

    expected_end: Text


def said_by(by: str, caller: str) -> str:
    """Whose word it is: whom the caller names, and always the caller."""
    return f"{by} ({caller})" if by else caller


B = TypeVar("B", bound=Body)


def body_of(kind: type[B]) -> Callable[[Request], Awaitable[B]]:
    """Reads one. Raises Problem: 413, or 422 with every fault; no body at all is an empty one."""

    async def read(request: Request) -> B:
        sent = await read_at_most(request, MOST_BYTES)
        if sent is None:
            raise Problem(413, [f"a body has at most {MOST_BYTES} bytes"])
        try:
            return kind.model_validate(_object(sent))
        except ValidationError as error:
            raise Problem(422, list(_faults(kind, error))) from None

    return read


def _object(sent: bytes) -> dict[str, Any]:
    try:
        found = json.loads(sent or b"{}", object_pairs_hook=_written)
    except (ValueError, RecursionError) as error:
        raise Problem(422, [f"the body is not valid JSON: {error}"]) from None
    if not isinstance(found, dict):
        raise Problem(422, ['the body must be one object like {"id": "INC-7", "scope": {"services": ["pay"]}}'])
    return found


def _written(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """TRAP: a key that is half a character can be repeated in no answer, not even in one that refuses it."""
    if not legible([name for name, _ in pairs]):
        raise Unfit(["a key is not readable text; write it in UTF-8, without NUL"])
    return once(pairs)


def _faults(kind: type[Body], error: ValidationError) -> Iterator[str]:
    keys = [field.alias or name for one in (kind, Covered) for name, field in one.model_fields.items()]
    for problem in error.errors():
        *above, last = (str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            yield f"unknown key '{last[:80]}'{did_you_mean(last, keys)}"
        elif problem["type"] == "missing":
            yield f"'{last}' is missing"
        else:
            yield f"{'.'.join([*above, last])}: {problem['msg'].removeprefix('Value error, ')}"


Declared = Annotated[Declaration, Depends(body_of(Declaration))]
Rehearsed = Annotated[Rehearsal, Depends(body_of(Rehearsal))]
Ended = Annotated[Ending, Depends(body_of(Ending))]
Extended = Annotated[Extension, Depends(body_of(Extension))]
