"""Take a picture of a run's report with headless Chromium, as `docs/report.png` was made.

    python scripts/picture_report.py runs/demo/report.html docs/report.png [--height 1600]

Needs `chromium` on the path.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path


def main() -> None:
    """Parse the command line and take the picture."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("report", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--width", type=int, default=1200)
    parser.add_argument("--height", type=int, default=1600)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as profile:
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
        command += ["--disable-background-networking", "--disable-component-update"]
        command += [f"--user-data-dir={profile}", "--virtual-time-budget=8000"]
        command += [f"--window-size={given.width},{given.height}"]
        command += [f"--screenshot={given.picture.resolve()}", given.report.resolve().as_uri()]
        subprocess.run(command, check=True, timeout=120, capture_output=True)


if __name__ == "__main__":
    main()
