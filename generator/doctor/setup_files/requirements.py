"""stdin to stdout: a requirements file without what would replace the torch beneath.

Whole names only: `torch` goes, `torchsde` stays.
"""

import re
import sys

DROPPED = re.compile(r"(torch|torchvision|torchaudio|nvidia[-_.].*)", re.IGNORECASE)
NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


def keeps(line):
    """Whether a line may reach pip."""
    found = NAME.match(line)
    return found is None or DROPPED.fullmatch(found[1]) is None


if __name__ == "__main__":
    sys.stdout.writelines(line for line in sys.stdin if keeps(line))
