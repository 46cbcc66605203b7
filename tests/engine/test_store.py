"""Baked outputs appear whole, survive damage to their neighbours, and are found again."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from generator.engine.disk import FileMemory, HashCache, replace_dir, sha256_file, write_atomic
from generator.engine.stage import StageResult
from generator.engine.store import LOCK_FILE, Entry, Store
from generator.errors import AssetError, StoreError


def publish(
    store: Store, stage: str = "track:ambient", key: str = "k" * 64, text: str = "x"
) -> Entry:
    with store.workspace(stage) as workspace:
        (workspace / "track.json").write_text(text)
        return store.publish(
            stage,
            key=key,
            version=1,
            params={"strength": 1.0},
            inputs={"master": "0" * 64},
            workspace=workspace,
            result=StageResult(files={"track": "track.json"}, facts={"frame_count": 3}),
        )


def test_what_is_published_is_found_again(tmp_path: Path) -> None:
    entry = publish(Store(tmp_path))
    assert Store(tmp_path).entries() == {"track:ambient": entry}
    path = tmp_path / entry.outputs["track"].path
    assert path.read_text() == "x"
    assert entry.outputs["track"].sha256 == sha256_file(path)
    assert not list(tmp_path.glob("assets/baked/.tmp-*"))


def test_publishing_the_same_key_again_replaces_the_folder(tmp_path: Path) -> None:
    store = Store(tmp_path)
    publish(store, text="first")
    entry = publish(store, text="second")
    assert (tmp_path / entry.outputs["track"].path).read_text() == "second"
    assert store.intact(store.entries()["track:ambient"].outputs["track"])


def test_a_workspace_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(RuntimeError), store.workspace("track:ambient") as workspace:
        (workspace / "half").write_text("")
        raise RuntimeError
    assert list((tmp_path / "assets/baked").iterdir()) == []


def test_litter_of_killed_runs_is_swept_but_not_that_of_other_stages(tmp_path: Path) -> None:
    store = Store(tmp_path)
    mine = tmp_path / "assets/baked/.tmp-track-ambient-dead"
    other = tmp_path / "assets/baked/.tmp-light-ambient-live"
    mine.mkdir(parents=True)
    other.mkdir()
    with store.workspace("track:ambient"):
        assert not mine.exists()
        assert other.exists()


def test_a_file_that_is_not_what_was_baked_is_noticed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    output = publish(store).outputs["track"]
    assert store.intact(output)
    for text in ("", "y"):
        (tmp_path / output.path).write_text(text)
        assert store.exists(output)
        assert not store.intact(output)
    (tmp_path / output.path).unlink()
    assert not store.exists(output)
    assert not store.intact(output)


def damaged(**parts: str) -> str:
    """A lock with one good stage but for `parts`, which are JSON."""
    good = {"key": '"a"', "version": "1", "params": "{}", "inputs": "{}", "outputs": "{}"}
    fields = {**good, "facts": "{}", **parts}
    stage = ", ".join(f'"{name}": {value}' for name, value in fields.items())
    return '{"schema": 1, "stages": {"a": {%s}}}' % stage  # noqa: UP031 - braces all round


def test_the_lock_that_the_damage_is_done_to_is_good(tmp_path: Path) -> None:
    path = tmp_path / LOCK_FILE
    path.parent.mkdir()
    path.write_text(damaged())
    assert list(Store(tmp_path).entries()) == ["a"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"schema": 1}',
        '{"schema": 1, "stages": []}',
        '{"schema": 1, "stages": {"a": {}}}',
        '{"schema": 1, "stages": {"a": {"outputs": []}}}',
        "[" * 100_000,
        damaged(params="null"),
        damaged(inputs="[]"),
        damaged(facts="7"),
        damaged(key="7"),
        damaged(outputs='{"x": {"path": 5, "sha256": "a", "bytes": 1}}'),
        damaged(outputs='{"x": {"path": "a", "sha256": "a", "bytes": "1"}}'),
        damaged(outputs='{"x": {"path": "../../etc/passwd", "sha256": "a", "bytes": 1}}'),
        damaged(outputs='{"x": {"path": "/etc/passwd", "sha256": "a", "bytes": 1}}'),
    ],
)
def test_a_damaged_lock_is_named_and_kept(tmp_path: Path, text: str) -> None:
    path = tmp_path / LOCK_FILE
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(StoreError, match=r"baked\.lock: got something that cannot be read"):
        Store(tmp_path).entries()
    assert path.read_text() == text


def test_a_lock_of_a_later_schema_is_refused(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / LOCK_FILE).write_text(json.dumps({"schema": 99, "stages": {}}))
    with pytest.raises(StoreError, match="schema 99"):
        Store(tmp_path).entries()


def test_sweep_removes_what_the_lock_does_not_name_and_only_ours(tmp_path: Path) -> None:
    store = Store(tmp_path)
    kept = publish(store)
    gone = publish(store, stage="light:ambient", key="b" * 64)
    stray = tmp_path / "assets/baked/track-ambient/0123456789abcdef"
    mine = tmp_path / "assets/baked/notes/of-the-author"
    stray.mkdir()
    mine.mkdir(parents=True)
    store.sweep({"track:ambient"})
    assert set(store.entries()) == {"track:ambient"}
    assert (tmp_path / kept.outputs["track"].path).exists()
    assert not stray.exists()
    assert mine.exists()
    assert not (tmp_path / gone.outputs["track"].path).exists()


def test_a_missing_source_is_an_asset_error(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="no such file"):
        Store(tmp_path).hash("hero.png")


def test_the_hash_cache_sees_every_change_of_content(tmp_path: Path) -> None:
    file = tmp_path / "a"
    old = time.time() - 60
    cache = HashCache(tmp_path / "hashes.json")
    seen = set()
    for text in ("one", "two", "six"):
        file.write_text(text)
        os.utime(file, (old, old))  # same size, same mtime: ctime still tells
        seen.add(cache.hash(file))
    assert len(seen) == 3


def test_a_remembered_file_is_what_it_is_now(tmp_path: Path) -> None:
    file, memory = tmp_path / "a", FileMemory()
    for text in ("one", "two", "six"):
        file.write_text(text)
        assert [memory.read(file) for _ in range(2)] == [text.encode()] * 2
    with pytest.raises(FileNotFoundError):
        memory.read(tmp_path / "b")


@pytest.mark.parametrize("text", ["{broken", "[1]", "null", '{"FILE": 1}', '{"FILE": [1, 2]}'])
def test_the_hash_cache_is_not_believed_when_damaged(tmp_path: Path, text: str) -> None:
    (tmp_path / "hashes.json").write_text(text.replace("FILE", str(tmp_path / "a")))
    (tmp_path / "a").write_text("x")
    assert HashCache(tmp_path / "hashes.json").hash(tmp_path / "a") == sha256_file(tmp_path / "a")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text("old")
    tmp_path.chmod(0o755)
    with pytest.raises(TypeError):
        write_atomic(path, "not bytes")  # type: ignore[arg-type]
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["lock"]


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    for name in ("new", "dist"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "page").write_text(name)
    replace_dir(tmp_path / "new", tmp_path / "dist")
    assert [p.name for p in tmp_path.iterdir()] == ["dist"]
    assert (tmp_path / "dist/page").read_text() == "new"
