"""Whether a clip that the author brought can be the master: whole, and of the room's shape."""

from __future__ import annotations

from generator.engine.stage import StageResult, StageRun
from generator.errors import AssetError
from generator.scene.model import ClipName, Scene
from generator.video.metadata import ProbedClip, probe

_FPS_TOLERANCE = 0.002
"""Accepts 23.976 for 24, as players do, and no other neighbouring rate."""
_JITTER_S = 0.0015
_SOUND_S = 0.25
"""So much longer than the pictures sound may be: audio frames and their padding."""
_HDR = ("smpte2084", "arib-std-b67")


def take_clip(run: StageRun, scene: Scene, clip: ClipName) -> StageResult:
    """The work of the backend `file`: refer to the clip where it lies.

    Raises AssetError for a clip that is damaged or of another shape, StageError without an ffmpeg.
    """
    settings = scene.clip(clip)
    ffmpeg = run.ports.require_ffmpeg(f"render:{clip}")
    path = run.inputs["master"]
    subject = f"scene.toml [clips.{clip}] file {settings.file}"
    if not path.is_file():
        raise AssetError(subject, got="no such file", expected="a video clip")
    probed = probe(ffmpeg, path, name=subject)
    _check(probed, subject, scene, clip)
    return StageResult(
        references={"master": settings.file},
        facts={
            "backend": "file",
            "frame_count": probed.frame_count,
            "fps": scene.room.fps,
            "size_px": list(probed.size_px),
        },
    )


def _check(probed: ProbedClip, subject: str, scene: Scene, clip: ClipName) -> None:
    """Raise AssetError unless the clip is whole and of the room's shape."""
    room, frames, settings_file = scene.room, scene.clip(clip).frames, scene.clip(clip).file
    if probed.frame_count < 2:
        raise AssetError(subject, got="a single picture", expected="two frames or more")
    if probed.complaints or probed.missing_s > (_SOUND_S if probed.has_sound else 0.5 / room.fps):
        raise AssetError(
            subject,
            got=f"a damaged file: {probed.frame_count} frames could be read, "
            f"{max(probed.missing_s, 0.0):.2f} s are missing",
            expected="a clip that decodes to its end",
            remedy="copy or render it again",
            detail=_first_and_last(probed.complaints),
        )
    if probed.size_px != tuple(room.size):
        raise AssetError(
            subject,
            got="{}x{} px".format(*probed.size_px),
            expected="{}x{} px, the room's size".format(*room.size),
            remedy=f"convert it: breathe add {clip} {settings_file}; or set [room] size = "
            "[{}, {}]".format(*probed.size_px),
        )
    slack = _FPS_TOLERANCE + _JITTER_S * probed.fps / (probed.frame_count - 1)
    if abs(probed.fps / room.fps - 1.0) > slack:
        raise AssetError(
            subject,
            got=f"{probed.fps:.3f} frames a second",
            expected=f"{room.fps}, the room's",
            remedy=f"set [room] fps = {round(probed.fps)}, or convert it: "
            f"breathe add {clip} {settings_file}",
        )
    if not probed.steady:
        raise AssetError(
            subject,
            got="frames of unequal length",
            expected="a constant frame rate",
            remedy=f"convert it: breathe add {clip} {settings_file}",
        )
    if frames and frames != probed.frame_count:
        raise AssetError(
            subject,
            got=f"{probed.frame_count} frames",
            expected=f"{frames}, as the scene says",
            remedy=f"write frames = {probed.frame_count}, or leave it out",
        )
    if probed.color.transfer in _HDR:
        raise AssetError(
            subject,
            got=f"an HDR clip ({probed.color.transfer})",
            expected="an SDR clip",
            remedy=f"tone-map it: breathe add {clip} {settings_file}",
        )


def _first_and_last(words: str) -> str:
    """The ends of a long list of complaints."""
    lines = words.splitlines()
    return "\n".join(lines if len(lines) <= 6 else [*lines[:3], "…", *lines[-2:]])
