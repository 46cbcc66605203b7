r"""The bytes of a feed to text, whatever its labels say: they are wrong more often than the bytes.

>>> decode(b"<?xml version='1.0' encoding='utf-8'?><a>Caf\xe9", "text/xml")[-4:]
'Café'
"""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    # "<" and what follows it, without a mark
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
    (b"\x4c\x6f\xa7\x94", "cp037"),
)
# Labels that are read as a larger set, as browsers do (encoding.spec.whatwg.org).
_WIDER = {
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
}
_SEVEN_BIT = re.compile(r"iso-2022|utf-?7|hz", re.IGNORECASE)


def decode(body: bytes, content_type: str = "") -> str:
    """`body` as text. `content_type`: the server's header, believed last.

    Bytes that are no UTF-8 in a text that otherwise is are read as Windows-1252, one by one.
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body.decode(encoding, errors="replace").removeprefix("\ufeff")
    declared = re.search(rb"""^[^>]{0,100}\bencoding\s*=\s*["']([\w.:-]{1,40})["']""", body[:400])
    served = re.search(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", content_type, re.IGNORECASE)
    labels = [declared[1].decode("ascii")] if declared else []
    labels += [served[1]] if served else []
    for label in (*filter(_SEVEN_BIT.match, labels), "utf-8", *labels):
        text = _decoded(body, label)
        if text is not None:
            return text
    return body.decode("utf-8", errors="breathe-cp1252")


def _decoded(body: bytes, label: str) -> str | None:
    try:
        encoding = codecs.lookup(_WIDER.get(label.lower(), label))
        # Some of Python's codecs are no character sets: they unescape, or compress.
        return None if "escape" in encoding.name else body.decode(encoding.name)
    except (LookupError, ValueError):
        return None


def _one_by_one(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    stray = error.object[error.start : error.end]
    return stray.decode("cp1252", errors="replace"), error.end


codecs.register_error("breathe-cp1252", _one_by_one)
