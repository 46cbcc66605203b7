"""From two stills' worth of prompts to a bundle, through a server; and then never again."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.cli.test_render import breathe
from tests.comfy_server import ComfyDouble

REPOSITORY = Path(__file__).parents[2]


def test_a_second_build_contacts_no_server(tmp_path: Path) -> None:
    """Not one request, with the server counting; nor does a frozen build on a machine without."""
    root = tmp_path / "room"
    source = REPOSITORY / "assets/source"
    shutil.copytree(REPOSITORY / "site_src", root / "site_src")
    shutil.copytree(REPOSITORY / "templates", root / "templates")
    shutil.copytree(REPOSITORY / "assets/font", root / "assets/font")
    (root / "assets/source").mkdir()
    shutil.copy(source / "hero.png", root / "assets/source/hero.png")
    scene = root / "site_src/scene.toml"
    with ComfyDouble() as server:
        server.footage = {
            "walkin": ["-ss", "10.43", "-i", str(source / "walkin.mkv")],
            "ambient": ["-i", str(source / "ambient.mkv")],
        }
        text = scene.read_text(encoding="utf-8")
        for clip in ("walkin", "ambient"):
            text = text.replace(f'file = "assets/source/{clip}.mkv"', "frames = 9")
        text = text.replace("size = [1280, 704]", "size = [320, 176]")
        text = text.replace("vmaf = 93.5", "vmaf = 80\nav1 = false")
        text = text.replace('render = "file"', 'render = "wan"')
        scene.write_text(text.replace('host = ""', f'host = "{server.url}"'), encoding="utf-8")
        first = breathe(root, "build")
        assert first.returncode == 0, first.stderr
        assert len(server.accepted) == 2
        server.requests.clear()
        second = breathe(root, "build")
        assert second.returncode == 0, second.stderr
        assert not server.requests
    assert breathe(root, "build", "--frozen").returncode == 0
    assert (root / "dist/index.html").is_file()
