"""Run the simulated operator until its time is over, it is told to stop, or its parent is gone.

Prints one line of JSON, `{"port": N, "ready": true}`, when it listens. The token, if any, is in $SIM_TOKEN.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from monitor.simulator.population import FEWEST_CUSTOMERS
from monitor.simulator.server import OperatorServer
from monitor.simulator.world import World

STDIN = 0
FEWEST_CIRCUITS = 400  # room for a fault on one circuit in five at the busiest


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve, and answer the exit status."""
    options = _options(arguments)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    if options.watch_stdin:
        threading.Thread(target=_wait_for_end_of_input, args=(stop,), daemon=True).start()
    world = World(options.seed, _now(), options.speed, options.customers, options.circuits)
    try:
        server = OperatorServer(world, _now, options.port, os.environ.get("SIM_TOKEN") or None)
    except OSError as error:
        print(f"simulator: cannot listen on 127.0.0.1:{options.port}: {error.strerror}", file=sys.stderr)
        return 1
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()
    print(json.dumps({"port": server.server_port, "ready": True}), flush=True)
    stop.wait(options.duration)
    server.close()
    return 0


def _now() -> datetime:
    return datetime.now(UTC)


def _wait_for_end_of_input(stop: threading.Event) -> None:
    try:
        while os.read(STDIN, 4096):
            pass
    finally:
        stop.set()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m monitor.simulator", description="A simulated network operator.")
    parser.add_argument("--port", type=_whole(0, 65535), default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--speed", type=_speed, default=60.0, help="how much faster than in real life tickets live")
    parser.add_argument("--seed", type=int, default=1, help="the same seed and start give the same world")
    parser.add_argument("--customers", type=_whole(FEWEST_CUSTOMERS, 10_000), default=300)
    parser.add_argument("--circuits", type=_whole(FEWEST_CIRCUITS, 50_000), default=2000)
    parser.add_argument("--duration", type=_whole(1, 7 * 86_400), default=3600, help="stop after so many seconds")
    parser.add_argument("--watch-stdin", action="store_true", help="stop when standard input ends")
    options = parser.parse_args(arguments)
    if options.circuits < options.customers:
        parser.error("every customer has a circuit: --circuits is not below --customers")
    return options


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        number = int(text)
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"{text} is not from {least} to {most}")
        return number

    read.__name__ = "whole number"
    return read


def _speed(text: str) -> float:
    speed = float(text)
    if not 0.1 <= speed <= 3600:
        raise argparse.ArgumentTypeError(f"{text} is not from 0.1 to 3600")
    return speed


if __name__ == "__main__":
    sys.exit(main())
