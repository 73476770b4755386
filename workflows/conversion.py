"""How payloads are read and written: pydantic, and never a dropped signal.

The SDK drops a signal whose payload does not decode, with a log line. Here it arrives as `Undecodable`, so that the
ticket can say so on its time line. Must be the converter of every client, worker and replayer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter, pydantic_data_converter
from temporalio.converter import CompositePayloadConverter, DefaultPayloadConverter, JSONPlainPayloadConverter

_JSON = PydanticJSONPlainPayloadConverter()
"""Shared: each workflow makes a converter of its own, and building the readers of its types took 13 ms a ticket."""


@dataclass(frozen=True)
class Undecodable:
    """A payload that could not be read."""

    encoding: str


class TolerantConverter(CompositePayloadConverter):
    """Reads what it can; what nobody asked a type of and cannot be read becomes `Undecodable`."""

    def __init__(self) -> None:
        usual = DefaultPayloadConverter.default_encoding_payload_converters
        super().__init__(*(_JSON if isinstance(one, JSONPlainPayloadConverter) else one for one in usual))

    def from_payloads(self, payloads: Sequence[Payload], type_hints: list[type] | None = None) -> list[Any]:
        """Typed input still fails loudly."""
        return [self._read(payload, _hint(type_hints, index)) for index, payload in enumerate(payloads)]

    def _read(self, payload: Payload, hint: Any) -> Any:
        try:
            return super().from_payloads([payload], None if hint is None else [hint])[0]
        except Exception:
            if hint not in (None, Any):
                raise
            return Undecodable(payload.metadata.get("encoding", b"").decode(errors="replace"))


def _hint(hints: list[type] | None, index: int) -> Any:
    return hints[index] if hints is not None and index < len(hints) else None


DATA_CONVERTER = replace(pydantic_data_converter, payload_converter_class=TolerantConverter)
