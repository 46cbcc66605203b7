"""Breathing Room: a scene file becomes a living room with a working computer in it.

Read `scene.model` (what a scene is), `plan` (what runs when), then one subject, such as `track`.
"""

import os

__version__ = "0.1.0"

# Numpy's linear algebra reads this once, when it is first imported. Our largest system is eight by
# eight: a second thread only spins, and sums split between threads differ in their last digits.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
