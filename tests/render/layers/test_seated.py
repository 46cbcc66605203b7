"""The ambient clip of layers: it moves inside what is drawn, nowhere else, and closes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from generator.errors import AssetError, SceneError
from generator.render import stage as render
from generator.render.layers.film import coded
from generator.render.layers.seated import sway_at
from generator.scene.model import AMBIENT, Layer, Wind
from tests.clips import read_frames, run_stage, write_picture
from tests.render.layers.drawn_hero import (
    GLASS,
    HERO_PX,
    SIZE_PX,
    SQUARE,
    draw_hero,
    frames_of,
    layer,
    opened,
    scene_with,
)

MOTIONS = ("curtain", "foliage", "light", "dust", "lamp", "steam")


def inside(shape: tuple[tuple[float, float], ...] = SQUARE) -> NDArray[np.bool_]:
    """The px of a frame that an upright rectangle touches."""
    (left, top), _, (right, bottom), _ = shape
    width, height = SIZE_PX
    mask = np.zeros((height, width), np.bool_)
    rows = slice(int(top * height), int(np.ceil(bottom * height)))
    mask[rows, int(left * width) : int(np.ceil(right * width))] = True
    return mask


@pytest.mark.parametrize("motion", MOTIONS)
def test_a_layer_moves_inside_its_shape_and_not_one_px_outside_it(
    motion: str, tmp_path: Path
) -> None:
    frames = frames_of(scene_with(layer(motion)), tmp_path)
    coded_frames = np.stack(
        [np.frombuffer(coded(frame), "<u2").reshape(*frame.shape) for frame in frames]
    )
    changes = (coded_frames != coded_frames[0]).any(axis=(0, 3))
    assert not changes[~inside()].any()
    assert changes[inside()].mean() > 0.05
    swing = np.ptp(frames, axis=0)[inside()].max()
    assert swing > 2.0, "to be seen, it changes by more than a level or two"


@pytest.mark.parametrize("motion", MOTIONS)
def test_the_frame_after_the_last_is_the_first(motion: str, tmp_path: Path) -> None:
    from generator.render.layers.seated import Seated

    scene = scene_with(layer(motion))
    room = opened(scene, tmp_path)
    from generator.render.push_in import clip_shot

    seated = Seated(room, room.shot(clip_shot(scene, AMBIENT, room.hero_px)), SIZE_PX)
    np.testing.assert_allclose(seated.frame(1.0), seated.frame(0.0), atol=0.01)


@pytest.mark.parametrize("motion", MOTIONS)
def test_the_seam_is_no_larger_than_the_median_step(motion: str, tmp_path: Path) -> None:
    """The wind is begun where it is calmest."""
    frames = frames_of(scene_with(layer(motion), frames=48), tmp_path)
    steps = np.abs(np.roll(frames, -1, axis=0) - frames).mean(axis=(1, 2, 3))
    assert steps[-1] <= 1.001 * np.median(steps[:-1])


def test_the_same_scene_gives_the_same_bytes(tmp_path: Path) -> None:
    scene = scene_with(*(layer(motion) for motion in MOTIONS), frames=6)
    write_picture(tmp_path / "hero.png", draw_hero())
    stage = render.stage(scene, AMBIENT)
    masters = []
    for name in ("one", "two"):
        root = tmp_path / name
        root.mkdir()
        _, folder, _ = run_stage(stage, root, {"hero": tmp_path / "hero.png"})
        masters.append((folder / "master.mp4").read_bytes())
    assert masters[0] == masters[1]


def test_the_master_has_the_rooms_size_and_what_stands_still_stays_the_same_to_the_bit(
    tmp_path: Path,
) -> None:
    """Also once it is encoded."""
    scene = scene_with(layer("foliage"))
    write_picture(tmp_path / "hero.png", draw_hero())
    result, folder, _ = run_stage(
        render.stage(scene, AMBIENT), tmp_path, {"hero": tmp_path / "hero.png"}
    )
    frames = read_frames(folder / "master.mp4", SIZE_PX)
    assert frames.shape == (24, SIZE_PX[1], SIZE_PX[0], 3)
    assert result.facts["frame_count"] == 24
    # Blocks of sixteen px and chroma of two: look well away from the leaves.
    assert (frames[:, :, :40] == frames[0, :, :40]).all()


def test_at_rest_the_picture_is_the_hero(tmp_path: Path) -> None:
    frames = frames_of(scene_with(layer("foliage", strength=0.0), frames=2), tmp_path)
    hero = draw_hero().astype(np.float32)
    half = hero.reshape(SIZE_PX[1], 2, SIZE_PX[0], 2, 3).mean(axis=(1, 3))
    assert np.abs(frames[1] - half).mean() < 2.0


def test_strength_and_wind_scale_the_motion(tmp_path: Path) -> None:
    def swing(strength: float, wind: float) -> float:
        scene = replace(scene_with(layer("foliage", strength=strength)), wind=Wind(strength=wind))
        return float(np.abs(np.diff(frames_of(scene, tmp_path), axis=0)).mean())

    assert swing(1.0, 0.0) == 0.0
    assert swing(2.0, 1.0) > 1.4 * swing(1.0, 1.0) > 0
    assert swing(1.0, 2.0) > 1.4 * swing(1.0, 1.0)


def test_a_curtain_hangs_still_at_its_rod_and_swings_at_its_hem(tmp_path: Path) -> None:
    frames = frames_of(scene_with(layer("curtain", anchor=SQUARE[:2]), frames=48), tmp_path)
    motion = np.abs(np.diff(frames, axis=0)).mean(axis=(0, 3))
    rows = np.flatnonzero(inside().any(axis=1))
    columns = np.flatnonzero(inside().any(axis=0))
    high = motion[rows[:6]][:, columns].mean()
    low = motion[rows[-16:-6]][:, columns].mean()
    assert low > 4 * high


def test_what_stands_before_a_curtain_does_not_move_with_it(tmp_path: Path) -> None:
    vase = ((0.5, 0.5), (0.6, 0.5), (0.6, 0.75), (0.5, 0.75))
    scene = scene_with(layer("curtain"), layer("front", vase))
    frames = frames_of(scene, tmp_path)
    core = inside(((0.51, 0.52), (0.59, 0.52), (0.59, 0.74), (0.51, 0.74)))
    assert (frames[:, core] == frames[0, core]).all()
    assert np.ptp(frames, axis=0)[inside()].max() > 5


def test_a_mask_says_the_same_as_a_shape(tmp_path: Path) -> None:
    cover = np.zeros((HERO_PX[1], HERO_PX[0], 3), np.uint8)
    cover[38:144, 128:224] = 255
    write_picture(tmp_path / "mask.png", cover)
    drawn = Layer(name="leaves", motion="foliage", shape=SQUARE)
    painted = Layer(name="leaves", motion="foliage", mask="mask.png")
    one, other = (frames_of(scene_with(each), tmp_path, calm=False) for each in (drawn, painted))
    # The outline of the one is soft by part of a px.
    assert np.abs(one - other).mean() < 0.15 * np.abs(one - one[0]).mean()


def test_a_hand_held_sway_moves_everything_and_starts_in_the_middle(tmp_path: Path) -> None:
    still = frames_of(scene_with(layer("dust"), frames=16), tmp_path)
    swayed = frames_of(scene_with(layer("dust"), frames=16, sway_px=3.0), tmp_path)
    np.testing.assert_allclose(swayed[0], still[0], atol=1.5)
    assert np.abs(swayed - swayed[0]).mean(axis=(1, 2, 3)).max() > 2.0
    way = np.array([sway_at(k / 64, 3.0) for k in range(64)])
    assert np.abs(way).max() <= 3.0
    assert np.allclose(way[0], 0.0)


def test_a_photo_that_nobody_drew_on_gets_a_cloud_and_dust_by_the_window(tmp_path: Path) -> None:
    room = opened(scene_with(), tmp_path)
    assert room.guessed
    (beam,) = room.dust
    middle = beam.x + beam.alpha.shape[1] / 2
    assert middle > HERO_PX[0] * 0.5 * room.scale, "the window and the cloth are on the right"
    frames = frames_of(scene_with(frames=48), tmp_path)
    assert np.ptp(frames, axis=0).mean() > 1.0


class TestRefused:
    """What the hero cannot give."""

    def test_a_layer_over_the_glass(self, tmp_path: Path) -> None:
        scene = scene_with(layer("curtain", GLASS))
        with pytest.raises(SceneError, match=r"the curtain.*over 100% of the glass"):
            opened(scene, tmp_path)
        opened(scene_with(layer("front", GLASS)), tmp_path)

    def test_a_hero_too_small_for_the_shot(self, tmp_path: Path) -> None:
        scene = scene_with(layer("dust"))
        scene = replace(scene, ambient=replace(scene.ambient, crop=(0, 0, 32, 20)))
        with pytest.raises(SceneError, match=r"enlarged 5.0 times; expected at most 4 times") as e:
            opened(scene, tmp_path)
        assert "a hero of 400x240 px" in str(e.value)

    @pytest.mark.parametrize(
        ("size", "words"),
        [((64, 64), "got 64x64 px; expected 320x192"), (None, "got no such file")],
    )
    def test_a_mask_of_another_picture(
        self, size: tuple[int, int] | None, words: str, tmp_path: Path
    ) -> None:
        if size:
            write_picture(tmp_path / "mask.png", np.full((*size, 3), 255, np.uint8))
        masked = Layer(name="leaves", motion="foliage", mask="mask.png")
        with pytest.raises(AssetError, match=words):
            opened(scene_with(masked), tmp_path)

    def test_a_black_mask(self, tmp_path: Path) -> None:
        write_picture(tmp_path / "mask.png", np.zeros((HERO_PX[1], HERO_PX[0], 3), np.uint8))
        masked = Layer(name="leaves", motion="foliage", mask="mask.png")
        with pytest.raises(AssetError, match="nothing white in it"):
            opened(scene_with(masked), tmp_path)

    def test_a_hero_that_is_gone(self, tmp_path: Path) -> None:
        stage = render.stage(scene_with(layer("dust")), AMBIENT)
        with pytest.raises(AssetError, match="got no such file"):
            run_stage(stage, tmp_path, {"hero": tmp_path / "gone.png"})
