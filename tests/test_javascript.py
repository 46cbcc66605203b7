"""The page's modules, under node's own runner, beside everything else."""

from __future__ import annotations

from tests import javascript


def test_the_javascript_tests_pass() -> None:
    done = javascript.run(capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
