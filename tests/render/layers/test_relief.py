"""A depth map in place of the box."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from generator.artifacts.camera import Camera
from generator.artifacts.decode import read
from generator.errors import AssetError
from generator.render import stage as render
from generator.render.layers.box import box_nearness, box_of
from generator.render.layers.relief import flat_under, look_up, read_relief, scaled
from generator.render.layers.walk import Walk
from generator.scene.model import WALKIN, Box, Scene
from generator.track.known import known_maps
from tests.clips import read_frames, run_stage, write_picture
from tests.render.layers.drawn_hero import HERO_PX, SIZE_PX, draw_hero
from tests.render.layers.test_walk import BOX, CROP, VASE, layer, scene_of_walk, walk

GRID = np.stack(np.meshgrid(np.arange(HERO_PX[0]), np.arange(HERO_PX[1])), axis=-1) + 0.5


def true_relief() -> NDArray[np.float32]:
    """The nearness of the box itself."""
    box = box_of(np.array(BOX.wall) * HERO_PX, np.array(BOX.eye) * HERO_PX)
    return box_nearness(box, GRID).astype(np.float32)


def save(path: Path, relief: NDArray[np.float32]) -> Path:
    low, high = float(relief.min()), float(relief.max())
    cv2.imwrite(str(path), np.round((relief - low) / (high - low) * 65535).astype(np.uint16))
    return path


def test_a_map_of_the_box_shows_what_the_box_shows() -> None:
    from generator.render.layers.solids import Solid
    from generator.render.layers.view import seen

    way: Walk = walk()
    room = Solid(way.box.planes, inside=True, area=None)
    for frame in (0, 15, 25, 44):
        look = way.look(frame)
        part = seen(room, look, SIZE_PX)
        assert part is not None
        x, y, _ = look_up(true_relief(), look, SIZE_PX)
        inner = np.s_[8:-8, 8:-8]
        off = np.hypot(x - part.places.x, y - part.places.y)[inner]
        assert np.percentile(off, 95) < 1.0, f"frame {frame}"


def test_a_maps_scale_and_offset_are_fitted_to_the_box(tmp_path: Path) -> None:
    truth = true_relief()
    path = save(tmp_path / "depth.png", truth)
    found = read_relief(path, "depth.png", HERO_PX, HERO_PX)
    box = box_of(np.array(BOX.wall) * HERO_PX, np.array(BOX.eye) * HERO_PX)
    everywhere = np.ones(truth.shape, np.bool_)
    fitted = scaled(found, box, everywhere, "depth.png")
    assert np.percentile(np.abs(fitted / truth - 1), 90) < 0.05
    with pytest.raises(AssetError, match="darker where the room's box is nearer"):
        scaled(1.0 - found, box, everywhere, "depth.png")


def test_the_map_is_a_plane_where_the_screen_is() -> None:
    rough = true_relief() + np.random.default_rng(3).normal(0, 0.02, GRID.shape[:2])
    quad = np.array([[120.0, 60.0], [190.0, 62.0], [188.0, 110.0], [122.0, 108.0]])
    flat, plane = flat_under(rough.astype(np.float32), quad)
    for x, y in quad.astype(int):
        assert flat[y, x] == pytest.approx(plane @ [x + 0.5, y + 0.5, 1.0], abs=1e-3)


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (None, "no such file"),
        (np.full((192, 320, 3), 9, np.uint8), "3 channels"),
        (np.zeros((100, 100), np.uint16), "100x100 px; expected the proportions"),
        (np.full((192, 320), 7, np.uint16), "one depth all over"),
    ],
)
def test_what_is_no_depth_map_of_the_hero(
    picture: NDArray[np.uint16] | None, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "depth.png"
    if picture is not None:
        cv2.imwrite(str(path), picture)
    with pytest.raises(AssetError, match=words):
        read_relief(path, "depth.png", HERO_PX, HERO_PX)


@pytest.mark.parametrize("box", [BOX, None])
def test_a_walk_by_a_depth_map(box: Box | None, tmp_path: Path) -> None:
    """It begins on the hero, ends on the shot, and the rows are known."""
    scene: Scene = scene_of_walk(layer("front", VASE), frames=10)
    scene = replace(
        scene,
        room=replace(scene.room, box=box),
        walkin=replace(scene.walkin, depth="depth.png"),
    )
    write_picture(tmp_path / "hero.png", draw_hero())
    inputs = {
        "hero": tmp_path / "hero.png",
        "depth": save(tmp_path / "depth.png", true_relief()),
    }
    _, folder, _ = run_stage(render.stage(scene, WALKIN), tmp_path, inputs)
    frames = read_frames(folder / "master.mp4", SIZE_PX)
    hero = draw_hero().astype(float).reshape(SIZE_PX[1], 2, SIZE_PX[0], 2, 3).mean(axis=(1, 3))
    assert np.abs(frames[0] - hero).mean() < 3.0
    camera = read(Camera, folder / "camera.json")
    corners = np.array(scene.screen.corners)
    maps = known_maps(camera, camera, 0, corners)
    left, top, width, height = CROP
    there = maps[-1] @ [*corners[0], 1.0]
    expected = (corners[0] * HERO_PX - (left, top)) / (width, height)
    np.testing.assert_allclose(there[:2] / there[2], expected, atol=1e-6)
