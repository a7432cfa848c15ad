"""Speed and size of the book, measured against their budgets: ``make bench``."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))  # where the book's server and the finder of the browser are
