"""Where tests find models: those of this folder, on every machine, and those of other people where they are at hand."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OWN = Path(__file__).resolve().parent


def outside_data(name="."):
    """That file or folder of $MCUNAS_DATA (or ../shared/data), or None where it does not exist."""
    path = Path(os.environ.get("MCUNAS_DATA", ROOT / "../shared/data")) / name
    return path if path.exists() else None


def _files(folder, pattern):
    return sorted(folder.glob(pattern)) if folder else []


def own_models():
    return _files(OWN, "*.tflite")


def published_models():
    return _files(outside_data("tflite"), "*.tflite") + _files(outside_data("tflite/converter"), "*.tflite")


def own_networks():
    return _files(OWN, "*.json")


def published_networks():
    return _files(outside_data("networks"), "*.json")
