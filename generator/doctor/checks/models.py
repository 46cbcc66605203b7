"""Checks of the model files: there, whole, offered by the server, and the right ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from generator.comfy.catalogue import GB, ModelFile
from generator.comfy.graph import basename
from generator.doctor.check import Check, Verdict, fail, ok, skip
from generator.doctor.evidence import Evidence
from generator.doctor.wanted import Wanted

SETUP = "breathe spark setup --run --only models"


def weighed(evidence: Evidence, models: tuple[ModelFile, ...]) -> tuple[ModelFile, ...]:
    """The models, those of unknown size with the size of the file on the box."""
    found = _found(evidence)
    return tuple(
        model
        if model.size_bytes
        else replace(model, size_bytes=float(found.get(model.name, {}).get("size_bytes") or 0))
        for model in models
    )


def present(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Is each file there?"""
    if not evidence.weights.ok:
        return skip(f"not looked for: {evidence.weights.error}")
    found = _found(evidence)
    missing = [file for file in wanted.models if not found.get(file.name, {}).get("path")]
    if not missing:
        return ok(f"all {len(wanted.models)} files of the workflow")
    places = evidence.weights.data.get("places") or ["?"]
    names = ", ".join(f"{file.folder}/{file.name}" for file in missing)
    return fail(f"missing under {places[0]}: {names}", SETUP)


def whole(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Is each file as long as its own header says?"""
    del wanted
    found = [model for model in _found(evidence).values() if model.get("path")]
    if not found:
        return skip("no model file is there")
    broken = [_lengths(model) for model in found if _is_broken(model)]
    if broken:
        return fail("; ".join(broken), SETUP)
    return ok(f"{len(found)} files end where their headers say")


def listed(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Does the server offer each file that is on disk?"""
    if not evidence.server.answers:
        return skip("no ComfyUI answers")
    found = _found(evidence)
    offers = evidence.server.listed
    unseen = [
        file.name
        for file in wanted.models
        if found.get(file.name, {}).get("path")
        and isinstance(offers.get(file.folder), list)
        and file.name not in {basename(name) for name in offers[file.folder]}
    ]
    if not unseen:
        return ok("the server offers every file that is there")
    return fail(
        f"on disk, but not offered: {', '.join(unseen)}",
        "put them into the models folder of the ComfyUI that runs, or into its "
        "extra_model_paths.yaml",
    )


def hashes(evidence: Evidence, wanted: Wanted) -> Verdict:
    """Is each file the one that was published?"""
    found = _found(evidence)
    checked = {f.name: f for f in wanted.models if f.sha256 and found.get(f.name, {}).get("sha256")}
    if not checked:
        return skip("no sha256 was read: it takes about a minute; ask with --deep")
    wrong = [name for name, file in checked.items() if found[name]["sha256"] != file.sha256]
    if wrong:
        return fail(
            f"another sha256 than published: {', '.join(wrong)}", f"remove them, then {SETUP}"
        )
    unknown = len(wanted.models) - len(checked)
    tail = f"; of {unknown} more no published sha256 is on record" if unknown else ""
    return ok(f"{', '.join(checked)} as published{tail}")


def _found(evidence: Evidence) -> dict[str, Mapping[str, Any]]:
    return {model["name"]: model for model in evidence.weights.data.get("models", ())}


def _is_broken(model: Mapping[str, Any]) -> bool:
    promised = model.get("promised_bytes")
    return promised is not None and promised != model.get("size_bytes")


def _lengths(model: Mapping[str, Any]) -> str:
    promised = model["promised_bytes"]
    if not promised:
        return f"{model['name']} has no readable header ({model['size_bytes']} bytes)"
    return (
        f"{model['name']} is {model['size_bytes'] / GB:.3g} GB ({model['size_bytes']} bytes) of "
        f"{promised}: truncated"
        if model["size_bytes"] < promised
        else f"{model['name']} is {model['size_bytes'] - promised} bytes too long"
    )


CHECKS = (
    Check(
        "models",
        present,
        "A prompt that names a file which is not there is refused.",
        "models shows all files",
    ),
    Check(
        "models-whole",
        whole,
        "A truncated download loads up to the missing tensor and dies, minutes into a render.",
        "models-whole shows all files",
    ),
    Check(
        "models-listed",
        listed,
        "The server compares names letter by letter, and looks only into its own folders.",
        "breathe render --dry-run names no missing model",
    ),
    Check(
        "models-sha256",
        hashes,
        "A file of the right length may still be another model.",
        "breathe spark doctor --deep shows them as published",
    ),
)
