"""What Chromium decodes from the clips and posters that finish makes: colours and frame times."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from generator.finish import stage as finish
from generator.scene.model import Clip, Finish, Room, Scene
from tests.clips import run_stage, write_clip, write_picture

SIZE = (320, 176)
ORANGE, TEAL = (255, 128, 64), (32, 120, 140)
PATCH = """
    const canvas = document.createElement("canvas");
    const patch = (source, x, width, height) => {
        canvas.width = width; canvas.height = height;
        const context = canvas.getContext("2d", {willReadFrequently: true});
        context.drawImage(source, 0, 0, width, height);
        return [...context.getImageData(width * x, height / 2, 1, 1).data].slice(0, 3);
    };
"""


def url_of(path: Path, mime: str) -> str:
    """The file as a URL that taints no canvas."""
    return f"data:{mime};base64,{base64.b64encode(path.read_bytes()).decode()}"


def halves(width: int, height: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Orange on the left, teal on the right."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[:, : width // 2] = ORANGE
    picture[:, width // 2 :] = TEAL
    return picture


@pytest.fixture(scope="module")
def scene() -> Scene:
    """A scene of fewer than 720 lines, where untagged video would turn BT.601."""
    return Scene(
        room=Room(hero="hero.png", size=SIZE, fps=16),
        walkin=Clip(render="file", file="walkin.mkv"),
        finish=Finish(vmaf=97.0),
    )


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory, scene: Scene) -> dict[str, tuple[Path, str]]:
    """A walk-in of two colours and one moving bar: label → (file, type)."""
    folder = tmp_path_factory.mktemp("colour")
    pictures = np.repeat(halves(*SIZE)[None], 24, axis=0)
    for k, picture in enumerate(pictures):
        picture[:40, 8 * k : 8 * k + 6] = 200
    master = write_clip(folder / "walkin.mkv", pictures)
    result, out_dir, _ = run_stage(finish.stage(scene, "walkin"), folder, {"master": master})
    encodes = result.facts["encodes"]
    assert isinstance(encodes, list)
    return {
        str(encode["label"]): (out_dir / result.files[str(encode["label"])], str(encode["type"]))  # type: ignore[index, call-overload]
        for encode in encodes
    }


@pytest.mark.parametrize("label", ["h264", "av1"])
def test_a_clip_has_its_true_colours(
    page: Page, clips: dict[str, tuple[Path, str]], label: str
) -> None:
    """Red and green within 3 levels; read as BT.601, this orange would be (243, 119, 68).

    Blue gets 7: one step of 8-bit chroma is 2 levels of it, and Chromium itself adds 4.
    """
    path, mime = clips[label]
    seen = page.evaluate(
        "async ([url]) => {"
        + PATCH
        + """
            const video = Object.assign(document.createElement("video"), {muted: true, src: url});
            document.body.append(video);
            await new Promise((done, fail) => {
                video.requestVideoFrameCallback(done);
                video.onerror = () => fail(new Error(video.error.message));
                video.play();
            });
            const at = (x) => patch(video, x, video.videoWidth, video.videoHeight);
            return [at(0.25), at(0.75)];
        }""",
        [url_of(path, "video/mp4")],
    )
    assert page.evaluate("type => document.createElement('video').canPlayType(type)", mime)
    for color, wanted in zip(seen, (ORANGE, TEAL), strict=True):
        assert color[:2] == pytest.approx(wanted[:2], abs=3)
        assert color[2] == pytest.approx(wanted[2], abs=7)


@pytest.mark.parametrize("label", ["h264", "av1"])
def test_every_frame_has_its_exact_time(
    page: Page, clips: dict[str, tuple[Path, str]], label: str
) -> None:
    """Media times are whole sixteenths of a second, up to the last frame."""
    path, _ = clips[label]
    times = page.evaluate(
        """async ([url]) => {
            const video = Object.assign(document.createElement("video"), {muted: true, src: url});
            document.body.append(video);
            const times = [];
            const note = (_, frame) => {
                times.push(frame.mediaTime);
                video.requestVideoFrameCallback(note);
            };
            video.requestVideoFrameCallback(note);
            await new Promise((done, fail) => {
                video.onended = done;
                video.onerror = () => fail(new Error(video.error.message));
                video.play();
            });
            return times;
        }""",
        [url_of(path, "video/mp4")],
    )
    assert len(times) > 2
    for time_s in times:
        assert time_s * 16 == pytest.approx(round(time_s * 16), abs=1e-3)
    assert max(times) <= 23 / 16 + 1e-6


def test_posters_match_the_film(
    page: Page, tmp_path: Path, scene: Scene, clips: dict[str, tuple[Path, str]]
) -> None:
    """AVIF, WebP and JPEG of the hero look like the walk-in's first frame: no jump at the start."""
    hero = write_picture(tmp_path / "hero.png", halves(640, 352))
    first = write_clip(tmp_path / "walkin.mkv", np.repeat(halves(*SIZE)[None], 2, axis=0))
    inputs = {"hero": hero, "walkin": first, "seated": first}
    result, folder, _ = run_stage(finish.poster_stage(scene), tmp_path, inputs)
    for form, mime in (("avif", "image/avif"), ("webp", "image/webp"), ("jpg", "image/jpeg")):
        seen = page.evaluate(
            "async ([url]) => {"
            + PATCH
            + """
                const image = Object.assign(new Image(), {src: url});
                await image.decode();
                const at = (x) => patch(image, x, image.naturalWidth, image.naturalHeight);
                return [at(0.25), at(0.75)];
            }""",
            [url_of(folder / result.files[f"poster-640-{form}"], mime)],
        )
        assert seen[0] == pytest.approx(ORANGE, abs=4), form
        assert seen[1] == pytest.approx(TEAL, abs=4), form
