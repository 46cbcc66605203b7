"""One file over HTTP: ranges, tags, 304 and 416 are tornado's; which file it is, the subclass says.

>>> chosen_encoding("gzip, br;q=0", ("br", "gzip"))
'gzip'
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import tornado.web


class FileHandler(tornado.web.StaticFileHandler):
    """GET and HEAD of a file that a subclass finds.

    Tags are of the content, never of the clock; what is said about caching is the subclass's.
    """

    SUPPORTED_METHODS = ("GET", "HEAD")
    root = ""

    def find(self, path: str) -> str | None:
        """The file behind a decoded path; None when the answer is complete without one."""
        raise NotImplementedError

    @classmethod
    def get_absolute_path(cls, root: str, path: str) -> str:
        """The address as it came."""
        del root
        return path

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        """No file has a name that is not UTF-8."""
        try:
            return super().decode_argument(value, name)
        except tornado.web.HTTPError as exc:
            raise tornado.web.HTTPError(404) from exc

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """As `find` has it."""
        del root
        return self.find(absolute_path)

    def get_modified_time(self) -> datetime | None:
        """Of no interest: a rebuild of the same bytes is not news."""
        return None

    def should_return_304(self) -> bool:
        """By the tag alone."""
        return self.check_etag_header()

    def get_cache_time(self, path: str, modified: datetime | None, mime_type: str) -> int:
        """Nothing beyond the subclass's own headers."""
        del path, modified, mime_type
        return 0

    def get_content(  # type: ignore[override]  # tornado calls it on the handler
        self, abspath: str, start: int | None = None, end: int | None = None
    ) -> bytes | Iterable[bytes]:
        """A range that is the whole file is a range nevertheless, as other hosts have it."""
        if start is not None and self.get_status() == 200:
            size = self.get_content_size()
            self.set_status(206)
            self.set_header("Content-Range", f"bytes 0-{size - 1}/{size}")
        return self.part(abspath, start, end)

    def part(self, file: str, start: int | None, end: int | None) -> bytes | Iterable[bytes]:
        """Bytes `start` up to `end` of the file."""
        return tornado.web.StaticFileHandler.get_content(file, start, end)


def chosen_encoding(accept: str | None, available: Collection[str]) -> str | None:
    """The first of `available` that an `Accept-Encoding` header takes (section 12.5.3).

    None means as it is. `available` is in order of preference.
    """
    weights: dict[str, float] = {}
    for part in (accept or "").split(","):
        name, _, parameter = part.strip().partition(";")
        weights[name.strip().lower()] = _quality(parameter)
    for name in available:
        if weights.get(name, weights.get("*", 0.0)) > 0:
            return name
    return None


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
