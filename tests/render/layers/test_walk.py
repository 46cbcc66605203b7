"""The walk into the still: where the camera goes, and what it sees on the way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from generator.errors import SceneError
from generator.render import stage as render
from generator.render.layers.box import box_nearness, box_of, nearness
from generator.render.layers.film import coded
from generator.render.layers.guess import guessed_box, vanishing_point
from generator.render.layers.seated import Seated
from generator.render.layers.solids import Solid, solids_of
from generator.render.layers.view import seen
from generator.render.layers.walk import Walk
from generator.render.layers.walkin import WalkIn, plan_walk
from generator.render.push_in import clip_shot
from generator.scene.model import AMBIENT, WALKIN, Box, Clip, Layer, Scene, Screen
from generator.video.shots import Shot
from tests.clips import read_frames, run_stage, write_picture
from tests.render.layers.drawn_hero import HERO_PX, SIZE_PX, draw_hero, layer, opened, scene_with

BOX = Box(wall=((0.2, 0.15), (0.85, 0.15), (0.85, 0.75), (0.2, 0.75)), eye=(0.5, 0.45))
CROP = (96, 60, 150, 90)
VASE = ((0.6, 0.55), (0.7, 0.55), (0.7, 0.93), (0.6, 0.93))


def walk(frame_count: int = 45) -> Walk:
    box = box_of(np.array(BOX.wall) * HERO_PX, np.array(BOX.eye) * HERO_PX)
    return Walk(
        box,
        Shot(0.0, 0.0, *HERO_PX),
        Shot(100.0, 70.0, 120.0, 72.0),
        SIZE_PX,
        HERO_PX,
        frame_count,
        1.1,
        np.array([160.0, 106.0]),
    )


def scene_of_walk(*layers: Layer, frames: int = 20) -> Scene:
    scene = scene_with(*layers)
    return replace(
        scene,
        room=replace(scene.room, box=BOX),
        ambient=replace(scene.ambient, crop=CROP),
        walkin=Clip(render="layers", frames=frames),
        screen=Screen(clip=WALKIN, corners=((0.1, 0.1), (0.2, 0.1), (0.2, 0.2), (0.1, 0.2))),
    )


def walkin_of(scene: Scene, folder: Path) -> tuple[WalkIn, Seated]:
    room = opened(scene, folder)
    start, end = (room.shot(clip_shot(scene, clip, room.hero_px)) for clip in (WALKIN, AMBIENT))
    plate = np.array([room.plate.shape[1], room.plate.shape[0]])
    box = box_of(np.array(BOX.wall) * plate, np.array(BOX.eye) * plate)
    solids = solids_of(box, room.fronts)
    way = plan_walk(room, box, solids, (start, end), SIZE_PX, scene.walkin.frames, 0.0)
    seated = Seated(room, end, SIZE_PX)
    return WalkIn(room, solids, way, seated, scene.ambient.frames, 16), seated


class TestCamera:
    """The way alone."""

    def test_it_begins_on_the_whole_still_and_ends_on_the_shot(self) -> None:
        way = walk()
        for frame, shot in ((0, way.start), (44, way.end)):
            look = way.look(frame)
            scale = SIZE_PX[0] / shot.width
            expected = [[scale, 0, -scale * shot.x], [0, scale, -scale * shot.y], [0, 0, 1]]
            for plane in way.box.planes:
                mapped = look.matrix(plane)
                np.testing.assert_allclose(mapped / mapped[2, 2], expected, atol=1e-9)

    def test_it_rests_at_both_ends_and_comes_closer_all_the_way(self) -> None:
        way = walk(176)
        sizes = np.array([way.look(frame).enlargement for frame in range(176)])
        assert (np.diff(sizes) >= 0).all()
        assert sizes[1] / sizes[0] < 1.001
        assert sizes[-1] / sizes[-2] < 1.001
        assert 2.5 < sizes[-1] / sizes[0] < 2.8

    def test_it_dips_three_times_while_one_walks(self) -> None:
        """Two of them fall into the first half; then one sits down as well."""
        way = walk(401)
        axes = np.stack([way.box.across, way.box.down, way.box.deep], axis=1)
        low = np.array([np.linalg.solve(axes, way.look(k).step)[1] for k in range(201)])
        dips = np.flatnonzero((low[1:-1] > low[:-2]) & (low[1:-1] > low[2:])) + 1
        assert len(dips) == 2
        third_of_the_way = 0.8 * 400 / 3
        # How deep one dips swells and fades, which draws the dips together a little.
        np.testing.assert_allclose(np.diff(dips), third_of_the_way, rtol=0.2)

    def test_what_is_nearer_moves_more_on_the_way(self) -> None:
        way = walk()
        look = way.look(15)
        place = np.array([250.0, 150.0, 1.0])

        def shift(near: float) -> float:
            moved = look.matrix(np.array([0.0, 0.0, near])) @ place
            return float(np.hypot(*(moved[:2] / moved[2] - place[:2] * SIZE_PX[0] / HERO_PX[0])))

        assert shift(1.6) > shift(1.2) > shift(0.9)

    def test_it_never_looks_beside_the_still(self) -> None:
        way = walk()
        room = Solid(way.box.planes, inside=True, area=None)
        for frame in range(0, 45, 4):
            part = seen(room, way.look(frame), SIZE_PX)
            assert part is not None
            slack = 0.012 * HERO_PX[0]  # a dip and a sway while all of the still is in view
            assert part.places.x.min() > -slack
            assert part.places.x.max() < HERO_PX[0] + slack
            assert part.places.y.min() > -slack
            assert part.places.y.max() < HERO_PX[1] + slack


class TestView:
    """What covers what."""

    def test_each_px_looks_at_the_nearest_side_of_the_room(self) -> None:
        way = walk()
        look = way.look(20)
        room = Solid(way.box.planes, inside=True, area=None)
        part = seen(room, look, SIZE_PX)
        assert part is not None
        for u, v in ((5, 5), (80, 48), (150, 90), (80, 92), (3, 60)):
            place = np.array([part.places.x[v, u], part.places.y[v, u]])
            near = box_nearness(way.box, place[None])[0]
            plane = next(p for p in way.box.planes if np.isclose(nearness(p, place[None])[0], near))
            there = look.matrix(plane) @ [*place, 1.0]
            np.testing.assert_allclose(there[:2] / there[2], (u + 0.5, v + 0.5), atol=0.01)

    def test_a_thing_on_a_desk_stands_on_its_top_and_is_drawn_after_it(
        self, tmp_path: Path
    ) -> None:
        desk = Layer(
            name="desk",
            motion="front",
            shape=((0.3, 0.6), (0.7, 0.6), (0.75, 0.7), (0.75, 0.95), (0.25, 0.95), (0.25, 0.7)),
            anchor=((0.25, 0.95), (0.75, 0.95)),
            top=((0.25, 0.7), (0.75, 0.7)),
        )
        lamp = Layer(
            name="lamp",
            motion="front",
            shape=((0.45, 0.4), (0.5, 0.4), (0.5, 0.65), (0.45, 0.65)),
            anchor=((0.45, 0.65), (0.5, 0.65)),
        )
        room = opened(scene_of_walk(lamp, desk), tmp_path)
        plate = (room.plate.shape[1], room.plate.shape[0])
        box = box_of(np.array(BOX.wall) * plate, np.array(BOX.eye) * plate)
        solids = solids_of(box, room.fronts)
        assert [s.area.layer.name if s.area else "room" for s in solids] == ["room", "desk", "lamp"]
        foot = np.array([[0.475 * plate[0], 0.65 * plate[1]]])
        on_desk = float(solids[2].nearness(foot)[0])
        edge = float(solids[1].nearness(np.array([[0.5 * plate[0], 0.7 * plate[1]]]))[0])
        assert float(box_nearness(box, foot)[0]) < on_desk < edge

    def test_a_foot_line_that_runs_straight_up_is_refused(self, tmp_path: Path) -> None:
        post = layer("front", VASE, anchor=((0.65, 0.6), (0.65, 0.9)))
        room = opened(scene_of_walk(post), tmp_path)
        box = box_of(np.array(BOX.wall), np.array(BOX.eye))
        with pytest.raises(SceneError, match=r"the front.* anchor: got a foot line"):
            solids_of(box, room.fronts)


class TestClip:
    """The film."""

    def test_its_first_frame_is_the_hero_and_its_last_the_first_of_the_ambient_clip(
        self, tmp_path: Path
    ) -> None:
        scene = scene_of_walk(layer("curtain"), layer("front", VASE), layer("dust"))
        walkin, seated = walkin_of(scene, tmp_path)
        hero = draw_hero().astype(np.float32)
        half = hero.reshape(SIZE_PX[1], 2, SIZE_PX[0], 2, 3).mean(axis=(1, 3))
        assert np.abs(walkin.frame(0) - half).mean() < 3.0
        assert coded(walkin.frame(19)) == coded(seated.frame(0.0))
        before = np.abs(walkin.frame(18) - seated.frame(0.0)).mean()
        assert before < np.abs(walkin.frame(16) - seated.frame(0.0)).mean()
        assert before < 2.0, "nothing jumps as the camera comes to rest"

    def test_what_stands_in_the_room_covers_more_of_the_wall_as_one_comes_closer(
        self, tmp_path: Path
    ) -> None:
        """A red vase grows faster than the picture behind it."""
        hero = draw_hero()
        rows, columns = slice(106, 178), slice(192, 224)
        hero[rows, columns] = (220, 20, 20)
        write_picture(tmp_path / "hero.png", hero)
        scene = scene_of_walk(layer("front", VASE), frames=40)
        walkin, _ = walkin_of(scene, tmp_path)

        def width(frame: int) -> float:
            red = walkin.frame(frame)
            mask = (red[..., 0] > 120) & (red[..., 1] < 90)
            return float(mask[:, :].any(axis=0).sum())

        flat = walkin._walk.look(18).enlargement / walkin._walk.look(0).enlargement
        assert width(18) / width(0) > 1.08 * flat

    def test_a_clip_from_beginning_to_end(self, tmp_path: Path) -> None:
        scene = scene_of_walk(layer("foliage"), layer("front", VASE), frames=8)
        write_picture(tmp_path / "hero.png", draw_hero())
        inputs = {"hero": tmp_path / "hero.png"}
        result, folder, progress = run_stage(render.stage(scene, WALKIN), tmp_path, inputs)
        frames = read_frames(folder / "master.mp4", SIZE_PX)
        assert frames.shape == (8, SIZE_PX[1], SIZE_PX[0], 3)
        assert result.facts["frame_count"] == 8
        assert not any("guessed" in note for note in progress.notes)
        _, seat, _ = run_stage(render.stage(scene, AMBIENT), tmp_path, inputs)
        first = read_frames(seat / "master.mp4", SIZE_PX)[0]
        assert np.abs(frames[-1].astype(int) - first).mean() < 1.0

    def test_a_room_that_nobody_drew_is_guessed_and_said_so(self, tmp_path: Path) -> None:
        scene = scene_of_walk(frames=3)
        scene = replace(scene, room=replace(scene.room, box=None))
        write_picture(tmp_path / "hero.png", draw_hero())
        _, _, progress = run_stage(
            render.stage(scene, WALKIN), tmp_path, {"hero": tmp_path / "hero.png"}
        )
        assert any("no [room.box] is drawn" in note for note in progress.notes)
        assert any("no [[layers]] are drawn" in note for note in progress.notes)


def corridor(eye: tuple[float, float]) -> NDArray[np.uint8]:
    """A picture of boards that all lead to one place."""
    import cv2

    picture = np.full((300, 480, 3), 128, np.uint8)
    x, y = eye[0] * 480, eye[1] * 300
    for k in range(28):
        angle = 2 * np.pi * k / 28
        near = (int(x + 60 * np.cos(angle)), int(y + 60 * np.sin(angle)))
        far = (int(x + 600 * np.cos(angle)), int(y + 600 * np.sin(angle)))
        cv2.line(picture, near, far, (30 + 7 * k, 200 - 6 * k, 90), 2, cv2.LINE_AA)
    return picture


@pytest.mark.parametrize("eye", [(0.5, 0.45), (0.62, 0.3), (0.35, 0.55)])
def test_the_vanishing_point_is_where_the_lines_meet(eye: tuple[float, float]) -> None:
    found = vanishing_point(corridor(eye))
    assert found is not None
    np.testing.assert_allclose(found, eye, atol=0.015)
    box = guessed_box(corridor(eye))
    assert box.wall[0][0] < box.eye[0] < box.wall[1][0]


def test_a_picture_without_lines_has_none() -> None:
    assert vanishing_point(np.full((200, 300, 3), 90, np.uint8)) is None
