"""results.json and README.md of a conformance campaign."""

import json
import platform
import subprocess

INTRO = """# Conformance

Every operator output of every published model on seeded random inputs, in both rounding modes,
before judges that share no code with the engine: `ai-edge-litert` (reference kernels, all tensors
kept) and a NumPy model of TFLite and TFLite Micro (`tests/integration/tflite_oracle/numpy_model.py`)
that reads the file itself. Written by `{command}`; all figures are in `results.json`.

- **judge**: the NumPy model against ai-edge-litert, every computed tensor of the file, mode tflite.
- **tflite, tflm**: our reference interpreter in that mode against ai-edge-litert (tflite only) and
  the NumPy model, every operator output that the file has too. Operators that the reader folds away
  (PAD, QUANTIZE, RESHAPE, ...) leave no output behind; the outputs behind them are compared.
- **host, M4, M7**: generated C against the reference interpreter in both modes, every operator
  output of a layer-wise plan, and the outputs of the default plan; compiled for this machine, and
  emulated. **M3, M33, M0+, M0**: layer-wise plans on cores without kernels of their own; code for
  the M0+ runs on an emulated M3, whose instructions include its own; the M0 has 16 kB of SRAM and
  runs what fits.

A cell gives the number of inputs without a single different byte, or the differences. `outputs that
tell`: operator outputs (of all inputs) in which the two modes differ from each other, the network's
outputs counted again; where it is 0, one mode is as good as the other.
"""

COLUMNS = [
    ("judge", [("numpy", "tflite", "ai-edge-litert")]),
    ("tflite", [("reference", "tflite", "ai-edge-litert"), ("reference", "tflite", "numpy")]),
    ("tflm", [("reference", "tflm", "numpy")]),
    ("host", [("host", "*", "*"), ("host-plan", "*", "*")]),
    ("M4", [("cortex-m4", "*", "*"), ("cortex-m4-plan", "*", "*")]),
    ("M7", [("cortex-m7", "*", "*"), ("cortex-m7-plan", "*", "*")]),
    ("M3", [("cortex-m3", "*", "*")]),
    ("M33", [("cortex-m33", "*", "*")]),
    ("M0+", [("cortex-m0plus", "*", "*")]),
    ("M0", [("cortex-m0", "*", "*")]),
]


def _first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True,
                              check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "not there"


def _tools(root):
    from importlib.metadata import version
    import numpy
    # What is committed may differ from what was judged in the files of this campaign only.
    commit = _first_line("git", "-C", str(root), "rev-parse", "--short=10", "HEAD")
    return {"ai-edge-litert": version("ai-edge-litert"), "numpy": numpy.__version__,
            "python": platform.python_version(), "host compiler": _first_line("cc", "--version"),
            "cross compiler": _first_line("arm-none-eabi-gcc", "--version"),
            "emulator": _first_line("qemu-system-arm", "--version"), "commit": commit}


def _cell(result, wanted):
    chosen = [c for c in result["comparisons"] for engine, mode, judge in wanted
              if c["engine"] == engine and mode in ("*", c["mode"]) and judge in ("*", c["judge"])]
    if not chosen:
        return "–"
    differ = sum(c["differ"] for c in chosen)
    return f"**{differ} differ**" if differ else str(min(c["inputs"] for c in chosen))


def _table(results):
    head = ["model", "MMAC", "operators", "compared with the file"]
    head += [name for name, _ in COLUMNS] + ["outputs that tell", "MB compared"]
    lines = [" | ".join(head), " | ".join("---" for _ in head)]
    for r in results:
        cells = [r["model"], f"{r['macs'] / 1e6:.2f}", str(r["operators"]),
                 str(r["operators_with_a_tensor_of_the_file"])]
        cells += [_cell(r, wanted) for _, wanted in COLUMNS]
        cells += [str(r["operator_outputs_that_differ_between_modes"]),
                  f"{sum(c['bytes'] for c in r['comparisons']) / 1e6:.0f}"]
        lines.append(" | ".join(cells))
    return "\n".join(f"| {line} |" for line in lines)


def _differences(results):
    lines = [f"- {r['model']}, {c['engine']} {c['mode']} against {c['judge']}: {c['differ']}, first "
             f"at {c['where']}" for r in results for c in r["comparisons"] if c["differ"]]
    return "\n## Differences\n\n" + "\n".join(lines) + "\n" if lines else ""


def write_report(args, results):
    args.out.mkdir(parents=True, exist_ok=True)
    tools = _tools(args.root)
    command = "scripts/conformance"
    record = {"command": command, "seed": args.seed, "inputs": args.inputs,
              "core_macs": args.core_macs, "tools": tools, "models": results}
    (args.out / "results.json").write_text(json.dumps(record, indent=1) + "\n")
    compared = sum(c["bytes"] for r in results for c in r["comparisons"])
    differ = sum(c["differ"] for r in results for c in r["comparisons"])
    text = INTRO.format(command=command)
    text += (f"\n{len(results)} models, {args.inputs} inputs each (emulated cores: fewer where all "
             f"would be over {args.core_macs / 1e9:g} GMAC); {compared / 1e9:.2f} GB of operator "
             f"outputs compared, {differ} differences.\n\n")
    text += _table(results) + "\n" + _differences(results) + "\n## Made with\n\n"
    text += "\n".join(f"- {name}: {version}" for name, version in tools.items()) + "\n"
    (args.out / "README.md").write_text(text)
