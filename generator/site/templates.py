"""Filling the author's templates, with errors that name the line.

    render_page(root / "templates", "index.html.j2", {"page": context})

A template is compiled once and again when its content changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.errors import BuildError

if TYPE_CHECKING:
    import jinja2


def render_page(folder: Path, template: str, context: Mapping[str, Any]) -> str:
    """Fill `template` of `folder`. Raises BuildError with the template's file and line."""
    import jinja2

    try:
        return _environment(folder).get_template(template).render(**context)
    except jinja2.TemplateNotFound as exc:
        raise BuildError(
            f"templates/{exc.name}",
            got="no such template",
            expected="it beside the others",
            remedy="take it from a fresh project: breathe new DIR",
        ) from exc
    except jinja2.TemplateSyntaxError as exc:
        raise BuildError(
            f"templates/{exc.name or template}:{exc.lineno}",
            got=exc.message or "a syntax error",
            expected="a jinja2 template",
        ) from exc
    except jinja2.UndefinedError as exc:
        raise BuildError(
            f"templates/{template}:{_template_line(exc)}",
            got=exc.message or "an undefined name",
            expected="one of the names that the comment at the template's top lists",
        ) from exc


@lru_cache(maxsize=4)
def _environment(folder: Path) -> jinja2.Environment:
    """The templates of one folder, each compiled once and again when its content has changed."""
    import jinja2
    from jinja2.loaders import split_template_path

    def load(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        path = folder.joinpath(*split_template_path(name))
        source = _text(path)
        # jinja2's own loader goes by mtime, which two saves in one tick of the disk share.
        return None if source is None else (source, str(path), lambda: _text(path) == source)

    return jinja2.Environment(
        loader=jinja2.FunctionLoader(load),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _text(path: Path) -> str | None:
    """What the file says; None where there is none. Raises BuildError for what is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as exc:
        raise BuildError(
            f"templates/{path.name}",
            got=f"bytes that are not UTF-8 ({exc.reason})",
            expected="text",
        ) from exc


def _template_line(exc: BaseException) -> int:
    """The innermost template line of a traceback (jinja2 maps its frames to template lines)."""
    line = 0
    traceback = exc.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename.endswith(".j2"):
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line
