"""What the video model is told: a camera, never a walker, between two bookends.

Describing someone who walks makes the model draw someone who walks. So a walk-in is written as the
movement of camera equipment, and the first and the last sentence both say that nobody is there.
Negatives are ours followed by the model's own Chinese default, which it was tuned against.

>>> compose("ambient", prompt="Curtains stir.").positive.startswith(OPENING)
True
"""

from __future__ import annotations

from generator.comfy.patch import Prompts
from generator.scene.model import AMBIENT, WALKIN

OPENING = "Empty room, no people visible anywhere."
"""The first thing the model reads."""
CLOSING = (
    "The view is purely from the camera, no body, no arms, no hands, "
    "no person ever appears in frame."
)
"""The last thing it reads."""

_ROOM = "Photoreal cinematic 1990s teenager's bedroom in late afternoon light."
_DEFAULTS = {
    WALKIN: (
        f"{_ROOM} Smooth forward camera dolly from the doorway to the desk, the camera itself "
        "glides forward at human eye level on a gimbal, 3 slow gentle dips on the way, and settles "
        "in front of the computer monitor. A disembodied camera lens. White sheer curtains stir "
        "in the breeze, dust motes hang in the golden sunbeam. The computer, desk, floppy disks "
        "and poster stay exactly as they are. The monitor screen stays dark."
    ),
    AMBIENT: (
        f"{_ROOM} Subtle ambient motion only: white sheer curtains gently billowing in a soft "
        "breeze and falling back again. Green leaves outside the window softly swaying to and fro. "
        "Tiny dust motes drifting slowly through the golden sunbeam. Everything else in the room "
        "is completely still, the computer, monitor, desk, floppy disks and poster all static. "
        "The monitor screen stays dark. No camera motion, locked-off tripod shot."
    ),
}

OUR_NEGATIVE = (
    "person, people, human, man, woman, child, body, arms, hands, legs, feet, shoulders, "
    "back of head, third person, character, figure, silhouette, reflection of a person"
)
_EXTRA_NEGATIVE = {
    WALKIN: "camera shake, jump cut, text on the screen",
    AMBIENT: "camera motion, zoom, pan, dolly, flicker, text on the screen",
}

MODEL_NEGATIVE = (
    "色调艳丽，过曝，静态，细节模糊不清，字幕，风格，作品，画作，画面，静止，整体发灰，最差质量，"
    "低质量，JPEG压缩残留，丑陋的，残缺的，多余的手指，画得不好的手部，画得不好的脸部，畸形的，"
    "毁容的，形态畸形的肢体，手指融合，静止不动的画面，杂乱的背景，三条腿，背景人很多，倒着走"
)
"""Wan's `sample_neg_prompt`, byte for byte (137 characters): the phrases that it was tuned on.

Source: Wan-Video/Wan2.2, wan/configs/shared_config.py.
"""


def compose(clip: str, *, prompt: str = "", negative: str = "") -> Prompts:
    """The texts for the clip called `clip`; what is left empty is filled with our own words.

    The bookends are added where they are missing. `negative` stands before the model's own, which
    stays whole; an author who repeats the model's negative does not get it twice.
    """
    body = prompt.strip() or _DEFAULTS[clip]
    if not body.startswith(OPENING):
        body = f"{OPENING} {body}"
    if not body.endswith(CLOSING):
        body = f"{body} {CLOSING}"
    ours = negative.replace(MODEL_NEGATIVE, "").strip(" ,，\n") or (
        f"{OUR_NEGATIVE}, {_EXTRA_NEGATIVE[clip]}"
    )
    return Prompts(positive=body, negative=f"{ours}, {MODEL_NEGATIVE}")
