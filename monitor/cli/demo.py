"""`demo`: the province in a box."""

import asyncio
from argparse import Namespace

from monitor.cli.output import Output
from monitor.demo.run import run_demo


def run(arguments: Namespace, _out: Output) -> int:
    """Run the demo; return its exit code."""
    return asyncio.run(
        run_demo(
            state_dir=arguments.state_dir,
            timeline=arguments.timeline,
            port=arguments.port,
            duration_s=arguments.duration,
        )
    )
