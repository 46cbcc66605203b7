"""Hold torch still: print pip constraints for the builds that this interpreter inherits.

python constraints.py            one NAME==VERSION a line, and the image's own constraints
python constraints.py --check F  exit 1 when one of them was replaced since F was written
"""

import importlib.metadata
import re
import sys
from pathlib import Path

HELD = re.compile(
    r"(torch|torchvision|torchaudio|triton|pytorch[-_]triton|nvidia[-_].*)", re.IGNORECASE
)
STUB = "+breathe.stub"
"""Our empty torchaudio: not something that was there before us."""
IMAGE_CONSTRAINTS = Path("/etc/pip/constraint.txt")
"""Where NGC images keep theirs, since 25.03."""


def held():
    """NAME==VERSION of every installed distribution that must stay as it is, each once.

    The first on the path is the one that an import gets, so it is the one that counts.
    """
    found = {}
    for dist in importlib.metadata.distributions():
        name = dist.metadata["Name"] or ""
        if HELD.fullmatch(name) and not dist.version.endswith(STUB):
            found.setdefault(name.lower(), f"{name}=={dist.version}")
    return [found[name] for name in sorted(found)]


def main(arguments):
    """The exit status."""
    if arguments[:1] == ["--check"]:
        before = Path(arguments[1]).read_text().splitlines()
        wanted = {line for line in before if HELD.match(line)}
        gone = wanted - set(held())
        sys.stdout.write("".join(f"! {line} was replaced\n" for line in sorted(gone)))
        return 1 if gone else 0
    lines = held()
    if IMAGE_CONSTRAINTS.is_file():
        named = {line.partition("==")[0].lower() for line in lines}
        lines += [
            line
            for line in IMAGE_CONSTRAINTS.read_text().splitlines()
            if re.split(r"[ =<>!~;@\[]", line)[0].lower() not in named and not line.startswith("#")
        ]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
