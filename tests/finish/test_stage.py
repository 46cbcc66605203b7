"""Finish: loops whose seams are known, encodes that keep every promise, posters that match."""

from __future__ import annotations

import json
import math
import re
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from generator.artifacts.decode import dump
from generator.engine.stage import StageResult
from generator.errors import GateError, MediaError, SceneError
from generator.finish import stage as finish
from generator.finish.encode import AV1, H264, encode_all
from generator.finish.frames import RawClip, cut, linear_light, unpack
from generator.finish.loop import choose
from generator.finish.mp4 import read_mp4
from generator.finish.quality import Score, SearchRange, Trial, search, vmaf
from generator.scene.model import Clip, Finish, LoopMode, Room, Scene, Screen
from generator.video.ffmpeg import FfmpegBinary, Filter, Source, command
from generator.video.loops import playing_frames
from generator.video.metadata import probe
from tests.clips import (
    RecordedProgress,
    drifting,
    read_frames,
    run_stage,
    write_clip,
    write_picture,
)

SIZE = (160, 96)


def scene_of(loop: LoopMode = "pingpong", **settings: object) -> Scene:
    """A small scene with an ambient clip that plays as `loop` says."""
    return Scene(
        room=Room(hero="hero.png", size=SIZE, fps=16),
        ambient=Clip(render="file", file="master.mkv", loop=loop),
        finish=Finish(**settings),  # type: ignore[arg-type]
        screen=Screen(clip="ambient", frame=3),
    )


def finished(
    tmp_path: Path, pictures: NDArray[np.uint8], scene: Scene
) -> tuple[StageResult, Path, RecordedProgress]:
    """Run finish on a master of `pictures`."""
    master = write_clip(tmp_path / "master.mkv", pictures)
    return run_stage(finish.stage(scene, "ambient"), tmp_path, {"master": master})


@pytest.fixture(scope="module")
def ping_pong(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[StageResult, Path, RecordedProgress]:
    """One finished ambient clip: 12 frames there and back."""
    return finished(tmp_path_factory.mktemp("finish"), drifting(12), scene_of())


class TestClips:
    """Encodes of the playing clip."""

    @pytest.mark.parametrize(
        ("label", "codec"),
        [("h264", r"avc1\.64[0-9a-f]{4}"), ("av1", r"av01\.0\.\d\d[MH]\.08")],
    )
    def test_a_clip_keeps_what_the_page_relies_on(
        self, ping_pong: tuple[StageResult, Path, RecordedProgress], label: str, codec: str
    ) -> None:
        """No doubled ends, exact times, no B-frames, no sound, bt709, index first."""
        result, folder, _ = ping_pong
        info = read_mp4(folder / result.files[label])
        assert re.fullmatch(codec, info.codec)
        assert info.frame_ticks == (1000,) * 22
        assert info.timescale_hz == 16000
        assert not info.reordered
        assert info.starts_at_ticks == 0
        assert info.key_frames == (0,)
        assert info.track_kinds == ("vide",)
        assert info.color == (1, 1, 1, False)
        assert info.fast_start
        probed = probe(FfmpegBinary(), folder / result.files[label], name=label)
        assert (probed.color.range, probed.color.space) == ("tv", "bt709")
        assert (probed.color.primaries, probed.color.transfer) == ("bt709", "bt709")
        assert probed.frame_count == 22

    def test_the_facts_say_what_was_found(
        self, ping_pong: tuple[StageResult, Path, RecordedProgress]
    ) -> None:
        """Type, size, score and crf of each encode; the score is at the target or above."""
        result, folder, _ = ping_pong
        encodes = result.facts["encodes"]
        assert isinstance(encodes, list)
        assert [encode["label"] for encode in encodes] == ["h264", "av1"]  # type: ignore[index, call-overload]
        for encode in encodes:
            assert isinstance(encode, dict)
            path = folder / result.files[str(encode["label"])]
            assert encode["bytes"] == path.stat().st_size
            assert encode["type"] == read_mp4(path).mime_type
            assert encode["vmaf"] >= 93.5  # type: ignore[operator]
        assert result.facts["playing_frame_count"] == 22
        record = json.loads((folder / "loop.json").read_text())
        assert record["mode"] == "pingpong"
        assert record["playing_frame_count"] == 22
        assert sorted(path.name for path in folder.iterdir()) == [
            "ambient-av1.mp4",
            "ambient-h264.mp4",
            "loop.json",
        ]

    def test_the_frames_are_those_of_the_loop(
        self, ping_pong: tuple[StageResult, Path, RecordedProgress]
    ) -> None:
        """Frame 15 of the playing clip is frame 7 of the master on its way back."""
        result, folder, _ = ping_pong
        playing = read_frames(folder / result.files["h264"], SIZE).astype(int)
        master = drifting(12).astype(int)
        apart = [np.abs(playing[15] - picture).mean() for picture in master]
        assert int(np.argmin(apart)) == 7

    def test_the_same_master_gives_the_same_bytes(
        self, tmp_path: Path, ping_pong: tuple[StageResult, Path, RecordedProgress]
    ) -> None:
        """Thread counts are pinned, signatures left out: a rebuild changes nothing."""
        result, folder, _ = ping_pong
        again, other, _ = finished(tmp_path, drifting(12), scene_of())
        assert again.facts == result.facts
        for label, name in result.files.items():
            assert (folder / name).read_bytes() == (other / again.files[label]).read_bytes()

    def test_progress_names_the_clip_and_the_try(
        self, ping_pong: tuple[StageResult, Path, RecordedProgress]
    ) -> None:
        """A person sees which encode runs."""
        labels = {label for label, _, _ in ping_pong[2].updates}
        assert "finish:ambient h264 crf 25.5" in labels

    def test_av1_can_be_left_out(self, tmp_path: Path) -> None:
        """`[finish] av1 = false` leaves H.264 alone."""
        result, _, _ = finished(tmp_path, drifting(6), scene_of("none", av1=False))
        assert set(result.files) == {"h264", "loop"}
        assert result.facts["playing_frame_count"] == 6

    def test_one_failed_encode_stops_the_other(self, tmp_path: Path) -> None:
        """The first error is what one sees, and nothing is left running."""
        broken = replace(AV1, options={"c:v": "libsvtav1", "preset": "no such preset"})
        endless = replace(
            H264, search_range=replace(H264.search_range, enough=-1.0, max_trials=10_000)
        )
        clip = raw(tmp_path, drifting(12))
        started = threading.active_count()
        with pytest.raises(MediaError, match="clip av1"):
            encode_all(FfmpegBinary(), clip, (endless, broken), 93.5, tmp_path, name="clip")
        assert threading.active_count() == started

    def test_a_strobe_is_refused_before_it_is_encoded(self, tmp_path: Path) -> None:
        """Eight flashes a second: the gate names the law and the second."""
        strobe = np.full((16, 96, 160, 3), 60, np.uint8)
        strobe[1::2] = 220
        with pytest.raises(GateError, match=r"general flashes in the second up to .*WCAG 2\.3\.1"):
            finished(tmp_path, strobe, scene_of("none"))
        assert list((tmp_path / "out" / "finish-ambient").iterdir()) == []

    def test_a_flash_over_the_seam_is_seen(self, tmp_path: Path) -> None:
        """A loop is watched past its end: each half is calm, the seam is what flashes."""
        brief = np.full((4, 96, 160, 3), 60, np.uint8)
        brief[[0, 2]] = 220
        result, _, _ = finished(tmp_path, brief, scene_of("none", av1=False, vmaf=20.0))
        assert result.facts["flash"]["passed"]  # type: ignore[index, call-overload]
        (tmp_path / "loop").mkdir()
        with pytest.raises(GateError):
            finished(tmp_path / "loop", brief, scene_of("pingpong", av1=False))


def raw(tmp_path: Path, pictures: NDArray[np.uint8]) -> RawClip:
    """`pictures` unpacked, as finish does."""
    clip = write_clip(tmp_path / "clip.mkv", pictures)
    probed = probe(FfmpegBinary(), clip, name="clip")
    return unpack(FfmpegBinary(), clip, probed, tmp_path / "clip.yuv", fps=16, label="unpack")


def panning(frame_count: int, pace: NDArray[np.float64]) -> NDArray[np.uint8]:
    """A textured wall that slides by `pace` px in all at each frame."""
    noise = np.random.default_rng(3).uniform(size=(12, 60))
    wide = np.kron(noise, np.ones((8, 8)))
    wide = np.apply_along_axis(lambda row: np.convolve(row, np.ones(9) / 9, "same"), 1, wide)
    columns = np.arange(160)
    frames = [
        np.stack([np.interp(columns + 20 + pace[k], np.arange(wide.shape[1]), row) for row in wide])
        for k in range(frame_count)
    ]
    return np.rint(60 + 120 * np.repeat(np.stack(frames)[..., None], 3, axis=3)).astype(np.uint8)


class TestLoop:
    """Which loop suits which motion."""

    @pytest.mark.parametrize(
        ("motion", "best"),
        [
            ("there and back", "first-last"),
            ("comes to rest at both ends", "pingpong"),
            ("one way", "crossfade"),
        ],
    )
    def test_auto_takes_the_loop_that_suits(self, tmp_path: Path, motion: str, best: str) -> None:
        """A closed circle needs nothing, an eased move turns back, a steady one is blended."""
        t = np.arange(33) / 32
        pace = {
            "there and back": 8 * np.sin(2 * np.pi * t),
            "comes to rest at both ends": 12 * (1 - np.cos(np.pi * t)),
            "one way": 40 * t,
        }[motion]
        clip = raw(tmp_path, panning(33, pace))
        assert choose(clip, "auto").mode == best

    def test_a_ping_pong_at_full_speed_turns_by_two(self, tmp_path: Path) -> None:
        """Motion that runs back at once: the definition's own figure."""
        seam = choose(raw(tmp_path, panning(24, 2.0 * np.arange(24))), "pingpong").seam
        assert seam is not None
        assert seam.jump == pytest.approx(1.0, abs=0.1)
        assert seam.turn == pytest.approx(2.0, abs=0.2)

    def test_a_still_clip_has_no_seam(self, tmp_path: Path) -> None:
        """Nothing moves: nothing jumps, and nothing is divided by zero."""
        seam = choose(raw(tmp_path, np.full((6, 96, 160, 3), 90, np.uint8)), "pingpong").seam
        assert seam is not None
        assert (seam.jump, seam.turn) == (0.0, 0.0)

    def test_a_clip_of_doubled_frames_has_a_seam_that_can_be_told(self, tmp_path: Path) -> None:
        """More than half of its neighbours are the same picture: nothing is the usual step."""
        seen = np.repeat(panning(8, 2.0 * np.arange(8)), 3, axis=0)
        facts = choose(raw(tmp_path, seen), "first-last").facts()
        assert json.loads(dump(facts))["seam"] > 100

    def test_a_blend_is_the_mean_of_its_frames(self, tmp_path: Path) -> None:
        """A crossfade's frames have the weights that the timelines use as well."""
        pictures = np.stack([np.full((96, 160, 3), 40 + 10 * k, np.uint8) for k in range(8)])
        clip = raw(tmp_path, pictures)
        order = playing_frames(8, "crossfade", 3)
        playing = cut(clip, order, tmp_path / "playing.yuv")
        assert playing.frame_count == len(order) == 5
        for k, (numbers, weights) in enumerate(order):
            wanted = sum(w * float(clip.rows[n, 0]) for n, w in zip(numbers, weights, strict=True))
            assert float(playing.rows[k, 0]) == pytest.approx(wanted, abs=0.51)


class TestColor:
    """What the master's tags mean."""

    @pytest.mark.parametrize(
        ("space", "pixels"),
        [("bt709", "yuv420p"), ("smpte170m", "yuv420p"), ("bt709", "yuv444p10le"), ("rgb", "gbrp")],
    )
    def test_any_tagged_master_keeps_its_colour(
        self, tmp_path: Path, space: str, pixels: str
    ) -> None:
        """BT.601, BT.709, RGB, 8 or 10 bits: (255, 128, 64) stays what it is."""
        still = write_picture(tmp_path / "c.png", np.full((96, 160, 3), (255, 128, 64), "u1"))
        options = {"rgb": {}, "bt709": {"out_color_matrix": "bt709"}}.get(
            space, {"out_color_matrix": "bt601"}
        )
        clip = tmp_path / "clip.mkv"
        filters = [Filter("scale", options), Filter("format", {"pix_fmts": pixels})]
        if space != "rgb":
            filters.append(Filter("setparams", {"colorspace": space}))
        codec = {"c:v": "ffv1", "frames:v": 2}
        FfmpegBinary().run(
            command([Source(still, {"loop": 1})], filters, clip, codec), label="make"
        )
        probed = probe(FfmpegBinary(), clip, name="clip")
        seen = unpack(FfmpegBinary(), clip, probed, tmp_path / "c.yuv", fps=16, label="unpack")
        light = linear_light(seen.small(0)).mean(axis=(0, 1))
        coded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
        assert coded * 255 == pytest.approx((255, 128, 64), abs=2.0)

    def test_deflicker_evens_out_exposure(self, tmp_path: Path) -> None:
        """A wall whose light flickers by a twentieth flickers less than half as much."""
        wall = np.full((32, 96, 160, 3), 120.0)
        wall *= 1.0 + 0.05 * np.random.default_rng(5).uniform(-1, 1, (32, 1, 1, 1))
        clip = write_clip(tmp_path / "clip.mkv", np.rint(wall).astype(np.uint8))
        probed = probe(FfmpegBinary(), clip, name="clip")
        flicker = {}
        for deflicker in (False, True):
            target = tmp_path / f"{deflicker}.yuv"
            seen = unpack(
                FfmpegBinary(), clip, probed, target, fps=16, label="x", deflicker=deflicker
            )
            flicker[deflicker] = float(np.std(np.diff(seen.rows[:, 0].astype(float))))
        assert flicker[True] < flicker[False] / 2


class TestQuality:
    """The score and the search for it."""

    def test_a_copy_scores_high_and_a_ruin_low(self, tmp_path: Path) -> None:
        """Aligned by number, not by a container's rounded times."""
        clip = raw(tmp_path, drifting(8))
        copy = tmp_path / "copy.mkv"
        ruin = tmp_path / "ruin.mkv"
        ffmpeg = FfmpegBinary()
        ffmpeg.run(command([clip.source()], [], copy, {"c:v": "ffv1"}), label="copy")
        ffmpeg.run(command([clip.source()], [], ruin, {"c:v": "libx264", "crf": 51}), label="ruin")
        good = vmaf(ffmpeg, copy, clip, threads=1, label="vmaf")
        bad = vmaf(ffmpeg, ruin, clip, threads=1, label="vmaf")
        assert good.mean > 96
        assert bad.mean < good.mean - 20
        assert bad.lowest <= bad.mean

    @pytest.mark.parametrize("target", [60.0, 80.0, 93.5, 97.0])
    @pytest.mark.parametrize("fall", [0.05, 0.11, 0.3])
    def test_the_search_finds_the_coarsest_that_is_good_enough(
        self, target: float, fall: float
    ) -> None:
        """On a known curve: at the target, not a step finer than needed, in few tries."""
        tried: list[int] = []

        def attempt(level: int) -> Trial:
            tried.append(level)
            score = 99.0 - fall * (level - 40) * (1 + level / 1000)
            return Trial(level, Path("x"), Score(score, score))

        best, count = search(
            attempt, target, SearchRange(lowest=40, highest=400, guess=160, slope=0.11)
        )
        exact = max(k for k in range(40, 401) if 99.0 - fall * (k - 40) * (1 + k / 1000) >= target)
        assert best.score.mean >= target
        assert best.level == exact or best.score.mean - target <= 0.1
        assert count == len(tried) == len(set(tried)) <= 7

    @pytest.mark.parametrize("meets_at", range(60, 250, 10))
    @pytest.mark.parametrize("bend", [-20, 0, 20, 50])
    def test_a_bent_and_uneven_curve_is_found_too(self, meets_at: int, bend: int) -> None:
        """Flat first, then steep, and never quite smooth, as AV1's is on a still room."""

        def attempt(level: int) -> Trial:
            beyond = level - meets_at
            fallen = 0.03 * min(beyond, bend) + 0.15 * max(0, beyond - bend)
            score = 93.5 - fallen + 0.03 * math.sin(level * 12.9898)
            return Trial(level, Path("x"), Score(score, score))

        best, count = search(
            attempt, 93.5, SearchRange(lowest=40, highest=252, guess=158, slope=0.11)
        )
        assert 93.5 <= best.score.mean < 94.0
        assert count <= 7

    def test_an_aim_out_of_reach_gives_the_finest(self) -> None:
        """Never nothing: the best there is, for the caller to judge."""
        best, _ = search(
            lambda level: Trial(level, Path("x"), Score(50.0, 50.0)),
            93.5,
            SearchRange(4, 60, 30, 0.4),
        )
        assert best.level == 4


class TestMp4:
    """The box reader."""

    def test_b_frames_and_sound_are_noticed(self, tmp_path: Path) -> None:
        """What the check must refuse can be seen."""
        target = tmp_path / "film.mp4"
        tone = ["-f", "lavfi", "-i", "testsrc2=s=160x96:d=1", "-f", "lavfi", "-i", "sine=d=1"]
        FfmpegBinary().run([*tone, "-c:v", "libx264", "-bf", "3", str(target)], label="film")
        info = read_mp4(target)
        assert info.reordered
        assert set(info.track_kinds) == {"vide", "soun"}
        assert not info.fast_start
        assert info.color is None

    @pytest.mark.parametrize("data", [b"", b"\0\0\0\x10moovxxxxxxxx", b"\0\0\0\0", b"\xff" * 64])
    def test_garbage_is_one_clear_error(self, tmp_path: Path, data: bytes) -> None:
        """A torn file does not crash the reader."""
        torn = tmp_path / "torn.mp4"
        torn.write_bytes(data)
        with pytest.raises(MediaError, match=r"torn.mp4: got no readable video track"):
            read_mp4(torn)


class TestPosters:
    """Stills of the room and of the seat."""

    def posters(
        self, tmp_path: Path, hero: NDArray[np.uint8], first: NDArray[np.uint8]
    ) -> tuple[StageResult, Path, RecordedProgress]:
        """Run the poster stage with a hero, and a walk-in that starts on `first`."""
        ambient = drifting(8)
        inputs = {
            "hero": write_picture(tmp_path / "hero.png", hero),
            "walkin": write_clip(tmp_path / "walkin.mkv", np.stack([first, first])),
            "seated": write_clip(tmp_path / "ambient.mkv", ambient),
        }
        return run_stage(finish.poster_stage(scene_of()), tmp_path, inputs)

    def test_every_format_and_width_without_enlarging(self, tmp_path: Path) -> None:
        """A hero of 700 px gives 640 and no more; the seat has the clip's own 160."""
        y, x = np.mgrid[:420, :700]
        hero = np.stack([x // 3, y // 2, (x + y) // 5], axis=-1).astype(np.uint8)
        result, folder, progress = self.posters(tmp_path, hero, _shrunk(hero, (96, 160, 3)))
        posters = result.facts["posters"]
        assert isinstance(posters, list)
        seen = {(p["kind"], p["width"], p["height"], p["type"]) for p in posters}  # type: ignore[index, call-overload]
        types = ("image/avif", "image/webp", "image/jpeg")
        sizes = [("room", 640, 384), ("seated", 160, 96)]
        assert seen == {(*size, mime) for size in sizes for mime in types}
        for name in result.files.values():
            assert (folder / name).stat().st_size > 100
        assert progress.notes == []

    def test_the_seat_is_the_reference_frame(self, tmp_path: Path) -> None:
        """`[screen] frame` of the master: where the corners were picked."""
        hero = drifting(1, 320, 192)[0]
        result, folder, _ = self.posters(tmp_path, hero, _shrunk(hero, (96, 160, 3)))
        seen = _pixels(folder / result.files["seated-160-webp"])
        apart = [np.abs(seen - picture.astype(int)).mean() for picture in drifting(8)]
        assert int(np.argmin(apart)) == 3

    def test_a_reference_frame_beyond_the_end(self, tmp_path: Path) -> None:
        """The scene is wrong, and hears which frames there are."""
        inputs = {
            "hero": write_picture(tmp_path / "hero.png", drifting(1)[0]),
            "walkin": write_clip(tmp_path / "walkin.mkv", drifting(2)),
            "seated": write_clip(tmp_path / "ambient.mkv", drifting(3)),
        }
        with pytest.raises(SceneError, match="got 3; expected 0 to 2, the frames of ambient"):
            run_stage(finish.poster_stage(scene_of()), tmp_path, inputs)

    @pytest.mark.parametrize("form", ["avif", "webp", "jpg"])
    def test_a_poster_has_the_heros_colours(self, tmp_path: Path, form: str) -> None:
        """Three formats, one colour."""
        hero = np.full((192, 320, 3), (200, 110, 60), np.uint8)
        result, folder, _ = self.posters(tmp_path, hero, hero[:96, :160])
        seen = _pixels(folder / result.files[f"poster-320-{form}"]).mean(axis=(0, 1))
        assert seen == pytest.approx((200, 110, 60), abs=3)

    def test_a_walk_in_that_starts_elsewhere_gives_its_own_poster(self, tmp_path: Path) -> None:
        """The poster is what the film starts with, and the author is told."""
        hero = np.full((192, 320, 3), (200, 110, 60), np.uint8)
        first = np.full((96, 160, 3), (20, 40, 90), np.uint8)
        result, folder, progress = self.posters(tmp_path, hero, first)
        seen = _pixels(folder / result.files["poster-160-jpg"]).mean(axis=(0, 1))
        assert seen == pytest.approx((20, 40, 90), abs=4)
        assert "does not start on the hero" in progress.notes[0]
        assert result.facts["from_hero"] is False


def _shrunk(picture: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The nearest pixels of `picture` in another size."""
    rows = (np.arange(shape[0]) + 0.5) * picture.shape[0] / shape[0]
    columns = (np.arange(shape[1]) + 0.5) * picture.shape[1] / shape[1]
    return picture[rows.astype(int)][:, columns.astype(int)]


def _pixels(path: Path) -> NDArray[np.int64]:
    """A still as a browser's decoder sees it: (height, width, 3) RGB."""
    import cv2

    decoded = cv2.imread(str(path))
    if decoded is None:
        raise AssertionError(f"{path.name}: OpenCV cannot read it")
    return decoded[..., ::-1].astype(np.int64)
