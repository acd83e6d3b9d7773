"""The page as other machines may reach it: with accounts, in a database in the working directory. Started in a process of its own."""

import os

from cxr_auditor.web.app import serve

if __name__ == "__main__":
    os.environ["CXR_AUDITOR_DATABASE"] = "sqlite:///teaching.sqlite3"
    serve(host="0.0.0.0")
