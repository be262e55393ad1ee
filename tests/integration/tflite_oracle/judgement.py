"""One .tflite file before its judges: every operator output of our engines on the same inputs.

The NumPy model is compared with ai-edge-litert, tensor by tensor; the reference interpreter with
both; generated C, on the host and on emulated cores, with the reference interpreter. Outputs are
compared byte for byte; those of generated C through 128-bit digests per input and operator.
"""

import hashlib
import math
import os
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from numpy_model import MODES, NumpyModel

# LiteRT refuses it: its biases keep a quantised dimension of their weights.
REFUSED_BY_ORACLE = {"person_detect.tflite"}
BATCH_ELEMENTS = 4 << 20  # computed elements of one batch; bounds the NumPy model's memory


@dataclass
class Comparison:
    """Outputs of one engine in one mode against one judge."""
    engine: str
    mode: str
    judge: str
    inputs: int
    tensors: int  # per input
    bytes: int = 0
    differ: int = 0  # bytes; of generated C: operator outputs
    where: str = ""  # the first difference

    def count(self, ours, theirs, where):
        different = int((ours != theirs).sum())
        self.bytes += ours.nbytes
        self.note(different, where)

    def note(self, different, where):
        if different and not self.differ:
            self.where = where
        self.differ += different


def random_inputs(elements, count, seed):
    """int8 [count, elements]: noise, noise around random levels, and both flat extremes."""
    random = np.random.default_rng([seed, elements])
    inputs = random.integers(-128, 128, (count, elements)).astype(np.int8)
    for i in range(1, count, 2):
        level, spread = random.uniform(-128, 127), random.uniform(5, 100)
        inputs[i] = np.clip(np.rint(random.normal(level, spread, elements)), -128, 127)
    for i, level in ((2, -128), (3, 127)):
        if i < count:
            inputs[i] = level
    return inputs


class Stream:
    """What operator_outputs writes: its head, then input by input."""

    def __init__(self, tool, root, engine, mode, path, inputs_path, folder):
        command = [str(tool), engine, mode, str(path), str(inputs_path), str(folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE,
                                        env={**os.environ, "MCUNAS_HOME": str(root)})
        self.kinds, self.tensors, self.sizes = [], [], []
        head = self._line()
        if head[0] != "input":
            raise RuntimeError(f"{engine} {mode} {path.name}: no output")
        self.input_bytes = int(head[1])
        while (line := self._line())[0] != "output":
            self.kinds.append(line[0])
            self.tensors.append(int(line[1]))
            self.sizes.append(int(line[2]))
        self.output_bytes = int(line[1])

    def _line(self):
        return self.process.stdout.readline().decode().split() or [""]

    def _bytes(self, size):
        data = self.process.stdout.read(size)
        if len(data) != size:
            raise RuntimeError(f"{' '.join(self.process.args[1:4])}: ends early")
        return np.frombuffer(data, np.int8)

    def next_input(self):
        """Outputs of all operators (empty where not given), then the network's outputs."""
        return [self._bytes(size) for size in self.sizes], self._bytes(self.output_bytes)

    def close(self):
        rest = self.process.stdout.read()
        if self.process.wait() != 0 or rest:
            raise RuntimeError(f"{' '.join(self.process.args[1:4])}: failed")


def _digest(data):
    return hashlib.blake2b(data.tobytes(), digest_size=16).digest()


def count_macs(file):
    """Multiply-accumulates of the operators with weights."""
    total = 0
    for op in file.operators:
        if op.code not in ("CONV_2D", "FULLY_CONNECTED", "DEPTHWISE_CONV_2D"):
            continue
        weights = file.tensors[op.inputs[1]].dims
        window = weights[1:3] if op.code == "DEPTHWISE_CONV_2D" else weights[1:]
        total += math.prod(file.tensors[op.outputs[0]].dims) * math.prod(window)
    return total


def fits_cortex_m0(file, data):
    """Whether 16 kB of SRAM and 256 kB of flash hold one operator's operands, the weights, the rest."""
    def activations(op):
        return sum(math.prod(file.tensors[i].dims) for i in {*op.inputs, *op.outputs}
                   if i >= 0 and file.tensors[i].data is None)
    return max(map(activations, file.operators)) <= 12_000 and len(data) <= 200_000


class Oracle:
    """ai-edge-litert's reference kernels, every tensor kept."""

    def __init__(self, litert, data):
        self.interpreter = litert.Interpreter(
            model_content=data, experimental_preserve_all_tensors=True,
            experimental_op_resolver_type=litert.OpResolverType.BUILTIN_REF)
        self.interpreter.allocate_tensors()

    def run(self, inputs):
        for index, value in inputs.items():
            self.interpreter.set_tensor(index, value)
        self.interpreter.invoke()

    def tensor(self, index):
        return self.interpreter.get_tensor(index)


class Judgement:
    """All comparisons of one model. progress(engine, mode, inputs): called as inputs are done."""

    def __init__(self, tool, root, path, inputs, seed, progress=lambda engine, mode, inputs: None):
        self.tool, self.root, self.path, self.progress = tool, root, path, progress
        self.data = path.read_bytes()
        self.numpy = NumpyModel(self.data)
        self.file = self.numpy.file
        self.elements = sum(math.prod(self.file.tensors[i].dims) for i in self.file.inputs)
        self.inputs = random_inputs(self.elements, inputs, seed)
        self.comparisons, self.expected = [], {}
        self.modes_differ = 0
        self.folder = tempfile.TemporaryDirectory()

    # The file's own tensors.

    def _quantised(self, index):
        """The int8 tensor behind an input or output of the file that is float or uint8."""
        for op in self.file.operators:
            if op.code == "QUANTIZE" and op.inputs[0] == index:
                return op.outputs[0]
            if op.code in ("DEQUANTIZE", "QUANTIZE") and op.outputs[0] == index:
                return op.inputs[0]
        raise ValueError(f"tensor {index} is not int8")

    def _file_inputs(self, batch):
        """Our int8 inputs as the file takes them."""
        result, at = [], 0
        for index in self.file.inputs:
            tensor = self.file.tensors[index]
            size = math.prod(tensor.dims)
            value = batch[:, at:at + size].reshape(-1, *tensor.dims)
            at += size
            if tensor.dtype == np.float32:
                q = self.file.tensors[self._quantised(index)]
                value = ((value.astype(np.float64) - q.zero_point) * np.float64(q.scale)).astype(
                    np.float32)
            elif tensor.dtype == np.uint8:
                value = (value.astype(np.int16) + 128).astype(np.uint8)
            result.append(value)
        return result

    def _file_outputs(self, values, number):
        """The file's outputs as our network gives them: int8, one after the other."""
        parts = [values[i if self.file.tensors[i].dtype == np.int8 else self._quantised(i)][number]
                 for i in self.file.outputs]
        return np.concatenate([p.reshape(-1) for p in parts])

    # Judges.

    def _stream(self, engine, mode, inputs):
        inputs_path = Path(self.folder.name) / "inputs"
        inputs.tofile(inputs_path)
        folder = Path(self.folder.name) / f"{engine}-{mode}"
        return Stream(self.tool, self.root, engine, mode, self.path, inputs_path, folder)

    def judge_reference(self, litert):
        """The NumPy model against the oracle, our interpreter against both, both modes."""
        streams = {mode: self._stream("reference", mode, self.inputs) for mode in MODES}
        shape = streams["tflm"]
        if shape.input_bytes != self.elements:
            raise RuntimeError(f"{self.path.name}: our input has {shape.input_bytes} bytes")
        mapped = sum(t >= 0 for t in shape.tensors)
        computed = [o for op in self.file.operators for o in op.outputs]
        count = len(self.inputs)
        against_numpy = {m: Comparison("reference", m, "numpy", count, mapped + 1) for m in MODES}
        self.comparisons += against_numpy.values()
        oracle = None
        if litert is not None and self.path.name not in REFUSED_BY_ORACLE:
            oracle = Oracle(litert, self.data)
            judge = Comparison("numpy", "tflite", "ai-edge-litert", count, 0)
            against_oracle = Comparison("reference", "tflite", "ai-edge-litert", count, mapped)
            self.comparisons += [judge, against_oracle]
        self.expected = {mode: [] for mode in MODES}
        elements = sum(math.prod(self.file.tensors[i].dims) for i in computed)
        batch = max(1, BATCH_ELEMENTS // elements)
        for first in range(0, count, batch):
            inputs = self._file_inputs(self.inputs[first:first + batch])
            values = {mode: dict(self.numpy.run(inputs, mode)) for mode in MODES}
            for number in range(inputs[0].shape[0]):
                where = f"input {first + number}"
                if oracle is not None:
                    oracle.run({i: v[number] for i, v in zip(self.file.inputs, inputs)})
                    self._compare_judges(judge, oracle, values["tflite"], number, where)
                for mode in MODES:
                    ours, outputs = streams[mode].next_input()
                    self._compare_operators(against_numpy[mode], shape, ours, where,
                                            lambda t: values[mode][t][number])
                    against_numpy[mode].count(outputs, self._file_outputs(values[mode], number),
                                              f"{where}, outputs")
                    self.expected[mode].append([_digest(o) for o in [*ours, outputs]])
                    if mode == "tflite" and oracle is not None:
                        self._compare_operators(against_oracle, shape, ours, where, oracle.tensor)
                self.modes_differ += sum(a != b for a, b in zip(self.expected["tflm"][-1],
                                                                self.expected["tflite"][-1]))
            self.progress("reference", "", inputs[0].shape[0])
        for stream in streams.values():
            stream.close()
        self.operators = len(shape.kinds)
        self.mapped = mapped

    @staticmethod
    def _compare_judges(comparison, oracle, values, number, where):
        comparison.tensors = len(values)
        for index, value in values.items():
            theirs = oracle.tensor(index).reshape(-1)
            comparison.count(value[number].reshape(-1), theirs, f"{where}, tensor {index}")

    @staticmethod
    def _compare_operators(comparison, stream, ours, where, judge):
        for op, (tensor, output) in enumerate(zip(stream.tensors, ours)):
            if tensor < 0:
                continue
            theirs = judge(tensor).reshape(-1)
            comparison.count(output, theirs,
                             f"{where}, operator {op} ({stream.kinds[op]}), tensor {tensor}")

    def judge_generated(self, engine, mode, count):
        """Generated C on the first `count` inputs against our interpreter."""
        stream = self._stream(engine, mode, self.inputs[:count])
        given = [size > 0 for size in stream.sizes] + [True]
        result = Comparison(engine, mode, "reference", count, sum(given))
        self.comparisons.append(result)
        for number in range(count):
            ours, outputs = stream.next_input()
            for op, (output, expected) in enumerate(
                    zip([*ours, outputs], self.expected[mode][number])):
                if given[op]:
                    result.bytes += output.nbytes
                    name = stream.kinds[op] if op < len(ours) else "outputs"
                    result.note(int(_digest(output) != expected),
                                f"input {number}, operator {op} ({name})")
            self.progress(engine, mode, 1)
        stream.close()

    def result(self):
        codes = sorted({op.code for op in self.file.operators})
        return {
            "model": self.path.name, "sha256": hashlib.sha256(self.data).hexdigest(),
            "macs": count_macs(self.file), "file_operators": len(self.file.operators), "kinds": codes,
            "operators": self.operators, "operators_with_a_tensor_of_the_file": self.mapped,
            "operator_outputs_that_differ_between_modes": self.modes_differ,
            "comparisons": [asdict(c) for c in self.comparisons]}
