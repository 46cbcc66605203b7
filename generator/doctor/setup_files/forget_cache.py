"""Tell the kernel that these files need not stay cached: forget_cache.py FILE...

On unified memory, page cache takes room that CUDA may not be able to use. No root is needed, and
nothing is lost: a file is read from disk again when it is wanted.
"""

import os
import sys
from pathlib import Path

for path in sys.argv[1:]:
    with Path(path).open("rb") as stream:
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
