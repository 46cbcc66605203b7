"""Where a bundle may be built, and what is remembered of the last one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.engine.store import Store
from generator.errors import UsageError
from generator.site import build
from tests.sample_bundle import write_sample


@pytest.mark.parametrize(
    "out",
    ["site_src", "site_src/dist", "templates/new", "assets/baked/x", "dist/inner", "dist/a/b"],
)
def test_no_bundle_is_built_inside_the_authors_folders_or_another_bundle(
    tmp_path: Path, out: str
) -> None:
    """It would be read as a source, or lost with the bundle around it."""
    write_sample(tmp_path / "dist")
    with pytest.raises(UsageError, match=rf"--out .*{out}: got a folder inside"):
        build._refuse_foreign(tmp_path, tmp_path / out)


@pytest.mark.parametrize("out", ["dist", "new", "elsewhere/new", "other/new"])
def test_a_bundles_own_folder_will_do(tmp_path: Path, out: str) -> None:
    """An earlier bundle, nothing yet, or a folder beside somebody else's manifest.json."""
    write_sample(tmp_path / "dist")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/manifest.json").write_text('{"name": "an app"}')
    build._refuse_foreign(tmp_path, tmp_path / out)


@pytest.mark.parametrize("text", ["[1]", "null", "{", '{"OUT": []}', '{"OUT": null}'])
def test_a_damaged_memory_of_the_last_build_is_ignored(tmp_path: Path, text: str) -> None:
    """The bundle is built anew, and remembered."""
    out = write_sample(tmp_path / "dist")
    memory = tmp_path / build.BUILT_FILE
    memory.parent.mkdir()
    memory.write_text(text.replace("OUT", str(out)))
    assert build._standing(Store(tmp_path), out, "key") is None
    build._remember(tmp_path, out, "key")
    assert json.loads(memory.read_text())[str(out)]["key"] == "key"
    standing = build._standing(Store(tmp_path), out, "key")
    assert standing is not None
    assert standing.unchanged
