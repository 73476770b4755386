"""Files as people write them: YAML into a model, with every fault at once, by file, line and key.

Unknown keys are refused: a typo must not become silence. Where parts of a file are faulty the others can still be
checked against each other. Must never touch the disk: text comes in, models go out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from ruamel.yaml.nodes import Node

from policies.fault import Fault as Fault
from policies.fault import Faulty as Faulty
from policies.fault import Key, say_key
from policies.shape import Problem, distinct, follows, located, same_key, say_problem
from policies.yaml_text import line_at, parse

Model = TypeVar("Model", bound=BaseModel)
Place = tuple[object, ...]
MOST_ROUNDS = 40
STAND_INS: Mapping[str, Any] = {
    "calendar": "unnamed", "version": 1, "zone": "UTC", "title": "unnamed",
    "catch_all": {"who": "customer", "via": ["email"], "remind_every": "1h"}, "remind_every": "1h",
    "targets": {"combine": "strictest"}, "clocks": {"resolution": {"paused_by": ["manual"]}},
    "does": "propose", "tickets": 2, "within": "1m",
    "paused_by": ["manual"], "when": {"after": "1h"}, "who": "customer", "via": ["email"],
    "selection": "unnamed", "rules": [{"policy": "unnamed"}],
    "rungs": [{"rung": "unnamed", "when": {"after": "1h"}, "actions": [{"do": "comment", "value": "-"}]}],
}  # fmt: skip
"""What a missing or faulty key counts as while the rest of its file is checked: nothing that makes a fault itself."""


@dataclass(frozen=True)
class Written:
    """A parsed file that knows where each key stands, and which parts of it are of no use (`lost`)."""

    file: str
    data: Mapping[Any, Any]
    node: Node
    faults: tuple[Fault, ...] = ()
    spoilt: frozenset[Place] = frozenset()
    lost: frozenset[Place] = frozenset()
    kept: Any = None
    """`data` without the lost parts: what the model was made of."""
    places: Mapping[int, list[int]] = field(default_factory=dict)
    """id of a list in `kept` -> where its items stand in the file."""

    def fault(self, key: Key, message: str, code: str = "", ticket: str = "") -> Fault:
        """A fault at `key`, as the model counts it."""
        place = self.place(key)
        return Fault(self.file, line_at(self.node, place), say_key(place), message, code, ticket)

    def whole(self, *key: object) -> bool:
        """Whether nothing was lost at `key`, in it, or around it."""
        place = self.place(key)
        return not any(place[: len(lost)] == lost or lost[: len(place)] == place for lost in self.lost)

    def place(self, key: Key) -> Place:
        """`key` as the file counts it: items that were lost are counted too."""
        node, found = self.kept, []
        for part in key:
            origin = self.places.get(id(node)) if isinstance(node, list) else None
            known = origin is not None and isinstance(part, int) and part < len(origin)
            found.append(origin[part] if known and origin is not None and isinstance(part, int) else part)
            node = _inside(node, part)
        return tuple(found)


def read_yaml(text: str, file: str) -> Written:
    """Parse; raises Faulty for text that is not YAML or not a mapping. Repeated keys are faults it carries."""
    parsed = parse(text, file)
    return Written(file, parsed.data, parsed.node, tuple(parsed.faults), frozenset(parsed.spoilt))


def read_model(written: Written, model: type[Model]) -> Model:
    """Validate; raises Faulty with every fault and, for a typo, the name that was probably meant."""
    found, sound = read_sound(written, model)
    if found is None or sound.faults:
        raise Faulty(sound.faults)
    return found


def read_sound(written: Written, model: type[Model]) -> tuple[Model | None, Written]:
    """The model of all that is sound, and the file with every fault of shape; None when nothing is left of it."""
    reader = _Reader(written)
    for _ in range(MOST_ROUNDS):
        try:
            found = model.model_validate(reader.kept)
        except ValidationError as error:
            reader.take_all(model, distinct([located(problem, reader.kept) for problem in error.errors()]))
            if reader.hopeless:
                break
        else:
            return found, reader.outcome()
    return None, reader.outcome()


class _Reader:
    """Takes faulty parts out until a model can be made of the rest."""

    def __init__(self, written: Written) -> None:
        self.written = written
        self.places: dict[int, list[int]] = {}
        self.kept = self._copy(written.data)
        self.faults = list(written.faults)
        self.lost = set(written.spoilt)
        self.hopeless = False
        self.gaps: dict[int, tuple[list[Any], set[int]]] = {}
        self.stand_ins = STAND_INS

    def outcome(self) -> Written:
        return replace(
            self.written, faults=tuple(self.faults), lost=frozenset(self.lost), kept=self.kept, places=self.places
        )

    def take_all(self, model: type[BaseModel], problems: Sequence[Problem]) -> None:
        """Tell each, unless it only follows from what was taken before; take the faulty parts out."""
        if "language" in model.model_fields:
            self.stand_ins = {**STAND_INS, "language": get_args(model.model_fields["language"].annotation)[0]}
        sight = Written(self.written.file, {}, self.written.node, kept=self.kept, places=self.places)
        found = [(problem, sight.place(problem.key)) for problem in problems]
        before = frozenset(self.lost)
        for problem, place in found:
            told = any(place == lost or lost[: len(place)] == place for lost in before)
            if not told and not follows(problem, problems):
                message = say_problem(problem, model)
                self.faults.append(Fault(self.written.file, line_at(self.written.node, place), say_key(place), message))
            self._remove(problem)
            self.lost.add(place)
        self.close_gaps()

    def close_gaps(self) -> None:
        """Items that were taken out leave their lists, the others remember where they stood."""
        for items, taken in self.gaps.values():
            origin = self.places[id(items)]
            self.places[id(items)] = [place for n, place in enumerate(origin) if n not in taken]
            items[:] = [item for n, item in enumerate(items) if n not in taken]
        self.gaps = {}

    def _remove(self, problem: Problem) -> None:
        if not problem.key:
            self.hopeless = True
            return
        *around, last = problem.key
        holder = self.kept
        for part in around:
            holder = _inside(holder, part)
        if isinstance(holder, list) and isinstance(last, int):
            self.gaps.setdefault(id(holder), (holder, set()))[1].add(last)
        elif isinstance(holder, dict) and problem.kind != "missing":
            _drop(holder, last)
        elif isinstance(holder, dict) and (stand_in := self.stand_ins.get(str(last), _unnamed(last, len(self.lost)))):
            holder[last] = self._copy(stand_in)
        elif around:
            self._remove(replace(problem, key=tuple(around), kind=""))
        else:
            self.hopeless = True

    def _copy(self, value: Any) -> Any:
        """Its own lists and mappings for every place: anchors share theirs."""
        if isinstance(value, Mapping):
            return {name: self._copy(item) for name, item in value.items()}
        if isinstance(value, list):
            copied = [self._copy(item) for item in value]
            self.places[id(copied)] = list(range(len(copied)))
            return copied
        return value


def _unnamed(key: object, number: int) -> str:
    return f"unnamed-{number}" if key in ("rung", "cadence", "adjustment", "region", "policy", "name") else ""


def _inside(node: Any, part: object) -> Any:
    if isinstance(node, list):
        return node[part] if isinstance(part, int) and part < len(node) else None
    if isinstance(node, Mapping):
        return next((value for name, value in node.items() if same_key(name, part)), None)
    return None


def _drop(holder: dict[Any, Any], last: object) -> None:
    for name in [name for name in holder if same_key(name, last)]:
        del holder[name]
