"""Measuring, from pixels alone, whether an overlay sits on the picture that it belongs to."""
