"""Rows of a camera that we moved: held against the pictures, and against the camera itself."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from generator.engine.ports import Ports
from generator.engine.stage import StageRun
from generator.errors import SceneError, TrackError
from generator.render import stage as render
from generator.render.push_in import clip_shot
from generator.scene.load import parse_scene
from generator.scene.model import AMBIENT, WALKIN, Box, Clip, Layer, Room, Scene, Screen, Track
from generator.track import stage as track
from generator.video.ffmpeg import FfmpegBinary
from tests.clips import read_frames, run_stage, write_picture

HERO_PX, SIZE = (640, 384), (320, 192)
CROP = (200, 120, 240, 144)
SPOTS = ((300, 170), (370, 168), (372, 222), (302, 226))
"""Four bright spots on the hero, px, order TL TR BR BL: the corners of a screen."""
BOX = Box(wall=((0.15, 0.1), (0.85, 0.1), (0.85, 0.7), (0.15, 0.7)), eye=(0.5, 0.42))
TABLE = Layer(
    name="table",
    motion="front",
    shape=((0.40, 0.36), (0.66, 0.36), (0.66, 0.86), (0.40, 0.86)),
    anchor=((0.40, 0.86), (0.66, 0.86)),
)


def hero() -> NDArray[np.uint8]:
    y, x = np.mgrid[: HERO_PX[1], : HERO_PX[0]] + 0.5
    light = sum(np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * 2.5**2)) for cx, cy in SPOTS)
    return np.rint(np.repeat(40 + 190 * light[..., None], 3, axis=2)).astype(np.uint8)


def scene_of(backend: str, *layers: Layer, clip: str = AMBIENT, frame: int = 0) -> Scene:
    left, top, width, height = CROP
    corners = tuple(((x - left) / width, (y - top) / height) for x, y in SPOTS)
    scene = Scene(
        room=Room(hero="hero.png", size=SIZE, box=BOX),
        walkin=Clip(render=backend, frames=17),
        ambient=Clip(render=backend, frames=12, crop=CROP, loop="none"),
        layers=layers,
        track=Track(),
    )
    glass = tuple((x + dx, y + dy) for (x, y), (dx, dy) in zip(
        corners, ((-0.05, -0.05), (0.05, -0.05), (0.05, 0.05), (-0.05, 0.05)), strict=True
    ))  # fmt: skip
    return replace(
        scene,
        screen=Screen(clip=clip, frame=frame, corners=corners, glass=glass),  # type: ignore[arg-type]
    )


def baked(scene: Scene, folder: Path) -> dict[str, dict[str, Path]]:
    """Both clips rendered: clip → its outputs."""
    write_picture(folder / "hero.png", hero())
    outputs = {}
    for clip in (WALKIN, AMBIENT):
        result, out, _ = run_stage(render.stage(scene, clip), folder, {"hero": folder / "hero.png"})
        outputs[clip] = {label: out / name for label, name in result.files.items()}
    return outputs


def rows(scene: Scene, clip: str, outputs: dict[str, dict[str, Path]], out: Path) -> NDArray:
    """(n, 4, 2) px."""
    picked = scene.screen.clip
    inputs = {
        "master": outputs[clip]["master"],
        "camera": outputs[clip]["camera"],
        "picked": outputs[picked]["camera"],
        "anchor": outputs[picked]["master"],
    }
    out.mkdir()
    stage = track.stage(scene, clip)  # type: ignore[arg-type]
    stage.execute(
        StageRun(root=out, out_dir=out, inputs=inputs, ports=Ports(ffmpeg=FfmpegBinary()))
    )
    told = json.loads((out / "track.json").read_text(encoding="utf-8"))
    assert json.loads((out / "report.json").read_text(encoding="utf-8"))["method"] == "known"
    return np.array(told["corners"]).reshape(-1, 4, 2) * SIZE


def seen_at(picture: NDArray[np.uint8], near: NDArray) -> NDArray:
    """The centroid of the bright spot near a place, px."""
    reach = 9
    left, top = (round(float(value)) - reach for value in near)
    patch = picture[max(0, top) : top + 2 * reach, max(0, left) : left + 2 * reach, 1]
    weight = np.clip(patch.astype(float) - 60.0, 0.0, None)
    y, x = np.mgrid[: patch.shape[0], : patch.shape[1]] + 0.5
    middle = np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum()
    return middle + np.array([max(0, left), max(0, top)])


@pytest.mark.parametrize("backend", ["still", "layers"])
@pytest.mark.parametrize("clip", [WALKIN, AMBIENT])
def test_the_rows_lie_where_the_film_shows_the_screen(
    backend: str, clip: str, tmp_path: Path
) -> None:
    """Also where what carries it stands before the wall, and though nobody looked for it."""
    layers = (TABLE,) if backend == "layers" else ()
    scene = scene_of(backend, *layers)
    outputs = baked(scene, tmp_path)
    found = rows(scene, clip, outputs, tmp_path / "track")
    frames = read_frames(outputs[clip]["master"], SIZE)
    assert len(found) == len(frames)
    off = [
        np.abs(seen_at(picture, corner) - corner).max()
        for picture, row in zip(frames, found, strict=True)
        for corner in row
        if (corner > 9).all() and (corner < np.array(SIZE) - 9).all()
    ]
    assert len(off) > 30
    assert max(off) < 0.25, "a centroid of a spot that grows, in eight bits"
    assert np.mean(off) < 0.08


@pytest.mark.parametrize("backend", ["still", "layers"])
def test_they_are_exact_where_the_shot_is_known_by_heart(backend: str, tmp_path: Path) -> None:
    """The walk-in begins on the whole still and ends on the ambient clip's shot."""
    scene = scene_of(backend, *((TABLE,) if backend == "layers" else ()))
    outputs = baked(scene, tmp_path)
    found = rows(scene, WALKIN, outputs, tmp_path / "track")
    for frame, clip in ((0, WALKIN), (-1, AMBIENT)):
        shot = clip_shot(scene, clip, HERO_PX)  # type: ignore[arg-type]
        truth = (np.array(SPOTS) - (shot.x, shot.y)) * (SIZE[0] / shot.width)
        np.testing.assert_allclose(found[frame], truth, atol=0.01)


def test_corners_picked_on_the_walk_lead_to_the_same_rows(tmp_path: Path) -> None:
    scene = scene_of("layers", TABLE)
    outputs = baked(scene, tmp_path)
    from_seat = rows(scene, WALKIN, outputs, tmp_path / "one")
    picked = tuple(map(tuple, (from_seat[9] / SIZE).tolist()))
    there = replace(scene, screen=replace(scene.screen, clip=WALKIN, frame=9, corners=picked))
    from_walk = rows(there, WALKIN, outputs, tmp_path / "two")
    np.testing.assert_allclose(from_walk, from_seat, atol=0.05)
    seat = rows(there, AMBIENT, outputs, tmp_path / "three")
    np.testing.assert_allclose(seat[0], from_seat[-1], atol=0.05)


def test_a_sway_is_followed(tmp_path: Path) -> None:
    scene = scene_of("layers", TABLE)
    scene = replace(scene, ambient=replace(scene.ambient, sway_px=4.0))
    outputs = baked(scene, tmp_path)
    found = rows(scene, AMBIENT, outputs, tmp_path / "track")
    assert np.ptp(found, axis=0).max() > 3.0
    frames = read_frames(outputs[AMBIENT]["master"], SIZE)
    off = [
        np.abs(seen_at(picture, corner) - corner).max()
        for picture, row in zip(frames, found, strict=True)
        for corner in row
    ]
    assert max(off) < 0.2


def test_a_frame_that_the_clip_has_not_is_refused(tmp_path: Path) -> None:
    scene = scene_of("layers", frame=99)
    outputs = baked(scene, tmp_path)
    with pytest.raises(TrackError, match=r"\[screen\] frame: got 99 of a clip with 12 frames"):
        rows(scene, AMBIENT, outputs, tmp_path / "track")


def test_known_is_asked_for_in_vain_where_somebody_else_moved_the_camera() -> None:
    clips = '[clips.walkin]\nrender = "wan"\n[clips.ambient]\nrender = "still"\n'
    with pytest.raises(SceneError) as caught:
        parse_scene(f'schema = 1\n{clips}[track]\nmethod = "known"\n')
    assert caught.value.exit_code == 2
    for words in ("[track] method", '[clips.walkin] has render = "wan"', 'method = "dense"'):
        assert words in str(caught.value)
    ours = clips.replace("wan", "layers")
    assert parse_scene(f'schema = 1\n{ours}[track]\nmethod = "known"\n').track.method == "known"


def test_a_clip_whose_corners_lie_on_another_ones_film_is_tracked() -> None:
    """What we did not move has to be looked at."""
    scene = scene_of("still")
    brought = replace(scene, ambient=replace(scene.ambient, render="file", file="a.mkv"))
    for clip, method in ((WALKIN, "dense"), (AMBIENT, "dense")):
        assert track.track_request(brought, clip).method == method  # type: ignore[arg-type]
    assert track.track_request(scene, WALKIN).method == "known"
