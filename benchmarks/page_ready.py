"""How long the page takes: server up from `python app.py`, page ready in a browser, an example audited, a revised draft audited again.

Run: python benchmarks/page_ready.py [--runs 5]      needs Chromium (Debian: apt-get install chromium) and playwright
"""

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
ARGUMENTS += ["--disable-component-update", "--disable-sync"]
REPORT = ".cxr-banner:is(.b-agreement, .b-left_open, .b-review, .b-urgent_review)"


def serve(folder: str) -> tuple[subprocess.Popen, str, float]:
    """A server on a free port, its address, and the seconds until it answered."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"GRADIO_SERVER_PORT": str(port), "TMPDIR": folder, "PYTHONPATH": str(ROOT)}
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, str(ROOT / "app.py")], cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}/"
    while process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return process, address, time.perf_counter() - start
        except OSError:
            time.sleep(0.02)
    raise SystemExit("the page did not come up: run `python app.py` to see why")


def visit(browser, address: str) -> dict[str, float]:
    """Seconds of one new visitor."""
    page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
    seconds = {}

    def clock(what, act, selector):
        start = time.perf_counter()
        act()
        page.wait_for_selector(selector)
        seconds[what] = time.perf_counter() - start

    clock("page ready", lambda: page.goto(address), ".cxr-viewer[data-zoom] >> nth=0")
    clock("example on show", lambda: page.locator(".cxr-example").nth(2).click(), "#film-line .synthetic")
    clock("audit", lambda: page.click("#run"), REPORT)
    page.fill("#draft textarea", "Small right pneumothorax. Left pleural effusion.")
    clock("audit of a revised draft", lambda: page.click("#run"), ".cxr-since")
    page.context.close()
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    if browser_path is None:
        raise SystemExit("no browser found: install Chromium")
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        process, address, up = serve(folder)
        try:
            browser = playwright.chromium.launch(executable_path=browser_path, args=ARGUMENTS)
            visits = [visit(browser, address) for _ in range(runs)]
            browser.close()
        finally:
            process.terminate()
            process.wait()
    print(f"{os.cpu_count()} cores, {runs} visitors one after the other, seconds: first / median / worst")
    print(f"{'server up':26} {up:.2f}")
    for what in visits[0]:
        values = [seconds[what] for seconds in visits]
        print(f"{what:26} {values[0]:.2f} / {statistics.median(values):.2f} / {max(values):.2f}")


if __name__ == "__main__":
    main()
