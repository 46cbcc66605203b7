"""Who may talk to the dev server."""

from __future__ import annotations

import pytest

from generator.server.guard import is_foreign, refuse_origin, refuse_write

HOST = "127.0.0.1:8000"
GOOD = {
    "host": HOST,
    "origin": f"http://{HOST}",
    "x-breathe-token": "secret",
    "content-type": "application/json",
}


@pytest.mark.parametrize("host", [HOST, "localhost:8000", "LOCALHOST:8000", "[::1]:8000"])
def test_loopback_names_with_our_port_pass(host: str) -> None:
    assert not is_foreign(host, 8000)


@pytest.mark.parametrize(
    "host",
    ["", "127.0.0.1", "127.0.0.1:8001", "evil.example:8000", "127.0.0.1.evil.example:8000",
     "localhost.evil.example:8000", "127.0.0.1:8000@evil.example", "0.0.0.0:8000", "[::]:8000",
     "127.1:8000", "2130706433:8000", "localhost:8000 ", "localhost:8000,evil.example"],
)  # fmt: skip
def test_any_other_host_gets_nothing_at_all(host: str) -> None:
    assert is_foreign(host, 8000)


def test_a_write_from_our_own_page_passes() -> None:
    assert refuse_write(GOOD, token="secret") is None
    assert refuse_write({**GOOD, "content-type": "application/json; charset=utf-8"},
                        token="secret") is None  # fmt: skip


@pytest.mark.parametrize(
    "origin",
    [None, "null", "", "https://127.0.0.1:8000", "http://127.0.0.1:8001", "http://127.0.0.1",
     "http://evil.example", f"http://{HOST}.evil.example", f"http://{HOST}/", "file://"],
)  # fmt: skip
def test_another_origin_may_not_write_or_listen(origin: str | None) -> None:
    assert refuse_origin(origin, HOST) is not None


@pytest.mark.parametrize(
    "change",
    [
        {"x-breathe-token": ""},
        {"x-breathe-token": "Secret"},
        {"x-breathe-token": "sécret"},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": ""},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://evil.example"},
    ],
)
def test_each_missing_proof_refuses_a_write(change: dict[str, str]) -> None:
    assert refuse_write({**GOOD, **change}, token="secret") is not None
