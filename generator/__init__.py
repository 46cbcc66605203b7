"""Breathing Room: a scene file becomes a living room with a working computer in it.

Read `model` (what a scene is), then `pipeline` (what runs when), then one module of `stages`.
"""

__version__ = "0.1.0"
