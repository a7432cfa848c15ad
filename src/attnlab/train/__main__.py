"""``python -m attnlab.train``."""

import sys

from attnlab.train.command import main

sys.exit(main())
