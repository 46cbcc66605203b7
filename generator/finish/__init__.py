"""Finish: a master → its loop → web clips at a set quality; the hero → posters."""
