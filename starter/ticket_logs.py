"""Logs of past tickets on disk, read line by line: JSONL or a table (CSV), plain or gzipped.

Every fault of the file itself is told at once; a line that cannot be read is left to whoever counts it. Must never hold
a whole log in memory.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from policies.suggestion import did_you_mean
from policies.ticket_log import BadRecord, LogMap, Past, last_instant, read_line, read_row
from policies.written import read_model, read_yaml
from starter.answering import Unfit

Line = str | Mapping[str, str]
TABLES = (".csv", ".csv.gz")


@dataclass(frozen=True)
class TicketLog:
    """A file with the map of its words and the zone of instants without an offset."""

    path: Path
    rules: LogMap
    zone: str

    @property
    def table(self) -> bool:
        return self.path.name.lower().endswith(TABLES)

    def past(self, line: Line) -> Past:
        """Raises BadRecord."""
        if isinstance(line, str):
            return read_line(line, self.rules, self.zone)
        return read_row(line, self.rules, self.zone)

    def lines(self) -> Iterator[tuple[int, Line]]:
        """Number and content of every line that is not empty. Raises Unfit."""
        with _opened(self.path) as stream:
            yield from _rows(stream, self) if self.table else _texts(stream, self.path)

    def span(self) -> tuple[int, int]:
        """How many lines there are and the last instant that one of them names. Raises Unfit."""
        count = last = 0
        for _, line in self.lines():
            count += 1
            last = max(last, self._last(line))
        if not count:
            raise Unfit([f"{self.path} is empty; name a log with a ticket on each line"])
        return count, last

    def _last(self, line: Line) -> int:
        if isinstance(line, str):
            return last_instant(line, self.rules, self.zone)
        try:
            return self.past(line).last
        except BadRecord:
            return 0


def read_map(path: Path | None) -> LogMap:
    """The map in a YAML or JSON file, or the one for `ticket-history/1`. Raises Unfit or Faulty."""
    if path is None:
        return LogMap()
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise Unfit([f"{path}: {error.strerror}; name a YAML or JSON file with the map of the log"]) from None
    except UnicodeDecodeError:
        raise Unfit([f"{path} is not UTF-8 text; write the map as YAML or JSON"]) from None
    return read_model(read_yaml(text, path.name), LogMap)


def open_log(path: Path, rules: LogMap, zone: str) -> TicketLog:
    """Raises Unfit for a file that is not there and for a map that does not fit it."""
    if not path.is_file():
        raise Unfit([f"{path}: no such file; name a log as .jsonl, .jsonl.gz, .csv or .csv.gz"])
    log = TicketLog(path, rules, zone)
    if log.table and not rules.events:
        raise Unfit(
            [f"{path} is a table; name its columns in a map: --map FILE (see docs/how-to/back-test-a-policy.md)"]
        )
    return log


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """As text; bytes that are not UTF-8 are replaced, since names may be anything."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        if packed:
            with gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="") as stream:
                yield stream
        else:
            with path.open(encoding="utf-8-sig", errors="replace", newline="") as plain:
                yield plain
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Unfit([f"{path} is cut off or damaged ({error}); copy it again, or unpack what is left of it"]) from None
    except OSError as error:
        raise Unfit([f"{path}: {error.strerror or error}; name a file that can be read"]) from None


def _texts(stream: TextIO, path: Path) -> Iterator[tuple[int, Line]]:
    for number, text in enumerate(stream, 1):
        if text.strip():
            yield number, text


def _rows(stream: TextIO, log: TicketLog) -> Iterator[tuple[int, Line]]:
    reader = csv.DictReader(stream, restkey="")
    try:
        missing = [] if reader.fieldnames is None else list(_missing(reader.fieldnames, log.rules))
        if missing:
            raise Unfit([f"{log.path}: {fault}" for fault in missing])
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise Unfit([f"{log.path}:{reader.line_num}  not a table: {error}"]) from None


def _missing(header: Iterable[str], rules: LogMap) -> Iterator[str]:
    """Columns that the map names and the table does not have."""
    known = list(header)
    wanted = {"id": rules.id, "opened_at": rules.opened_at}
    wanted |= {f"events[{index}].column": event.column for index, event in enumerate(rules.events)}
    if "facts" in rules.model_fields_set:
        wanted |= {f"facts.{fact}": column for fact, column in rules.facts.items()}
    for name, rule in (("tier", rules.tier), ("urgency", rules.urgency)):
        if rule.source and not rule.otherwise:
            wanted[f"{name}.from"] = rule.source
    for key, column in wanted.items():
        if column not in known:
            yield f"no column '{column}', which the map names under {key}{did_you_mean(column, known)}"
