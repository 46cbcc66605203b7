"""For all tests: Ctrl-C means Ctrl-C.

Whoever starts the tests in the background has them ignore SIGINT, and every process that they start
would ignore it too. With a handler here, children begin with the default.
"""

from __future__ import annotations

import signal

signal.signal(signal.SIGINT, signal.default_int_handler)
