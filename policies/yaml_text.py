"""YAML text into plain data and the lines it stands on, whatever somebody put into the file.

Every repeated key is a fault, not only the first; anchors, depth and size have limits. Must never fail otherwise than
by Faulty, and must never build anything but mappings, lists, texts, numbers, truth values and dates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import ComposerError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from policies.fault import Fault, Faulty, Key, say_key

MOST_BYTES = 256 * 1024
"""About 8,000 lines. A whole promise takes 150."""
MOST_VALUES = 20_000
"""Values after every anchor was written out."""
MOST_DEPTH = 30
_TAG = "tag:yaml.org,2002:"
_SCALARS = {_TAG + name for name in ("str", "int", "float", "bool", "null", "timestamp", "merge")}
_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_DIRECTIVE = re.compile(r"(?:[ \t]*(?:#[^\r\n]*)?\r?\n)*(?=%)")

_PILE = re.compile(r"(?:[-?:] ){60}")
_BRACKET = re.compile(r"[\[{\]}]")


@dataclass
class Parsed:
    """The data, the nodes that know its lines, and what was wrong without making it unreadable."""

    data: dict[Any, Any]
    node: Node
    faults: list[Fault] = field(default_factory=list)
    spoilt: set[tuple[object, ...]] = field(default_factory=set)
    """Keys whose value could not be read: told already."""


def too_big(file: str, size: int) -> Faulty:
    """The refusal of a file of `size` bytes."""
    message = f"has {size:,} bytes, the limit is {MOST_BYTES:,}; is it a policy? take out what does not belong here"
    return Faulty([Fault(file, 0, "", message)])


def parse(text: str, file: str) -> Parsed:
    """Raises Faulty for text that is not YAML, not one mapping, or larger than anybody needs."""
    text = text.removeprefix("\ufeff")
    if len(text) > MOST_BYTES:
        raise too_big(file, len(text))
    if found := _NOT_TEXT.search(text):
        line = text.count("\n", 0, found.start()) + 1
        message = f"holds U+{ord(found[0]):04X}, which is no text; is it a binary file? save it as UTF-8 text"
        raise Faulty([Fault(file, line, "", message)])
    if found := _DIRECTIVE.match(text):
        line = text.count("\n", 0, found.end()) + 1
        message = "take this line away: other versions of YAML read 'no' and '9:00' as something else"
        raise Faulty([Fault(file, line, "", message)])
    if line := _too_deep(text):
        raise Faulty([Fault(file, line, "", f"is nested deeper than {MOST_DEPTH} levels; write it flat")])
    root = _composed(text, file)
    if not isinstance(root, MappingNode):
        what = "empty" if root is None else "a list" if isinstance(root, SequenceNode) else "a single value"
        raise Faulty([Fault(file, 1, "", f"must be a mapping of keys to values; it is {what}")])
    reader = _Reader(file)
    reader.measure(root, 0, ())
    data = reader.mapping(root, ())
    return Parsed(data, root, reader.faults, reader.spoilt)


def _too_deep(text: str) -> int:
    """The line where brackets or dashes pile up, or 0. TRAP: the parser needs hours for what this sees at once."""
    depth = 0
    for found in _BRACKET.finditer(text):
        depth += 1 if found[0] in "[{" else -1
        if depth > 3 * MOST_DEPTH:
            return text.count("\n", 0, found.start()) + 1
    pile = _PILE.search(text)
    return text.count("\n", 0, pile.start()) + 1 if pile else 0


def _composed(text: str, file: str) -> Node | None:
    yaml = YAML(typ="safe", pure=True)
    yaml.composer.warn_double_anchors = False  # an anchor may be given anew: the nearest one counts
    try:
        root: Node | None = yaml.compose(text)
        return root
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Faulty([Fault(file, mark.line + 1 if mark else 0, "", _advice(error))]) from error
    except RecursionError as error:
        raise Faulty([Fault(file, 0, "", f"is nested deeper than {MOST_DEPTH} levels; write it flat")]) from error
    except (YAMLError, ValueError) as error:
        raise Faulty([Fault(file, 0, "", f"not valid YAML: {' '.join(str(error).split())}")]) from error


def _advice(error: MarkedYAMLError) -> str:
    problem = str(error.problem or error.context)
    if "'\\t'" in problem:
        return "a tab; indent with spaces"
    if isinstance(error, ComposerError) and "another document" in problem:
        return "a second document begins ('---'); write each into a file of its own"
    if isinstance(error, ComposerError) and "alias" in problem:
        return f"not valid YAML: {problem}; anchors ('&name') must stand before they are used ('*name')"
    return f"not valid YAML: {problem}"


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []
        self.spoilt: set[tuple[object, ...]] = set()
        self._measured: dict[int, tuple[int, int]] = {}

    def fault(self, node: Node, key: Key, message: str) -> None:
        self.faults.append(Fault(self.file, line_of(node), say_key(key), message))

    def measure(self, node: Node, depth: int, around: tuple[int, ...]) -> tuple[int, int]:
        """Values and levels below `node` with every alias written out, each node looked at once.

        Raises Faulty past a limit.
        """
        if id(node) in around:
            raise self.refusal(node, f"the anchor '&{node.anchor}' contains itself; write it out")
        if id(node) not in self._measured and depth <= MOST_DEPTH:
            below = [self.measure(child, depth + 1, (*around, id(node))) for child in _children(node)]
            self._measured[id(node)] = 1 + sum(n for n, _ in below), 1 + max((high for _, high in below), default=0)
        total, height = self._measured.get(id(node), (1, 1))
        if depth + height > MOST_DEPTH + 1:
            raise self.refusal(node, f"is nested deeper than {MOST_DEPTH} levels; write it flat")
        if total > MOST_VALUES:
            raise self.refusal(node, f"holds more than {MOST_VALUES:,} values, anchors written out; write fewer")
        return total, height

    def refusal(self, node: Node, message: str) -> Faulty:
        return Faulty([Fault(self.file, line_of(node), "", message)])

    def value(self, node: Node, key: tuple[object, ...]) -> Any:
        if isinstance(node, MappingNode) and node.tag == _TAG + "map":
            return self.mapping(node, key)
        if isinstance(node, SequenceNode) and node.tag == _TAG + "seq":
            return [self.value(item, (*key, n)) for n, item in enumerate(node.value)]
        if isinstance(node, ScalarNode) and node.tag in _SCALARS:
            return _scalar(node)
        self.spoilt.add(key)
        self.fault(node, key, f"the tag '{_short(node.tag)}' is not for policies; take it away")
        return None

    def mapping(self, node: MappingNode, key: tuple[object, ...]) -> dict[Any, Any]:
        content: dict[Any, Any] = {}
        first: dict[Any, int] = {}
        merged: list[Node] = []
        for name_node, value_node in node.value:
            if name_node.tag == _TAG + "merge":
                merged += value_node.value if isinstance(value_node, SequenceNode) else [value_node]
                continue
            if not isinstance(name_node, ScalarNode) or name_node.tag not in _SCALARS:
                self.fault(name_node, key, "a key must be a single word, not a list or a mapping")
                continue
            name = _scalar(name_node)
            if name in first:
                message = f"'{name}' stands here again, first in line {first[name]}; keep one"
                self.fault(name_node, (*key, name), message)
                continue
            first[name] = line_of(name_node)
            content[name] = self.value(value_node, (*key, name))
        for other in merged:
            content = {**self._merged(other, key), **content}
        return content

    def _merged(self, node: Node, key: tuple[object, ...]) -> dict[Any, Any]:
        if isinstance(node, MappingNode):
            return _Reader(self.file).mapping(node, key)  # its faults are told where the anchor stands
        self.fault(node, key, "'<<' takes over a mapping ('<<: *name'); this is none")
        return {}


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []


def _scalar(node: ScalarNode) -> Any:
    """The value; what only looks like a number or a date (30 February) stays text."""
    if node.tag == _TAG + "str":
        return str(node.value)
    try:
        return YAML(typ="safe", pure=True).constructor.construct_object(node)
    except (YAMLError, ValueError, OverflowError):
        return str(node.value)


def _short(tag: object) -> str:
    return str(tag).replace(_TAG, "!!")


def line_of(node: Node) -> int:
    return int(node.start_mark.line) + 1


def line_at(root: Node, key: Key) -> int:
    """The line of a key or list item, or of the nearest thing around it that was written."""
    node, line = root, line_of(root)
    for part in key:
        found = _step(node, part)
        if found is None:
            break
        line, node = found
    return line


def _step(node: Node, part: object) -> tuple[int, Node] | None:
    if isinstance(node, SequenceNode):
        items = node.value
        return (line_of(items[part]), items[part]) if isinstance(part, int) and part < len(items) else None
    if not isinstance(node, MappingNode):
        return None
    for name, value in node.value:
        if (
            isinstance(name, ScalarNode)
            and name.tag != _TAG + "merge"
            and str(part) in (str(_scalar(name)), repr(_scalar(name)))
        ):
            return line_of(name), value
    return _step_merged(node, part)


def _step_merged(node: MappingNode, part: object) -> tuple[int, Node] | None:
    for name, value in node.value:
        if name.tag == _TAG + "merge":
            for source in value.value if isinstance(value, SequenceNode) else [value]:
                if found := _step(source, part):
                    return found
    return None
