"""A film and its report -> one picture with the evidence drawn in."""

from .draw import LONG_SIDE, draw_overlay, overlay_png

__all__ = ["LONG_SIDE", "draw_overlay", "overlay_png"]
