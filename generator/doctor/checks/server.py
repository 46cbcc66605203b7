"""Checks of ComfyUI as a server: up, new enough, private, and with this workflow's nodes."""

from __future__ import annotations

import ipaddress

from generator.comfy.catalogue import HOLES, OLDEST, OLDEST_SAFE, dotted, version_number
from generator.doctor.check import Check, Verdict, fail, ok, skip, warn
from generator.doctor.evidence import Evidence
from generator.doctor.wanted import Wanted

TAILNET = (ipaddress.ip_network("100.64.0.0/10"), ipaddress.ip_network("fd7a:115c:a1e0::/48"))
"""Where Tailscale's addresses lie."""
HUNGRY_FLAGS = ("--highvram", "--gpu-only")


def comfyui(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Does it answer on its port?"""
    server = evidence.server
    if server.answers:
        return ok(f"ComfyUI {server.version or '(no version)'} answers on port {server.port}")
    said = f"port {server.port}: " + (
        f"something listens, but is no ComfyUI: {server.said or 'no system in its answer'}"
        if server.listens_on
        else "nobody listens"
    )
    return fail(said, wanted.on_box("systemctl --user start breathing-room-comfyui"))


def version(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Is it past the known holes?"""
    del wanted
    said = evidence.server.version or evidence.install.text("version")
    if not said:
        return skip("no ComfyUI answers, and none was found on disk")
    number = version_number(said)
    if number is None:
        return warn(f"version {said!r} cannot be read", "breathe spark setup --run")
    if number >= OLDEST_SAFE:
        return ok(said)
    refused = f", and a render refuses what is before {dotted(OLDEST)}" if number < OLDEST else ""
    return fail(
        f"{said} is older than {dotted(OLDEST_SAFE)} ({HOLES}){refused}",
        "breathe spark setup --run",
    )


def listen(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Who can reach it?"""
    addresses = evidence.server.listens_on
    if not addresses:
        return skip("nobody listens")
    exposed = [address for address in addresses if not _is_private(address)]
    if not exposed:
        return ok(f"only on {', '.join(addresses)}")
    everyone = " (all interfaces)" if any(_is_any(address) for address in exposed) else ""
    return fail(
        f"listens on {', '.join(exposed)}{everyone}, and whoever reaches it may run anything",
        f"start it with --listen 127.0.0.1; Docker: -p 127.0.0.1:{wanted.port}:{wanted.port} "
        "(a plain -p goes round ufw); then: breathe spark tunnel",
    )


def cors(evidence: Evidence, wanted: Wanted) -> Verdict:
    """May a page of a foreign origin use it?"""
    del wanted
    server = evidence.server
    if not server.answers:
        return skip("no ComfyUI answers")
    if server.cors:
        return fail(
            f"it answers a foreign page with Access-Control-Allow-Origin: {server.cors}",
            "start it without --enable-cors-header",
        )
    return ok("a page of a foreign origin gets no leave")


def flags(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Was it started with flags that hurt here?"""
    del wanted
    server = evidence.server
    if not server.answers:
        return skip("no ComfyUI answers")
    hungry = [flag for flag in HUNGRY_FLAGS if flag in server.argv]
    if hungry and evidence.is_pool:
        return warn(f"started with {' '.join(hungry)}", "start it without them")
    if "--use-sage-attention" in server.argv:
        return warn("started with --use-sage-attention", "start it without: sdpa is the default")
    return ok(" ".join(server.argv[1:]) or "no flags")


def user(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Does it run as root?"""
    del wanted
    server = evidence.server
    if not server.pid:
        return skip("its process is not ours to see" if server.listens_on else "nobody listens")
    if server.user_id == 0:
        return warn(f"pid {server.pid} runs as root", "breathe spark setup --run (non-root)")
    return ok(f"pid {server.pid} runs as user {server.user_id}")


def secrets(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Are there tokens in its environment?"""
    del wanted
    server = evidence.server
    if not server.pid:
        return skip("its process is not ours to see" if server.listens_on else "nobody listens")
    if server.secrets:
        names = ", ".join(server.secrets)
        return warn(f"its environment holds {names}", f"start it without: env -u {names}")
    return ok("none by name")


def nodes(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Does the server have every node that the workflow needs?"""
    missing = evidence.server.nodes_missing
    if missing is None:
        return skip("no ComfyUI answers")
    if not missing:
        return ok(f"all {len(wanted.nodes)} classes of the workflow")
    packs = sorted({wanted.packs[name] for name in missing if name in wanted.packs})
    fix = f"install {', '.join(packs)}" if packs else "update ComfyUI"
    return fail(f"missing: {', '.join(missing)}", f"{fix}: breathe spark setup --run")


def _is_any(address: str) -> bool:
    return ipaddress.ip_address(address).is_unspecified


def _is_private(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    mapped = getattr(parsed, "ipv4_mapped", None) or parsed
    return mapped.is_loopback or any(
        mapped in net for net in TAILNET if net.version == mapped.version
    )


CHECKS = (
    Check(
        "comfyui",
        comfyui,
        "The render speaks to it.",
        "curl -s http://127.0.0.1:{port}/system_stats on the box answers",
    ),
    Check(
        "comfyui-version",
        version,
        "Older versions have published holes, and a server that runs workflows runs code.",
        f"comfyui shows {dotted(OLDEST_SAFE)} or later",
    ),
    Check(
        "comfyui-listen",
        listen,
        "ComfyUI asks nobody for a password: whoever reaches its port is trusted, and exposed "
        "servers get mined.",
        "ss -ltn shows 127.0.0.1 or a tailnet address alone",
    ),
    Check(
        "comfyui-cors",
        cors,
        "With it, any web page that you visit may use the server through your browser.",
        "curl -s -D- -o /dev/null -H 'Origin: https://x.invalid' "
        "http://127.0.0.1:{port}/system_stats shows no Access-Control-Allow-Origin",
    ),
    Check(
        "comfyui-flags",
        flags,
        "--highvram and --gpu-only keep copies in a pool that host and GPU share; SageAttention "
        "may corrupt video.",
        "comfyui-flags shows the new command line",
    ),
    Check(
        "comfyui-user",
        user,
        "Workflows and custom nodes run code: as root, on everything.",
        "ps -o user= -p PID shows another name",
    ),
    Check(
        "comfyui-secrets",
        secrets,
        "Custom nodes can read its environment; only names are looked at here, never values.",
        "comfyui-secrets shows none",
    ),
    Check(
        "nodes",
        nodes,
        "A prompt with an unknown class is refused.",
        "breathe render --dry-run names no missing node",
    ),
)
