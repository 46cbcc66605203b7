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


ODD = r"""#!/usr/bin/env import "./hash.js"
const put = () => import("./lang/" + name + ".js"), tick = /[`'"/*]/, tock = /import "\/a.js"/g;
const nested = `a ${list.map((x) => `http://${x} import "./in.js"`).join("`")} // ${`'`}`;
import { "a b" as c, from } from "./after.js";
if (yes) /`import('./regex.js')/.test(x); const half = a / b / c; // import "./d.js"
const url = import.meta.url
export default "./text.js"
const o = { import: "./key.js", export: "./x.js", from: "./y.js" }; o.import("./m.js");
class Own { #import(x) {} import = "./field.js"; run() { return this.#import("./own.js"); } }
const none = {} / 2; import "./divided.js";
const ratio = list[0] / 2 + `${1}`.length / 3 + "/*"; i++ / 2; /* " */
const lazy = import("./data.json", { with: { type: "json" } }), esc = import("./\x61.js");
const here = new URL("./a/" + b, import.meta.url), there = new URL("./p.bin", import.meta.url);
export * as all from './all.js'; const never = `unended ${
"""


def test_odd_but_legal_scripts_are_read_as_a_browser_reads_them() -> None:
    """Names put together, regular expressions, templates in templates, names that look like words.

    What is found comes after what would lead a reader of characters astray.
    """
    assert [(link.line, link.target, link.kind) for link in links("a.js", ODD)] == [
        (4, "./after.js", "import"),
        (10, "./divided.js", "import"),
        (12, "./data.json", "on demand"),
        (13, "./p.bin", "address"),
        (14, "./all.js", "import"),
    ]


@pytest.mark.parametrize(
    "script", ["`", "}`${", "/", "'", "/*", "${}`", "\\", ")))", "import", "import("]
)
def test_a_script_that_breaks_off_is_read_to_its_end(script: str) -> None:
    """The browser will say what is wrong with it."""
    assert links("a.js", script) == ()


ODD_SHEET = r"""
a { content: "url(text.svg)"; mask: url("data:image/svg+xml,<svg xmlns='x' fill='url(no.svg)'/>") }
b { background: URL( 'has (brackets).png' ), url(esc\)aped.png), url(), url(""); --my-url(x): 1 }
@import"short.css"; @import url(long.css) layer(a); @namespace url(http://www.w3.org/1999/xhtml);
c { content: 'it\'s url(in.svg)' } d { src: url(plain.woff2)format("woff2"), curl(not.png) }
"""


def test_odd_but_legal_styles_too() -> None:
    """Data with quotes and brackets in it, strings, escapes."""
    assert [link.target for link in links("a.css", ODD_SHEET) if ":" not in link.target] == [
        "has (brackets).png",
        "short.css",
        "long.css",
        "plain.woff2",
    ]


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
