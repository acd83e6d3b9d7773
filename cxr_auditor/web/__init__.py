"""The web page. Only this package imports gradio; nothing below it knows that there is a page."""
