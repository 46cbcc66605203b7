"""Single checks on evidence made by hand."""

from __future__ import annotations

import pytest

from generator.comfy.catalogue import OLDEST, OLDEST_SAFE, dotted
from generator.comfy.graph import Graph, Node
from generator.doctor.check import Verdict
from generator.doctor.checks import server
from generator.doctor.evidence import Evidence, Server
from generator.doctor.examination import CHECKS
from generator.doctor.wanted import Wanted, wanted_for
from generator.scene.model import Scene


def wanted(*classes: str, port: int = 8188) -> Wanted:
    """What a scene whose workflow has these nodes wants of a box."""
    graph = Graph({name: Node(name, {}, pack="a-novel-pack") for name in classes})
    return wanted_for(Scene(), "box", port, [graph])


@pytest.mark.parametrize(
    ("missing", "fix"),
    [
        (("WanVideoNAG",), "install ComfyUI-KJNodes: "),
        (("WanVideoNAG", "WanVideoSampler"), "install ComfyUI-KJNodes, ComfyUI-WanVideoWrapper: "),
        (("UnetLoaderGGUF",), "install ComfyUI-GGUF: "),
        (("NovelNode",), "install a-novel-pack: "),
    ],
)
def test_a_missing_node_names_the_one_pack_that_brings_it(
    missing: tuple[str, ...], fix: str
) -> None:
    """The same that a render names; of others, what the editor noted."""
    evidence = Evidence(server=Server(nodes_missing=missing))
    verdict = server.nodes(evidence, wanted(*missing))
    assert verdict.status == "fail" and verdict.fix.startswith(fix)
    assert server.nodes(evidence, wanted()).fix.startswith("update ComfyUI: ")


def version(said: str) -> Verdict:
    """The doctor on a server of that version."""
    return server.version(Evidence(server=Server(version=said)), wanted())


def test_a_version_that_a_render_refuses_is_told_apart_from_one_with_holes() -> None:
    """One table says both numbers."""
    assert version(dotted(OLDEST_SAFE)).status == "ok"
    assert version("v0.28.0-3-gabc").status == "ok"
    assert version(dotted(OLDEST)).status == version("0.3.40").status == "fail"
    refused = f"a render refuses what is before {dotted(OLDEST)}"
    assert refused in version("0.3.40").evidence
    assert refused not in version(dotted(OLDEST)).evidence
    assert version("nightly").status == "warn"


def test_the_proof_of_a_fix_names_the_scene_s_own_port() -> None:
    """A command to copy, not one to correct first."""
    asked = wanted(port=9000)
    findings = [check.finding(check.ask(Evidence(), asked), asked) for check in CHECKS]
    proofs = {finding.name: finding.verify for finding in findings}
    assert "http://127.0.0.1:9000/system_stats" in proofs["comfyui"]
    assert not any("8188" in proof or "{" in proof for proof in proofs.values())
