from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from generator.site.minify import minified
from tests.javascript import node

SOURCES = Path(__file__).resolve().parents[2] / "site_src"
PARSE = """
const { readFileSync } = require("node:fs");
const { SourceTextModule } = require("node:vm");
for (const [name, code] of Object.entries(JSON.parse(readFileSync(0, "utf8")))) {
  try { new SourceTextModule(code) } catch (error) { console.log(name, String(error)) }
}
"""


def test_every_module_of_ours_still_parses() -> None:
    """Templates, regular expressions and private fields come through whole."""
    modules = {
        str(path): minified(path.name, path.read_bytes()).decode()
        for path in sorted(SOURCES.rglob("*.js"))
    }
    assert modules
    done = subprocess.run(
        [node(), "--no-warnings", "--experimental-vm-modules", "-e", PARSE],
        input=json.dumps(modules),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""


@pytest.mark.parametrize(
    "script",
    [
        "const a = `x${b ? `, ${c}` : ``}y`; // why\n",
        "const a = `${list.map((x) => { return `  ${x}  `; })}`;\n",
        "const a = `1` + `${`  2`}`;\n",
    ],
)
def test_a_template_within_a_template_keeps_its_spaces(script: str) -> None:
    """The minifier would take the inner one for code."""
    assert minified("a.js", script.encode()).decode() == script


def test_templates_side_by_side_are_no_reason_to_ship_comments() -> None:
    script = "const a = `${b}`; /* why */ const c = `${ { d: `e` }.d }`.length;\n"
    assert minified("a.js", script.encode()).decode() == script
    script = "const a = `${b}`; /* why */ const c = `  ${d}`;\n"
    assert minified("a.js", script.encode()) == b"const a=`${b}`;const c=`  ${d}`;"


def test_our_own_modules_are_all_short() -> None:
    for path in sorted((SOURCES / "runtime").rglob("*.js")):
        source = path.read_bytes()
        assert len(minified(path.name, source)) < len(source), path


@pytest.mark.parametrize(
    ("source", "short"),
    [
        (
            'a > b, c::before { content: "; /* {} */  \'"; }',
            'a > b,c::before{content:"; /* {} */  \'"}',
        ),
        ("a { width: calc(1px + 2%); }", "a{width:calc(1px + 2%)}"),
        ("a { b: url( x  y.png ) }", "a{b:url( x  y.png )}"),
        (
            "@media (width < 5px) {\n  a :hover { b: 1; }\n}\n",
            "@media (width < 5px){a :hover{b:1}}",
        ),
        ("/* one */ a /* two */ b { c: d }", "a b{c:d}"),
        (".a/* one */.b{/* two */c:d/* three */}", ".a/**/.b{c:d}"),
        ("a{/* one *//* two */ b: c;/* three */ }", "a{b:c}"),
        ("a { b: 'it\\'s; {fine}' }", "a{b:'it\\'s; {fine}'}"),
    ],
)
def test_styles_lose_their_gaps_and_nothing_else(source: str, short: str) -> None:
    """A space that means something stays: in selectors, calc() and strings."""
    assert minified("a.css", source.encode()).decode() == short


def test_other_files_are_left_alone() -> None:
    """A picture is not a style sheet."""
    assert minified("a.svg", b"<svg>  </svg>") == b"<svg>  </svg>"
