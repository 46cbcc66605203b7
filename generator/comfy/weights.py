"""The model files of Wan 2.2: where they come from, how large they are, what a render needs.

    needed = of_workflow(json.loads(text), scene.wan.models)
    peak_bytes(needed, size_px=(1280, 704), frame_count=81)

Sources: the file list of Comfy-Org/Wan_2.2_ComfyUI_Repackaged on Hugging Face (sizes to three
digits; sha256 where its pointer was read), and the published architecture of Wan 2.2 A14B.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.comfy.editor import active_nodes
from generator.comfy.graph import basename, is_api, is_ui

REPOSITORY = "Comfy-Org/Wan_2.2_ComfyUI_Repackaged"
GB = 1e9

SUFFIXES = (".safetensors", ".gguf", ".ckpt", ".pth", ".pt", ".bin")
LATENT_STRIDE = (4, 8, 8)
"""Frames, height, width of the Wan 2.1 VAE."""
PATCH = (1, 2, 2)
"""Frames, height, width of one token among latents."""
WORKING_BYTES_PER_TOKEN = 2 * 93_600
"""Peak beyond the weights of a forward pass, for prompt and negative together; measured on the real
architecture at five sizes: docs/spark.md, "Memory"."""
OVERHEAD_BYTES = 6e9
"""Python, CUDA's context and libraries, the frames: a round allowance, not a measurement."""


@dataclass(frozen=True)
class ModelFile:
    """One file below ComfyUI's `models/`. `size_bytes` is to three digits; 0 is unknown."""

    name: str
    folder: str
    size_bytes: float = 0.0
    sha256: str = ""
    source: str = ""
    """Its path in REPOSITORY; "" when it is not from there."""


def _file(folder: str, name: str, size_gb: float, sha256: str = "") -> ModelFile:
    return ModelFile(name, folder, size_gb * GB, sha256, f"split_files/{folder}/{name}")


CATALOGUE: tuple[ModelFile, ...] = (
    _file(
        "diffusion_models",
        "wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors",
        14.3,
        "6122e79d55e0f235698d11d657f3b196c5273c830da00b2b013c5a048d5e6a42",
    ),
    _file(
        "diffusion_models",
        "wan2.2_i2v_low_noise_14B_fp8_scaled.safetensors",
        14.3,
        "5471a457b6ac404202a5fbe6c11595a3d5641fc766b00f38763f72303fffc21e",
    ),
    _file("diffusion_models", "wan2.2_i2v_high_noise_14B_fp16.safetensors", 28.6),
    _file("diffusion_models", "wan2.2_i2v_low_noise_14B_fp16.safetensors", 28.6),
    _file("text_encoders", "umt5_xxl_fp8_e4m3fn_scaled.safetensors", 6.74),
    _file("text_encoders", "umt5_xxl_fp16.safetensors", 11.4),
    _file("vae", "wan_2.1_vae.safetensors", 0.25),
    _file("loras", "wan2.2_i2v_lightx2v_4steps_lora_v1_high_noise.safetensors", 1.23),
    _file("loras", "wan2.2_i2v_lightx2v_4steps_lora_v1_low_noise.safetensors", 1.23),
)

LOADER_FOLDERS = {
    "UNETLoader": "diffusion_models",
    "UnetLoaderGGUF": "diffusion_models",
    "WanVideoModelLoader": "diffusion_models",
    "CLIPLoader": "text_encoders",
    "CLIPLoaderGGUF": "text_encoders",
    "LoadWanVideoT5TextEncoder": "text_encoders",
    "VAELoader": "vae",
    "WanVideoVAELoader": "vae",
    "CLIPVisionLoader": "clip_vision",
    "LoraLoaderModelOnly": "loras",
    "LoraLoader": "loras",
    "WanVideoLoraSelect": "loras",
}


def of_workflow(workflow: Any, chosen: Mapping[str, str]) -> tuple[ModelFile, ...]:
    """The model files that a workflow names, in API form or as the editor saves it.

    `chosen` is [wan] models: it replaces the file of a role.
    """
    found: dict[str, ModelFile] = {}
    for class_type, name in _named_files(workflow):
        folder = LOADER_FOLDERS.get(class_type, "diffusion_models")
        replaced = basename(chosen.get(_role(name, folder)) or name)
        known = next((file for file in CATALOGUE if file.name == replaced), None)
        found.setdefault(replaced, known or ModelFile(replaced, folder))
    return tuple(found.values())


def classes_of(workflow: Any) -> tuple[str, ...]:
    """The node classes that a workflow needs, sorted; what does not run is left out."""
    return tuple(sorted({class_type for class_type, _ in _nodes(workflow)}))


def token_count(size_px: tuple[int, int], frame_count: int) -> int:
    """Tokens of one clip: ((frames-1)/4 + 1) x (height/16) x (width/16)."""
    width, height = size_px
    latent_frames = (frame_count - 1) // LATENT_STRIDE[0] + 1
    return (
        (latent_frames // PATCH[0])
        * (height // (LATENT_STRIDE[1] * PATCH[1]))
        * (width // (LATENT_STRIDE[2] * PATCH[2]))
    )


def peak_bytes(files: tuple[ModelFile, ...], size_px: tuple[int, int], frame_count: int) -> float:
    """An upper estimate of the pool that a render takes: all weights, tokens, and an allowance.

    On unified memory weights that ComfyUI moves "to the CPU" stay in the same pool, so all count.
    """
    working = token_count(size_px, frame_count) * WORKING_BYTES_PER_TOKEN
    return sum(file.size_bytes for file in files) + working + OVERHEAD_BYTES


def shortage(
    files: tuple[ModelFile, ...], size_px: tuple[int, int], frame_count: int, free_gib: float
) -> str:
    """A word before hours of rendering end out of memory, or nothing; no reason to stop.

    `free_gib`: what the server has, 0 when it does not say.
    """
    need_gib = peak_bytes(files, size_px, frame_count) / 2**30
    if not free_gib or need_gib <= free_gib:
        return ""
    may_take = "may take" if all(file.size_bytes for file in files) else "takes at least"
    return (
        f"{may_take} {need_gib:.0f} GiB, and the server has {free_gib:.0f} free "
        "(what ComfyUI itself holds from an earlier render comes on top): "
        "breathe spark doctor names who holds the rest"
    )


def _role(name: str, folder: str) -> str:
    """The key of [wan] models for a file: high, low, text, vae, vision, lora_high, lora_low."""
    if folder in ("diffusion_models", "loras"):
        place = "low" if "low" in name.lower() else "high"
        return f"lora_{place}" if folder == "loras" else place
    return {"text_encoders": "text", "clip_vision": "vision"}.get(folder, folder)


def _nodes(workflow: Any) -> Iterator[tuple[str, Any]]:
    """(class, values) of every node that runs; nothing for what is no workflow."""
    if is_ui(workflow):
        for node in active_nodes(workflow):
            yield str(node.get("type")), node.get("widgets_values") or ()
        return
    inner = workflow.get("prompt", workflow) if isinstance(workflow, Mapping) else {}
    if is_api(inner):
        for node in inner.values():
            yield node["class_type"], node.get("inputs") or {}


def _named_files(workflow: Any) -> Iterator[tuple[str, str]]:
    for class_type, values in _nodes(workflow):
        for value in values.values() if isinstance(values, Mapping) else values:
            if isinstance(value, str) and value.lower().endswith(SUFFIXES):
                yield class_type, basename(value)
