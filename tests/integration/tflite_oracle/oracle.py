#!/usr/bin/env python3
"""Compares every operator output of our reference interpreter with ai-edge-litert's reference
kernels, byte for byte, and fully connected operators under double rounding with a NumPy model.

With `files`: the outputs of published .tflite files as our reader and interpreter see them.

Usage: oracle.py random|networks|files TFLITE_CASES SOURCE_ROOT
Exit 0: no byte differs. 1: something differs. 77: skipped, the reason is printed.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

SKIP = 77
RANDOM_NETWORKS = 96
KINDS = {"conv", "pointwise", "depthwise", "add", "average_pool", "global_average_pool",
         "fully_connected", "max_pool", "multiply", "add_constant", "multiply_constant",
         "resize_nearest", "concatenation", "softmax", "logistic", "tanh", "hard_swish",
         "leaky_relu", "requantize", "subtract", "subtract_constant", "maximum", "maximum_constant",
         "minimum", "minimum_constant", "reshape"}


def import_oracle(root):
    """The oracle from this Python, or from the project's .venv by starting over in it."""
    try:
        import numpy
        from ai_edge_litert import interpreter
        return numpy, interpreter
    except ImportError:
        venv = root / ".venv/bin/python"
        if venv.exists() and not os.environ.get("MCUNAS_ORACLE_IN_VENV"):
            os.environ["MCUNAS_ORACLE_IN_VENV"] = "1"
            os.execv(venv, [str(venv), *sys.argv])
        print("SKIP: ai-edge-litert is not installed (pip install -r requirements-test.txt)")
        sys.exit(SKIP)


def published_networks(root):
    data = Path(os.environ.get("MCUNAS_DATA", root / "../shared/data"))
    files = sorted((data / "networks").glob("*.json"))
    if not files:
        print(f"SKIP: no networks in {data}/networks (set MCUNAS_DATA)")
        sys.exit(SKIP)
    return [str(f) for f in files]


# LiteRT refuses it: its biases keep a quantised dimension of their weights.
REFUSED_BY_ORACLE = {"person_detect.tflite"}


def published_models(root):
    data = Path(os.environ.get("MCUNAS_DATA", root / "../shared/data"))
    files = sorted((data / "tflite").rglob("*.tflite"))
    if not files:
        print(f"SKIP: no models in {data}/tflite (set MCUNAS_DATA)")
        sys.exit(SKIP)
    return [str(f) for f in files]


def compare_file(np, litert, path, folder):
    """(bytes, differing bytes) of all outputs of one published model."""
    model = litert.Interpreter(model_path=str(path),
                               experimental_op_resolver_type=litert.OpResolverType.BUILTIN_REF)
    model.allocate_tensors()
    stem = folder / path.name
    scales = [line.split() for line in (folder / f"{path.name}.quantization").read_text().splitlines()]
    scales = [(np.float32(scale), int(zero)) for scale, zero in scales]
    inputs = np.fromfile(f"{stem}.input", dtype=np.int8)
    ours = np.fromfile(f"{stem}.output", dtype=np.int8)
    source = model.get_input_details()[0]
    size = int(np.prod(source["shape"]))
    position = wrong = 0
    for start in range(0, inputs.size, size):
        data = inputs[start:start + size].reshape(source["shape"])
        if source["dtype"] == np.float32:
            data = ((data.astype(np.float64) - scales[0][1]) * scales[0][0]).astype(np.float32)
        model.set_tensor(source["index"], data)
        model.invoke()
        for (scale, zero), detail in zip(scales[1:], model.get_output_details()):
            theirs = model.get_tensor(detail["index"]).reshape(-1)
            if detail["dtype"] == np.float32:
                theirs = np.rint(theirs.astype(np.float64) / np.float64(scale)) + zero
            wrong += int((ours[position:position + theirs.size] != theirs).sum())
            position += theirs.size
    assert position == ours.size, path
    return position, wrong


def compare_files(tool, root):
    paths = published_models(root)
    np, litert = import_oracle(root)
    compared = wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([tool, "files", folder, *paths], check=True)
        for path in map(Path, paths):
            if path.name in REFUSED_BY_ORACLE:
                continue
            size, different = compare_file(np, litert, path, Path(folder))
            print(f"{path.name:34} {size:>8} bytes, {different} differ")
            wrong += different
            compared += 1
    print(f"{compared} models")
    sys.exit(1 if wrong or not compared else 0)


def high_mul_and_divide(acc, multiplier, shift):
    """TFLite Micro's double rounding in Python integers, of one accumulator."""
    product = (int(acc) << max(shift, 0)) * multiplier
    nudge = (1 << 30) if product >= 0 else 1 - (1 << 30)
    total = product + nudge
    high = abs(total) // (1 << 31) * (1 if total >= 0 else -1)
    right = max(-shift, 0)
    mask = (1 << right) - 1
    threshold = (mask >> 1) + (1 if high < 0 else 0)
    return (high >> right) + (1 if (high & mask) > threshold else 0)


def quantize_multiplier(np, real):
    fraction, shift = np.frexp(real)
    fixed = int(np.floor(fraction * (1 << 31) + 0.5))
    shift = int(shift)
    if fixed == 1 << 31:
        fixed, shift = fixed // 2, shift + 1
    return (0, 0) if shift < -31 else (fixed, shift)


def activation_bounds(np, code, scale, zero_point):
    def quantize(real):
        steps = np.float64(np.float32(real) / np.float32(scale))
        return zero_point + int(np.copysign(np.floor(np.abs(steps) + 0.5), steps))

    least, most = {"NONE": (None, None), "RELU": (0.0, None), "RELU6": (0.0, 6.0),
                   "RELU_N1_TO_1": (-1.0, 1.0)}[code]
    low = -128 if least is None else max(-128, quantize(least))
    high = 127 if most is None else min(127, quantize(most))
    return low, high


class Model:
    """One .tflite in the oracle, with every tensor kept."""

    def __init__(self, np, litert, path):
        self.np = np
        self.interpreter = litert.Interpreter(
            model_path=str(path), experimental_preserve_all_tensors=True,
            experimental_op_resolver_type=litert.OpResolverType.BUILTIN_REF)
        self.interpreter.allocate_tensors()
        self.details = {d["name"]: d for d in self.interpreter.get_tensor_details()}

    def run(self, data):
        detail = self.interpreter.get_input_details()[0]
        self.interpreter.set_tensor(detail["index"], data.reshape(detail["shape"]))
        self.interpreter.invoke()

    def tensor(self, name):
        return self.interpreter.get_tensor(self.details[name]["index"]).reshape(-1)

    def fully_connected_doubled(self, index, activation):
        """Operator `index` under double rounding, from the oracle's own operands."""
        np = self.np
        weights_name, bias_name = f"{index}_weights", f"{index}_bias"
        output = self.details[f"{index}_fully_connected"]
        operator = next(o for o in self.interpreter._get_ops_details()
                        if self.details[weights_name]["index"] in o["inputs"])
        source = next(d for d in self.details.values() if d["index"] == operator["inputs"][0])
        operand = self.interpreter.get_tensor(source["index"]).reshape(-1).astype(np.int64)
        weights = self.interpreter.get_tensor(self.details[weights_name]["index"])
        in_scale, in_zero = source["quantization"]
        out_scale, out_zero = output["quantization"]
        acc = weights.astype(np.int64) @ (operand - in_zero) + self.tensor(bias_name)
        low, high = activation_bounds(np, activation, out_scale, out_zero)
        scales = self.details[weights_name]["quantization_parameters"]["scales"]
        result = []
        for value, scale in zip(acc, scales):
            real = np.float64(in_scale) * np.float64(scale) / np.float64(out_scale)
            scaled = high_mul_and_divide(value, *quantize_multiplier(np, real))
            result.append(min(max(scaled + out_zero, low), high))
        return np.array(result, dtype=np.int8)


def fused_activations(path):
    """Fused activation of each fully connected operator by its output tensor's name."""
    from ai_edge_litert import schema_py_generated as schema
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(path.read_bytes(), 0))
    names = {0: "NONE", 1: "RELU", 2: "RELU_N1_TO_1", 3: "RELU6"}
    graph = model.subgraphs[0]
    result = {}
    for operator in graph.operators:
        options = operator.builtinOptions
        if isinstance(options, schema.FullyConnectedOptionsT):
            name = graph.tensors[operator.outputs[0]].name.decode()
            result[name] = names[options.fusedActivationFunction]
    return result


class Tally:
    def __init__(self):
        self.bytes = {kind: 0 for kind in KINDS}
        self.wrong = {kind: 0 for kind in KINDS}
        self.doubled, self.doubled_wrong, self.modes_differ = 0, 0, 0
        self.networks = 0

    def count(self, kind, ours, theirs, where):
        different = int((ours != theirs).sum())
        self.bytes[kind] += ours.size
        self.wrong[kind] += different
        if different:
            print(f"DIFFERS: {where}: {different} of {ours.size} bytes")


def compare(np, litert, path, tally):
    model = Model(np, litert, path)
    activations = fused_activations(path)
    operators = [line.split() for line in path.with_suffix(".tensors").read_text().splitlines()]
    inputs = np.fromfile(path.with_suffix(".input"), dtype=np.int8)
    outputs = np.fromfile(path.with_suffix(".output"), dtype=np.int8)
    doubled = np.fromfile(path.with_suffix(".tflm"), dtype=np.int8)
    size = int(np.prod(model.interpreter.get_input_details()[0]["shape"]))
    position = doubled_position = 0
    for start in range(0, inputs.size, size):
        model.run(inputs[start:start + size])
        for index, (kind, name) in enumerate(operators):
            theirs = model.tensor(name)
            ours = outputs[position:position + theirs.size]
            position += theirs.size
            tally.count(kind, ours, theirs, f"{path.stem} input {start // size} {name}")
            if kind != "fully_connected":
                continue
            expected = model.fully_connected_doubled(index, activations[name])
            mine = doubled[doubled_position:doubled_position + expected.size]
            doubled_position += expected.size
            tally.doubled += expected.size
            tally.doubled_wrong += int((mine != expected).sum())
            tally.modes_differ += int((mine != ours).sum())
    assert position == outputs.size and doubled_position == doubled.size, path
    tally.networks += 1


def main():
    which, tool, root = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    if which == "files":
        compare_files(tool, root)
    arguments = [str(RANDOM_NETWORKS)] if which == "random" else published_networks(root)
    np, litert = import_oracle(root)
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([tool, which, folder, *arguments], check=True)
        for path in sorted(Path(folder).glob("*.tflite")):
            compare(np, litert, path, tally)
    for kind in sorted(KINDS):
        print(f"{kind:20} {tally.bytes[kind]:>10} bytes, {tally.wrong[kind]} differ")
    print(f"fully connected, double rounding: {tally.doubled} bytes, {tally.doubled_wrong} differ "
          f"from NumPy, {tally.modes_differ} from single rounding")
    print(f"{tally.networks} networks")
    complete = which == "networks" or all(tally.bytes.values())
    if tally.networks == 0 or not complete:
        print("FAIL: not every kind of operator was reached")
        sys.exit(1)
    sys.exit(1 if sum(tally.wrong.values()) + tally.doubled_wrong else 0)


if __name__ == "__main__":
    main()
