"""The one table of ComfyUI: nodes, models, their roles and folders, packs, versions.

    SAMPLERS["KSampler"].seed            # "seed": the input of that class that holds the seed
    ROLES["lora_low"]                    # "loras": the folder of that role's file
    pack_of("VHS_VideoCombine")          # "ComfyUI-VideoHelperSuite"

The render, the doctor and the setup all read it here; what a graph makes of it is in `roles`.

Sources: `/object_info` of live servers (0.3.64 and 0.33.0, with the packs below installed); the
file list of Comfy-Org/Wan_2.2_ComfyUI_Repackaged on Hugging Face (sizes to three digits; sha256
where its pointer was read).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

# -- versions ------------------------------------------------------------------------------------

OLDEST = (0, 3, 56)
"""Older servers cancel whatever runs when asked to cancel our job: the render refuses them."""
OLDEST_SAFE = (0, 28, 0)
"""Older servers have the holes below, open to whoever reaches the port."""
HOLES = "CVE-2026-56670 to 56674: path traversal, script injection, forged requests"
OLDEST_CLI = "1.20"
"""Of comfy-cli; the extra `wan` of pyproject.toml asks for the same."""


def version_number(text: str) -> tuple[int, int, int] | None:
    """The number in a version such as `v0.28.0-3-gabc`; None when there is none."""
    found = re.match(r"v?(\d+)\.(\d+)(?:\.(\d+))?", text)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None


def dotted(number: tuple[int, ...]) -> str:
    """A version number as people write it."""
    return ".".join(map(str, number))


# -- models --------------------------------------------------------------------------------------

ROLES: Mapping[str, str] = {
    "high": "diffusion_models",
    "low": "diffusion_models",
    "text": "text_encoders",
    "vae": "vae",
    "lora_high": "loras",
    "lora_low": "loras",
    "vision": "clip_vision",
}
"""The keys of `[wan] models` → the folder below ComfyUI's `models/` where the file lies. Where two
share a folder, the links of the graph tell which is which (`roles.model_role`)."""

REPOSITORY = "Comfy-Org/Wan_2.2_ComfyUI_Repackaged"
SUFFIXES = (".safetensors", ".gguf", ".ckpt", ".pth", ".pt", ".bin")
GB = 1e9


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
    name = f"{name}.safetensors"
    return ModelFile(name, folder, size_gb * GB, sha256, f"split_files/{folder}/{name}")


FILES: tuple[ModelFile, ...] = (
    _file(
        "diffusion_models",
        "wan2.2_i2v_high_noise_14B_fp8_scaled",
        14.3,
        "6122e79d55e0f235698d11d657f3b196c5273c830da00b2b013c5a048d5e6a42",
    ),
    _file(
        "diffusion_models",
        "wan2.2_i2v_low_noise_14B_fp8_scaled",
        14.3,
        "5471a457b6ac404202a5fbe6c11595a3d5641fc766b00f38763f72303fffc21e",
    ),
    _file("diffusion_models", "wan2.2_i2v_high_noise_14B_fp16", 28.6),
    _file("diffusion_models", "wan2.2_i2v_low_noise_14B_fp16", 28.6),
    _file("text_encoders", "umt5_xxl_fp8_e4m3fn_scaled", 6.74),
    _file("text_encoders", "umt5_xxl_fp16", 11.4),
    _file("vae", "wan_2.1_vae", 0.25),
    _file("loras", "wan2.2_i2v_lightx2v_4steps_lora_v1_high_noise", 1.23),
    _file("loras", "wan2.2_i2v_lightx2v_4steps_lora_v1_low_noise", 1.23),
)


def model_file(name: str, folder: str) -> ModelFile:
    """The published file of that name; one of unknown size in `folder` when it is none of them."""
    return next((file for file in FILES if file.name == name), ModelFile(name, folder))


# -- nodes ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sampler:
    """How one class of sampler calls its inputs; empty where it has none.

    `models`: each input that takes a model, with the stage that it is for where one sampler runs
    both (`high`, `low`); "" where the order of the samplers tells.
    """

    seed: str
    steps: str = "steps"
    cfg: tuple[str, ...] = ("cfg",)
    models: tuple[tuple[str, str], ...] = (("model", ""),)
    shift: str = ""
    start: str = ""
    end: str = ""
    positive: str = "positive"
    negative: str = "negative"


@dataclass(frozen=True)
class Loader:
    """A class that loads model files: the inputs that name them, and the folder they lie in.

    A file that `[wan] models` names replaces that of the first input.
    """

    inputs: tuple[str, ...]
    folder: str


@dataclass(frozen=True)
class NodeClass:
    """One class of node: which of its inputs plays which part; empty where none does.

    `prefix`: the saved file's name. `texts`: of the positive and of the negative prompt.
    `compiles`: the input that comes out again compiled, and goes straight through without it.
    `silences`: between a prompt and its sampler it throws the prompt away.
    """

    sampler: Sampler | None = None
    loader: Loader | None = None
    seed: str = ""
    prefix: str = ""
    fps: str = ""
    length: str = ""
    shift: str = ""
    texts: tuple[str, str] | None = None
    compiles: str = ""
    silences: bool = False


def _loads(folder: str, *inputs: str) -> NodeClass:
    return NodeClass(loader=Loader(inputs, folder))


def _samples(seed: str, *, steps: str = "steps", staged: bool = False) -> NodeClass:
    """ComfyUI's own samplers; `staged`: one that runs a part of the steps."""
    start, end = ("start_at_step", "end_at_step") if staged else ("", "")
    return NodeClass(sampler=Sampler(seed, steps=steps, start=start, end=end))


def _samples_both(seed: str) -> NodeClass:
    """Samplers that change the model at a boundary by themselves."""
    models = (("model_high_noise", "high"), ("model_low_noise", "low"))
    cfg = ("cfg_high_noise", "cfg_low_noise")
    return NodeClass(sampler=Sampler(seed, cfg=cfg, models=models, shift="sigma_shift"))


NODES: Mapping[str, NodeClass] = {
    "KSampler": _samples("seed"),
    "KSamplerAdvanced": _samples("noise_seed", staged=True),
    "SamplerCustom": _samples("noise_seed", steps=""),
    "WanVideoSampler": NodeClass(
        sampler=Sampler(
            "seed",
            shift="shift",
            start="start_step",
            end="end_step",
            positive="text_embeds",
            negative="text_embeds",
        )
    ),
    "WanMoeKSampler": _samples_both("seed"),
    "WanMoeKSamplerAdvanced": _samples_both("noise_seed"),
    "RandomNoise": NodeClass(seed="noise_seed"),
    "ModelSamplingSD3": NodeClass(shift="shift"),
    "SaveVideo": NodeClass(prefix="filename_prefix"),
    "VHS_VideoCombine": NodeClass(prefix="filename_prefix", fps="frame_rate"),
    "SaveWEBM": NodeClass(prefix="filename_prefix", fps="fps"),
    "CreateVideo": NodeClass(fps="fps"),
    "WanImageToVideo": NodeClass(length="length"),
    "WanFirstLastFrameToVideo": NodeClass(length="length"),
    "WanFunInpaintToVideo": NodeClass(length="length"),
    "Wan22ImageToVideoLatent": NodeClass(length="length"),
    "WanVideoImageToVideoEncode": NodeClass(length="num_frames"),
    "CLIPTextEncode": NodeClass(texts=("text", "text")),
    "WanVideoTextEncode": NodeClass(texts=("positive_prompt", "negative_prompt")),
    "ConditioningZeroOut": NodeClass(silences=True),
    "TorchCompileModel": NodeClass(compiles="model"),
    "TorchCompileModelWanVideo": NodeClass(compiles="model"),
    "TorchCompileModelWanVideoV2": NodeClass(compiles="model"),
    "TorchCompileVAE": NodeClass(compiles="vae"),
    "UNETLoader": _loads("diffusion_models", "unet_name"),
    "UnetLoaderGGUF": _loads("diffusion_models", "unet_name"),
    "UnetLoaderGGUFAdvanced": _loads("diffusion_models", "unet_name"),
    "DiffusionModelLoaderKJ": _loads("diffusion_models", "model_name"),
    "WanVideoModelLoader": _loads("diffusion_models", "model"),
    "CLIPLoader": _loads("text_encoders", "clip_name"),
    "CLIPLoaderGGUF": _loads("text_encoders", "clip_name"),
    "LoadWanVideoT5TextEncoder": _loads("text_encoders", "model_name"),
    "VAELoader": _loads("vae", "vae_name"),
    "VAELoaderKJ": _loads("vae", "vae_name"),
    "WanVideoVAELoader": _loads("vae", "model_name"),
    "CLIPVisionLoader": _loads("clip_vision", "clip_name"),
    "LoraLoader": _loads("loras", "lora_name"),
    "LoraLoaderModelOnly": _loads("loras", "lora_name"),
    "WanVideoLoraSelect": _loads("loras", "lora"),
    "WanVideoLoraSelectMulti": _loads("loras", *(f"lora_{k}" for k in range(5))),
    "Lora Loader Stack (rgthree)": _loads("loras", *(f"lora_0{k}" for k in range(1, 5))),
}
NO_FILE = ("none", "None")
"""How loaders with several places call an empty one."""
SIZED = ("width", "height")
"""What the nodes with a `length` call the clip's size."""
COMPILE_INPUT = "compile_args"
"""An input of loaders that has the model compiled."""
CONSTANTS = ("value", "string", "text", "int", "float", "number")
"""Where nodes like INTConstant, PrimitiveInt or PrimitiveString keep what they hand on."""
SWITCHES = {"ComfySwitchNode": ("switch", "on_false", "on_true")}
"""Nodes that hand on one of two inputs: the input that decides, and what it decides between."""


def _inputs(of: Callable[[NodeClass], str]) -> Mapping[str, str]:
    return {name: of(node) for name, node in NODES.items() if of(node)}


SAMPLERS = {name: node.sampler for name, node in NODES.items() if node.sampler}
LOADERS = {name: node.loader for name, node in NODES.items() if node.loader}
TEXTS = {name: node.texts for name, node in NODES.items() if node.texts}
SEEDS = _inputs(lambda node: node.seed)
SAVERS = _inputs(lambda node: node.prefix)
FPS = _inputs(lambda node: node.fps)
LENGTH = _inputs(lambda node: node.length)
SHIFT = _inputs(lambda node: node.shift)
COMPILERS = _inputs(lambda node: node.compiles)
SILENCERS = frozenset(name for name, node in NODES.items() if node.silences)

_EDITOR_ONLY = (
    "Note",
    "MarkdownNote",
    "Reroute",
    "PrimitiveNode",
    "SetNode",
    "GetNode",
    "Label (rgthree)",
    "Bookmark (rgthree)",
    "Fast * (rgthree)",
    "Mute / Bypass * (rgthree)",
    "Node Collector (rgthree)",
    "Random Unmuter (rgthree)",
    "Reroute (rgthree)",
    "PlaySound*",
    "* Everywhere*",
)
_OWN_MODELS = "* VFI"
"""Interpolators: their pack fetches their models itself, into a folder of its own."""

_PACKS = (
    ("WanVideoNAG", "ComfyUI-KJNodes"),
    ("WanVideoTeaCacheKJ", "ComfyUI-KJNodes"),
    ("WanVideoEnhanceAVideoKJ", "ComfyUI-KJNodes"),
    ("WanVideoMemoryEfficientSageAttentionPatch", "ComfyUI-KJNodes"),
    ("*KJ", "ComfyUI-KJNodes"),
    ("*KJv2", "ComfyUI-KJNodes"),
    ("INTConstant", "ComfyUI-KJNodes"),
    ("FloatConstant", "ComfyUI-KJNodes"),
    ("StringConstant*", "ComfyUI-KJNodes"),
    ("GetImageSizeAndCount", "ComfyUI-KJNodes"),
    ("TorchCompileModelWanVideo*", "ComfyUI-KJNodes"),
    ("TorchCompileVAE", "ComfyUI-KJNodes"),
    ("WanVideo*", "ComfyUI-WanVideoWrapper"),
    ("LoadWanVideo*", "ComfyUI-WanVideoWrapper"),
    ("CreateCFGSchedule*", "ComfyUI-WanVideoWrapper"),
    ("VHS_*", "ComfyUI-VideoHelperSuite"),
    ("*LoaderGGUF*", "ComfyUI-GGUF"),
    ("WanMoeKSampler*", "ComfyUI-WanMoeKSampler"),
    ("* (rgthree)", "rgthree-comfy"),
    ("* VFI", "ComfyUI-Frame-Interpolation"),
)
"""Where the custom nodes of known Wan workflows come from; the first pattern that fits counts."""


def pack_of(class_type: str, noted: str = "") -> str:
    """The pack of custom nodes that brings a class, as far as is known; "" for ComfyUI's own.

    `noted`: what the editor noted beside the node, for packs that the table does not know.
    """
    spelled = {pack.lower(): pack for _, pack in _PACKS}.get(noted.lower(), noted)
    return next((pack for form, pack in _PACKS if fnmatchcase(class_type, form)), spelled)


def is_editor_only(class_type: str) -> bool:
    """Whether nodes of this class live in the editor alone and never reach the server."""
    return any(fnmatchcase(class_type, form) for form in _EDITOR_ONLY)


def brings_its_models(class_type: str) -> bool:
    """Whether what nodes of this class load is fetched by their pack and is not ours to want."""
    return fnmatchcase(class_type, _OWN_MODELS)
