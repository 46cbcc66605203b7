"""Photos of every kind: taken in as a colour-managed viewer shows them, or refused truly."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from generator.errors import AssetError
from generator.intake.colour import CodePoints, code_points, to_srgb
from generator.intake.photo import take_photo

pillow_heif.register_heif_opener()
WIDTH, HEIGHT = 400, 328


def scene() -> Image.Image:
    """Smooth colours over the whole gamut, and an edge."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    red, green = 40 + 170 * x / WIDTH, 40 + 170 * y / HEIGHT
    blue = 60 + 90 * np.sin(x / 60) ** 2 + np.where(x + y < 200, 60, 0)
    return Image.fromarray(np.stack([red, green, blue], axis=-1).astype(np.uint8))


def pixels(path: Path) -> NDArray[np.float64]:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"), dtype=np.float64)


def rms(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    return float(np.sqrt(((first - second) ** 2).mean()))


def save(target: Path, **options: Any) -> Path:
    scene().save(target, **options)
    return target


def turned(path: Path) -> Path:
    """A JPEG whose pixels lie on their side and whose EXIF says so."""
    exif = Image.Exif()
    exif[0x0112] = 6
    scene().rotate(90, expand=True).save(path, exif=exif, quality=95)
    return path


def sixteen_bits(path: Path) -> Path:
    grey = np.asarray(scene().convert("L"), dtype=np.uint16) * 257
    Image.fromarray(grey).save(path)
    return path


def half_transparent(path: Path) -> Path:
    picture = scene().convert("RGBA")
    picture.putalpha(Image.new("L", picture.size, 128))
    picture.save(path)
    return path


def some_bytes_short(path: Path) -> Path:
    save(path, quality=92)
    path.write_bytes(path.read_bytes()[:-6])
    return path


def with_more_behind(path: Path) -> Path:
    save(path, quality=92)
    path.write_bytes(path.read_bytes() + b"\0" * 999)
    return path


def two_in_one(path: Path) -> Path:
    """As phones keep a depth map beside the photo."""
    scene().save(path, format="MPO", save_all=True, append_images=[scene().resize((80, 64))])
    return path


GREY = "grey"
MATTE = "matte"
TAKEN: dict[str, tuple[Callable[[Path], Path], str, float]] = {
    "plain.png": (save, ".png", 0),
    "plain.jpg": (lambda p: save(p, quality=95), ".jpg", 3),
    "plain.webp": (lambda p: save(p, quality=95), ".jpg", 3),
    "lossless.webp": (lambda p: save(p, lossless=True), ".jpg", 2),
    "plain.avif": (lambda p: save(p, quality=95), ".jpg", 3),
    "plain.heic": (lambda p: save(p, quality=95), ".jpg", 3),
    "PHONE.HEIC": (lambda p: save(p, quality=95, format="HEIF"), ".jpg", 3),
    "really-heic.jpg": (lambda p: save(p, quality=95, format="HEIF"), ".jpg", 3),
    "really-png.jpg": (lambda p: save(p, format="PNG"), ".png", 0),
    "plain.tiff": (save, ".png", 0),
    "packed.tif": (lambda p: save(p, compression="tiff_lzw"), ".png", 0),
    "plain.bmp": (save, ".png", 0),
    "plain.jp2": (save, ".jpg", 3),
    "plain.tga": (save, ".png", 0),
    "plain.ppm": (save, ".png", 0),
    "progressive.jpg": (lambda p: save(p, quality=95, progressive=True), ".jpg", 3),
    "turned.jpg": (turned, ".jpg", 3),
    "short.jpg": (some_bytes_short, ".jpg", 4),
    "more.jpg": (with_more_behind, ".jpg", 4),
    "two.jpg": (two_in_one, ".jpg", 4),
    "palette.png": (lambda p: _as(p, "P"), ".png", 40),
    "still.gif": (lambda p: _as(p, "P"), ".png", 40),
}


def _as(path: Path, mode: str) -> Path:
    scene().convert(mode).save(path)
    return path


@pytest.mark.parametrize("name", TAKEN)
def test_a_photo_is_taken_in_as_it_looks(tmp_path: Path, name: str) -> None:
    make, suffix, tolerance = TAKEN[name]
    taken = take_photo(make(tmp_path / name), tmp_path / "hero")
    assert taken.path.name == f"hero{suffix}"
    assert taken.size_px == (WIDTH, HEIGHT)
    assert rms(pixels(taken.path), np.asarray(scene(), dtype=np.float64)) <= tolerance


def test_what_can_be_used_already_is_copied_to_the_byte(tmp_path: Path) -> None:
    photo = save(tmp_path / "photo.jpg", quality=80)
    taken = take_photo(photo, tmp_path / "hero")
    assert taken.changes == ()
    assert taken.path.read_bytes() == photo.read_bytes()


def test_grey_of_sixteen_bits_keeps_its_tones(tmp_path: Path) -> None:
    taken = take_photo(sixteen_bits(tmp_path / "scan.png"), tmp_path / "hero")
    grey = np.asarray(scene().convert("L").convert("RGB"), dtype=np.float64)
    assert rms(pixels(taken.path), grey) <= 0.6
    assert taken.changes == ("to eight bits a channel",)


def test_transparent_parts_are_laid_on_white(tmp_path: Path) -> None:
    taken = take_photo(half_transparent(tmp_path / "cut.png"), tmp_path / "hero")
    half = (np.asarray(scene(), dtype=np.float64) + 255) / 2
    assert rms(pixels(taken.path), half) <= 2
    assert taken.changes == ("transparent parts laid on white",)


PRIMARIES = {
    "Display P3": (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 2.2),
    "Adobe RGB": (0.640, 0.330, 0.210, 0.710, 0.150, 0.060, 2.2),
    "ProPhoto": (0.7347, 0.2653, 0.1596, 0.8404, 0.0366, 0.0001, 1.8),
}


def profile(name: str) -> bytes:
    """An ICC matrix profile of these primaries, made from its definition (ICC.1:2022, 8.3.3)."""
    *xy, gamma = PRIMARIES[name]
    white = np.array([0.9505, 1.0, 1.0890])
    columns = np.array(
        [[x / y, 1, (1 - x - y) / y] for x, y in zip(xy[::2], xy[1::2], strict=True)]
    ).T
    to_xyz = columns * np.linalg.solve(columns, white)
    bradford = np.array(
        [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
    )
    d50 = np.array([0.9642, 1.0, 0.8249])
    ratio = (bradford @ d50) / (bradford @ white)
    adapted = np.linalg.inv(bradford) @ np.diag(ratio) @ bradford @ to_xyz

    def fixed(value: float) -> bytes:
        return round(value * 65536).to_bytes(4, "big", signed=True)

    def tag_xyz(values: NDArray[np.float64]) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(fixed(float(v)) for v in values)

    curve = b"curv\0\0\0\0\0\0\0\1" + round(gamma * 256).to_bytes(2, "big") + b"\0\0"
    words = name.encode()
    desc = b"desc\0\0\0\0" + (len(words) + 1).to_bytes(4, "big") + words + b"\0" + bytes(78)
    desc += bytes(-len(desc) % 4)
    tags = {b"desc": desc, b"wtpt": tag_xyz(d50), b"cprt": b"text\0\0\0\0none\0\0\0\0"}
    for letter, column in zip((b"r", b"g", b"b"), adapted.T, strict=True):
        tags[letter + b"XYZ"] = tag_xyz(column)
        tags[letter + b"TRC"] = curve
    table, data = b"", b""
    offset = 128 + 4 + 12 * len(tags)
    for key, value in tags.items():
        table += key + (offset + len(data)).to_bytes(4, "big") + len(value).to_bytes(4, "big")
        data += value
    body = len(tags).to_bytes(4, "big") + table + data
    head = bytearray(128)
    head[0:4] = (128 + len(body)).to_bytes(4, "big")
    head[8:12] = bytes([2, 0x40, 0, 0])
    head[12:24] = b"mntrRGB XYZ "
    head[36:40] = b"acsp"
    head[68:80] = b"".join(fixed(float(v)) for v in d50)
    return bytes(head) + body


@pytest.mark.parametrize("name", PRIMARIES)
def test_colours_of_a_profile_come_out_in_srgb(tmp_path: Path, name: str) -> None:
    """Against the profile's own definition: a picture written in it by the inverse of the map."""
    icc = profile(name)
    own = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    written = ImageCms.profileToProfile(scene(), ImageCms.createProfile("sRGB"), own)
    photo = tmp_path / "photo.png"
    written.save(photo, icc_profile=icc)
    assert rms(np.asarray(written, dtype=np.float64), np.asarray(scene(), dtype=np.float64)) > 4
    taken = take_photo(photo, tmp_path / "hero")
    assert taken.changes == (f"colours from {name} to sRGB",)
    assert rms(pixels(taken.path), np.asarray(scene(), dtype=np.float64)) <= 1.5
    with Image.open(taken.path) as picture:
        assert "icc_profile" not in picture.info


def test_a_profile_that_is_srgb_already_changes_nothing(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo = save(tmp_path / "photo.png", icc_profile=srgb)
    assert take_photo(photo, tmp_path / "hero").changes == ()


def test_a_broken_profile_is_said_and_the_photo_taken(tmp_path: Path) -> None:
    photo = save(tmp_path / "photo.png", icc_profile=b"not a profile at all")
    (change,) = take_photo(photo, tmp_path / "hero").changes
    assert change.startswith("its colour profile cannot be used")


def test_printers_inks_are_turned_to_light(tmp_path: Path) -> None:
    scene().convert("CMYK").save(tmp_path / "print.jpg", quality=95)
    taken = take_photo(tmp_path / "print.jpg", tmp_path / "hero")
    assert "colours are a guess" in taken.changes[0]
    assert rms(pixels(taken.path), np.asarray(scene(), dtype=np.float64)) <= 4


def test_code_points_are_read_and_mapped() -> None:
    """Display P3 green has no name in sRGB but the nearest; greys stay, whatever the primaries."""
    head = b"\0\0\0\x13colrnclx" + bytes([0, 12, 0, 13, 0, 6, 0x80])
    assert code_points(head) == CodePoints(12, 13)
    assert code_points(b"ftypheic") is None
    grey = np.full((4, 4, 3), 120, np.uint8)
    for primaries in (9, 12):
        assert np.abs(to_srgb(grey, CodePoints(primaries, 13)).astype(int) - 120).max() <= 1
    orange = np.full((1, 1, 3), (200, 120, 60), np.uint8)
    red, green, blue = to_srgb(orange, CodePoints(12, 13))[0, 0]
    assert red > 205
    assert blue < 60
    assert abs(int(green) - 118) <= 4


@pytest.mark.parametrize("transfer", [16, 18])
def test_high_dynamic_range_keeps_white_white_and_dark_dark(transfer: int) -> None:
    steps = np.linspace(0, 255, 64).astype(np.uint8)
    ramp = np.repeat(steps[None, :, None], 3, axis=2)
    mapped = to_srgb(ramp, CodePoints(9, transfer))[0, :, 1].astype(int)
    assert (np.diff(mapped) >= 0).all()
    assert mapped[0] == 0
    assert mapped[-1] >= 250
    diffuse = {16: 0.581, 18: 0.75}[transfer]  # 203 nits, ITU-R BT.2408 table 1
    assert 170 <= mapped[round(diffuse * 63)] <= 240


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "words.jpg": (lambda p: p.write_text("no picture"), "no picture of any known kind"),
    "page.svg": (lambda p: p.write_text("<svg/>"), "no picture of any known kind"),
    "cut.jpg": (lambda p: _cut(save(p, quality=95), 0.4), "does not decode to its end"),
    "cut.png": (lambda p: _cut(save(p), 0.4), "does not decode to its end"),
    "cut.heic": (lambda p: _cut(save(p), 0.5), ""),
    "head.jpg": (lambda p: _cut(save(p), 0.01), ""),
    "moving.gif": (
        lambda p: scene().save(p, save_all=True, append_images=[scene().rotate(2)]),
        "2 pictures in one file",
    ),
    "moving.png": (
        lambda p: scene().save(p, save_all=True, append_images=[scene().rotate(2)]),
        "2 pictures in one file",
    ),
    "moving.webp": (
        lambda p: scene().save(p, save_all=True, append_images=[scene().rotate(2)]),
        "2 pictures in one file",
    ),
    "huge.png": (lambda p: Image.new("1", (16000, 16000)).save(p), "megapixels"),
    "large.png": (lambda p: Image.new("1", (12000, 10500)).save(p), "12000x10500 px"),
    "folder.jpg": (lambda p: p.mkdir(), "a folder"),
    "gone.jpg": (lambda p: None, "no such file"),
}


def _cut(path: Path, share: float) -> None:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_photo_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    make, words = REFUSED[name]
    make(tmp_path / name)
    with pytest.raises(AssetError, match=r"expected .*photo|megapixels") as refused:
        take_photo(tmp_path / name, tmp_path / "hero")
    assert words in str(refused.value)
    assert not list(tmp_path.glob("hero*"))
