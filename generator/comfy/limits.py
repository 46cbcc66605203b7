"""What Wan 2.2 can render: sizes in steps of 16, frame counts of the form 4n + 1, and the memory.

The model cuts what does not fit without a word, so we say what became of each number. A tighter
shot is cropped out of the hero, never asked for again in prose: pixels are continuity.

>>> fit_frames(176)
Fitted(value=177, note='176 frames are not 4n + 1: rendering 177')

Source of the strides: the published architecture of Wan 2.2 A14B.
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.comfy.catalogue import ModelFile
from generator.errors import SceneError
from generator.video.shots import Shot, check_crop, softness

LATENT_STRIDE = (4, 8, 8)
"""Frames, height, width of the Wan 2.1 VAE."""
PATCH = (1, 2, 2)
"""Frames, height, width of one token among latents."""
WORKING_BYTES_PER_TOKEN = 2 * 93_600
"""Peak beyond the weights of a forward pass, for prompt and negative together; measured on the real
architecture at five sizes: docs/spark.md, "Memory"."""
OVERHEAD_BYTES = 6e9
"""Python, CUDA's context and libraries, the frames: a round allowance, not a measurement."""
STEP_PX = LATENT_STRIDE[1] * PATCH[1]
"""Sizes are multiples of 16 px."""
DEFAULT_FRAMES = {"walkin": 177, "ambient": 65}
"""177 = 11.06 s at 16 fps, the story's walk-in. 65 = 8.0 s once it plays there and back."""
STRETCH_TOLERANCE = 0.005
"""Share by which a crop's shape may differ from the clip's before it is trimmed: half a percent
is under a pixel in most crops and cannot be seen."""


@dataclass(frozen=True)
class Fitted:
    """A number as it will be used; `note` says what became of the one asked for, or is empty."""

    value: int
    note: str


def fit_frames(asked: int) -> Fitted:
    """The nearest frame count of the form 4n + 1, the larger one when two are as near.

    A length of 10 silently becomes 9 in the model: its latent holds one frame and then fours.
    """
    lower = max(1, (asked - 1) // 4 * 4 + 1)
    value = lower if asked - lower < 2 or asked < 1 else lower + 4
    note = "" if value == asked else f"{asked} frames are not 4n + 1: rendering {value}"
    return Fitted(value, note)


def check_size(size: tuple[int, int]) -> None:
    """Refuse a clip size that the model would cut. Raises SceneError naming the nearest one."""
    nearest = tuple(max(STEP_PX, round(side / STEP_PX) * STEP_PX) for side in size)
    if nearest != size:
        raise SceneError(
            "scene.toml [room] size",
            got=f"{size[0]}x{size[1]}",
            expected=f"multiples of {STEP_PX}, since the video model cuts anything else",
            remedy=f"write size = [{nearest[0]}, {nearest[1]}]",
        )


@dataclass(frozen=True)
class Framing:
    """What part of the hero becomes the clip's first frame.

    `box`: x, y, width, height in px of the hero. `scale`: px of the clip per px of the hero; over
    1 is an enlargement. `notes`: what a person should know.
    """

    box: tuple[int, int, int, int]
    scale: float
    notes: tuple[str, ...]


def frame_hero(
    hero: tuple[int, int],
    size: tuple[int, int],
    crop: tuple[int, int, int, int] | None,
    *,
    clip: str,
) -> Framing:
    """Where to cut a `hero` of so many px for a clip of `size`, both (width, height).

    The box keeps the clip's shape: what sticks out of it is trimmed evenly and said. Raises
    SceneError for a crop that `check_crop` refuses.
    """
    x, y, width, height = box = crop or (0, 0, *hero)
    check_crop(box, hero, clip=clip)
    notes = []
    shape = size[0] / size[1]
    if abs(width / height / shape - 1) > STRETCH_TOLERANCE:
        kept_width = min(width, round(height * shape))
        kept_height = min(height, round(width / shape))
        x, y = x + (width - kept_width) // 2, y + (height - kept_height) // 2
        notes.append(
            f"{width}x{height} is not the shape of {size[0]}x{size[1]}: "
            f"trimmed to [{x}, {y}, {kept_width}, {kept_height}]"
        )
        width, height = kept_width, kept_height
    if note := softness(Shot(x, y, width, height), hero, size):
        notes.append(note)
    return Framing((x, y, width, height), size[0] / width, tuple(notes))


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
