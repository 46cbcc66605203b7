"""The track stage on small clips of its own: rows, gates, joints, reasons."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from generator.engine.ports import Ports
from generator.engine.stage import StageRun
from generator.errors import AssetError, GateError, TrackError
from generator.light import stage as light
from generator.scene.model import AdjustKey, Clip, Handoff, Room, Scene, Screen, Track
from generator.track import __main__ as tracker
from generator.track import review
from generator.track import stage as track
from generator.video.ffmpeg import FfmpegBinary, find_ffmpeg
from tests.synthetic import Film, Recipe, film, save

SIZE = (640, 352)
BROUGHT = Clip(render="file", file="film.mkv")


@pytest.fixture(scope="module")
def shot() -> Film:
    return film(Recipe(frame_count=12))


@pytest.fixture(scope="module")
def master(shot, tmp_path_factory) -> Path:
    return save(shot.frames, tmp_path_factory.mktemp("clips") / "master.mkv")


def _scene(shot: Film, **settings) -> Scene:
    corners = tuple(map(tuple, (shot.text[0] / SIZE).tolist()))
    return Scene(
        room=Room(size=SIZE),
        screen=Screen(corners=corners),
        walkin=BROUGHT,
        ambient=replace(BROUGHT, loop="pingpong"),
        track=Track(**settings),
    )


def _run(stage, out: Path, **inputs: Path):
    ports = Ports(ffmpeg=FfmpegBinary())
    return stage.execute(StageRun(root=out, out_dir=out, inputs=inputs, ports=ports))


def _rows(out: Path) -> np.ndarray:
    told = json.loads((out / "track.json").read_text(encoding="utf-8"))
    return np.array(told["corners"]).reshape(-1, 4, 2) * SIZE


def test_a_ping_pong_has_one_row_for_each_playing_frame_at_the_true_place(shot, master, tmp_path):
    result = _run(track.stage(_scene(shot), "ambient"), tmp_path, master=master)
    rows = _rows(tmp_path)
    assert len(rows) == result.facts["playing_frame_count"] == 22
    assert (rows[12:] == rows[10:0:-1]).all()
    assert np.abs(rows[:12] - shot.text).max() < 0.15
    assert set(result.files) == {"track", "report"}


def test_two_runs_and_a_run_as_on_another_machine_give_the_same_bytes(shot, master, tmp_path):
    stage = track.stage(_scene(shot), "ambient")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        _run(stage, tmp_path / name, master=master)
    request = tmp_path / "request.json"
    request.write_text(json.dumps(dict(stage.params)), encoding="utf-8")
    away = tmp_path / "away"
    code = tracker.main([str(request), str(master), str(away), "--ffmpeg", str(find_ffmpeg())])
    assert code == 0
    for file in ("track.json", "report.json"):
        first = (tmp_path / "one" / file).read_bytes()
        assert (tmp_path / "two" / file).read_bytes() == (away / file).read_bytes() == first


def test_a_still_clip_gives_rows_that_are_all_the_same(tmp_path):
    still = film(Recipe(motion="still", frame_count=6, noise=1.5))
    clip = save(still.frames, tmp_path / "still.mp4", "-c:v", "libx264", "-crf", "23")
    _run(track.stage(_scene(still), "ambient"), tmp_path, master=clip)
    rows = _rows(tmp_path)
    assert (rows == rows[0]).all()
    assert np.abs(rows[0] - still.text[0]).max() < 0.01


def test_the_other_clip_is_tracked_across_the_joint(shot, master, tmp_path):
    walk = save(shot.frames[::-1].copy(), tmp_path / "walk.mkv")
    facts = _run(track.stage(_scene(shot), "walkin"), tmp_path, master=walk, anchor=master).facts
    assert np.abs(_rows(tmp_path) - shot.text[::-1]).max() < 0.15
    assert facts["reliable_from_frame"] == 0


def test_a_walk_in_says_from_which_frame_on_it_can_be_followed(shot, master, tmp_path):
    frames = np.concatenate([np.full_like(shot.frames[:3], 90), shot.frames[::-1]])
    walk = save(frames, tmp_path / "walk.mkv")
    facts = _run(track.stage(_scene(shot), "walkin"), tmp_path, master=walk, anchor=master).facts
    rows = _rows(tmp_path)
    assert facts["reliable_from_frame"] == 3
    told = json.loads((tmp_path / "track.json").read_text(encoding="utf-8"))
    assert told["reliable_from_frame"] == 3
    assert (rows[:3] == rows[3]).all()


def test_a_crossfade_longer_than_the_walk_in_is_named(shot, master, tmp_path):
    scene = replace(_scene(shot), handoff=Handoff(crossfade_s=5.0))
    with pytest.raises(TrackError, match=r"\[handoff\] crossfade_s: got 5 s.* at most 0.75 s"):
        _run(track.stage(scene, "walkin"), tmp_path, master=master, anchor=master)


def test_a_loop_that_loses_the_screen_is_refused_with_the_frame(shot, tmp_path):
    frames = shot.frames.copy()
    frames[7] = 128
    clip = save(frames, tmp_path / "lost.mkv")
    with pytest.raises(TrackError, match="frame 7"):
        _run(track.stage(_scene(shot), "ambient"), tmp_path, master=clip)
    assert not (tmp_path / "track.json").exists()


def test_a_gate_names_the_frame_and_the_setting(shot, master, tmp_path):
    with pytest.raises(GateError, match="max_residual"):
        stage = track.stage(_scene(shot, max_residual=0.0), "ambient")
        _run(stage, tmp_path, master=master)


def test_a_clip_of_another_size_is_refused(shot, master, tmp_path):
    scene = replace(_scene(shot), room=Room(size=(320, 176)))
    with pytest.raises(AssetError, match="640x352"):
        _run(track.stage(scene, "ambient"), tmp_path, master=master)


def test_a_key_moves_the_row_by_what_it_says(shot, master, tmp_path):
    (tmp_path / "plain").mkdir()
    _run(track.stage(_scene(shot), "ambient"), tmp_path / "plain", master=master)
    key = AdjustKey(frame=6, offset_px=((2.0, 1.0),) * 4, reach_s=0.25)
    _run(track.stage(_scene(shot, adjust=(key,)), "ambient"), tmp_path, master=master)
    moved = _rows(tmp_path) - _rows(tmp_path / "plain")
    assert np.abs(moved[6] - [2.0, 1.0]).max() < 0.02
    assert (moved[:2] == 0).all()


def test_the_feature_tracker_follows_too_only_less_well(shot, master, tmp_path):
    _run(track.stage(_scene(shot, method="lk"), "ambient"), tmp_path, master=master)
    assert np.abs(_rows(tmp_path)[:12] - shot.text).max() < 1.5


def test_report_page_and_preview_can_be_looked_at(shot, master, tmp_path):
    _run(track.stage(_scene(shot), "ambient"), tmp_path, master=master)
    ffmpeg = FfmpegBinary()
    report = tmp_path / "report.json"
    review.write_report(report, master, tmp_path / "report.html", ffmpeg)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 4
    assert "data:image/jpeg" in page
    preview = tmp_path / "preview.mkv"
    review.write_preview(report, master, preview, Ports(ffmpeg=ffmpeg))
    assert preview.stat().st_size > 10_000


def test_a_known_dip_and_a_warm_tint_are_measured(shot, master, tmp_path):
    scene = _scene(shot)
    _run(track.stage(scene, "ambient"), tmp_path, master=master)
    share = np.linspace(1.0, 0.75, len(shot.frames))
    tint = np.linspace(0.0, 0.2, len(shot.frames))
    factors = np.stack([share * (1 + tint), share, share * (1 - tint)], axis=-1)
    even = np.full((len(share), SIZE[1], SIZE[0], 3), 0.4) * factors[:, None, None]
    encoded = np.where(even <= 0.0031308, 12.92 * even, 1.055 * even ** (1 / 2.4) - 0.055)
    frames = np.rint(encoded * 255).astype(np.uint8)
    clip = save(frames, tmp_path / "dip.mkv", "-c:v", "libx264rgb", "-qp", "0")
    inputs = {"track": tmp_path / "track.json", "report": tmp_path / "report.json"}
    _run(light.stage(scene, "ambient"), tmp_path, master=clip, **inputs)
    told = json.loads((tmp_path / "light.json").read_text(encoding="utf-8"))
    expected = share * (0.2126 * (1 + tint) + 0.7152 + 0.0722 * (1 - tint))
    assert told["frame_count"] == 22
    assert np.abs(np.array(told["brightness"][:12]) - expected).max() < 0.03
    assert np.abs(np.array(told["warmth"][:12]) - tint).max() < 0.03
