#!/usr/bin/env python3
"""TensorBoard's own reader sees exactly what supernet_event_writer wrote."""

import subprocess
import sys
import tempfile

try:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
except ImportError:
    print("[SKIP] tensorboard is not installed")
    sys.exit(77)


def main():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], folder], check=True)
        events = EventAccumulator(folder, size_guidance={"scalars": 0})
        events.Reload()
        loss = events.Scalars("train/loss")
        largest = events.Scalars("holdout/largest")
    assert len(loss) == len(largest) == 200, (len(loss), len(largest))
    for i, (point, other) in enumerate(zip(loss, largest)):
        assert point.step == i * 1000 and abs(point.value - (2.5 - 0.01 * i)) < 1e-5, point
        assert other.step == i and other.value == 0.25, other
    assert loss[0].wall_time > 1.7e9
    print("200 + 200 scalars read back")


if __name__ == "__main__":
    main()
