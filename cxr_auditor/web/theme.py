"""The page's colours as a Gradio theme. The colours themselves are CSS variables of static/page.css, one set for each room."""

import gradio as gr

SANS = ("Inter", "Segoe UI", "system-ui", "-apple-system", "Helvetica Neue", "Arial", "sans-serif")
MONO = ("ui-monospace", "Cascadia Mono", "Menlo", "Consolas", "monospace")

_COLOURS = {
    "body_background_fill": "--bg",
    "body_text_color": "--ink",
    "body_text_color_subdued": "--muted",
    "background_fill_primary": "--panel",
    "background_fill_secondary": "--raised",
    "border_color_primary": "--line",
    "border_color_accent": "--accent",
    "border_color_accent_subdued": "--line",
    "color_accent_soft": "--raised",
    "link_text_color": "--accent",
    "link_text_color_hover": "--accent",
    "link_text_color_active": "--accent",
    "link_text_color_visited": "--accent",
    "block_background_fill": "--panel",
    "block_border_color": "--line",
    "block_info_text_color": "--muted",
    "block_label_background_fill": "--panel",
    "block_label_border_color": "--line",
    "block_label_text_color": "--ink",
    "block_title_text_color": "--ink",
    "panel_background_fill": "--panel",
    "panel_border_color": "--line",
    "input_background_fill": "--field",
    "input_background_fill_focus": "--field",
    "input_background_fill_hover": "--field",
    "input_border_color": "--edge",
    "input_border_color_focus": "--accent",
    "input_border_color_hover": "--accent",
    "input_placeholder_color": "--muted",
    "button_primary_background_fill": "--run",
    "button_primary_background_fill_hover": "--run-hover",
    "button_primary_border_color": "--run",
    "button_primary_text_color": "--run-ink",
    "button_secondary_background_fill": "--raised",
    "button_secondary_background_fill_hover": "--hover",
    "button_secondary_border_color": "--edge",
    "button_secondary_text_color": "--ink",
    "button_cancel_background_fill": "--raised",
    "button_cancel_background_fill_hover": "--hover",
    "button_cancel_border_color": "--red",
    "button_cancel_text_color": "--red",
    "error_background_fill": "--raised",
    "error_border_color": "--red",
    "error_text_color": "--ink",
    "error_icon_color": "--red",
    "loader_color": "--accent",
    "slider_color": "--accent",
    "table_border_color": "--line",
    "table_text_color": "--ink",
}
_SHAPES = {
    "block_border_width": "1px",
    "block_radius": "10px",
    "block_shadow": "none",
    "input_shadow": "none",
    "input_shadow_focus": "0 0 0 2px var(--accent)",
    "button_primary_shadow": "none",
    "button_secondary_shadow": "none",
    "button_large_radius": "8px",
    "layout_gap": "14px",
}


def theme() -> gr.themes.Base:
    """System fonts, and the same variables for Gradio's light and dark mode: the room's switch changes the variables."""
    values = {name: f"var({variable})" for name, variable in _COLOURS.items()} | _SHAPES
    base = gr.themes.Base(font=SANS, font_mono=MONO)
    known = vars(base)
    dark = {f"{name}_dark": value for name, value in values.items() if f"{name}_dark" in known}
    return base.set(**values, **dark)
