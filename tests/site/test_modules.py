"""Imports are held to lead somewhere while a page is built, not when somebody visits it."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.errors import BuildError
from generator.site.bundle import Content
from generator.site.modules import first_modules, refuse_lost_links

ROOT = Path(__file__).resolve().parents[2]
SOURCES: dict[str, Content] = {
    "runtime/main.js": b"import { a } from './a.js';\nimport('./tool/index.js');\n",
    "runtime/a.js": b"export * from './deep/b.js';",
    "runtime/deep/b.js": b"import '../main.js';",
    "runtime/tool/index.js": b"import '../a.js';",
    "styles/main.css": b"a { src: url('font.woff2'); b: url(#c) url(data:,) url(/logo.svg) }",
    "styles/font.woff2": b"",
}


def refusal(sources: dict[str, Content]) -> str:
    """What the build says of `sources`."""
    with pytest.raises(BuildError) as caught:
        refuse_lost_links(sources)
    return str(caught.value)


def test_the_first_modules_are_those_that_the_page_cannot_start_without() -> None:
    """In the order in which they are met, each once; tools come when they are asked for."""
    assert first_modules(SOURCES, "runtime/main.js") == ["runtime/a.js", "runtime/deep/b.js"]


def test_what_leads_somewhere_passes() -> None:
    """Also data, fragments, and what the site around the room has at its own root."""
    refuse_lost_links(SOURCES)


def test_an_import_that_leads_nowhere_is_named_with_its_line_and_a_way_out() -> None:
    """The module, the line, the import as written, the nearest file that there is."""
    said = refusal({**SOURCES, "runtime/a.js": b"// a\n\nimport './deep/bb.js';"})
    assert said == (
        'site_src/runtime/a.js:3: got "./deep/bb.js", which leads nowhere; '
        "expected a relative path to a file in site_src/runtime\n"
        '  → did you mean "./deep/b.js"?'
    )


@pytest.mark.parametrize(
    "line",
    [
        "import './lost.js';",
        "export { x } from '../lost.js';",
        "const late = () => import('./lost/index.js');",
        "new URL('./lost.bin', import.meta.url);",
        "import React from 'react';",
        "import 'https://cdn.example/lib.js';",
        "import '//cdn.example/lib.js';",
        "import '../styles/main.css';",
        "import '../../pyproject.toml';",
    ],
)
def test_every_way_of_asking_for_what_is_not_there_is_refused(line: str) -> None:
    """Later imports, bare names, other sites, and files of another folder, which moves away."""
    said = refusal({**SOURCES, "runtime/a.js": f"let a;\n{line}\n".encode()})
    assert said.startswith("site_src/runtime/a.js:2: ")


def test_a_style_that_asks_for_a_lost_file_is_refused_and_all_others_are_listed() -> None:
    """One build says everything that has to be mended."""
    said = refusal(
        {
            **SOURCES,
            "styles/main.css": b"a { b: url(lost.svg) }",
            "runtime/main.js": b"import './gone.js';",
        }
    )
    assert said.startswith('site_src/runtime/main.js:1: got "./gone.js"')
    assert '  | site_src/styles/main.css:1: "lost.svg" as well' in said
