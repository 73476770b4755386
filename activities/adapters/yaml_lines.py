"""YAML with line numbers: every value as text, and where each one was written.

Nothing is guessed from the look of a scalar: a phone number stays text and so does `no`. Must never follow
an alias into itself, or accept the same key twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

Path = tuple[str | int, ...]
_NULL = "tag:yaml.org,2002:null"
_MOST_VALUES = 100_000


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong, and where (line 1 is the first)."""

    line: int
    path: str
    text: str


@dataclass
class Source:
    """A file as plain dicts, lists and strings; `lines` by path, for keys the line of the key."""

    content: object = None
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, path: Sequence[str | int], text: str) -> None:
        """Note a fault at the path, or at the nearest thing around it that was written."""
        known = next(tuple(path[:end]) for end in range(len(path), -1, -1) if tuple(path[:end]) in self.lines)
        self.faults.append(Fault(self.lines[known], dotted(path), text))


def dotted(path: Sequence[str | int]) -> str:
    """`people.kim.away[0].from`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def load(content: bytes) -> Source:
    """The file, with its faults of form; one that is no YAML at all has a single fault."""
    source = Source(lines={(): 1})
    try:
        node = YAML(typ="safe", pure=True).compose(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        source.fault((), f"is not UTF-8 (byte {error.start}); save it as UTF-8")
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        source.faults.append(Fault(line, "", f"is no YAML: {error.problem or error.context}"))
    except (ReaderError, YAMLError, RecursionError) as error:
        source.fault((), f"is no YAML: {' '.join(str(error).split())}")
    else:
        source.content = _Reader(source).value(node, (), ()) if node is not None else None
    return source


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._count = 0

    def value(self, node: Node, path: Path, around: tuple[int, ...]) -> object:
        self._source.lines.setdefault(path, node.start_mark.line + 1)
        self._count += 1
        if id(node) in around or self._count > _MOST_VALUES:
            self._source.fault(path, "refers to itself or is far too large; write it out")
            return None
        if isinstance(node, MappingNode):
            return self._mapping(node, path, (*around, id(node)))
        if isinstance(node, SequenceNode):
            return [self._item(n, item, path, (*around, id(node))) for n, item in enumerate(node.value)]
        return None if node.tag == _NULL else str(node.value)

    def _item(self, number: int, node: Node, path: Path, around: tuple[int, ...]) -> object:
        return self.value(node, (*path, number), around)

    def _mapping(self, node: MappingNode, path: Path, around: tuple[int, ...]) -> dict[str, object]:
        content: dict[str, object] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self._source.faults.append(Fault(line, dotted(path), "a key must be a single word"))
                continue
            key = str(key_node.value)
            if key in content:
                self._source.faults.append(Fault(line, dotted((*path, key)), "is written twice; keep one"))
                continue
            self._source.lines[(*path, key)] = line
            content[key] = self.value(value_node, (*path, key), around)
        return content
