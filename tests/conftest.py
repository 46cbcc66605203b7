"""For all tests: what the run makes once, one ssh server a worker, and the markers.

Ctrl-C means Ctrl-C: whoever starts the tests in the background has them ignore SIGINT, and every
process that they start would ignore it too. With a handler here, children begin with the default.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bundle import build_bundle, build_demo_bundle
from tests.once import Once
from tests.server.drawn_room import make_drawn_room
from tests.small_room import make_built_room
from tests.sshd import Sshd

signal.signal(signal.SIGINT, signal.default_int_handler)

HERE = Path(__file__).parent
ENCODING = {"built_room", "baked_room"}
"""Fixtures behind which clips are encoded."""


def pytest_xdist_auto_num_workers() -> int:
    """Two a core: the tests wait for servers and browsers about half of their time."""
    return 2 * len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 4


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `make test-fast` leaves out, by folder, by import and by fixture."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.path.is_relative_to(HERE / "browser"):
            item.add_marker("browser")
        if "sshd" in fixtures or hasattr(getattr(item, "module", None), "Sshd"):
            item.add_marker("sshd")
        if fixtures & ENCODING:
            item.add_marker("encode")


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Makes a folder once for all workers of the run."""
    base = tmp_path_factory.getbasetemp()
    return Once((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "once")


@pytest.fixture(scope="session")
def bundle(once: Once) -> Path:
    """The project's own bundle, from its baked outputs."""
    return once(build_bundle)


@pytest.fixture(scope="session")
def demo_bundle(once: Once) -> Path:
    """The project's bundle with the demo newspaper beside the room."""
    return once(build_demo_bundle)


@pytest.fixture(scope="session")
def built_room(once: Once) -> Path:
    """A small room of still clips, built."""
    return once(make_built_room)


@pytest.fixture(scope="session")
def baked_room(once: Once) -> Path:
    """A drawn room of still clips, everything baked; whatever the repository has baked."""
    return once(make_drawn_room)


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """A login on this machine."""
    with Sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server
