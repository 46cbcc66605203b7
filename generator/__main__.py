"""The program: `python -m generator`, and the command `breathe`.

Ctrl-C ends it at any moment without a traceback. While it is still being loaded the signal's own
way does that, since a KeyboardInterrupt between two imports is nobody's to catch.
"""

import signal


def main() -> None:
    """Load the command line and run it."""
    interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if interruptible:  # not when a shell without job control has us in the background
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from generator import cli

    if interruptible:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        cli.main()
    finally:
        if interruptible:
            signal.signal(signal.SIGINT, signal.SIG_DFL)


if __name__ == "__main__":
    main()
