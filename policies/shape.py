"""What is wrong with the shape of one value, in the words of somebody who writes policies.

Translates what the models' library found. Must never show its own words for anything that people really write.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from policies.suggestion import did_you_mean

MOST_SHOWN = 60


@dataclass(frozen=True)
class Problem:
    """One finding: where, what kind (the library's name), what was written, and what it should have been."""

    key: tuple[object, ...]
    kind: str
    value: Any = None
    message: str = ""
    limits: Mapping[str, Any] = field(default_factory=dict)
    of_key: bool = False
    """The key itself is wrong, not what it holds."""


def located(found: Mapping[str, Any], data: Any) -> Problem:
    """The library's finding with its key as the file has it: without the names of validators and of choices."""
    key: list[object] = []
    at, parts = data, list(found["loc"])
    for number, part in enumerate(parts):
        inside = _step(at, part)
        if inside is not None:
            name, at = inside
            key.append(name)
        elif number == len(parts) - 1 and found["type"] in ("missing", "extra_forbidden"):
            key.append(part)
    message = str(found["msg"]).removeprefix("Value error, ")
    limits = found.get("ctx", {})
    return Problem(tuple(key), str(found["type"]), found.get("input"), message, limits, "[key]" in parts)


def _step(at: Any, part: object) -> tuple[object, Any] | None:
    """The key as the file has it, and what it holds."""
    if isinstance(at, list):
        return (part, at[part]) if isinstance(part, int) and part < len(at) else None
    if isinstance(at, dict):
        return next(((name, value) for name, value in at.items() if same_key(name, part)), None)
    return None


def same_key(name: object, part: object) -> bool:
    """Whether the library's name for a key means this one: dates come as text, or as Python writes them."""
    return name == part or str(part) in (str(name), repr(name))


def follows(problem: Problem, others: Sequence[Problem]) -> bool:
    """Whether a key is missing only because it stands there misspelt."""
    if problem.kind != "missing":
        return False
    beside = [str(o.key[-1]) for o in others if o.kind == "extra_forbidden" and o.key[:-1] == problem.key[:-1]]
    return bool(get_close_matches(str(problem.key[-1]), beside, 1, 0.6))


def distinct(problems: Sequence[Problem]) -> list[Problem]:
    """Where several shapes are allowed, the library finds fault with each: the one that looks deepest is told."""
    found: list[Problem] = []
    for number, problem in enumerate(problems):
        same = any(other.key == problem.key and other.kind != problem.kind for other in problems[:number])
        inside = any(len(o.key) > len(problem.key) and o.key[: len(problem.key)] == problem.key for o in problems)
        if not same and not (inside and problem.kind.endswith("_type")):
            found.append(problem)
    return found


def say_problem(problem: Problem, model: type[BaseModel]) -> str:
    """What is wrong and what to write."""
    expected, example = _expected(model, problem.key)
    if problem.of_key:
        expected = get_args(_arm(_expected(model, problem.key[:-1])[0], dict))[0]
    kind, last = problem.kind, str(problem.key[-1]) if problem.key else ""
    if kind == "extra_forbidden":
        return f"unknown key '{last}'{did_you_mean(last, _fields(_expected(model, problem.key[:-1])[0]))}"
    if kind == "missing":
        return "is missing; add it" + (f", like '{last}: {example}'" if example else "")
    if kind == "value_error":
        return problem.message
    said = f"it is {say_value(problem.value)}"
    if kind in ("literal_error", "enum"):
        return _choice(problem.value, expected)
    if problem.value is None and kind.endswith("_type"):
        return f"is empty; write a value{_like(example)} or take the key away"
    if kind == "string_type":
        return f"must be a text{_like(example)}; {said}: write {_as_text(problem.value, example)}"
    if kind == "string_pattern_mismatch":
        return f"'{_short(problem.value)}' does not fit; {_fitting(problem.value, example)}"
    if kind.startswith("int_"):
        return f"must be a whole number{_like(example)}; {said}"
    if kind.startswith("bool"):
        return f"must be true or false; {said}"
    if kind.startswith("date"):
        return f"must be a date like 2026-12-25; {said}"
    return _say_size(problem, said, example)


def _say_size(problem: Problem, said: str, example: str) -> str:
    limits = problem.limits
    if problem.kind in ("greater_than_equal", "less_than_equal"):
        bound = f"at least {limits['ge']}" if "ge" in limits else f"at most {limits['le']}"
        return f"must be {bound}; {said}"
    if problem.kind == "too_short":
        return "is empty; write at least one entry"
    if problem.kind == "list_type":
        wanted = f"write [{_short(problem.value)}]" if isinstance(problem.value, str | int) else "begin each with '- '"
        return f"must be a list; {said}: {wanted}"
    if problem.kind in ("dict_type", "model_type", "model_attributes_type"):
        return f"must be a mapping of keys to values; {said}"
    return f"{problem.message}; {said}" + (f", write it{_like(example)}" if example else "")


def say_value(value: Any) -> str:
    """`the number 8`, `a list`: what was written, as its author would call it."""
    if isinstance(value, bool):
        return f"the truth value {str(value).lower()}"
    if isinstance(value, int | float):
        return f"the number {_short(value)}"
    if isinstance(value, date):
        return f"the date {_short(value)}"
    if value is None:
        return "empty"
    return "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else f"'{_short(value)}'"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}..."


def _like(example: str) -> str:
    return f" like {example}" if example else ""


def _as_text(value: Any, example: str) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool) and example.endswith("h"):
        return f"{_short(value)}h, {_short(value)}m or {_short(value)}bd"
    if isinstance(value, int) and not isinstance(value, bool) and example.endswith("%"):
        return f"{_short(value)}%"
    if isinstance(value, list | dict):
        return "one word" + _like(example)
    return f'it in quotes: "{_short(str(value).lower() if isinstance(value, bool) else value)}"'


def _fitting(value: Any, example: str) -> str:
    text = str(value).strip().lower()
    if example.endswith("%") and text.rstrip("% ").strip("0.") == "":
        return f"nothing is left of 0; write at least 1%, like {example}"
    if example.endswith("%"):
        return f"write a share like '{text}%'" if text.isdecimal() else f"write a share like {example}"
    slug = "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in text).split())
    return f"write small letters, digits and hyphens: '{slug or example}'"


def _choice(value: Any, expected: Any) -> str:
    known = [str(choice) for choice in _choices(expected)]
    if not isinstance(value, str):
        return f"must be one of {', '.join(known)}; it is {say_value(value)}"
    close = get_close_matches(value.strip().lower(), known, 1, 0.6)
    meant = f" (did you mean '{close[0]}'?)" if close else ""
    return f"'{_short(value)}' is not one of {', '.join(known)}{meant}"


# --- what the models expect ----------------------------------------------------------------------------------


def _expected(model: type[BaseModel], key: Sequence[object]) -> tuple[Any, str]:
    """The annotation where `key` points to, and its example."""
    current: Any = model
    example = ""
    for part in key:
        bare = _bare(current)
        if isinstance(bare, type) and issubclass(bare, BaseModel):
            found = _field(bare, str(part))
            if found is None:
                return None, ""
            current, example = found.annotation, _example(found) or _example_in(found.annotation)
        else:
            arguments = get_args(_arm(current, list if isinstance(part, int) else dict))
            current = arguments[-1] if arguments else None
            example = _example_in(current)
    return current, example


def _field(model: type[BaseModel], name: str) -> FieldInfo | None:
    fields = model.model_fields
    return fields.get(name) or next((field for field in fields.values() if field.alias == name), None)


def _bare(annotation: Any) -> Any:
    """Without `Annotated` and without `| None`."""
    if getattr(annotation, "__metadata__", None) is not None:
        return _bare(annotation.__origin__)
    arguments = [a for a in get_args(annotation) if a is not type(None)]
    optional = type(None) in get_args(annotation)
    return _bare(arguments[0]) if optional and len(arguments) == 1 else annotation


def _arm(annotation: Any, shape: type) -> Any:
    """Of several shapes that are allowed the list or the mapping."""
    bare = _bare(annotation)
    arms = [_bare(a) for a in get_args(bare)] if get_origin(bare) not in (list, dict) else []
    return next((arm for arm in arms if get_origin(arm) is shape), bare)


def _example_in(annotation: Any) -> str:
    own = next((found for part in getattr(annotation, "__metadata__", ()) if (found := _example(part))), "")
    return own or next((found for a in get_args(annotation) if a is not annotation and (found := _example_in(a))), "")


def _example(part: Any) -> str:
    examples = part.examples if isinstance(part, FieldInfo) else None
    return str(examples[0]) if examples else ""


def _choices(annotation: Any) -> list[Any]:
    bare = _bare(annotation)
    nested = [a for a in get_args(bare) if isinstance(a, str | int)]
    return nested or [choice for a in get_args(bare) for choice in _choices(a)]


def _fields(annotation: Any) -> list[str]:
    bare = _bare(annotation)
    known = bare.model_fields if isinstance(bare, type) and issubclass(bare, BaseModel) else {}
    return [field.alias or name for name, field in known.items()]
