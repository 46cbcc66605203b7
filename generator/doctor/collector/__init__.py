"""The collector: one self-contained script, sent to the box and run there by `python3 -`.

    script = assemble()
    shell.run(["python3", "-", settings.to_json()], stdin=script.encode())

It installs nothing and needs Python 3.10 and its standard library. `main` looks at the box itself;
each file in `experiments/` is run by the interpreter that ComfyUI runs in, as a process of its own,
because what we look for (a torch that cannot load, a kernel that is not there) can raise, crash or
hang, and must not take the collector along. It gives no verdict: `doctor.checks` do.
"""

from __future__ import annotations

from importlib.resources import files

PARTS = ("boot", "system", "server", "runner", "main")
EXPERIMENTS = (
    "interpreter",
    "package",
    "arithmetic",
    "attention",
    "headers",
    "compiles",
    "install",
    "weights",
)


def assemble() -> str:
    """The whole collector as the text of one Python script."""
    here = files(__name__)
    sources = {f"{__name__}.{part}": here.joinpath(f"{part}.py").read_text() for part in PARTS}
    for name in EXPERIMENTS:
        path = here.joinpath("experiments", f"{name}.py")
        sources[f"experiments/{name}"] = path.read_text()
    return f"SOURCES = {sources!r}\nexec(compile(SOURCES['{__name__}.boot'], 'boot', 'exec'))\n"
