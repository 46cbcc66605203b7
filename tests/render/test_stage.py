"""Render: the author's clip checked frame by frame, and the push-in made from the hero."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from generator.engine.stage import SourceFile, StageResult
from generator.errors import AssetError, SceneError
from generator.render import stage as render
from generator.render.push_in import plan_move
from generator.scene.model import Clip, Room, Scene
from generator.video.ffmpeg import FfmpegBinary, Filter, Source, command
from generator.video.metadata import probe
from tests.clips import drifting, read_frames, run_stage, write_clip, write_picture

SIZE = (160, 96)


def scene_of(walkin: Clip | None = None, ambient: Clip | None = None) -> Scene:
    """A small scene."""
    return Scene(
        room=Room(hero="hero.png", size=SIZE, fps=16),
        walkin=walkin or Clip(render="still"),
        ambient=ambient or Clip(render="still", loop="pingpong"),
    )


def from_file(tmp_path: Path, clip: Path, *, frames: int = 0) -> StageResult:
    """Run the `file` backend on `clip`."""
    scene = scene_of(Clip(render="file", file=clip.name, frames=frames))
    result, _, _ = run_stage(render.stage(scene, "walkin"), tmp_path, {"master": clip})
    return result


class TestFile:
    """`render = "file"`."""

    def test_a_sound_clip_is_referred_to_in_place(self, tmp_path: Path) -> None:
        """Nothing is copied; the facts tell frames, rate and size."""
        clip = write_clip(tmp_path / "master.mkv", drifting(12))
        result = from_file(tmp_path, clip)
        assert result.references == {"master": "master.mkv"}
        assert not result.files
        assert result.facts == {
            "backend": "file",
            "frame_count": 12,
            "fps": 16,
            "size_px": list(SIZE),
        }

    @pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov", "webm"])
    def test_any_usual_container_will_do(self, tmp_path: Path, suffix: str) -> None:
        """Times rounded to milliseconds are still 16 frames a second."""
        codec = {"c:v": "libvpx-vp9", "lossless": 1} if suffix == "webm" else {}
        clip = write_clip(tmp_path / f"master.{suffix}", drifting(9), options=codec)
        assert from_file(tmp_path, clip).facts["frame_count"] == 9

    def test_a_missing_clip(self, tmp_path: Path) -> None:
        """The message names the setting and the file."""
        with pytest.raises(AssetError, match=r"\[clips.walkin\] file gone.mkv: got no such file"):
            from_file(tmp_path, tmp_path / "gone.mkv")

    def test_no_file_named_at_all(self) -> None:
        """The scene is wrong, and says so before anything runs."""
        with pytest.raises(SceneError, match=r"\[clips.walkin\] file: got nothing"):
            render.stage(scene_of(Clip(render="file")), "walkin")

    def test_garbage(self, tmp_path: Path) -> None:
        """A file that is no clip, with ffmpeg's words."""
        clip = tmp_path / "noise.mp4"
        clip.write_bytes(np.random.default_rng(0).bytes(5000))
        with pytest.raises(AssetError, match="a file that ffmpeg cannot read"):
            from_file(tmp_path, clip)

    def test_sound_without_pictures(self, tmp_path: Path) -> None:
        """Audio only."""
        clip = tmp_path / "song.mp4"
        tone = ["-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", str(clip)]
        FfmpegBinary().run(tone, label="make a tone")
        with pytest.raises(AssetError, match="a file without video"):
            from_file(tmp_path, clip)

    def test_another_size(self, tmp_path: Path) -> None:
        """Both sizes are in the message."""
        clip = write_clip(tmp_path / "small.mp4", drifting(4, 128, 96))
        with pytest.raises(AssetError, match="got 128x96 px; expected 160x96 px"):
            from_file(tmp_path, clip)

    def test_another_rate(self, tmp_path: Path) -> None:
        """24 is not 16; the remedy says both ways out."""
        clip = write_clip(tmp_path / "film.mp4", drifting(24), fps=24)
        with pytest.raises(AssetError, match=r"got 24.000 frames a second; expected 16"):
            from_file(tmp_path, clip)

    def test_a_rate_that_wavers(self, tmp_path: Path) -> None:
        """On average 16, but no frame lasts as long as the next."""
        clip = write_clip(tmp_path / "even.mkv", drifting(17))
        uneven = tmp_path / "uneven.mkv"
        shift = Filter("setpts", {"expr": "PTS+mod(N,2)*0.03/TB"})
        FfmpegBinary().run(
            command(
                [Source(clip)], [shift], uneven, {"fps_mode": "vfr", "enc_time_base": "1/1000"}
            ),
            label="make it waver",
        )
        with pytest.raises(AssetError, match="frames of unequal length"):
            from_file(tmp_path, uneven)

    @pytest.mark.parametrize("suffix", ["mkv", "mp4"])
    def test_a_clip_cut_short(self, tmp_path: Path, suffix: str) -> None:
        """A copy that ended early: the header promises more than can be read."""
        whole = write_clip(
            tmp_path / f"whole.{suffix}", drifting(32), options={"movflags": "+faststart"}
        )
        cut = tmp_path / f"cut.{suffix}"
        data = whole.read_bytes()
        cut.write_bytes(data[: len(data) * 6 // 10])
        with pytest.raises(AssetError, match="a damaged file"):
            from_file(tmp_path, cut)

    def test_a_count_of_frames_that_the_scene_denies(self, tmp_path: Path) -> None:
        """`frames` is a promise when it is given."""
        clip = write_clip(tmp_path / "master.mkv", drifting(12))
        with pytest.raises(AssetError, match="got 12 frames; expected 11"):
            from_file(tmp_path, clip, frames=11)

    def test_a_single_picture(self, tmp_path: Path) -> None:
        """One frame does not move."""
        clip = write_clip(tmp_path / "one.mp4", drifting(1))
        with pytest.raises(AssetError, match="a single picture"):
            from_file(tmp_path, clip)

    def test_hdr_is_refused(self, tmp_path: Path) -> None:
        """PQ would look grey on the page."""
        clip = tmp_path / "hdr.mkv"
        tags = Filter("setparams", {"color_trc": "smpte2084", "color_primaries": "bt2020"})
        sdr = write_clip(tmp_path / "sdr.mkv", drifting(4))
        FfmpegBinary().run(command([Source(sdr)], [tags], clip, {}), label="tag it")
        with pytest.raises(AssetError, match="an HDR clip"):
            from_file(tmp_path, clip)


def spots(width: int, height: int, centres: list[tuple[float, float]]) -> NDArray[np.uint8]:
    """Soft white spots on grey: (height, width, 3) uint8."""
    y, x = np.mgrid[:height, :width].astype(np.float64) + 0.5
    light = np.zeros((height, width))
    for cx, cy in centres:
        light += np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * (width / 40) ** 2))
    return np.rint(np.repeat(40 + 180 * light[..., None], 3, axis=2)).astype(np.uint8)


def centre_of(picture: NDArray[np.uint8], near: tuple[float, float]) -> tuple[float, float]:
    """The centroid, in px, of what is brighter than the ground around `near`."""
    reach = 14
    left, top = round(near[0]) - reach, round(near[1]) - reach
    patch = picture[top : top + 2 * reach, left : left + 2 * reach, 1].astype(np.float64)
    weight = np.clip(patch - 45.0, 0.0, None)
    y, x = np.mgrid[: patch.shape[0], : patch.shape[1]] + 0.5
    return (
        left + float((x * weight).sum() / weight.sum()),
        top + float((y * weight).sum() / weight.sum()),
    )


def from_still(
    tmp_path: Path, clip: str, hero: Path, scene: Scene | None = None
) -> tuple[StageResult, Path, list[str]]:
    """Run the `still` backend: (its result, its master, its notes)."""
    stage = render.stage(scene or scene_of(), clip)
    result, out_dir, progress = run_stage(stage, tmp_path / hero.stem, {"hero": hero})
    return result, out_dir / result.files["master"], progress.notes


class TestStill:
    """`render = "still"`."""

    def test_the_clip_has_the_rooms_shape_and_tags(self, tmp_path: Path) -> None:
        """Six seconds at the room's rate and size, tagged bt709, with the hero's colours."""
        hero = write_picture(tmp_path / "hero.png", np.full((192, 320, 3), (255, 128, 64), "u1"))
        result, master, notes = from_still(tmp_path, "walkin", hero)
        probed = probe(FfmpegBinary(), master, name="master")
        assert (probed.frame_count, probed.size_px, probed.steady) == (96, SIZE, True)
        assert probed.fps == pytest.approx(16.0)
        assert (probed.color.range, probed.color.space) == ("tv", "bt709")
        assert (probed.color.primaries, probed.color.transfer) == ("bt709", "bt709")
        assert result.facts["frame_count"] == 96
        assert notes == []
        seen = read_frames(master, SIZE)[40].mean(axis=(0, 1))
        assert seen == pytest.approx((255, 128, 64), abs=1.5)

    def test_the_walk_in_ends_where_the_ambient_clip_begins(self, tmp_path: Path) -> None:
        """The last picture of one is the first of the other; the crossfade has nothing to hide."""
        hero = write_picture(tmp_path / "hero.png", drifting(1, 640, 384)[0])
        _, walkin, _ = from_still(tmp_path / "a", "walkin", hero)
        _, ambient, _ = from_still(tmp_path / "b", "ambient", hero)
        last = read_frames(walkin, SIZE)[-1].astype(int)
        first = read_frames(ambient, SIZE)[0].astype(int)
        assert np.abs(last - first).mean() < 1.0

    def test_every_frame_is_where_the_dolly_is(self, tmp_path: Path) -> None:
        """No shiver: a spot of the hero stays within 0.05 px of its computed place.

        An 8-bit spot of this size has a centroid good to about 0.02 px; ffmpeg's zoompan, which
        rounds to whole px, is off by up to half a px.
        """
        hero_px = (640, 384)
        spot = (400.0, 230.0)
        hero = write_picture(tmp_path / "hero.png", spots(*hero_px, [spot]))
        scene = scene_of(ambient=Clip(render="still", crop=(160, 96, 400, 240)))
        _, master, _ = from_still(tmp_path, "walkin", hero, scene)
        move = plan_move(scene, "walkin", 96, hero_px)
        worst = 0.0
        for k, picture in enumerate(read_frames(master, SIZE)):
            u = k / 95
            pace = u**3 * (u * (6 * u - 15) + 10)
            width = move.start.width * (move.end.width / move.start.width) ** pace
            done = (move.start.width - width) / (move.start.width - move.end.width)
            left = move.start.x + (move.end.x - move.start.x) * done
            top = move.start.y + (move.end.y - move.start.y) * done
            scale = SIZE[0] / width
            wanted = ((spot[0] - left) * scale, (spot[1] - top) * scale)
            seen = centre_of(picture, wanted)
            worst = max(worst, abs(seen[0] - wanted[0]), abs(seen[1] - wanted[1]))
        assert worst < 0.05

    @pytest.mark.parametrize("loop", ["pingpong", "none", "crossfade", "first-last", "auto"])
    def test_the_ambient_clip_rests_at_its_seam(self, tmp_path: Path, loop: str) -> None:
        """Where the loop turns or starts anew, the step is no larger than elsewhere."""
        hero = write_picture(tmp_path / "hero.png", drifting(1, 640, 384)[0])
        scene = scene_of(ambient=Clip(render="still", loop=loop, frames=24))  # type: ignore[arg-type]
        _, master, _ = from_still(tmp_path, "ambient", hero, scene)
        frames = read_frames(master, SIZE).astype(float)
        steps = np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2, 3))
        seam = steps[0] if loop == "pingpong" else np.abs(frames[0] - frames[-1]).mean()
        assert seam <= np.median(steps) * 1.2

    @pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
    def test_any_usual_picture_will_do(self, tmp_path: Path, suffix: str) -> None:
        """PNG, JPEG and WebP give the same colours."""
        hero = write_picture(
            tmp_path / f"hero.{suffix}", np.full((192, 320, 3), (200, 90, 60), "u1")
        )
        scene = scene_of(walkin=Clip(render="still", frames=4))
        _, master, _ = from_still(tmp_path, "walkin", hero, scene)
        assert read_frames(master, SIZE)[2].mean(axis=(0, 1)) == pytest.approx(
            (200, 90, 60), abs=1.5
        )

    def test_a_phones_photo_stands_upright(self, tmp_path: Path) -> None:
        """The rotation in EXIF is obeyed: what is stored on the left is shown on top."""
        stored = np.zeros((240, 400, 3), np.uint8)
        stored[:, :200] = (220, 40, 40)
        plain = write_picture(tmp_path / "plain.jpg", stored)
        turned = tmp_path / "turned.jpg"
        turned.write_bytes(with_orientation(plain.read_bytes(), 6))
        scene = scene_of(
            walkin=Clip(render="still", frames=3, crop=(0, 128, 240, 144)),
            ambient=Clip(render="still", crop=(0, 128, 240, 144)),
        )
        _, master, _ = from_still(tmp_path, "walkin", turned, scene)
        picture = read_frames(master, SIZE)[0]
        top, bottom = picture[:40].mean(axis=(0, 1)), picture[-40:].mean(axis=(0, 1))
        assert top == pytest.approx((220, 40, 40), abs=6)
        assert bottom == pytest.approx((0, 0, 0), abs=6)

    def test_a_small_hero_is_not_enlarged_in_silence(self, tmp_path: Path) -> None:
        """It works, and says by how much it had to enlarge."""
        hero = write_picture(tmp_path / "hero.png", drifting(1, 120, 200)[0])
        scene = scene_of(walkin=Clip(render="still", frames=3))
        result, master, notes = from_still(tmp_path, "walkin", hero, scene)
        assert read_frames(master, SIZE).shape == (3, 96, 160, 3)
        assert len(notes) == 1
        assert "120x200 px" in notes[0]
        assert result.facts["enlarged"] == pytest.approx(160 / (120 * 0.72), abs=0.01)

    @pytest.mark.parametrize(
        "crop", [(200, 0, 160, 96), (0, 0, 0, 0), (0, 0, 0, 60), (-1, 0, 160, 96), (9, 9, -4, 96)]
    )
    def test_a_crop_that_shows_nothing_of_the_hero(
        self, tmp_path: Path, crop: tuple[int, int, int, int]
    ) -> None:
        """The scene is wrong, with the hero's true size."""
        hero = write_picture(tmp_path / "hero.png", drifting(1, 320, 192)[0])
        scene = scene_of(ambient=Clip(render="still", crop=crop))
        with pytest.raises(SceneError, match="inside the hero's 320x192 px"):
            from_still(tmp_path, "walkin", hero, scene)

    def test_a_hero_that_is_no_picture(self, tmp_path: Path) -> None:
        """The message names the setting."""
        hero = tmp_path / "hero.png"
        hero.write_text("tomorrow")
        with pytest.raises(AssetError, match=r"\[room\] hero hero.png"):
            from_still(tmp_path, "walkin", hero)

    @pytest.mark.parametrize("suffix", ["png", "jpg"])
    @pytest.mark.parametrize("content", ["tomorrow", "", "<!doctype html><title>404</title>"])
    def test_a_hero_that_is_no_picture_is_not_called_a_clip(
        self, tmp_path: Path, suffix: str, content: str
    ) -> None:
        """What is wanted there is a photo."""
        hero = tmp_path / f"hero.{suffix}"
        hero.write_text(content)
        with pytest.raises(AssetError, match="expected a photo") as refused:
            from_still(tmp_path, "walkin", hero)
        assert "video" not in str(refused.value)

    @pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
    @pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
    def test_a_hero_that_was_cut_short(self, tmp_path: Path, suffix: str, share: float) -> None:
        """FFmpeg shows the rest of a JPEG in green and goes on; we do not."""
        hero = write_picture(tmp_path / f"hero.{suffix}", drifting(1, 640, 384)[0])
        whole = hero.read_bytes()
        hero.write_bytes(whole[: round(len(whole) * share)])
        with pytest.raises(AssetError, match="a copy that was cut short looks like this"):
            from_still(tmp_path, "walkin", hero)

    def test_a_photo_with_damaged_metadata_or_a_tail_will_do(self, tmp_path: Path) -> None:
        """Every pixel is there."""
        hero = write_picture(tmp_path / "hero.jpg", drifting(1, 320, 192)[0])
        exif = with_orientation(hero.read_bytes(), 1).replace(b"II*\0", b"??*\0")
        hero.write_bytes(exif + b"a phone's second picture")
        scene = scene_of(walkin=Clip(render="still", frames=3))
        result, _, _ = from_still(tmp_path, "walkin", hero, scene)
        assert result.facts["frame_count"] == 3


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """Put an EXIF orientation into a JPEG without one."""
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 0)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


class TestStage:
    """Keys and refusals."""

    def test_only_what_counts_is_in_the_key(self) -> None:
        """A prompt does not move a push-in; the ambient crop does, for it ends there."""
        scene = scene_of()
        before = render.stage(scene, "walkin")
        assert before.inputs == {"hero": SourceFile("hero.png")}
        prompted = replace(scene, walkin=replace(scene.walkin, prompt="a dolly"))
        assert render.stage(prompted, "walkin").params == before.params
        tighter = replace(scene, ambient=replace(scene.ambient, crop=(0, 0, 100, 60)))
        assert render.stage(tighter, "walkin").params != before.params
