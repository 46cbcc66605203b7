"""The machine that renders: commands, files and a tunnel over ssh."""
