r"""What a script asks for, read off its syntax tree. The one home of tree-sitter.

>>> list(asked("// how\nimport './b.js'; const later = () => import(`./c.js`);"))
[('import', './b.js', 2), ('on demand', './c.js', 2)]
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Query

Asking: TypeAlias = Literal["import", "on demand", "address"]
"""A module's import; one that is made later (`import()`); `new URL(…, import.meta.url)`."""

_ASKING = """
(import_statement source: (string) @import)
(export_statement source: (string) @import)
(call_expression function: (import) arguments: (arguments) @demand)
((new_expression constructor: (identifier) @name arguments: (arguments) @address)
 (#eq? @name "URL"))
"""


def asked(script: str) -> Iterator[tuple[Asking, str, int]]:
    """Kind, target and line (from 1), in order; not what is put together at run time."""
    found = _captured(_ASKING, script)
    nodes: list[tuple[Asking, Node]] = [("import", node) for node in found.get("import", ())]
    for call in found.get("demand", ()):
        nodes += [("on demand", node) for node in _arguments(call)[:1]]
    for call in found.get("address", ()):
        if [node.text for node in _arguments(call)[1:]] == [b"import.meta.url"]:
            nodes.append(("address", _arguments(call)[0]))
    for kind, node in sorted(nodes, key=lambda each: each[1].start_byte):
        target = _plain_string(node)
        if target is not None:
            yield kind, target, node.start_point.row + 1


def nests_templates(script: str) -> bool:
    """Whether a template holds another one in an expression of its own."""
    templates = _captured("(template_string) @template", script).get("template", ())
    spans = sorted((node.start_byte, node.end_byte) for node in templates)
    return any(inner[0] < outer[1] for outer, inner in pairwise(spans))


def _arguments(call: Node) -> list[Node]:
    return [node for node in call.named_children if node.type != "comment"]


def _plain_string(node: Node) -> str | None:
    """What a string says, or a template without expressions; None for one with escapes in it."""
    is_plain = all(part.type == "string_fragment" for part in node.named_children)
    if node.type not in ("string", "template_string") or not is_plain:
        return None
    return (node.text or b"").decode()[1:-1]


def _captured(query: str, script: str) -> dict[str, list[Node]]:
    from tree_sitter import Parser, QueryCursor

    tree = Parser(_language()).parse(script.encode(errors="replace"))
    return QueryCursor(_query(query)).captures(tree.root_node)


@lru_cache
def _query(text: str) -> Query:
    from tree_sitter import Query

    return Query(_language(), text)


@lru_cache
def _language() -> Language:
    import tree_sitter_javascript
    from tree_sitter import Language

    return Language(tree_sitter_javascript.language())
