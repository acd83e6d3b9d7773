"""Front door of the web page: `python app.py`, and a Hugging Face Space's entry."""

from cxr_auditor.cli import plainly
from cxr_auditor.web.app import serve

if __name__ == "__main__":
    plainly(serve)
