"""The test server against the real one: the same questions, the same kind of answers.

`BREATHE_COMFY_URL=http://127.0.0.1:8188 pytest tests/comfy/test_wire.py` asks a real
ComfyUI (its queue must be empty; tiny models in the official layout are enough) as well.
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import generator.comfy
from tests.comfy_server import ComfyDouble, wait_until
from tests.wan_project import WanProject

WORKFLOW = Path(generator.comfy.__file__).parent / "workflows/native-i2v.json"


@pytest.fixture(params=["double", "real"], scope="module")
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server's address."""
    if request.param == "double":
        with ComfyDouble() as double:
            yield double.url
    elif not os.environ.get("BREATHE_COMFY_URL"):
        pytest.skip("BREATHE_COMFY_URL names no real server")
    else:
        yield os.environ["BREATHE_COMFY_URL"]


def ask(url: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    """Status and JSON (or bytes) of one request."""
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data=data, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            status, raw = reply.status, reply.read()
    except urllib.error.HTTPError as exc:
        with exc:
            status, raw = exc.code, exc.read()
    try:
        return status, json.loads(raw)
    except ValueError:
        return status, raw


def upload(url: str, name: str, data: bytes) -> str:
    """POST /upload/image as a browser does; the name that it got."""
    mark = uuid.uuid4().hex
    head = f'Content-Disposition: form-data; name="image"; filename="{name}"'
    body = f"--{mark}\r\n{head}\r\nContent-Type: image/png\r\n\r\n".encode()
    request = urllib.request.Request(
        f"{url}/upload/image",
        data=body + data + f"\r\n--{mark}--\r\n".encode(),
        headers={"Content-Type": f"multipart/form-data; boundary={mark}"},
    )
    with urllib.request.urlopen(request, timeout=60) as reply:
        return str(json.loads(reply.read())["name"])


@pytest.fixture
def graph(url: str, tmp_path: Path) -> dict[str, Any]:
    """Our own workflow at its smallest, with a still that is there."""
    project = WanProject.at(tmp_path, url)
    name = upload(url, f"{uuid.uuid4().hex}.png", (project.root / "hero.png").read_bytes())
    nodes: dict[str, Any] = json.loads(WORKFLOW.read_text(encoding="utf-8"))
    nodes["hero"]["inputs"]["image"] = name
    nodes["start"]["inputs"].update(width=64, height=64, length=5)
    nodes["save"]["inputs"]["filename_prefix"] = f"breathe/{uuid.uuid4().hex}"
    for stage in ("high", "low"):
        nodes[stage]["inputs"].update(steps=2, cfg=1.0)
    nodes["high"]["inputs"]["end_at_step"] = nodes["low"]["inputs"]["start_at_step"] = 1
    return nodes


def finished(url: str, prompt_id: str) -> dict[str, Any]:
    """The history entry of a job, waited for."""
    found: dict[str, Any] = {}

    def there() -> bool:
        found.update(ask(f"{url}/history/{prompt_id}")[1])
        return prompt_id in found

    wait_until(there, patience_s=300)
    entry: dict[str, Any] = found[prompt_id]
    return entry


def test_what_a_server_says_of_itself(url: str) -> None:
    """Version, memory, devices."""
    stats = ask(f"{url}/system_stats")[1]
    assert stats["system"]["comfyui_version"] and stats["devices"][0]["name"]


def test_node_descriptions(url: str) -> None:
    """Required inputs, and both spellings of a choice; an unknown class is an empty 200."""
    info = ask(f"{url}/object_info")[1]
    assert isinstance(info["VAELoader"]["input"]["required"]["vae_name"][0], list)
    assert info["SaveVideo"]["input"]["required"]["codec"][0] == "COMBO"
    assert info["SaveVideo"]["output_node"] and not info["VAELoader"]["output_node"]
    assert ask(f"{url}/object_info/NoSuchNode") == (200, {})


def test_a_job_from_submission_to_file(url: str, graph: dict[str, Any]) -> None:
    """An id, a history with the graph in it, a file by ranges; the same again comes from cache."""
    status, answer = ask(f"{url}/prompt", {"prompt": graph, "client_id": "wire"})
    assert status == 200 and answer["node_errors"] == {}
    entry = finished(url, answer["prompt_id"])
    assert entry["status"]["status_str"] == "success" and entry["status"]["completed"]
    assert entry["prompt"][1] == answer["prompt_id"]
    assert entry["prompt"][2]["save"]["inputs"] == graph["save"]["inputs"]
    (item,) = entry["outputs"]["save"]["images"]
    assert item["subfolder"] == "breathe" and item["filename"].endswith("_00001_.mp4")
    view = f"{url}/view?{urllib.parse.urlencode(item)}"
    whole = ask(view)[1]
    status, rest = ask(view, headers={"Range": "bytes=100-"})
    assert (status, rest) == (206, whole[100:])
    again = finished(
        url, ask(f"{url}/prompt", {"prompt": graph, "client_id": "wire"})[1]["prompt_id"]
    )
    assert again["outputs"]["save"]["images"] == [item]
    kinds = [message[0] for message in again["status"]["messages"]]
    assert kinds[0] == "execution_start" and "execution_cached" in kinds


@pytest.mark.parametrize(
    ("node", "name", "value", "kind"),
    [
        ("vae", "vae_name", "nope.safetensors", "value_not_in_list"),
        ("hero", "image", "nope.png", "custom_validation_failed"),
        ("high", "steps", 0, "value_smaller_than_min"),
    ],
)
def test_refusals_name_the_node(
    url: str, graph: dict[str, Any], node: str, name: str, value: Any, kind: str
) -> None:
    """400, with the errors by node."""
    graph[node]["inputs"][name] = value
    status, answer = ask(f"{url}/prompt", {"prompt": graph})
    assert status == 400 and answer["error"]["type"] == "prompt_outputs_failed_validation"
    assert answer["node_errors"][node]["errors"][0]["type"] == kind


def test_an_unknown_class(url: str, graph: dict[str, Any]) -> None:
    """400 with the class in the message."""
    graph["vae"]["class_type"] = "NoSuchNode"
    status, answer = ask(f"{url}/prompt", {"prompt": graph})
    assert status == 400 and answer["error"]["type"] == "invalid_prompt"
    assert "NoSuchNode" in answer["error"]["message"]


def test_unknown_jobs_and_files(url: str) -> None:
    """Empty, and 404; names that lead out of a folder are refused."""
    assert ask(f"{url}/history/no-such-job") == (200, {})
    assert ask(f"{url}/view?filename=nope.mp4&type=output")[0] == 404
    assert ask(f"{url}/view?filename=../x&type=output")[0] == 400
    assert ask(f"{url}/view?filename=x.mp4&type=output&subfolder=../")[0] == 403


def test_a_name_that_is_taken_by_other_bytes_is_numbered(url: str) -> None:
    """The same bytes keep their name."""
    name = f"{uuid.uuid4().hex}.png"
    assert [upload(url, name, data) for data in (b"one", b"one", b"two")] == [
        name,
        name,
        name.replace(".png", " (1).png"),
    ]


def test_a_foreign_origin_is_forbidden(url: str) -> None:
    """403, as for a page of another site."""
    assert ask(f"{url}/queue", headers={"Origin": "http://evil.example"})[0] == 403
