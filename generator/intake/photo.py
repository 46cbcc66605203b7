"""Any photo → one upright, opaque sRGB picture that every later step reads alike.

    taken = take_photo(Path("IMG_4711.HEIC"), Path("room/assets/source/hero"))
    taken.path, taken.changes       # hero.jpg, ("colours from Display P3 to sRGB", ...)

A photo that is such a picture already is copied to the byte. What was compressed with loss becomes
a JPEG at 97 with colour at full size, what was not a PNG.
"""

from __future__ import annotations

import io
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.engine.disk import disk_errors
from generator.errors import AssetError

MAX_MEGAPIXELS = 120
"""Phones reach 108; a decoded picture takes three bytes a pixel."""
EXPECTED = "a photo, such as JPEG, PNG, HEIC, AVIF, WebP or TIFF"
_PLAIN = {"JPEG": ".jpg", "PNG": ".png"}
_LOSSY = {"JPEG", "MPO", "HEIF", "AVIF", "WEBP", "JPEG2000"}
_SEVERAL = {"MPO", "HEIF"}
"""Formats that keep other pictures (depth, previews, a burst) beside the photo itself."""
_MATTE = (255, 255, 255)
_ORIENTATION = 0x0112
_QUALITY = 97
_HEAD_BYTES = 65_536
"""Where HEIC and AVIF keep their boxes; the pictures come after."""


@dataclass(frozen=True)
class TakenPhoto:
    """What was taken in: the file that was written, its size, and what was changed on the way."""

    path: Path
    size_px: tuple[int, int]
    changes: tuple[str, ...]


def take_photo(source: Path, target: Path) -> TakenPhoto:
    """Write the photo at `source` to `target` (without a suffix: the format's own is added).

    Raises AssetError for what is no photo, is cut short, moves, or is beyond all measure;
    StoreError from the disk.
    """
    with _opened(source) as image:
        _require_one_photo(image, source)
        kind = image.format or ""
        changes: list[str] = []
        whole = _decoded(image, source)
        picture = _plain(whole, image, changes, source)
    keeps = not changes and kind in _PLAIN and picture.mode in ("RGB", "L")
    suffix = _PLAIN[kind] if keeps else ".jpg" if kind in _LOSSY else ".png"
    path = target.with_name(target.name + suffix)
    with disk_errors(str(path.parent)):
        if keeps and _reads_alike(source):
            shutil.copyfile(source, path)
        else:
            if not changes:
                new = "JPEG" if suffix == ".jpg" else "PNG"
                old = _name(kind)
                changes.append(f"from {old} to {new}" if old != new else "written anew, whole")
            _save(picture.convert("RGB"), path)
    return TakenPhoto(path, picture.size, tuple(changes))


@contextmanager
def _opened(source: Path) -> Iterator[Any]:
    """The picture, its header read. Raises AssetError."""
    from PIL import Image, UnidentifiedImageError
    from pillow_heif import register_heif_opener

    register_heif_opener(thumbnails=False)
    subject = str(source)
    try:
        # Our own limit speaks; Pillow's would only warn, at another size.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(source)
    except (FileNotFoundError, IsADirectoryError) as exc:
        got = "no such file" if isinstance(exc, FileNotFoundError) else "a folder"
        raise AssetError(subject, got=got, expected=EXPECTED) from None
    except UnidentifiedImageError:
        raise AssetError(
            subject,
            got="a file that is no picture of any known kind",
            expected=EXPECTED,
            remedy="save it as JPEG or PNG with the program that opens it",
        ) from None
    except Image.DecompressionBombError:
        raise _too_large(subject, "more than any camera makes") from None
    except (OSError, ValueError, SyntaxError, EOFError) as exc:
        raise AssetError(subject, got=f"a damaged file ({exc})", expected=EXPECTED) from exc
    with image:
        yield image


def _require_one_photo(image: Any, source: Path) -> None:
    width, height = image.size
    if width * height > MAX_MEGAPIXELS * 1_000_000:
        raise _too_large(str(source), f"{width}x{height} px")
    if image.format == "GIF" or image.format not in _SEVERAL:
        count = getattr(image, "n_frames", 1)
        if count > 1:
            raise AssetError(
                str(source),
                got=f"{count} pictures in one file",
                expected="one photo",
                remedy="save one picture of it as JPEG or PNG; a film: breathe add ambient FILE",
            )


def _too_large(subject: str, got: str) -> AssetError:
    return AssetError(
        subject,
        got=f"a picture of {got}",
        expected=f"at most {MAX_MEGAPIXELS} megapixels",
        remedy="take a smaller copy: from 4000 px on the longer side nothing more is seen",
    )


def _decoded(image: Any, source: Path) -> Any:
    """All of its pixels. Some bytes too few at the end cost nothing; a missing part is refused."""
    from PIL import ImageFile

    try:
        image.load()
    except (OSError, SyntaxError, ValueError, EOFError) as exc:
        reason = str(exc) or type(exc).__name__
    else:
        return image
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        from PIL import Image

        with Image.open(source) as again:
            again.load()
    except Exception as exc:
        raise _cut_short(source, reason) from exc
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
    if _missing_rows(again) > again.height // 200:
        raise _cut_short(source, reason)
    return again


def _cut_short(source: Path, reason: str) -> AssetError:
    return AssetError(
        str(source),
        got=f"a picture that does not decode to its end ({reason})",
        expected="a whole photo",
        remedy="copy it again; a copy that was cut short looks like this",
    )


def _missing_rows(image: Any) -> int:
    """Rows at the bottom that are one colour, the same in all: what decoders fill a gap with."""
    import numpy as np

    rows = np.asarray(image.convert("RGB"))
    same = (rows == rows[-1, -1]).all(axis=(1, 2))[::-1]
    return int(len(same) if same.all() else same.argmin())


def _plain(image: Any, opened: Any, changes: list[str], source: Path) -> Any:
    """Upright, opaque, eight bits, sRGB; what it took is added to `changes`."""
    from PIL import ImageOps

    if opened.getexif().get(_ORIENTATION, 1) != 1:
        image = ImageOps.exif_transpose(image)
        changes.append("turned upright")
    image = _eight_bits(image, changes)
    image = _opaque(image, changes)
    return _in_srgb(image, opened.info.get("icc_profile"), changes, source)


def _eight_bits(image: Any, changes: list[str]) -> Any:
    """Palettes and bilevel to colour and grey; sixteen bits and floats scaled to eight."""
    import numpy as np
    from PIL import Image

    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, dtype=np.float64)
        top = 65535.0 if image.mode.startswith("I") else max(float(values.max()), 1e-9)
        changes.append("to eight bits a channel")
        return Image.fromarray(np.clip(np.rint(values / top * 255), 0, 255).astype(np.uint8))
    if image.mode == "1":
        return image.convert("L")
    if image.mode == "P":
        has_alpha = "transparency" in image.info
        return image.convert("RGBA" if has_alpha else "RGB")
    return image


def _opaque(image: Any, changes: list[str]) -> Any:
    from PIL import Image

    if "A" not in image.getbands() and "transparency" not in image.info:
        return image
    rgba = image.convert("RGBA")
    if rgba.getchannel("A").getextrema() != (255, 255):
        changes.append("transparent parts laid on white")
    matte = Image.new("RGBA", rgba.size, (*_MATTE, 255))
    return Image.alpha_composite(matte, rgba).convert("RGB")


def _in_srgb(image: Any, profile: bytes | None, changes: list[str], source: Path) -> Any:
    """Colours brought to sRGB, relative colorimetric with black point compensation."""
    import numpy as np
    from PIL import Image, ImageCms

    from generator.intake.colour import code_points, to_srgb

    if not profile:
        points = code_points(source.read_bytes()[:_HEAD_BYTES])
        if points and points.needs_mapping and image.mode == "RGB":
            changes.append(f"colours from {points.name} to sRGB")
            return Image.fromarray(to_srgb(np.asarray(image), points))
        if image.mode in ("CMYK", "YCCK", "LAB"):
            changes.append(f"from {image.mode} to sRGB without a profile: colours are a guess")
        return image if image.mode in ("RGB", "L") else image.convert("RGB")
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        name = (ImageCms.getProfileDescription(own) or "").strip() or "its own profile"
        srgb = ImageCms.createProfile("sRGB")
        if image.mode not in ("RGB", "L", "CMYK", "LAB"):
            image = image.convert("RGB")
        converted = ImageCms.profileToProfile(
            image,
            own,
            srgb,
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError) as exc:
        changes.append(f"its colour profile cannot be used ({exc}); taken as sRGB")
        return image.convert("RGB")
    if image.mode == "RGB" and _looks_alike(image, converted):
        return image
    changes.append(f"colours from {name} to sRGB")
    return converted


def _looks_alike(one: Any, other: Any) -> bool:
    """Whether two pictures differ by rounding alone: the profile was sRGB under another name."""
    import numpy as np

    small = (256, 256)
    first, second = (np.asarray(i.resize(small), dtype=np.int16) for i in (one, other))
    return bool(np.abs(first - second).max() <= 2)


def _reads_alike(source: Path) -> bool:
    """Whether the bundled ffmpeg reads the file as strictly as later steps ask."""
    from generator.video.ffmpeg import FfmpegBinary
    from generator.video.metadata import probe_photo

    try:
        probe_photo(FfmpegBinary(), source, name=str(source))
    except AssetError:
        return False
    return True


def _save(picture: Any, path: Path) -> None:
    if path.suffix == ".jpg":
        picture.save(path, "JPEG", quality=_QUALITY, subsampling=0, icc_profile=None)
    else:
        picture.save(path, "PNG", compress_level=6, icc_profile=None)


def _name(kind: str) -> str:
    return {"MPO": "JPEG", "HEIF": "HEIC", "WEBP": "WebP"}.get(kind, kind)
