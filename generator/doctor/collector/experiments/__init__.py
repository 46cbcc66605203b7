"""Scripts that the collector runs one by one in ComfyUI's interpreter; none is imported here.

Each takes its settings as JSON in argv[1], writes a mark and one JSON object, and ends. Dying on
the way is a result too: `runner` keeps the last words.
"""
