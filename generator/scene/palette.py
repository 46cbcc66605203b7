"""The sixteen colours of `[computer]`, as the page paints them.

`site_src/runtime/computer/glow.js` and `site_src/styles/main.css` have the same; a test holds the
three together.
"""

PALETTE = (
    "#000000",
    "#ffffff",
    "#813338",
    "#a0f0e8",
    "#8e3c97",
    "#56ac4d",
    "#2e2c9b",
    "#edf171",
    "#8e5029",
    "#553800",
    "#c46c71",
    "#4a4a4a",
    "#7b7b7b",
    "#a9ff9f",
    "#706deb",
    "#e0e0e0",
)
"""By number, sRGB."""
