"""The documentation says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from generator.cli import group
from tests.scene_docs import PAGE, page

REPOSITORY = Path(__file__).resolve().parent.parent


def test_the_settings_page_is_made_from_the_model() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.scene_docs"


def test_every_command_has_help_with_an_example_and_stands_in_the_readme() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    for name in group.list_commands(None):  # type: ignore[arg-type]
        shown = CliRunner().invoke(group, [name, "--help"])
        assert shown.exit_code == 0, shown.output
        assert "Example" in shown.output, name
        assert re.search(rf"\bbreathe (-C \S+ )?{name}\b|`{name}`", readme), name


def test_the_readme_names_only_files_that_exist() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", readme):
        assert (REPOSITORY / target).exists(), target


def test_nothing_in_the_repository_speaks_of_the_machine_it_was_made_on() -> None:
    import subprocess

    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    pattern = re.compile(r"(^|[^\w./-])/(work|root|home)/\w")
    for name in filter(None, listed):
        path = REPOSITORY / name
        if not path.is_file() or path.suffix in {".mkv", ".png", ".mp4", ".avif", ".webp", ".jpg",
                                                 ".woff2"}:  # fmt: skip
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            assert not pattern.search(line), f"{name}:{number}: {line.strip()}"
