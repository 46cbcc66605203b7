"""`python -m generator` is `breathe`."""

from generator.cli import main

main()
