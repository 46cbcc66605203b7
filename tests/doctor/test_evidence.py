"""The collector and the doctor mean the same fields."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from generator.doctor.evidence import Box, Evidence, Server, load_evidence
from generator.errors import RemoteError

RECORDED = json.loads(Path(__file__).with_name("recorded").joinpath("h200.json").read_text())


@pytest.mark.parametrize(
    ("kind", "raw"), [(Evidence, RECORDED), (Box, RECORDED["box"]), (Server, RECORDED["server"])]
)
def test_the_collector_sends_exactly_what_the_doctor_reads(
    kind: type[object], raw: dict[str, object]
) -> None:
    """Neither side has a field that the other does not know."""
    assert {field.name for field in dataclasses.fields(kind)} == set(raw)  # type: ignore[arg-type]


def test_what_an_older_collector_does_not_send_takes_its_default() -> None:
    """And what a newer one sends beside is left alone."""
    found = load_evidence({"schema": 1, "box": {"machine": "aarch64", "novel": 1}, "more": {}})
    assert found.box == Box(machine="aarch64")
    assert not found.has_cuda


@pytest.mark.parametrize("raw", [None, [], {}, {"schema": 2}, "text"])
def test_anything_else_is_refused(raw: object) -> None:
    """With a word on versions."""
    with pytest.raises(RemoteError, match="expected evidence of schema 1"):
        load_evidence(raw)
