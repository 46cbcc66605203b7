"""What counts as a link, and where it stands."""

from __future__ import annotations

import pytest

from generator.site.links import links

SCRIPT = """\
// import "./comment.js"
/** @type {import("./types.js").Kind} */
import { a, // it's "b"
  b as from } from "./named.js";
import"./bare.js";
export * from './star.js';
export const text = "import './string.js'";
const words = `
import "./template.js"
`;
const later = () => import(/* soon */"./soon.js") ?? import('./later.js');
const known = [import(`./plain.js`), import(`./${text}.js`)];
const map = new URL("map.bin", import.meta.url), here = new URL("x.bin", location.href);
const quote = /["'`]/, not_mine = view.import("./method.js"), reimport = "./name.js";
export { a } from "pkg";
"""


def test_a_module_asks_for_what_its_imports_say() -> None:
    """Not for what stands in comments, strings and templates, and not for a name put together."""
    assert [(link.line, link.target, link.kind) for link in links("a.js", SCRIPT)] == [
        (4, "./named.js", "import"),
        (5, "./bare.js", "import"),
        (6, "./star.js", "import"),
        (11, "./soon.js", "on demand"),
        (11, "./later.js", "on demand"),
        (12, "./plain.js", "on demand"),
        (13, "map.bin", "address"),
        (15, "pkg", "import"),
    ]


@pytest.mark.parametrize("source", ['import{a}from"./b.js";', "export*from'./b.js'"])
def test_the_short_form_reads_alike(source: str) -> None:
    """As the bundle carries it."""
    assert [link.target for link in links("a.js", source)] == ["./b.js"]


def test_styles_markup_and_data_have_their_links_too() -> None:
    """With the line; a string of JSON is only perhaps one."""
    sheet = '/* url(no.svg) */\n@import "base.css";\na { b: url( "dot.svg" ) url(x.svg#y) }'
    assert [(link.line, link.target) for link in links("a.css", sheet)] == [
        (2, "base.css"),
        (3, "dot.svg"),
        (3, "x.svg#y"),
    ]
    page = (
        '<!-- <img src="no.png"> -->\n<img srcset="a.webp 1x, b.webp 2x" alt="c.png">\n'
        '<meta content="d.jpg"><meta content="Some words.">\n'
        '<script type="application/json">{"e": ["f.mp4", "g"]}</script>'
    )
    assert [(link.target, link.kind) for link in links("a.html", page)] == [
        ("a.webp", "address"),
        ("b.webp", "address"),
        ("d.jpg", "perhaps"),
        ("f.mp4", "perhaps"),
    ]
    assert links("a.txt", "import './b.js'") == ()
