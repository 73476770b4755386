"""Files as people write them: YAML into a model, with every fault at once, by file, line and key.

Used for policies, calendars and people. Unknown keys are refused: a typo must not become silence. Must never
touch the disk: text comes in, models go out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedBase
from ruamel.yaml.error import MarkedYAMLError

from policies.suggestion import did_you_mean

Model = TypeVar("Model", bound=BaseModel)
Key = Sequence[str | int]


@dataclass(frozen=True)
class Fault:
    """One thing wrong in one place, with what to do about it."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}  {self.key}: {self.message}" if self.key else f"{place}  {self.message}"


class Faulty(ValueError):
    """All faults of a file. `str()` gives them one a line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.file, fault.line)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(frozen=True)
class Written:
    """A parsed file that knows where each key stands."""

    file: str
    data: Any

    def fault(self, key: Key, message: str) -> Fault:
        """A fault at `key`."""
        return Fault(self.file, self._line(key), say_key(key), message)

    def _line(self, key: Key) -> int:
        node, line = self.data, 1
        for part in key:
            if not isinstance(node, CommentedBase):
                break
            try:
                line = (node.lc.key(part) if isinstance(node, dict) else node.lc.item(part))[0] + 1
                node = node[part]  # type: ignore[index]  # ruamel's base class does not say that it is a container
            except (KeyError, IndexError, TypeError):
                break
        return line


def read_yaml(text: str, file: str) -> Written:
    """Parse; raises Faulty for text that is not YAML or not a mapping. Repeated keys are faults."""
    try:
        data = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise Faulty([Fault(file, line, "", f"not valid YAML: {error.problem or error.context}")]) from error
    if not isinstance(data, dict):
        raise Faulty([Fault(file, 1, "", "must be a mapping of keys to values; it is empty or a list")])
    return Written(file, data)


def read_model(written: Written, model: type[Model]) -> Model:
    """Validate; raises Faulty with every fault and, for a typo, the name that was probably meant."""
    try:
        return model.model_validate(plain(written.data))
    except ValidationError as error:
        raise Faulty(_faults(written, model, error)) from error


def plain(value: Any) -> Any:
    """ruamel's containers and scalars as plain Python."""
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    for scalar in (bool, int, float, str):
        if isinstance(value, scalar):
            return scalar(value)
    return value


def _faults(written: Written, model: type[BaseModel], error: ValidationError) -> Iterable[Fault]:
    for problem in error.errors():
        key = [part for part in problem["loc"] if part not in ("[key]", "function-after")]
        message = str(problem["msg"]).removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            message = f"unknown key '{key[-1]}'{did_you_mean(str(key[-1]), _fields(model, key[:-1]))}"
        elif problem["type"] == "missing":
            message = "is missing; add it"
        yield written.fault(key, message)


def _fields(model: type[BaseModel], key: Key) -> list[str]:
    """Names allowed where `key` points to, as far as the annotations tell."""
    current: Any = model
    for part in key:
        if isinstance(part, int) or not (isinstance(current, type) and issubclass(current, BaseModel)):
            continue
        field = current.model_fields.get(str(part))
        current = _inner(field.annotation) if field else current
    known = current.model_fields if isinstance(current, type) and issubclass(current, BaseModel) else {}
    return [field.alias or name for name, field in known.items()]


def _inner(annotation: Any) -> Any:
    arguments = [a for a in getattr(annotation, "__args__", ()) if a is not type(None)]
    return _inner(arguments[-1]) if arguments else annotation


def say_key(key: Key) -> str:
    """`rungs[2].notify[0]`."""
    said = ""
    for part in key:
        said += f"[{part}]" if isinstance(part, int) else f".{part}" if said else str(part)
    return said
